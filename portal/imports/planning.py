"""The dry run: each row of a list with what would become of it. Nobody is invited, no seat is taken."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from .. import permissions
from ..addresses import normalise
from ..database import packed, transaction
from ..errors import NothingToImport, PortalError, SaidTwice, TooManyRows
from ..invitations import Invitee, Outcome, foresee
from ..models import Import, ImportRow
from ..permissions import Actor
from ..standing import standing_of
from ..statements import insert_import_rows
from ..text import one_line, shortened
from . import offering, reading

MOST = 100_000  # rows in a list
PIECE = 1000  # rows looked at in one go
LONGEST_KEPT = 254

Row = dict[str, Any]


def plan(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    source: bytes | str,
    now: datetime,
    *,
    role: str = "member",
    file_name: str = "",
    progress: Callable[[int], None] = lambda _: None,
) -> Import:
    """Reads a list and keeps it with the outcome that each row would have; ``role`` is for rows that name none.

    Raises NotAMember, MayNotInvite, OrganizationClosed, UnknownRole, RoleAboveRank, or what ``reading.read`` raises,
    and TooManyRows. ``progress`` is told how many rows each piece had.
    """
    standing = standing_of(session, actor, organization_id)
    permissions.require_invite(standing)
    permissions.require_offer(standing.role, role)
    table = reading.read(source)
    places = offering.places_of(session, organization_id)
    with transaction(session):
        made = _kept(actor, organization_id, table, file_name, now)
        session.add(made)
        session.flush()  # also where this is part of a larger unit of work
    key, total = made.id, 0
    try:
        foreseeing = _Foreseeing(session, actor, organization_id, places, role, now)
        for piece in _pieces(table.rows()):
            if total + len(piece) > MOST:
                raise TooManyRows(most=MOST)
            with transaction(session):
                rows = foreseeing.rows(piece, total)
                insert_import_rows.run(session, import_id=key, rows=packed(rows))
            total += len(piece)
            progress(len(piece))
        if not total:
            raise NothingToImport()
    except BaseException:
        _forget(session, key)
        raise
    with transaction(session):
        made = session.get_one(Import, key)
        made.status, made.total, made.updated_at = "planned", total, now
    return made


def _kept(actor: Actor, organization_id: UUID, table: reading.Table, file_name: str, now: datetime) -> Import:
    return Import(
        organization_id=organization_id, user_id=actor.user_id, channel=actor.channel, ip_address=actor.ip_address,
        file_name=shortened(file_name), encoding=table.encoding, delimiter=table.delimiter,
        columns=[column for column in table.columns if column], ignored=table.ignored, created_at=now, updated_at=now,
    )  # fmt: skip


def _forget(session: Session, key: UUID) -> None:
    with transaction(session):
        session.execute(delete(ImportRow).where(ImportRow.import_id == key))
        session.execute(delete(Import).where(Import.id == key))


def _pieces(rows: Iterator[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    while piece := list(islice(rows, PIECE)):
        yield piece


@dataclass(slots=True)
class _Foreseeing:
    """Judges piece after piece: an address counts once in the whole list, and seats are used up along it."""

    session: Session
    actor: Actor
    organization_id: UUID
    places: offering.Places
    role: str
    now: datetime
    seen: set[str] = field(default_factory=set)
    taken: int = 0

    def rows(self, piece: Iterable[dict[str, str]], before: int) -> list[Row]:
        """The rows to keep, numbered from the one after ``before``."""
        kept = [self._row(number, cells) for number, cells in enumerate(piece, before + 1)]
        waiting = [row for row in kept if not row["error"]]
        invitees = [Invitee(row["address"], offering.offered(row["offer"], self.now)) for row in waiting]
        foreseen = foresee(self.session, self.actor, self.organization_id, invitees, self.now, self.taken)
        for row, outcome in zip(waiting, foreseen, strict=True):
            row |= settled(outcome, "ready")
        self.taken += sum(outcome.error is None for outcome in foreseen)
        return kept

    def _row(self, number: int, cells: dict[str, str]) -> Row:
        parts = (cells.get(part, "") for part in ("first", "last"))
        name = one_line(cells.get("name", "")) or one_line(" ".join(parts))
        row = {
            "number": number, "address": shortened(cells.get("email", ""), LONGEST_KEPT), "name": shortened(name),
            "offer": {}, "outcome": "ready", "error": "", "facts": {},
        }  # fmt: skip
        try:
            row["address"] = address = normalise(cells.get("email", ""))
            if address in self.seen:
                raise SaidTwice(address=address)
            self.seen.add(address)
            row["offer"] = offering.said(cells, self.places, self.role)
        except PortalError as error:
            row |= refused(error)
        return row


def settled(outcome: Outcome, good: str) -> Row:
    """What became of a row, as it is kept."""
    if outcome.error is not None:
        return refused(outcome.error)
    return {"outcome": good, "error": "", "facts": {}}


def refused(error: PortalError) -> Row:
    """An error as it is kept, to be said again in its reader's language."""
    return {"outcome": error.code, "error": type(error).__name__, "facts": error.facts}
