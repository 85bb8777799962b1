"""Members of an organization: the list, a new role, other sites, removal. The last owner stays."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, delete, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, contains_eager

from . import history, invitations, permissions
from .addresses import normalise
from .database import Instant, refusals, transaction
from .errors import LastOwner, NoSitesChosen, NotAnAddress, NotFound, OwnTransfer
from .invitations.offers import check_sites
from .models import (
    RANKS,
    Membership,
    MembershipSite,
    Organization,
    Project,
    ProjectMember,
    Site,
    Team,
    TeamMember,
    User,
)
from .models import Session as SignedIn
from .permissions import Actor, Permission
from .standing import move, standing_of
from .text import one_line

PAGE = 50


@dataclass(frozen=True, slots=True)
class Access:
    """A member's role and, for the role member, the sites: None means that nothing was said, empty means all."""

    role: str
    sites: tuple[int, ...] | None = None


def page(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    *,
    after: UUID | None = None,
    beyond: tuple[datetime, UUID] | None = None,
    search: str = "",
    most: int = PAGE,
) -> list[Membership]:
    """Members in the order they joined, each with ``user``, after the one named or beyond a moment and an id; those
    whose name or address holds ``search``.

    Raises NotAMember, or NotFound when the one named is not there.
    """
    standing_of(session, actor, organization_id)
    query = _members_of(organization_id).order_by(Membership.created_at, Membership.id).limit(most)
    if wanted := one_line(search).lower():
        named = func.lower(User.name).contains(wanted, autoescape=True)
        query = query.where(or_(User.email.contains(wanted, autoescape=True), named))
    if after is not None:
        last = session.scalar(
            select(Membership).where(Membership.id == after, Membership.organization_id == organization_id)
        )
        if last is None:
            raise NotFound()
        beyond = (last.created_at, last.id)
    if beyond is not None:
        query = query.where(tuple_(Membership.created_at, Membership.id) > tuple_(*_key(beyond)))
    return list(session.scalars(query))


def _members_of(organization_id: UUID) -> Select[Membership]:
    """The memberships of an organization, each with ``user``."""
    with_user = select(Membership).join(Membership.user).options(contains_eager(Membership.user))
    return with_user.where(Membership.organization_id == organization_id)


def _key(place: tuple[datetime, UUID]) -> tuple[Any, Any]:
    return literal(place[0], Instant()), literal(place[1], Uuid())


def get(session: Session, actor: Actor, organization_id: UUID, user_id: UUID) -> Membership:
    """One member, with ``user``. Raises NotAMember or NotFound."""
    standing_of(session, actor, organization_id)
    return _get(session, organization_id, user_id)


def _get(session: Session, organization_id: UUID, user_id: UUID) -> Membership:
    query = _members_of(organization_id).where(Membership.user_id == user_id)
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound()
    return found


def numbered(session: Session, actor: Actor, organization_id: UUID, *, skip: int, most: int) -> list[Membership]:
    """Members in the order they joined, each with ``user``, after so many. Raises NotAMember.

    With ``invitations.numbered`` the one place that skips rows, at a cost that grows with them: the session dialect's
    contract has ``offset``. Everything else reads on from a cursor.
    """
    standing_of(session, actor, organization_id)
    query = _members_of(organization_id).order_by(Membership.created_at, Membership.id)
    return list(session.scalars(query.offset(skip).limit(most)))


def find(session: Session, actor: Actor, organization_id: UUID, named: UUID | str) -> Membership:
    """One member, with ``user``, by the membership's id or the person's address. Raises NotAMember or NotFound."""
    standing_of(session, actor, organization_id)
    try:
        wanted = Membership.id == named if isinstance(named, UUID) else Membership.user.has(email=normalise(named))
    except NotAnAddress:
        raise NotFound() from None
    user_id = session.scalar(select(Membership.user_id).where(Membership.organization_id == organization_id, wanted))
    if user_id is None:
        raise NotFound()
    return _get(session, organization_id, user_id)


def sites_of(session: Session, membership: Membership) -> list[int]:
    """The ids of the sites that a restricted member was given."""
    query = select(MembershipSite.site_id).where(
        MembershipSite.organization_id == membership.organization_id, MembershipSite.user_id == membership.user_id
    )
    return list(session.scalars(query))


def sites_among(session: Session, organization_id: UUID, members: Sequence[Membership]) -> dict[UUID, list[Site]]:
    """The sites of each of these members who is restricted, by the person’s id; an empty list where all are gone."""
    held: dict[UUID, list[Site]] = {member.user_id: [] for member in members if member.restricted}
    query = (
        select(MembershipSite.user_id, Site)
        .join(Site, Site.id == MembershipSite.site_id)
        .where(
            MembershipSite.organization_id == organization_id,
            MembershipSite.user_id.in_(list(held)),
            Site.deleted_at.is_(None),
        )
        .order_by(Site.name, Site.id)
    )
    for user_id, site in session.execute(query):
        held[user_id].append(site)
    return held


@dataclass(slots=True)
class Seen:
    """What a list shows beside a member: teams and projects by name, and when a session of theirs was last renewed."""

    teams: list[str] = field(default_factory=list)
    projects: list[str] = field(default_factory=list)
    last: datetime | None = None


