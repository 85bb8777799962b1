"""What a row offers: its words turned into a role, places and times; kept as JSON until it is sent."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..clock import rfc3339
from ..errors import BadExpiry, UnknownPlace
from ..invitations import Offer
from ..models import Project, Site, Team
from ..text import paragraphs, shortened

LOWEST = {"teams": "read_only", "projects": "project_viewer"}  # where a row names no role in a team or project
_MODELS: dict[str, Any] = {"sites": Site, "teams": Team, "projects": Project}
_ROLES = {
    "administrator": "admin", "eigentümer": "owner", "eigentümerin": "owner", "inhaber": "owner",
    "billing": "billing_manager", "abrechnung": "billing_manager", "mitglied": "member",
}  # fmt: skip
_PAIR = re.compile(r"(?P<place>.+?)\s*(?:=|:|\()\s*(?P<role>[A-Za-z_ -]+?)\s*\)?")
_DAYS = re.compile(r"(\d{1,4})\s*(?:d|days?|tage?)?", re.IGNORECASE)
_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


@dataclass(frozen=True, slots=True)
class Places:
    """The organization's places by what a row may call them: name, domain or id, in small letters."""

    by_name: Mapping[str, Mapping[str, Any]]

    def find(self, kind: str, said: str) -> Any:
        """The id of a place. Raises UnknownPlace."""
        found = self.by_name[kind].get(said.casefold())
        if found is None:
            error = UnknownPlace(place=shortened(said))
            error.field = kind
            raise error
        return found


def places_of(session: Session, organization_id: UUID) -> Places:
    """All that are there now."""
    found: dict[str, dict[str, Any]] = {}
    for kind, model in _MODELS.items():
        here = select(model).where(model.organization_id == organization_id, model.deleted_at.is_(None))
        names: dict[str, Any] = {}
        for place in session.scalars(here):
            names[str(place.id)] = place.id
            if kind == "sites":
                names.setdefault(place.domain.casefold(), place.id)
        for place in session.scalars(here):
            names[place.name.casefold()] = place.id
        found[kind] = names
    return Places(found)


def said(row: Mapping[str, str], places: Places, role: str) -> dict[str, Any]:
    """What a row offers, as JSON; what it leaves out is left out. Raises UnknownPlace or BadExpiry."""
    offer: dict[str, Any] = {"role": _role(row.get("role", "")) or role}
    if sites := list(_pieces(row.get("sites", ""), places.by_name["sites"])):
        offer["sites"] = [places.find("sites", site) for site in sites]
    for kind in ("teams", "projects"):
        if pairs := [_pair(places, kind, piece) for piece in _pieces(row.get(kind, ""), places.by_name[kind])]:
            offer[kind] = pairs
    if message := paragraphs(row.get("message", "")):
        offer["message"] = message
    return offer | _expiry(row.get("expires", ""))


def offered(said: Mapping[str, Any], now: datetime) -> Offer:
    """The offer that was kept; days count from now."""
    expires_at = datetime.fromisoformat(said["expires_at"]) if "expires_at" in said else None
    if "days" in said:
        expires_at = now + timedelta(days=said["days"])
    sites = tuple(said.get("sites", ()))
    return Offer(
        said["role"], bool(sites), sites, _pairs(said.get("teams", ())), _pairs(said.get("projects", ())),
        said.get("message", ""), expires_at=expires_at,
    )  # fmt: skip


def _pairs(kept: Any) -> tuple[tuple[UUID, str], ...]:
    return tuple((UUID(place), role) for place, role in kept)


def _role(said: str) -> str:
    word = re.sub(r"[\s_-]+", "_", said.strip().casefold())
    return _ROLES.get(word, shortened(word))


def _pieces(cell: str, known: Mapping[str, Any]) -> Iterator[str]:
    """The places in a cell, parted by semicolons, bars or line ends; by commas where no name holds them."""
    for piece in re.split(r"[;|\n\r]", cell):
        parts = [piece] if piece.strip().casefold() in known else piece.split(",")
        yield from (part.strip() for part in parts if part.strip())


def _pair(places: Places, kind: str, piece: str) -> list[str]:
    """A place and the role in it: ``Platform=developer``, ``Platform: developer`` or ``Platform (developer)``."""
    if piece.casefold() in places.by_name[kind]:
        return [str(places.find(kind, piece)), LOWEST[kind]]
    pair = _PAIR.fullmatch(piece)
    if pair is None:
        places.find(kind, piece)
        raise UnknownPlace(place=shortened(piece))
    role = re.sub(r"[\s-]+", "_", pair["role"].casefold())
    return [str(places.find(kind, pair["place"])), shortened(role)]


def _expiry(said: str) -> dict[str, Any]:
    """Days from now, or a moment; a date lasts until its end in UTC. Raises BadExpiry."""
    if not said:
        return {}
    if days := _DAYS.fullmatch(said):
        return {"days": int(days[1])}
    try:
        if date := _DATE.fullmatch(said):
            said = f"{date[3]}-{date[2]:0>2}-{date[1]:0>2}"
        moment = datetime.fromisoformat(said)
        if len(said) == 10:
            moment = datetime.combine(moment.date(), time(23, 59, 59))
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadExpiry() from None
    return {"expires_at": rfc3339(moment)}
