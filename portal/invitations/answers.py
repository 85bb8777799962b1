"""Answering an invitation: looking at it, accepting, joining as a newcomer, declining, asking for a new one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from .. import accounts, connections, history, passwords, permissions
from ..connections import Vouched
from ..database import packed, refusals, transaction
from ..delivery import outbox
from ..errors import (
    AccountExists,
    AddressNotVerified,
    AskedAlready,
    BadLink,
    Expired,
    InviterLostRights,
    LinkDoesNotProve,
    NewerLink,
    NoSeatLeft,
    NotFound,
    NotPending,
    NotTheRecipient,
    OfferChanged,
    OrganizationClosed,
    PortalError,
)
from ..links import Opened
from ..models import Invitation, Membership, Organization, Site, User
from ..permissions import Actor, Permission
from ..standing import move
from ..statements import claim_invitation, grantor_role, projects_of, sites_of, take_seat, teams_of
from ..text import clean_name, one_line
from .approvals import wait
from .entering import enter, standing_offers, stands

LONGEST_REASON = 500
ASK_AGAIN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Joiner:
    """What a newcomer writes on the join page."""

    name: str
    password: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What saying yes came to: a membership with this role, or, where it ``waits`` for approval, none yet."""

    user_id: UUID
    organization_id: UUID
    role: str
    restricted: bool
    waits: bool


@dataclass(slots=True)
class View:
    """An invitation as its page shows it: from whom, to what, what it grants, and what stands in the way, if anything.

    ``gone`` are the names of what was offered and has been deleted since.
    """

    invitation: Invitation
    organization: Organization
    inviter: User
    sites: list[Any] = field(default_factory=list)
    teams: list[Any] = field(default_factory=list)
    projects: list[Any] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    site_count: int = 0
    obstacle: PortalError | None = None


def look(session: Session, opened: Opened, now: datetime) -> View:
    """What a link opens. Raises BadLink when the invitation is not there."""
    found = session.get(Invitation, opened.invitation_id)
    if found is None or opened.generation > found.generation:
        raise BadLink()
    return look_all(session, [(found, opened.generation)], now)[0]


def look_all(session: Session, opened: Sequence[tuple[Invitation, int]], now: datetime) -> list[View]:
    """What several links show, in as many reads as one takes; each an invitation and its link's generation."""
    several = [invitation for invitation, _ in opened]
    views, standing = see_all(session, several), standing_offers(session, several)
    return [
        replace(view, obstacle=_obstacle(view, generation, now, standing))
        for view, (_, generation) in zip(views, opened, strict=True)
    ]


def _look_open(session: Session, opened: Opened, now: datetime) -> View:
    """The same, raising whatever stands in the way."""
    view = look(session, opened, now)
    if view.obstacle is not None:
        raise view.obstacle
    return view


def see(session: Session, invitation: Invitation) -> View:
    """An invitation with what it grants, told apart into what is still there and what is gone."""
    return see_all(session, [invitation])[0]


def see_all(session: Session, several: Sequence[Invitation]) -> list[View]:
    """The same of several."""
    counts = _site_counts(session, {invitation.organization_id for invitation in several})
    views = {}
    for each in {invitation.id: invitation for invitation in several}.values():
        organization = session.get_one(Organization, each.organization_id)
        views[each.id] = View(each, organization, session.get_one(User, each.inviter_id))
        views[each.id].site_count = counts.get(each.organization_id, 0)
    rows = packed([{"id": key.hex} for key in views])
    for kind, statement in (("sites", sites_of), ("teams", teams_of), ("projects", projects_of)):
        for place in statement.all(session, rows=rows):
            view = views[place.invitation_id]
            if place.deleted_at is None:
                getattr(view, kind).append(place)
            else:
                view.gone.append(place.name)
    return [views[invitation.id] for invitation in several]


