"""Changing an invitation: resend, new link, edit, cancel."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from .. import history, permissions
from ..addresses import normalise
from ..database import packed, refusals, transaction
from ..delivery import outbox
from ..errors import (
    AlreadyInvited,
    AlreadyMember,
    Expired,
    MayNotInvite,
    NotAMember,
    NotFound,
    NotPending,
    OfferChanged,
)
from ..models import OPEN, Invitation, Organization
from ..permissions import Actor
from ..standing import move, standing_of
from ..statements import members_among
from ..text import shortened
from . import offers
from .approvals import let_down
from .entering import stands
from .expiry import expire_among
from .invite import halfway, make_room
from .offers import Offer
from .parts import refile


@dataclass(frozen=True, slots=True)
class Change:
    """What an invitation should be. ``seen`` is the ``updated_at`` that the editor looked at, or None not to care."""

    offer: Offer
    address: str | None = None
    name: str | None = None
    seen: datetime | None = None


def resend(
    session: Session, actor: Actor, invitation_id: UUID, now: datetime, change: Change | None = None
) -> Invitation:
    """Mails the same link again and renews the expiry of a pending or expired invitation, keeping what it grants.

    One that had lapsed takes a seat again. A ``change`` is applied first, as ``edit`` does, and raises what that
    raises. Raises NotFound, MayNotInvite, RoleAboveRank, NotPending, AlreadyMember, AlreadyInvited, NoSeatLeft or
    PendingLimitReached.
    """
    with transaction(session):
        if change is not None:
            edit(session, actor, invitation_id, change, now)
        invitation, organization = _hold(session, actor, invitation_id)
        if invitation.status not in ("pending", "expired"):
            raise NotPending(status=invitation.status)
        offers.require_domain(invitation.email, organization.allowed_domains.split())
        _refuse_member(session, organization.id, invitation.email)
        _revive(session, actor, invitation, organization, now)
        renewed = now + timedelta(seconds=organization.invitation_lifetime)
        invitation.expires_at = max(invitation.expires_at, renewed)  # never brought forward
        invitation.remind_at = halfway(now, invitation.expires_at)
        invitation.renewal_asked_at = None
        invitation.updated_at = now
        _mail(session, invitation, now)
        _record(session, actor, invitation, "resent", now)
    return invitation


def _revive(session: Session, actor: Actor, invitation: Invitation, organization: Any, now: datetime) -> None:
    """Makes a lapsed one pending again. Whoever does that stands for the offer if its grantor no longer can."""
    if not stands(session, invitation):
        invitation.grantor_id = _person(actor)
    if invitation.status == "pending":
        return
    rows = packed([{"email": invitation.email}])
    expired = expire_among(session, actor, organization.id, rows, now)
    free, full = make_room(session, organization, 1, expired, now)
    if free is not None and free < 1:
        raise full(address=invitation.email)
    with refusals(session, uq_invitations_open=AlreadyInvited(address=invitation.email)):
        invitation.status, invitation.ended_at = "pending", None
    move(session, organization.id, pending=1)


def new_link(session: Session, actor: Actor, invitation_id: UUID, now: datetime) -> Invitation:
    """Makes every link so far old, and mails a new one. Raises as ``cancel`` does."""
    with transaction(session):
        invitation = hold_open(session, actor, invitation_id, now)
        _check_domain(session, invitation, invitation.email)
        invitation.generation += 1
        invitation.updated_at = now
        _mail(session, invitation, now)
        _record(session, actor, invitation, "link_renewed", now)
    return invitation


def cancel(session: Session, actor: Actor, invitation_id: UUID, now: datetime) -> Invitation:
    """Revokes a pending invitation and gives its seat back.

    Raises NotFound, MayNotInvite, RoleAboveRank, Expired or NotPending.
    """
    with transaction(session):
        invitation = hold_open(session, actor, invitation_id, now)
        _end(invitation, "canceled", now)
        move(session, invitation.organization_id, pending=-1)
        _record(session, actor, invitation, "canceled", now)
    return invitation


def edit(session: Session, actor: Actor, invitation_id: UUID, change: Change, now: datetime) -> Invitation:
    """Changes what a pending invitation offers, to whom, and until when, without breaking its link.

    Another role or other grants raise the version; another address makes a new link and mails it there. Raises what
    ``cancel`` raises, what is wrong with the new offer, OfferChanged when somebody else edited meanwhile, NotAnAddress,
    AlreadyMember or AlreadyInvited.
    """
    with transaction(session):
        invitation = hold_open(session, actor, invitation_id, now)
        if change.seen not in (None, invitation.updated_at):
            raise OfferChanged()
        before = offers.read_offer(session, invitation)
        _edit_offer(session, actor, invitation, before, change.offer, now)
        _edit_person(session, actor, invitation, change, now)
        invitation.updated_at = now
        _record(session, actor, invitation, "edited", now, **_difference(before, change.offer))
    return invitation


def _edit_offer(
    session: Session, actor: Actor, invitation: Invitation, before: Offer, offer: Offer, now: datetime
) -> None:
    role = standing_of(session, actor, invitation.organization_id).role
    judged = replace(offer, expires_at=None) if offer.expires_at == invitation.expires_at else offer
    if offer.grants != before.grants:
        offers.check(session, invitation.organization_id, role, [judged], now)
        offers.drop_grants(session, invitation.id)
        invitation.role, invitation.restricted = offer.role, offer.restricted
        invitation.grantor_id = _person(actor)
        invitation.version += 1
        session.flush()
        offers.write_grants(session, invitation.organization_id, [(invitation.id, offer)])
    else:
        offers.check_words(judged, now)
    invitation.message, invitation.language = offer.message, offer.language
    if offer.expires_at and offer.expires_at != invitation.expires_at:
        invitation.expires_at = offer.expires_at
        invitation.remind_at = halfway(now, offer.expires_at)


def _edit_person(session: Session, actor: Actor, invitation: Invitation, change: Change, now: datetime) -> None:
    if change.name is not None:
        invitation.name = shortened(change.name)
    address = normalise(change.address) if change.address is not None else invitation.email
    if address == invitation.email:
        return
    _check_domain(session, invitation, address)
    _refuse_member(session, invitation.organization_id, address)
    expire_among(session, actor, invitation.organization_id, packed([{"email": address}]), now)
    with refusals(session, uq_invitations_open=AlreadyInvited(address=address)):
        former, invitation.email = invitation.email, address
        invitation.generation += 1
        invitation.viewed_at = None
    refile(session, invitation, former)
    _mail(session, invitation, now)


def _check_domain(session: Session, invitation: Invitation, address: str) -> None:
    offers.require_domain(address, session.get_one(Organization, invitation.organization_id).domains)


def _difference(before: Offer, after: Offer) -> dict[str, Any]:
    """What was edited, before and after, for the history."""
    changed = {}
    for name in ("role", "restricted", "sites", "teams", "projects", "message", "language", "expires_at"):
        old, new = getattr(before, name), getattr(after, name)
        if new != old and not (name == "expires_at" and new is None):
            changed[name] = [old, new]
    return changed


def lost(session: Session, organization_id: UUID, user_id: UUID, roles: Sequence[str | None]) -> dict[str | None, int]:
    """How many ``unsupported`` finds for each of the roles, without reading them."""
    counts = session.execute(
        select(Invitation.role, func.count())
        .where(
            Invitation.organization_id == organization_id,
            text(f"({OPEN})"),
            Invitation.grantor_id == user_id,
        )
        .group_by(Invitation.role)
    ).all()
    return {role: sum(count for offered, count in counts if not _may_offer(role, offered)) for role in roles}


def _may_offer(role: str | None, offered: str) -> bool:
    return role is not None and permissions.may_offer(role, offered)


def unsupported(session: Session, organization_id: UUID, user_id: UUID, role: str | None) -> list[Invitation]:
    """The open invitations that somebody stands for and could no longer make with ``role`` (None: not a member): those
    that are pending, and those that were accepted and wait for approval.
    """
    mine = select(Invitation).where(
        Invitation.organization_id == organization_id, text(f"({OPEN})"), Invitation.grantor_id == user_id
    )
    return [i for i in session.scalars(mine) if not _may_offer(role, i.role)]


def cancel_unsupported(
    session: Session, actor: Actor, organization_id: UUID, user_id: UUID, role: str | None, now: datetime
) -> int:
    """Cancels what ``unsupported`` finds, as part of the removal or demotion at hand. Returns how many.

    The caller holds the organization's row.
    """
    found = unsupported(session, organization_id, user_id, role)
    let_down(session, actor, organization_id, [i for i in found if i.status == "waiting"], now, "inviter_lost_rights")
    lost = [invitation for invitation in found if invitation.status == "pending"]
    for invitation in lost:
        _end(invitation, "canceled", now)
    if lost:
        happenings = [("invitation.canceled", i.id, {"email": i.email, "why": "inviter_lost_rights"}) for i in lost]
        history.record_all(session, actor, organization_id, happenings, now)
        move(session, organization_id, pending=-len(lost))
    return len(found)


# What these share -------------------------------------------------------------------------------------------------


def _hold(session: Session, actor: Actor, invitation_id: UUID) -> tuple[Invitation, Any]:
    """The invitation and its organization, both held, once the actor may act on it. Another's reads as none."""
    found = session.scalar(select(Invitation.organization_id).where(Invitation.id == invitation_id))
    if found is None:
        raise NotFound()
    try:
        organization = standing_of(session, actor, found, lock=True)
    except NotAMember:
        raise NotFound() from None
    permissions.require_invite(organization)
    invitation = _locked(session, Invitation.id == invitation_id)[0]
    permissions.require_offer(organization.role, invitation.role)
    return invitation, organization


