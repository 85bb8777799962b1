"""Reading imports: those of an organization, one, and its rows page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from .. import errors, permissions
from ..errors import BadCursor, NotFound, PortalError
from ..models import Import, ImportRow
from ..permissions import Actor
from ..standing import standing_of


@dataclass(slots=True)
class Rows:
    """A page of rows; ``next`` and ``before`` are the numbers to go on from, None at the ends."""

    rows: list[Any]
    next: int | None
    before: int | None


def newest(
    session: Session, actor: Actor, organization_id: UUID, most: int = 20, cursor: UUID | None = None
) -> tuple[list[Import], UUID | None]:
    """The organization's imports, newest first, from beyond the one that is ``cursor``, and the next cursor.

    Raises NotAMember, MayNotInvite or BadCursor.
    """
    permissions.require_invite(standing_of(session, actor, organization_id))
    query = select(Import).where(Import.organization_id == organization_id)
    if cursor is not None:
        last = session.get(Import, cursor)
        if last is None or last.organization_id != organization_id:
            raise BadCursor()
        same = and_(Import.created_at == last.created_at, Import.id < last.id)
        query = query.where(or_(Import.created_at < last.created_at, same))
    found = list(session.scalars(query.order_by(Import.created_at.desc(), Import.id.desc()).limit(most + 1)))
    return found[:most], found[most - 1].id if len(found) > most else None


def one(session: Session, actor: Actor, organization_id: UUID, import_id: UUID) -> Import:
    """One of the organization's imports as it is now. Raises NotAMember, MayNotInvite or NotFound."""
    permissions.require_invite(standing_of(session, actor, organization_id))
    found = session.get(Import, import_id, populate_existing=True)
    if found is None or found.organization_id != organization_id:
        raise NotFound()
    return found


def outcomes(session: Session, of: Import) -> dict[str, int]:
    """How many rows have each outcome."""
    query = select(ImportRow.outcome, func.count()).where(ImportRow.import_id == of.id).group_by(ImportRow.outcome)
    return {str(outcome): number for outcome, number in session.execute(query)}


def count(session: Session, of: Import, *named: str) -> int:
    """How many rows have one of these outcomes."""
    return sum(number for outcome, number in outcomes(session, of).items() if outcome in named)


def rows(
    session: Session, of: Import, outcome: str = "", after: int = 0, before: int | None = None, most: int = 50
) -> Rows:
    """Rows in the order of the list, behind a number or ahead of one; only those with ``outcome`` if one is said."""
    query = select(ImportRow).where(ImportRow.import_id == of.id)
    query = query.where(ImportRow.outcome == outcome) if outcome else query
    if before is not None:
        back = query.where(ImportRow.number < before).order_by(ImportRow.number.desc()).limit(most + 1)
        found = list(session.scalars(back))
        more, found = len(found) > most, found[:most][::-1]
        return Rows(found, found[-1].number if found else None, found[0].number if more else None)
    found = list(session.scalars(query.where(ImportRow.number > after).order_by(ImportRow.number).limit(most + 1)))
    more, found = len(found) > most, found[:most]
    return Rows(found, found[-1].number if more else None, found[0].number if found and after else None)


def every(session: Session, of: Import, at_once: int = 1000) -> Iterator[ImportRow]:
    """Every row, in the order of the list, without holding them all."""
    page = rows(session, of, most=at_once)
    while True:
        for row in page.rows:
            yield row
            session.expunge(row)
        if page.next is None:
            return
        page = rows(session, of, after=page.next, most=at_once)


def reason(named: str, facts: dict[str, Any]) -> PortalError | None:
    """The error that was kept, to be said in its reader's language; None where there is none."""
    kind = getattr(errors, named, None) if named else None
    return kind(**facts) if kind is not None else None