def _site_counts(session: Session, organizations: set[UUID]) -> dict[UUID, int]:
    query = select(Site.organization_id, func.count().label("number")).where(Site.deleted_at.is_(None))
    found = session.execute(query.where(Site.organization_id.in_(organizations)).group_by(Site.organization_id))
    return {row.organization_id: row.number for row in found}


def see_one(session: Session, invitation_id: UUID) -> View:
    """The same by its id, as it is in the database now. Raises NotFound."""
    invitation = session.get(Invitation, invitation_id, populate_existing=True)
    if invitation is None:
        raise NotFound()
    return see(session, invitation)


def _obstacle(view: View, generation: int, now: datetime, standing: set[UUID]) -> PortalError | None:
    """The first thing that keeps this link from being accepted now, whoever holds it."""
    invitation = view.invitation
    if invitation.status not in ("pending", "expired"):
        return NotPending(status=invitation.status)
    if view.organization.deactivated_at is not None:
        return OrganizationClosed(organization=view.organization.name)
    if invitation.is_expired(now):
        return Expired(status="expired")
    if generation != invitation.generation:
        return NewerLink()
    return None if invitation.id in standing else InviterLostRights()


def mark_viewed(session: Session, invitation: Invitation, now: datetime) -> None:
    """Notes when the link was first looked at. A scanner looks too, so this never says that a person read it."""
    if invitation.viewed_at is not None or invitation.status != "pending":
        return
    with transaction(session):
        first = update(Invitation).where(Invitation.id == invitation.id, Invitation.viewed_at.is_(None))
        if session.execute(first.values(viewed_at=now)).rowcount:  # type: ignore[attr-defined]
            history.record(session, Actor(None), invitation.organization_id, "invitation.viewed", invitation.id, now)


def accept(
    session: Session,
    actor: Actor,
    invitation_id: UUID,
    now: datetime,
    *,
    generation: int | None = None,
    version: int | None = None,
    unproven: bool = False,
) -> Answer:
    """Makes the actor a member with all that is offered, or has them wait for approval, or changes nothing.

    One guarded UPDATE claims the pending, unexpired row, so that of twenty at once one succeeds. ``generation`` is
    the link's, ``version`` what the page showed; None where there was no link or page. ``unproven`` lets an account
    in whose address was never verified (PORTAL_UNPROVEN_JOIN). Raises NotFound, NotTheRecipient, AddressNotVerified,
    NotPending, Expired, NewerLink, OfferChanged, OrganizationClosed, InviterLostRights, AlreadyMember or NoSeatLeft.
    """
    with transaction(session):
        user = _person(session, actor)
        if user is None:
            raise NotFound()
        with refusals(session, ck_organizations_seats=NoSeatLeft()):
            organization = take_seat.first(session, invitation_id=invitation_id, now=now)
        waits = organization is not None and organization.approval
        claimed = claim_invitation.first(
            session, invitation_id=invitation_id, user_id=actor.user_id, generation=generation, version=version,
            status="waiting" if waits else "accepted", now=now,
        )  # fmt: skip
        if organization is None or claimed is None:
            raise _why_not(session, actor, invitation_id, user, generation, now)
        if not actor.reaches(claimed.organization_id):
            raise NotFound()
        check_recipient(user, claimed.email, unproven)
        if organization.deactivated_at is not None:
            raise OrganizationClosed(organization=organization.name)
        if not stands(session, claimed):
            raise InviterLostRights()
        if waits:
            wait(session, actor, user, claimed, now)
        else:
            enter(session, actor, user, claimed, "invitation.accepted", now)
    return Answer(user.id, claimed.organization_id, claimed.role, bool(claimed.restricted), waits)


def _person(session: Session, actor: Actor) -> User | None:
    """Who acts, unless their account was closed."""
    user = session.get(User, actor.user_id) if actor.user_id else None
    return user if user is not None and user.deactivated_at is None else None


def check_recipient(user: User, address: str, unproven: bool = False) -> None:
    """Raises NotTheRecipient or AddressNotVerified unless the invitation is for this account."""
    if user.email != address:
        raise NotTheRecipient()
    if not user.is_verified and not unproven:
        raise AddressNotVerified()


