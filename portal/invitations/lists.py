"""Reading invitations: an organization's list by pages, one with all about it, and a person's own."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import cursors, history, permissions
from ..cursors import Place
from ..database import packed
from ..errors import NotAMember, NotFound, TooFar
from ..models import STATUSES, Event, Invitation, Message, Organization, User
from ..permissions import Actor
from ..standing import standing_of
from ..statements import ANSWERED_YES, UNREACHED, invitations_page, projects_of, sites_of, teams_of
from ..text import one_line
from .answers import View, see, see_all
from .parts import is_part, rows_with

PAGE = 50
FARTHEST = 10_000
_LAST = (datetime(9999, 12, 31, tzinfo=UTC), UUID(int=2**128 - 1))
_BEYOND = "\U0010ffff"


@dataclass(slots=True)
class Row:
    """An invitation in the list, as its columns, with the names of what it grants."""

    invitation: Any
    state: str
    sites: list[Any]
    teams: list[Any]
    projects: list[Any]


@dataclass(slots=True)
class Page:
    """A page of a list; ``older`` and ``newer`` are cursors, None at the ends."""

    rows: list[Row]
    older: str | None
    newer: str | None


@dataclass(slots=True)
class Found:
    """One invitation, what it offers, what happened to it, and its mails, newest last."""

    view: View
    role: str
    events: list[tuple[Event, str | None]]
    mails: list[Message]


def page(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    now: datetime,
    *,
    state: str = "",
    search: str = "",
    cursor: str | None = None,
    most: int = PAGE,
) -> Page:
    """A page of an organization's invitations, newest first.

    A search of one or two letters is the beginning of an address, and orders by it; a longer one is any part.

    The cost of a page does not grow with what lies before it. Raises NotAMember, MayNotInvite or BadCursor.
    """
    organization = standing_of(session, actor, organization_id)
    permissions.require_invite(organization)
    prefix = one_line(search).lower()
    by_address = bool(prefix) and not is_part(prefix)
    older, after = _place(cursor, by_address)
    values: dict[str, Any] = {"organization_id": organization_id, "now": now, "most": most + 1}
    values |= {"after_created_at": after[-2], "after_id": after[-1]}
    if by_address:
        values |= {"after_email": after[0], "low": prefix, "high": prefix + _BEYOND}
    state = state if state in (*STATUSES, UNREACHED, ANSWERED_YES) else ""
    if is_part(prefix):
        rows = rows_with(session, prefix, state, [], by_address, older, values)
    else:
        rows = invitations_page(state, by_address, older).all(session, **values)
    more, rows = len(rows) > most, rows[:most]
    return _page(session, rows if older else rows[::-1], more, older, cursor, by_address, now)


def numbered(
    session: Session, actor: Actor, organization_id: UUID, *, page: int, size: int
) -> tuple[Any, list[Invitation]]:
    """The organization, and a page by its number, newest first, of every status: what the team dialect asks for.

    It skips the rows before it, so it ends at the 10,000th. Raises NotAMember, MayNotInvite or TooFar.
    """
    organization = standing_of(session, actor, organization_id)
    permissions.require_invite(organization)
    if page * size > FARTHEST:
        raise TooFar(farthest=FARTHEST)
    query = select(Invitation).where(Invitation.organization_id == organization_id)
    rows = query.order_by(Invitation.created_at.desc(), Invitation.id.desc()).offset((page - 1) * size).limit(size)
    return organization, list(session.scalars(rows))


def _page(
    session: Session, rows: list[Any], more: bool, older: bool, cursor: str | None, by_address: bool, now: datetime
) -> Page:
    if not rows:
        return Page([], None, None)
    to_older = more if older else True
    to_newer = bool(cursor) if older else more
    return Page(
        with_grants(session, rows, now),
        _cursor("o", rows[-1], by_address) if to_older else None,
        _cursor("n", rows[0], by_address) if to_newer else None,
    )


def _cursor(direction: str, row: Any, by_address: bool) -> str:
    return cursors.write(Place(direction, row.created_at, row.id, row.email if by_address else None))


def _place(cursor: str | None, by_address: bool) -> tuple[bool, tuple[Any, ...]]:
    """Which way to read, and from beyond which key."""
    if not cursor:
        return True, (_BEYOND, *_LAST) if by_address else _LAST
    place = cursors.read(cursor, ("o", "n"), by_address)
    key = (place.moment, place.key)
    return place.order == "o", (place.address, *key) if by_address else key


def with_grants(session: Session, rows: list[Any], now: datetime) -> list[Row]:
    """Rows of a list's statement, each with the state that it reads as and what it grants that is still there."""
    keys = packed([{"id": row.id.hex} for row in rows])
    listed = {row.id: Row(row, "expired" if _lapsed(row, now) else row.status, [], [], []) for row in rows}
    for name, statement in (("sites", sites_of), ("teams", teams_of), ("projects", projects_of)):
        for place in statement.all(session, rows=keys):
            if place.deleted_at is None:
                getattr(listed[place.invitation_id], name).append(place)
    return list(listed.values())


