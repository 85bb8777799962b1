"""Who is in which team and project, and as what.

Owners and admins place anybody who is a member; a team manager does so in their own team.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import null, select
from sqlalchemy.orm import Session

from . import history, permissions, places
from .addresses import normalise
from .database import new_id, refusals, transaction
from .errors import AlreadyPlaced, NoSuchMember, NotAllowed, NotAnAddress, NotFound, UnknownRole
from .models import (
    PROJECT_ROLES,
    TEAM_ROLES,
    Invitation,
    InvitationProject,
    InvitationSite,
    InvitationTeam,
    Membership,
    MembershipSite,
    Organization,
    ProjectMember,
    Team,
    TeamMember,
    User,
)
from .permissions import Actor, Permission
from .standing import standing_of

KINDS: dict[str, tuple[Any, str, tuple[str, ...]]] = {
    "team": (TeamMember, "team_id", TEAM_ROLES),
    "project": (ProjectMember, "project_id", PROJECT_ROLES),
}
MOST_INVITED = 200  # that a page of one place shows
_GRANTS: dict[str, tuple[Any, str, Any]] = {
    "site": (MembershipSite, "site_id", InvitationSite),
    "team": (TeamMember, "team_id", InvitationTeam),
    "project": (ProjectMember, "project_id", InvitationProject),
}


def members_of(
    session: Session, actor: Actor, organization_id: UUID, kind: str, place_id: UUID
) -> Sequence[tuple[Any, User]]:
    """Who is in a team or project, each with the person, in the order they came. Raises NotAMember or NotFound."""
    places.get(session, actor, organization_id, kind, place_id)
    model, key, _ = KINDS[kind]
    query = (
        select(model, User)
        .join(User, User.id == model.user_id)
        .where(model.organization_id == organization_id, getattr(model, key) == place_id)
        .order_by(model.created_at, model.id)
    )
    return [(placed, person) for placed, person in session.execute(query)]


@dataclass(slots=True)
class Company:
    """Who is in a site, team or project, a page of them, each with the role there (None for a site); whether more
    follow; who is invited to it, for who may see invitations; and whether the actor may change who is in it.
    """

    people: list[tuple[User, str | None]]
    following: UUID | None
    invited: list[tuple[Invitation, str | None]]
    may_change: bool


def company(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    kind: str,
    place_id: Any,
    now: datetime,
    *,
    after: UUID | None = None,
    most: int = 50,
) -> Company:
    """People by their id, after the one named. Raises NotAMember or NotFound."""
    standing = standing_of(session, actor, organization_id)
    places.get(session, actor, organization_id, kind, place_id)
    model, key, _ = _GRANTS[kind]
    role = getattr(model, "role", null())
    query = select(User, role).join(model, model.user_id == User.id).where(
        model.organization_id == organization_id, getattr(model, key) == place_id
    )  # fmt: skip
    if after is not None:
        query = query.where(User.id > after)
    found = [(person, said) for person, said in session.execute(query.order_by(User.id).limit(most + 1))]
    invited = _invited(session, organization_id, kind, place_id, now) if _sees_invited(standing) else []
    managed = permissions.allows(standing.role, Permission.MANAGE_PLACES)
    may_change = kind in KINDS and (managed or (kind == "team" and _is_team_manager(session, actor, place_id)))
    return Company(found[:most], found[most - 1][0].id if len(found) > most else None, invited, may_change)


def _sees_invited(standing: Any) -> bool:
    return permissions.may_invite(standing.role, standing.invite_from)


def _invited(session: Session, organization_id: UUID, kind: str, place_id: Any, now: datetime) -> list[Any]:
    _, key, grant = _GRANTS[kind]
    query = select(Invitation, getattr(grant, "role", null())).join(grant, grant.invitation_id == Invitation.id).where(
        grant.organization_id == organization_id, getattr(grant, key) == place_id,
        Invitation.status == "pending", Invitation.expires_at > now,
    )  # fmt: skip
    newest = query.order_by(Invitation.created_at.desc(), Invitation.id.desc()).limit(MOST_INVITED)
    return [(invitation, role) for invitation, role in session.execute(newest)]


def add_by_address(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    kind: str,
    place_id: UUID,
    address: str,
    role: str,
    now: datetime,
) -> User:
    """Puts the member with this address into a team or project. Raises as ``add`` does, and NoSuchMember."""
    with transaction(session):
        _held(session, actor, organization_id, kind, place_id)
        try:
            here = Membership.organization_id == organization_id
            query = select(User).join(Membership, Membership.user_id == User.id).where(here)
            person = session.scalar(query.where(User.email == normalise(address)))
        except NotAnAddress:
            person = None
        if person is None:
            raise NoSuchMember(address=address[:80])
        add(session, actor, organization_id, kind, place_id, person.id, role, now)
    return person


def teams_of(session: Session, user_id: UUID) -> Sequence[Team]:
    """The teams that somebody is in, over all their open organizations, in the order they came."""
    query = (
        select(Team)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .join(Organization, Organization.id == Team.organization_id)
        .where(TeamMember.user_id == user_id, Team.deleted_at.is_(None), Organization.deactivated_at.is_(None))
    )
    return session.scalars(query.order_by(TeamMember.created_at, TeamMember.id)).all()


def find(session: Session, kind: str, place_id: UUID, user_id: UUID) -> Any | None:
    """Somebody's placement in a team or project that the caller has read; None when they are not in it."""
    model, key, _ = KINDS[kind]
    return session.scalar(select(model).where(getattr(model, key) == place_id, model.user_id == user_id))


