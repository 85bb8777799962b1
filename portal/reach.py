"""What somebody reaches in an organization, and why. Every face that shows or tests access asks here.

A member reaches every site unless restricted, then the sites named. Other roles reach every site, and owners and
admins every team and project; the rest reach the teams and projects that they are in.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .models import Membership, MembershipSite, Organization, Project, ProjectMember, Site, Team, TeamMember, User, fits
from .permissions import Actor
from .standing import standing_of

KINDS: dict[str, Any] = {"site": Site, "team": Team, "project": Project}
_EVERYTHING = ("owner", "admin")


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether something is reached, and why: ``role``, ``unrestricted``, ``grant``, or what is missing.

    ``place_role`` is the team or project role, where there is one.
    """

    allowed: bool
    why: str
    place_role: str | None = None


def reach(session: Session, user_id: UUID, kind: str, place_id: UUID | int) -> Reach:
    """May this person reach that ``site``, ``team`` or ``project``, and why."""
    place = session.get(KINDS[kind], place_id) if fits(place_id) else None
    if place is None or place.deleted_at is not None:
        return Reach(False, "no_such_place")
    membership = _membership(session, user_id, place.organization_id)
    return _judge(session, membership, kind, place_id) if membership else Reach(False, "not_a_member")


def ask(session: Session, actor: Actor, organization_id: UUID, user_id: UUID, kind: str, place_id: UUID | int) -> Reach:
    """The same for anybody of the actor's own organization; another's place reads as none. Raises NotAMember."""
    standing_of(session, actor, organization_id)
    place = session.get(KINDS[kind], place_id) if fits(place_id) else None
    if place is None or place.organization_id != organization_id:
        return Reach(False, "no_such_place")
    return reach(session, user_id, kind, place_id)


def all_of(session: Session, user_id: UUID, organization_id: UUID) -> dict[str, list[tuple[Any, Reach]]]:
    """Everything that somebody reaches in an organization, by kind, each with why, by name."""
    membership = _membership(session, user_id, organization_id)
    found: dict[str, list[tuple[Any, Reach]]] = {kind: [] for kind in KINDS}
    if membership is None:
        return found
    for kind, model in KINDS.items():
        granted = _grants(session, membership, kind)
        places = select(model).where(model.organization_id == organization_id, model.deleted_at.is_(None))
        for place in session.scalars(places.order_by(model.name, model.id)):
            verdict = _verdict(membership, kind, granted.get(place.id))
            if verdict.allowed:
                found[kind].append((place, verdict))
    return found


def _membership(session: Session, user_id: UUID, organization_id: UUID) -> Membership | None:
    """The membership that counts: not of a deactivated person, not in a closed organization."""
    query = (
        select(Membership)
        .join(User, User.id == Membership.user_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(
            Membership.user_id == user_id,
            Membership.organization_id == organization_id,
            User.deactivated_at.is_(None),
            Organization.deactivated_at.is_(None),
        )
    )
    return session.scalar(query)


def _judge(session: Session, membership: Membership, kind: str, place_id: UUID | int) -> Reach:
    return _verdict(membership, kind, _grants(session, membership, kind).get(place_id))


def _verdict(membership: Membership, kind: str, granted: str | None) -> Reach:
    role = granted if kind != "site" else None
    if membership.role in _EVERYTHING or (kind == "site" and membership.role != "member"):
        return Reach(True, "role", role)
    if kind == "site" and not membership.restricted:
        return Reach(True, "unrestricted")
    return Reach(True, "grant", role) if granted else Reach(False, "no_grant")


def _grants(session: Session, membership: Membership, kind: str) -> dict[Any, str]:
    """The places of a kind that were given to this member by name, each with the role there."""
    columns: dict[str, tuple[Any, Any, Any]] = {
        "site": (MembershipSite.site_id, MembershipSite.site_id, MembershipSite),
        "team": (TeamMember.team_id, TeamMember.role, TeamMember),
        "project": (ProjectMember.project_id, ProjectMember.role, ProjectMember),
    }
    key, value, model = columns[kind]
    query = select(key, value).where(
        model.organization_id == membership.organization_id, model.user_id == membership.user_id
    )
    return {place: str(role) for place, role in session.execute(query)}