def _why_not(
    session: Session, actor: Actor, invitation_id: UUID, user: User, generation: int | None, now: datetime
) -> PortalError:
    """Why nothing was claimed. What the invitation is, only its addressee hears, with what may act there."""
    invitation = session.get(Invitation, invitation_id, populate_existing=True)
    if invitation is None or not actor.reaches(invitation.organization_id):
        return NotFound()
    if user.email != invitation.email:
        return NotTheRecipient()
    if invitation.is_expired(now):
        return Expired(status="expired")
    if invitation.status != "pending":
        return NotPending(status=invitation.status)
    if generation not in (None, invitation.generation):
        return NewerLink()
    return OfferChanged()


def join(
    session: Session, opened: Opened, joiner: Joiner, version: int, now: datetime, *, ip_address: str | None = None
) -> Answer:
    """Opens an account for the invited address and accepts, in one unit of work.

    A mailed link proves the mailbox: the account is verified at once, and one that never proved the address is taken
    over; without a password its person signs in by mail. A copied link proves nothing; it opens an unproven account
    only where PORTAL_UNPROVEN_JOIN says so. Raises LinkDoesNotProve, AccountExists, what is wrong with name or
    password, and what ``accept`` raises.
    """
    address = _look_open(session, opened, now).invitation.email
    name = clean_name(joiner.name)
    passwordless = not joiner.password and opened.proves_mailbox
    password_hash = None if passwordless else passwords.accepted(joiner.password, address, name)
    with transaction(session):
        view = _look_open(session, opened, now)
        user = _account(session, opened, view.invitation.email, name, password_hash, now)
        return accept(
            session,
            Actor(user.id, "page", ip_address),
            opened.invitation_id,
            now,
            generation=opened.generation,
            version=version,
            unproven=not opened.proves_mailbox,
        )


def join_vouched(
    session: Session, opened: Opened, vouched: Vouched, version: int, now: datetime, *, ip_address: str | None = None
) -> Answer:
    """The same for whom a provider vouches, whatever link they hold: it proved the invited address itself.

    Raises NotTheRecipient where it proved another address or none, AccountExists, and what ``accept`` raises.
    """
    with transaction(session):
        address = _look_open(session, opened, now).invitation.email
        if vouched.address != address:
            raise NotTheRecipient()
        user = accounts.by_address(session, address, hold=True)
        if user is None:
            user = accounts.create(session, address, vouched.name or address, None, now, verified=True)
        elif user.is_verified or user.deactivated_at is not None:
            raise AccountExists()
        else:
            accounts.prove(session, user, None, now)
        connections.bind_proved(session, user, vouched, now)
        actor = Actor(user.id, "page", ip_address)
        return accept(session, actor, opened.invitation_id, now, generation=opened.generation, version=version)


def _account(
    session: Session, opened: Opened, address: str, name: str, password_hash: str | None, now: datetime
) -> User:
    if not opened.proves_mailbox and not current_app.config["UNPROVEN_JOIN"]:
        raise LinkDoesNotProve()
    user = accounts.by_address(session, address, hold=True)
    if user is None:
        return accounts.create(session, address, name, password_hash, now, verified=opened.proves_mailbox)
    if user.is_verified or user.deactivated_at is not None or not opened.proves_mailbox:
        raise AccountExists()
    accounts.prove(session, user, password_hash, now, name=name)
    return user