def add(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    kind: str,
    place_id: UUID,
    user_id: UUID,
    role: str,
    now: datetime,
) -> Any:
    """Puts a member into a team or project.

    Raises NotAMember, NotFound (no such place, or no such member), NotAllowed, UnknownRole or AlreadyPlaced.
    """
    with transaction(session):
        place = _held(session, actor, organization_id, kind, place_id)
        model, key, roles = KINDS[kind]
        _check_role(role, roles)
        _check_member(session, organization_id, user_id)
        placed = model(
            id=new_id(), organization_id=organization_id, user_id=user_id, role=role, created_at=now, **{key: place_id}
        )
        with refusals(session, **{f"uq_{model.__tablename__}_user_id_{key}": AlreadyPlaced(place=place.name)}):
            session.add(placed)
        history.record(
            session, actor, organization_id, f"{kind}.member_added", place_id, now, user_id=str(user_id), role=role
        )
    return placed


def change(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    kind: str,
    place_id: UUID,
    user_id: UUID,
    role: str,
    now: datetime,
) -> Any:
    """Gives somebody another role in a team or project. Raises as ``add`` does."""
    with transaction(session):
        _held(session, actor, organization_id, kind, place_id)
        _check_role(role, KINDS[kind][2])
        placed = _placed(session, kind, place_id, user_id)
        before, placed.role = placed.role, role
        session.flush()
        history.record(
            session, actor, organization_id, f"{kind}.member_changed", place_id, now, user_id=str(user_id),
            before=before, after=role,
        )  # fmt: skip
    return placed


def remove(
    session: Session, actor: Actor, organization_id: UUID, kind: str, place_id: UUID, user_id: UUID, now: datetime
) -> None:
    """Takes somebody out of a team or project; oneself always may. Raises NotAMember, NotFound or NotAllowed."""
    with transaction(session):
        if user_id == actor.user_id:
            places.get(session, actor, organization_id, kind, place_id)
        else:
            _held(session, actor, organization_id, kind, place_id)
        session.delete(_placed(session, kind, place_id, user_id))
        session.flush()
        history.record(session, actor, organization_id, f"{kind}.member_removed", place_id, now, user_id=str(user_id))


def _held(session: Session, actor: Actor, organization_id: UUID, kind: str, place_id: UUID) -> Any:
    """The place, once the actor may manage who is in it."""
    organization = standing_of(session, actor, organization_id)
    place = places.get(session, actor, organization_id, kind, place_id)
    if permissions.allows(organization.role, Permission.MANAGE_PLACES):
        return place
    if kind == "team" and _is_team_manager(session, actor, place_id):
        return place
    raise NotAllowed()


def _is_team_manager(session: Session, actor: Actor, team_id: UUID) -> bool:
    query = select(TeamMember.role).where(TeamMember.team_id == team_id, TeamMember.user_id == actor.user_id)
    return session.scalar(query) == "team_manager"


def _check_role(role: str, roles: tuple[str, ...]) -> None:
    if role not in roles:
        raise UnknownRole(role=role)


def _check_member(session: Session, organization_id: UUID, user_id: UUID) -> None:
    query = select(Membership.id).where(Membership.organization_id == organization_id, Membership.user_id == user_id)
    if session.scalar(query) is None:
        raise NotFound()


def _placed(session: Session, kind: str, place_id: UUID, user_id: UUID) -> Any:
    placed = find(session, kind, place_id, user_id)
    if placed is None:
        raise NotFound()
    return placed
