"""Sites, teams and projects: listing, making, renaming, deleting by a mark."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import history, permissions
from .database import refusals, transaction
from .errors import BadDomain, NameTaken, NotAllowed, NotFound
from .models import Project, Site, Team, fits
from .permissions import Actor, Permission
from .standing import standing_of
from .text import clean_name

KINDS: dict[str, Any] = {"site": Site, "team": Team, "project": Project}
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")


def listed(session: Session, actor: Actor, organization_id: UUID, kind: str) -> Sequence[Any]:
    """The organization's sites, teams or projects that were not deleted, by name. Raises NotAMember."""
    standing_of(session, actor, organization_id)
    model = KINDS[kind]
    query = select(model).where(model.organization_id == organization_id, model.deleted_at.is_(None))
    return session.scalars(query.order_by(model.name, model.id)).all()


def create(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    kind: str,
    name: str,
    now: datetime,
    *,
    domain: str | None = None,
) -> Any:
    """Makes a site (with its domain), team or project. Raises NotAMember, NotAllowed, BadName, BadDomain, NameTaken."""
    with transaction(session):
        _require(session, actor, organization_id)
        name = clean_name(name)
        place = KINDS[kind](organization_id=organization_id, name=name, created_at=now, updated_at=now)
        if kind == "site":
            place.domain = clean_domain(domain or "")
        with refusals(session, **{f"uq_{place.__tablename__}_name": NameTaken(name=name)}):
            session.add(place)
        history.record(session, actor, organization_id, f"{kind}.created", place.id, now, name=name)
    return place


def rename(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    kind: str,
    place_id: UUID | int,
    name: str,
    now: datetime,
    *,
    domain: str | None = None,
) -> Any:
    """Gives a place another name, and a site another domain if one is said. Raises as ``create`` does, or NotFound."""
    with transaction(session):
        place = _held(session, actor, organization_id, kind, place_id)
        before, name = place.name, clean_name(name)
        with refusals(session, **{f"uq_{place.__tablename__}_name": NameTaken(name=name)}):
            place.name, place.updated_at = name, now
            if kind == "site" and domain is not None:
                place.domain = clean_domain(domain)
        history.record(session, actor, organization_id, f"{kind}.renamed", place.id, now, before=before, after=name)
    return place


def delete(
    session: Session, actor: Actor, organization_id: UUID, kind: str, place_id: UUID | int, now: datetime
) -> Any:
    """Marks a place as deleted. Invitations that grant it stay; what is gone is told at acceptance."""
    with transaction(session):
        place = _held(session, actor, organization_id, kind, place_id)
        place.deleted_at = place.updated_at = now
        session.flush()
        history.record(session, actor, organization_id, f"{kind}.deleted", place.id, now, name=place.name)
    return place


def get(session: Session, actor: Actor, organization_id: UUID, kind: str, place_id: UUID | int) -> Any:
    """One place of the organization. Raises NotAMember or NotFound."""
    standing_of(session, actor, organization_id)
    return _get(session, organization_id, kind, place_id)


def find(session: Session, actor: Actor, kind: str, place_id: UUID | int) -> Any:
    """One place by its id alone, of whichever of the actor's organizations has it. Raises NotFound."""
    place = session.get(KINDS[kind], place_id) if fits(place_id) else None
    if place is None:
        raise NotFound()
    try:
        return get(session, actor, place.organization_id, kind, place_id)
    except NotAllowed:
        raise NotFound() from None


def clean_domain(text: str) -> str:
    """A host name in lower case IDNA. Raises BadDomain."""
    wanted = text.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/.")
    try:
        domain = wanted.encode("idna").decode() if wanted else ""
    except UnicodeError:
        domain = ""
    if not _DOMAIN.fullmatch(domain) or len(domain) > 253:
        raise BadDomain(domain=wanted[:80])
    return domain


def _require(session: Session, actor: Actor, organization_id: UUID) -> None:
    organization = standing_of(session, actor, organization_id)
    permissions.require(organization.role, Permission.MANAGE_PLACES)


def _held(session: Session, actor: Actor, organization_id: UUID, kind: str, place_id: UUID | int) -> Any:
    _require(session, actor, organization_id)
    return _get(session, organization_id, kind, place_id)


def _get(session: Session, organization_id: UUID, kind: str, place_id: UUID | int) -> Any:
    place = session.get(KINDS[kind], place_id) if fits(place_id) else None
    if place is None or place.organization_id != organization_id or place.deleted_at is not None:
        raise NotFound()
    return place