def _lapsed(row: Any, now: datetime) -> bool:
    return bool(row.status == "pending" and row.expires_at <= now)


def detail(session: Session, actor: Actor, organization_id: UUID, invitation_id: UUID) -> Found:
    """One invitation of the organization, with its history and mails. Raises NotFound or MayNotInvite."""
    invitation = session.get(Invitation, invitation_id)
    try:
        organization = standing_of(session, actor, organization_id)
    except NotAMember:
        raise NotFound() from None
    permissions.require_invite(organization)
    if invitation is None or invitation.organization_id != organization_id:
        raise NotFound()
    mails = select(Message).where(Message.invitation_id == invitation.id, Message.kind.in_(["invitation", "reminder"]))
    return Found(
        see(session, invitation),
        organization.role,
        history.of_subject(session, invitation.id),
        list(session.scalars(mails.order_by(Message.created_at, Message.id).limit(100))),
    )


def asked_for_new(session: Session, actor: Actor, organization_id: UUID, most: int = 20) -> list[Invitation]:
    """The expired invitations whose invitees asked for a new one, the latest first. Raises NotAMember, MayNotInvite."""
    permissions.require_invite(standing_of(session, actor, organization_id))
    query = select(Invitation).where(*_asked(organization_id))
    return list(session.scalars(query.order_by(Invitation.renewal_asked_at.desc(), Invitation.id).limit(most)))


def count_asked(session: Session, organization_id: UUID) -> int:
    """How many of an organization's invitees ask for a new invitation."""
    return session.scalar(select(func.count()).select_from(Invitation).where(*_asked(organization_id))) or 0


def _asked(organization_id: UUID) -> tuple[Any, ...]:
    asked = (Invitation.renewal_asked_at.is_not(None), Invitation.status.in_(["pending", "expired"]))
    return Invitation.organization_id == organization_id, *asked


def waiting_for(session: Session, address: str, now: datetime) -> int:
    """How many open invitations an address has."""
    query = (
        select(func.count())
        .select_from(Invitation)
        .join(Organization, Organization.id == Invitation.organization_id)
        .where(Invitation.email == address, Invitation.status == "pending", Invitation.expires_at > now)
        .where(Organization.deactivated_at.is_(None))
    )
    return session.scalar(query) or 0


def own(session: Session, user_id: UUID, now: datetime, only_in: UUID | None = None) -> list[View]:
    """The open invitations for somebody's verified address, newest first; none while it is not verified.

    Only of the organization ``only_in`` if one is said.
    """
    user = session.get(User, user_id)
    if user is None or not user.is_verified:
        return []
    query = (
        select(Invitation)
        .join(Organization, Organization.id == Invitation.organization_id)
        .where(
            Invitation.email == user.email,
            Invitation.status == "pending",
            Invitation.expires_at > now,
            Organization.deactivated_at.is_(None),
            *([Organization.id == only_in] if only_in else []),
        )
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
    )
    return see_all(session, list(session.scalars(query.limit(100))))