def seen(session: Session, organization_id: UUID, members: Sequence[Membership]) -> dict[UUID, Seen]:
    """That of each of these members, by the person's id, in a statement a kind."""
    found = {member.user_id: Seen() for member in members}
    kinds: tuple[tuple[str, Any, Any, Any], ...] = (
        ("teams", TeamMember, Team, TeamMember.team_id),
        ("projects", ProjectMember, Project, ProjectMember.project_id),
    )
    for name, placed, place, key in kinds:
        query = (
            select(placed.user_id, place.name)
            .join(place, place.id == key)
            .where(placed.organization_id == organization_id, placed.user_id.in_(list(found)))
            .where(place.deleted_at.is_(None))
            .order_by(place.name)
        )
        for user_id, said in session.execute(query):
            getattr(found[user_id], name).append(said)
    last = select(SignedIn.user_id, func.max(SignedIn.renewed_at)).where(SignedIn.user_id.in_(list(found)))
    for user_id, moment in session.execute(last.group_by(SignedIn.user_id)):
        found[user_id].last = moment
    return found


def change(session: Session, actor: Actor, organization_id: UUID, user_id: UUID, access: Access, now: datetime) -> int:
    """Gives a member another role or other sites. Returns how many of their pending invitations were canceled.

    A promotion drops a restriction; a demotion to member must say the sites. Raises NotAMember, NotFound,
    UnknownRole, NotAllowed, RoleAboveRank, NoSitesChosen, UnknownSite or LastOwner.
    """
    with transaction(session):
        organization = standing_of(session, actor, organization_id, lock=True)
        member = _get(session, organization_id, user_id)
        permissions.require_manage(organization.role, member.role, access.role)
        restricted, sites = _restriction(session, member, access)
        if (member.role == "owner") != (access.role == "owner"):
            _count_owner(session, organization_id, 1 if access.role == "owner" else -1)
        before = {"role": member.role, "sites": sites_of(session, member) if member.restricted else "all"}
        lowered = RANKS[access.role] < RANKS[member.role]
        session.execute(
            delete(MembershipSite).where(
                MembershipSite.organization_id == organization_id, MembershipSite.user_id == user_id
            )
        )
        member.role, member.restricted, member.updated_at = access.role, restricted, now
        session.flush()
        session.add_all(
            MembershipSite(organization_id=organization_id, user_id=user_id, site_id=site) for site in sites
        )
        session.flush()
        canceled = (
            invitations.cancel_unsupported(session, actor, organization_id, user_id, access.role, now) if lowered else 0
        )
        after = {"role": access.role, "sites": list(sites) if restricted else "all"}
        history.record(
            session,
            actor,
            organization_id,
            "member.changed",
            user_id,
            now,
            before=before,
            after=after,
            canceled=canceled,
        )
    return canceled


def _restriction(session: Session, member: Membership, access: Access) -> tuple[bool, tuple[int, ...]]:
    """Whether the member is restricted afterwards, and to which sites."""
    if access.role != "member":
        check_sites(session, member.organization_id, access.role, bool(access.sites), access.sites or ())
        return False, ()
    if access.sites is None:
        if member.role != "member":
            raise NoSitesChosen()
        return member.restricted, tuple(sites_of(session, member))
    if access.sites:
        check_sites(session, member.organization_id, "member", True, access.sites)
    return bool(access.sites), access.sites


def remove(session: Session, actor: Actor, organization_id: UUID, user_id: UUID, now: datetime) -> int:
    """Removes a member, with their places in teams and projects, and gives the seat back; leaving is removing oneself.

    Returns how many pending invitations were canceled with it. Raises NotAMember, NotFound, NotAllowed,
    RoleAboveRank or LastOwner.
    """
    with transaction(session):
        organization = standing_of(session, actor, organization_id, lock=True)
        member = _get(session, organization_id, user_id)
        if user_id != actor.user_id:
            permissions.require_manage(organization.role, member.role)
        if member.role == "owner":
            _count_owner(session, organization_id, -1)
        canceled = invitations.cancel_unsupported(session, actor, organization_id, user_id, None, now)
        session.flush()
        session.execute(delete(Membership).where(Membership.id == member.id))
        move(session, organization_id, members=-1)
        verb = "left" if user_id == actor.user_id else "removed"
        history.record(
            session, actor, organization_id, f"member.{verb}", user_id, now, role=member.role, canceled=canceled
        )
    return canceled


def transfer(session: Session, actor: Actor, organization_id: UUID, user_id: UUID, now: datetime) -> int:
    """Makes a member an owner and the actor, an owner, an admin, in one unit of work.

    Returns how many pending invitations of the actor's were canceled, those of owners. Raises NotAMember, NotFound,
    NotAllowed, or OwnTransfer for oneself.
    """
    with transaction(session):
        standing = standing_of(session, actor, organization_id, lock=True)
        permissions.require(standing.role, Permission.DELETE_ORGANIZATION)
        if actor.user_id is None or user_id == actor.user_id:
            raise OwnTransfer()
        change(session, actor, organization_id, user_id, Access("owner"), now)
        return change(session, actor, organization_id, actor.user_id, Access("admin"), now)


def _count_owner(session: Session, organization_id: UUID, difference: int) -> None:
    """The organization keeps the number of its owners under a CHECK, so the last one stays, also in a race."""
    with refusals(session, ck_organizations_counts=LastOwner()):
        organization = session.get_one(Organization, organization_id, populate_existing=True)
        organization.owner_count += difference


def of_actor(session: Session, actor: Actor) -> list[Membership]:
    """The actor's own memberships, as ``of_user``; of those that what acts reaches."""
    if actor.user_id is None:
        return []
    return [member for member in of_user(session, actor.user_id) if actor.reaches(member.organization_id)]


def of_user(session: Session, user_id: UUID) -> list[Membership]:
    """Somebody's memberships in open organizations, each with ``organization``, by name."""
    query = (
        select(Membership)
        .join(Membership.organization)
        .options(contains_eager(Membership.organization))
        .where(Membership.user_id == user_id, Organization.deactivated_at.is_(None))
        .order_by(Organization.name, Organization.id)
    )
    return list(session.scalars(query))