def reject(
    session: Session,
    actor: Actor,
    invitation_id: UUID,
    now: datetime,
    *,
    opened: Opened | None = None,
    reason: str = "",
) -> Invitation:
    """Declines for its addressee: signed in with the verified address, or holding the newest mailed link.

    The inviter is told by mail, with the reason. Raises NotFound, NotTheRecipient, AddressNotVerified, NewerLink,
    Expired or NotPending.
    """
    with transaction(session):
        take = select(Invitation).where(Invitation.id == invitation_id)
        invitation = session.scalar(take)
        if invitation is None:
            raise NotFound()
        held = select(Organization.id).where(Organization.id == invitation.organization_id)
        session.execute(held.with_for_update(key_share=True))
        session.refresh(invitation, with_for_update={"key_share": True})
        _check_decliner(session, actor, invitation, opened)
        if invitation.is_expired(now):
            raise Expired(status="expired")
        if invitation.status != "pending":
            raise NotPending(status=invitation.status)
        invitation.status, invitation.ended_at, invitation.updated_at = "rejected", now, now
        invitation.reason = one_line(reason)[:LONGEST_REASON]
        move(session, invitation.organization_id, pending=-1)
        _tell_inviter(session, invitation, "declined", now)
        history.record(
            session,
            actor,
            invitation.organization_id,
            "invitation.rejected",
            invitation.id,
            now,
            email=invitation.email,
            reason=invitation.reason,
        )
    return invitation


def _check_decliner(session: Session, actor: Actor, invitation: Invitation, opened: Opened | None) -> None:
    if opened is not None and opened.proves_mailbox and opened.invitation_id == invitation.id:
        if opened.generation != invitation.generation:
            raise NewerLink()
        return
    if not actor.reaches(invitation.organization_id):
        raise NotFound()
    user = _person(session, actor)
    if user is None:
        raise NotTheRecipient()
    check_recipient(user, invitation.email)


def ask_for_new(session: Session, opened: Opened, now: datetime) -> None:
    """Tells the inviter that an expired invitation is wanted again, at most once a day.

    Raises BadLink, NotPending when it did not expire, or AskedAlready.
    """
    with transaction(session):
        view = look(session, opened, now)
        if not isinstance(view.obstacle, Expired):
            raise view.obstacle or NotPending(status=view.invitation.status)
        before = now - ASK_AGAIN_AFTER
        asked = session.execute(
            update(Invitation)
            .where(
                Invitation.id == view.invitation.id,
                or_(Invitation.renewal_asked_at.is_(None), Invitation.renewal_asked_at <= before),
            )
            .values(renewal_asked_at=now)
        )
        if not asked.rowcount:  # type: ignore[attr-defined]
            raise AskedAlready()
        _tell_inviter(session, view.invitation, "renewal_asked", now)
        history.record(
            session,
            Actor(None),
            view.organization.id,
            "invitation.renewal_asked",
            view.invitation.id,
            now,
            email=view.invitation.email,
        )


def mail_own_link(session: Session, opened: Opened, now: datetime) -> None:
    """Mails the invited address its newest link, for whoever holds a copied or an older one.

    Raises BadLink or what is in the way.
    """
    with transaction(session):
        view = look(session, opened, now)
        if view.obstacle is not None and not isinstance(view.obstacle, NewerLink):
            raise view.obstacle
        invitation = view.invitation
        due = outbox.Due(invitation.email, {"generation": invitation.generation}, invitation.id)
        outbox.queue(session, "invitation", [due], invitation.organization_id, now)
        history.record(
            session, Actor(None), invitation.organization_id, "invitation.own_link_mailed", invitation.id, now
        )


def _tell_inviter(session: Session, invitation: Invitation, kind: str, now: datetime) -> None:
    """Mails the inviter, or an owner when the inviter may no longer invite."""
    told = _inviter_or_owner(session, invitation)
    if told is not None:
        session.flush()
        due = outbox.Due(told.email, {"user_id": told.id.hex}, invitation.id)
        outbox.queue(session, kind, [due], invitation.organization_id, now)


def _inviter_or_owner(session: Session, invitation: Invitation) -> User | None:
    role = grantor_role.first(session, organization_id=invitation.organization_id, user_id=invitation.inviter_id)
    if role is not None and permissions.allows(role.role, Permission.INVITE):
        return session.get(User, invitation.inviter_id)
    owner = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == invitation.organization_id, Membership.role == "owner")
        .order_by(Membership.created_at)
    )
    return session.scalars(owner.limit(1)).first()
