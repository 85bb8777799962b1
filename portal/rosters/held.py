"""What everybody of an organization has now: members, and those who are invited."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from ..invitations import Offer
from ..models import (
    OPEN,
    Invitation,
    InvitationProject,
    InvitationSite,
    InvitationTeam,
    Membership,
    MembershipSite,
    Project,
    ProjectMember,
    Site,
    Team,
    TeamMember,
    User,
)

Roles = frozenset[tuple[UUID, str]]


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody has or should have. ``sites`` None is every site."""

    role: str
    sites: frozenset[int] | None = None
    teams: Roles = frozenset()
    projects: Roles = frozenset()

    def offer(self) -> Offer:
        """The same as what an invitation offers."""
        return Offer(
            self.role, self.sites is not None, tuple(sorted(self.sites or ())), tuple(sorted(self.teams)),
            tuple(sorted(self.projects)),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody who is there: ``what`` is ``member`` or ``invitation``, ``key`` the person's or the invitation's id."""

    what: str
    key: UUID
    address: str
    access: Access


def held(session: Session, organization_id: UUID, now: datetime) -> dict[str, Held]:
    """Everybody who is a member, invited, or waits for approval, by address; a handful of statements for any number."""
    return _invited(session, organization_id, now) | _members(session, organization_id)


def _members(session: Session, organization_id: UUID) -> dict[str, Held]:
    sites = _granted(session, organization_id, MembershipSite, Site, "user_id", "site_id")
    teams = _granted(session, organization_id, TeamMember, Team, "user_id", "team_id")
    projects = _granted(session, organization_id, ProjectMember, Project, "user_id", "project_id")
    query = (
        select(User.email, Membership.user_id, Membership.role, Membership.restricted)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organization_id == organization_id)
    )
    return _by_address("member", session.execute(query), sites, teams, projects)


def _invited(session: Session, organization_id: UUID, now: datetime) -> dict[str, Held]:
    lasts = or_(Invitation.status == "waiting", Invitation.expires_at > now)
    invited = (Invitation.organization_id == organization_id, text(f"({OPEN})"), lasts)
    ids = select(Invitation.id).where(*invited)
    sites = _granted(session, organization_id, InvitationSite, Site, "invitation_id", "site_id", ids)
    teams = _granted(session, organization_id, InvitationTeam, Team, "invitation_id", "team_id", ids)
    projects = _granted(session, organization_id, InvitationProject, Project, "invitation_id", "project_id", ids)
    query = select(Invitation.email, Invitation.id, Invitation.role, Invitation.restricted).where(*invited)
    return _by_address("invitation", session.execute(query), sites, teams, projects)


def _by_address(what: str, rows: Iterable[Any], sites: Any, teams: Any, projects: Any) -> dict[str, Held]:
    found = {}
    for address, key, role, restricted in rows:
        reached = frozenset(site for site, _ in sites[key]) if restricted else None
        access = Access(role, reached, frozenset(teams[key]), frozenset(projects[key]))
        found[address] = Held(what, key, address, access)
    return found


def _granted(
    session: Session, organization_id: UUID, grant: Any, place: Any, holder: str, key: str, among: Any = None
) -> dict[UUID, list[tuple[Any, str]]]:
    """The places that are still there, each with the role in it, by who holds them."""
    role = getattr(grant, "role", getattr(grant, key))
    query = (
        select(getattr(grant, holder), getattr(grant, key), role)
        .join(place, place.id == getattr(grant, key))
        .where(grant.organization_id == organization_id, place.deleted_at.is_(None))
    )
    found: dict[UUID, list[tuple[Any, str]]] = defaultdict(list)
    for who, what, said in session.execute(query if among is None else query.where(getattr(grant, holder).in_(among))):
        found[who].append((what, said))
    return found
