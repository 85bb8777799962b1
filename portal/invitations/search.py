"""Searching an organization's invitations: by what they are, in three orders, page by page."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, false, not_, select
from sqlalchemy.orm import Session

from .. import cursors, permissions
from ..cursors import Place
from ..database import packed
from ..errors import NotFound
from ..models import Invitation, InvitationSite, InvitationTeam, fits
from ..permissions import Actor
from ..standing import standing_of
from ..statements import invitations_among, invitations_filtered, invitations_page
from ..text import one_line
from .lists import Row, with_grants
from .parts import is_part, rows_with

SORTS = ("newest", "oldest", "email")
_BEYOND = "\U0010ffff"
_LAST = (datetime(9999, 12, 31, tzinfo=UTC), UUID(int=2**128 - 1))
_FIRST = (datetime(1000, 1, 1, tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; what is None or empty does not narrow.

    ``email`` is the beginning of an address, ``part`` any part of one, of three letters or more.
    """

    status: str = ""
    email: str = ""
    part: str | None = None
    role: str | None = None
    team: UUID | None = None
    site: int | None = None
    inviter: UUID | None = None
    asked: bool | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None

    @property
    def is_plain(self) -> bool:
        """Whether only status and address narrow, for which there are statements that are compiled once."""
        return all(getattr(self, f.name) is None for f in fields(self) if f.name not in ("status", "email"))


@dataclass(slots=True)
class Results:
    """A page of what was found; ``next`` is the cursor of the page after it, None at the end."""

    rows: list[Row]
    next: str | None
    role: str


def search(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    wanted: Wanted,
    now: datetime,
    *,
    sort: str = "newest",
    cursor: str | None = None,
    most: int = 50,
) -> Results:
    """A page of the organization's invitations that are as wanted; ``role`` is the actor's own.

    Raises NotAMember, MayNotInvite or BadCursor.
    """
    organization = standing_of(session, actor, organization_id)
    permissions.require_invite(organization)
    role: str = organization.role
    after = _after(cursor, sort)
    values: dict[str, Any] = {"organization_id": organization_id, "now": now, "most": most + 1}
    values |= {"after_created_at": after[-2], "after_id": after[-1]} | _address(after)
    rows = _rows(session, wanted, sort, values)
    more, rows = len(rows) > most, rows[:most]
    return Results(with_grants(session, rows, now), _cursor(rows[-1], sort) if more else None, role)


def rows_of(
    session: Session, actor: Actor, organization_id: UUID, ids: list[UUID], now: datetime
) -> tuple[list[Row], str]:
    """These invitations of the organization as they are now, in the order of ``ids``, and the actor's own role.

    Raises NotAMember or MayNotInvite, or NotFound when one of them is not the organization's.
    """
    organization = standing_of(session, actor, organization_id)
    permissions.require_invite(organization)
    role: str = organization.role
    keys = packed([{"id": key.hex} for key in ids])
    found = invitations_among.all(session, rows=keys, organization_id=organization_id)
    rows = {row.invitation.id: row for row in with_grants(session, found, now)}
    if len(rows) < len(set(ids)):
        raise NotFound()
    return [rows[key] for key in ids], role


def _rows(session: Session, wanted: Wanted, sort: str, values: dict[str, Any]) -> list[Any]:
    prefix, by_address, older = one_line(wanted.email).lower(), sort == "email", sort == "newest"
    if wanted.is_plain and (by_address or not prefix):
        bounds = {"low": prefix, "high": prefix + _BEYOND} if by_address else {}
        return invitations_page(wanted.status, by_address, older).all(session, **values, **bounds)
    conditions, part = _conditions(wanted, prefix), one_line(wanted.part or "").lower()
    if is_part(part):
        return rows_with(session, part, wanted.status, conditions, by_address, older, values)
    statement = invitations_filtered(wanted.status, conditions, by_address, older)
    return list(session.execute(statement, values))


def _conditions(wanted: Wanted, prefix: str) -> list[Any]:
    conditions = [CONDITIONS[name](said) for name in CONDITIONS if (said := getattr(wanted, name)) is not None]
    if prefix:
        conditions += [Invitation.email >= prefix, Invitation.email < prefix + _BEYOND]
    return conditions


def _grants(grant: Any, condition: Any) -> Any:
    here = (grant.organization_id == Invitation.organization_id, grant.invitation_id == Invitation.id)
    return select(grant.invitation_id).where(*here, condition).correlate(Invitation).exists()


_ASKS = and_(Invitation.renewal_asked_at.is_not(None), Invitation.status.in_(["pending", "expired"]))
CONDITIONS: dict[str, Callable[[Any], Any]] = {
    "role": lambda role: Invitation.role == role,
    "inviter": lambda person: Invitation.inviter_id == person,
    "asked": lambda yes: _ASKS if yes else not_(_ASKS),
    "created_after": lambda moment: Invitation.created_at >= moment,
    "created_before": lambda moment: Invitation.created_at < moment,
    "team": lambda team: _grants(InvitationTeam, InvitationTeam.team_id == team),
    "site": lambda site: _grants(InvitationSite, InvitationSite.site_id == site) if fits(site) else false(),
}


def _address(after: tuple[Any, ...]) -> dict[str, Any]:
    return {"after_email": after[0]} if len(after) == 3 else {}


def _cursor(row: Any, sort: str) -> str:
    return cursors.write(Place(sort, row.created_at, row.id, row.email if sort == "email" else None))


def _after(cursor: str | None, sort: str) -> tuple[Any, ...]:
    """The key to read on from. Raises BadCursor."""
    if cursor is None:
        return _LAST if sort == "newest" else _FIRST if sort == "oldest" else ("", *_FIRST)
    place = cursors.read(cursor, (sort,), sort == "email")
    key = (place.moment, place.key)
    return (place.address, *key) if sort == "email" else key
