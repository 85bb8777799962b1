"""What an invitation offers: a role, a restriction to sites, teams and projects with a role in each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from .. import permissions
from ..database import packed
from ..errors import (
    BadExpiry,
    BadInput,
    DomainNotAllowed,
    GrantedTwice,
    MessageTooLong,
    PortalError,
    RestrictionNeedsMember,
    RestrictionNeedsSite,
    SitesWithoutRestriction,
    UnknownProject,
    UnknownRole,
    UnknownSite,
    UnknownTeam,
)
from ..models import (
    PROJECT_ROLES,
    TEAM_ROLES,
    InvitationProject,
    InvitationSite,
    InvitationTeam,
    Project,
    Site,
    Team,
    fits,
)
from ..statements import grant_projects, grant_sites, grant_teams
from ..text import paragraphs

SHORTEST_LIFE, LONGEST_LIFE = timedelta(hours=1), timedelta(days=365)
LONGEST_MESSAGE = 2000

Roles = tuple[tuple[UUID, str], ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered. ``expires_at`` None means the organization's own lifetime from now."""

    role: str
    restricted: bool = False
    sites: tuple[int, ...] = ()
    teams: Roles = ()
    projects: Roles = ()
    message: str = ""
    language: str = "en"
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", paragraphs(self.message))

    @property
    def grants(self) -> tuple[Any, ...]:
        """What version counts: role and grants, in an order that says nothing."""
        return self.role, self.restricted, set(self.sites), set(self.teams), set(self.projects)


def check(session: Session, organization_id: UUID, role: str, offers: Iterable[Offer], now: datetime) -> None:
    """Raises what is wrong with the first offer that is not right."""
    for error in flaws(session, organization_id, role, offers, now).values():
        raise error


def flaws(
    session: Session, organization_id: UUID, role: str, offers: Iterable[Offer], now: datetime
) -> dict[Offer, PortalError]:
    """What is wrong with offers made by somebody with ``role``: for each that is not right, the first of
    rank, teams, projects, sites, message and expiry that does not hold. Each kind of place is read once for all. The
    error's ``about`` is the offer that is not right.
    """
    distinct = list(dict.fromkeys(offers))
    there = _there(session, organization_id, distinct)
    found: dict[Offer, PortalError] = {}
    for offer in distinct:
        try:
            _check_one(role, offer, there, now)
        except PortalError as error:
            error.about = offer
            found[offer] = error
    return found


def _check_one(role: str, offer: Offer, there: dict[Any, set[Any]], now: datetime) -> None:
    permissions.require_offer(role, offer.role)
    _check_roles(offer.teams, TEAM_ROLES, "teams", there[Team], UnknownTeam)
    _check_roles(offer.projects, PROJECT_ROLES, "projects", there[Project], UnknownProject)
    _check_sites(offer.role, offer.restricted, offer.sites, there[Site])
    check_words(offer, now)


def check_words(offer: Offer, now: datetime) -> None:
    """Raises MessageTooLong or BadExpiry."""
    if len(offer.message) > LONGEST_MESSAGE:
        raise MessageTooLong(longest=LONGEST_MESSAGE)
    if offer.expires_at is not None and not now + SHORTEST_LIFE <= offer.expires_at <= now + LONGEST_LIFE:
        raise BadExpiry()


def require_domain(address: str, domains: Sequence[str]) -> None:
    """Raises DomainNotAllowed unless the organization invites to the address's domain; no domains: to any."""
    if domains and address.rpartition("@")[2] not in domains:
        raise DomainNotAllowed(address=address)


def check_sites(session: Session, organization_id: UUID, role: str, restricted: bool, sites: Sequence[int]) -> None:
    """Raises unless a restriction goes with ``role`` and names sites of the organization, each once."""
    _check_sites(role, restricted, sites, _known(session, organization_id, Site, set(sites)))


def _check_sites(role: str, restricted: bool, sites: Sequence[int], there: set[Any]) -> None:
    if restricted and role != "member":
        raise RestrictionNeedsMember()
    if restricted and not sites:
        raise RestrictionNeedsSite()
    if sites and not restricted:
        raise SitesWithoutRestriction()
    _check_distinct(sites, "sites")
    if not there.issuperset(sites):
        raise UnknownSite()


def _check_roles(pairs: Roles, roles: tuple[str, ...], field: str, there: set[Any], unknown: type[BadInput]) -> None:
    for _, role in pairs:
        if role not in roles:
            raise UnknownRole(role=role)
    places = [place for place, _ in pairs]
    _check_distinct(places, field)
    if not there.issuperset(places):
        raise unknown()


def _check_distinct(places: Sequence[Any], field: str) -> None:
    if len(set(places)) < len(places):
        raise GrantedTwice(field=field)


def _there(session: Session, organization_id: UUID, offers: list[Offer]) -> dict[Any, set[Any]]:
    """Of all the places that are offered, those that the organization has."""
    named: dict[Any, set[Any]] = {
        Team: {team for offer in offers for team, _ in offer.teams},
        Project: {project for offer in offers for project, _ in offer.projects},
        Site: {site for offer in offers for site in offer.sites},
    }
    return {model: _known(session, organization_id, model, places) for model, places in named.items()}


def _known(session: Session, organization_id: UUID, model: Any, places: set[Any]) -> set[Any]:
    held = [place for place in places if fits(place)]
    if not held:
        return set()
    query = select(model.id).where(
        model.organization_id == organization_id, model.id.in_(held), model.deleted_at.is_(None)
    )
    return set(session.scalars(query))


def write_grants(session: Session, organization_id: UUID, offers: Iterable[tuple[UUID, Offer]]) -> None:
    """Inserts what each invitation grants, in a statement a kind."""
    sites, teams, projects = [], [], []
    for invitation_id, offer in offers:
        key = invitation_id.hex
        sites += [{"invitation_id": key, "site_id": site} for site in offer.sites]
        teams += [{"invitation_id": key, "team_id": place.hex, "role": role} for place, role in offer.teams]
        projects += [{"invitation_id": key, "project_id": place.hex, "role": role} for place, role in offer.projects]
    for rows, statement in ((sites, grant_sites), (teams, grant_teams), (projects, grant_projects)):
        if rows:
            statement.run(session, rows=packed(rows), organization_id=organization_id)


def drop_grants(session: Session, invitation_id: UUID) -> None:
    """Deletes what an invitation grants, before writing it anew."""
    for model in (InvitationSite, InvitationTeam, InvitationProject):
        session.execute(delete(model).where(model.invitation_id == invitation_id))


def read_offer(session: Session, invitation: Any) -> Offer:
    """What an invitation offers now: places that were deleted since are left out."""
    return Offer(
        role=invitation.role,
        restricted=invitation.restricted,
        sites=tuple(site for (site,) in _live(session, invitation.id, InvitationSite, Site, "site_id")),
        teams=tuple((t, r) for t, r in _live(session, invitation.id, InvitationTeam, Team, "team_id")),
        projects=tuple((p, r) for p, r in _live(session, invitation.id, InvitationProject, Project, "project_id")),
        message=invitation.message,
        language=invitation.language,
        expires_at=invitation.expires_at,
    )


def _live(session: Session, invitation_id: UUID, grant: Any, place: Any, key: str) -> Sequence[Any]:
    columns = [getattr(grant, key)] + ([grant.role] if hasattr(grant, "role") else [])
    query = select(*columns).join(place, place.id == getattr(grant, key))
    return session.execute(query.where(grant.invitation_id == invitation_id, place.deleted_at.is_(None))).all()