def hold_open(session: Session, actor: Actor, invitation_id: UUID, now: datetime) -> Invitation:
    """A pending invitation that the actor may act on, held until the unit of work ends. Raises as ``cancel`` does."""
    invitation, _ = _hold(session, actor, invitation_id)
    if invitation.is_expired(now):
        raise Expired(status="expired")
    if invitation.status != "pending":
        raise NotPending(status=invitation.status)
    return invitation


def _locked(session: Session, condition: Any) -> list[Invitation]:
    query = select(Invitation).where(condition).order_by(Invitation.id).with_for_update(key_share=True)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _end(invitation: Invitation, status: str, now: datetime) -> None:
    invitation.status, invitation.ended_at, invitation.updated_at = status, now, now


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise MayNotInvite()
    return actor.user_id


def _refuse_member(session: Session, organization_id: UUID, address: str) -> None:
    if members_among.first(session, rows=packed([{"email": address}]), organization_id=organization_id):
        raise AlreadyMember(address=address)


def _mail(session: Session, invitation: Invitation, now: datetime) -> None:
    invitation.delivery = "queued"
    session.flush()
    due = outbox.Due(invitation.email, {"generation": invitation.generation}, invitation.id)
    outbox.queue(session, "invitation", [due], invitation.organization_id, now)


def _record(session: Session, actor: Actor, invitation: Invitation, verb: str, now: datetime, **details: Any) -> None:
    session.flush()
    history.record(
        session,
        actor,
        invitation.organization_id,
        f"invitation.{verb}",
        invitation.id,
        now,
        email=invitation.email,
        **details,
    )
