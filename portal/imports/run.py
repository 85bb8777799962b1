"""Carrying a list out: piece by piece, each in one transaction with its outcomes, so that nothing happens twice.

Whoever is killed in the middle leaves whole pieces; the next worker goes on behind the last.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from .. import history, permissions
from ..database import transaction
from ..errors import ImportNotPlanned, NotFound, PortalError
from ..invitations import Invitee, Outcome, invite
from ..models import Import, ImportRow
from ..permissions import Actor
from ..standing import standing_of
from ..statements import running_import
from .offering import offered
from .planning import settled

PIECE = 500  # rows a transaction, so that nobody else waits long for SQLite's lock
KEPT_UNSTARTED, KEPT_ENDED = timedelta(days=7), timedelta(days=90)
log = structlog.get_logger()

Invite = Callable[..., list[Outcome]]


def start(session: Session, actor: Actor, organization_id: UUID, import_id: UUID, now: datetime) -> Import:
    """Hands a planned list to the worker, in the actor's name; it is started once.

    Raises NotAMember, MayNotInvite, OrganizationClosed, NotFound or ImportNotPlanned.
    """
    with transaction(session):
        found = _move(session, actor, organization_id, import_id, ("planned",), "running", now)
        found.user_id, found.channel, found.ip_address = actor.user_id, actor.channel, actor.ip_address
        ready = _count(session, found, "ready")
        history.record(session, actor, organization_id, "import.started", import_id, now, rows=ready)
    return found


def stop(session: Session, actor: Actor, organization_id: UUID, import_id: UUID, now: datetime) -> Import:
    """Ends a list before it is through; who was invited stays invited. Raises what ``start`` raises."""
    with transaction(session):
        found = _move(session, actor, organization_id, import_id, ("planned", "running"), "stopped", now)
        invited = _count(session, found, "invited")
        history.record(session, actor, organization_id, "import.stopped", import_id, now, invited=invited)
    return found


def _move(
    session: Session, actor: Actor, organization_id: UUID, import_id: UUID, before: tuple[str, ...], to: str,
    now: datetime,
) -> Import:  # fmt: skip
    permissions.require_invite(standing_of(session, actor, organization_id))
    found = session.get(Import, import_id, with_for_update=True, populate_existing=True)
    if found is None or found.organization_id != organization_id:
        raise NotFound()
    if found.status not in before:
        raise ImportNotPlanned()
    found.status, found.updated_at = to, now
    session.flush()
    return found


def step(session: Session, now: datetime, only: UUID | None = None, invite: Invite = invite) -> int:
    """Carries out the next piece of the list that is next, or of ``only``. Returns how many rows it dealt with.

    ``invite`` is the rule, or one that limits how often an address is invited.
    A list that cannot go on, since its starter may no longer invite, is stopped and says why.
    """
    next_one = only or getattr(running_import.first(session), "id", None)
    if next_one is None:
        return 0
    try:
        return _step(session, next_one, now, invite)
    except OperationalError:
        raise  # the database is away for a moment: the same piece again
    except Exception:
        log.exception("an import was stopped", import_id=str(next_one))
        with transaction(session):
            stopped = update(Import).where(Import.id == next_one, Import.status == "running")
            session.execute(stopped.values(status="stopped", reason=PortalError.__name__, updated_at=now))
        return 0


def _step(session: Session, import_id: UUID, now: datetime, invite: Invite) -> int:
    with transaction(session):
        running = select(Import).where(Import.id == import_id, Import.status == "running")
        found = session.scalar(running.with_for_update(skip_locked=True))
        if found is None:
            return 0
        actor = Actor(found.user_id, found.channel, found.ip_address)
        rows = _next(session, found)
        try:
            if rows:
                _carry_out(session, actor, found, rows, now, invite)
        except PortalError as error:
            found.status, found.reason = "stopped", type(error).__name__
        if len(rows) < PIECE and found.status == "running":
            found.status, found.done = "done", found.total
            invited = _count(session, found, "invited")
            history.record(session, actor, found.organization_id, "import.finished", found.id, now, invited=invited)
        found.updated_at = now
        session.flush()
    return len(rows)


def _next(session: Session, found: Import) -> list[ImportRow]:
    query = select(ImportRow).where(
        ImportRow.import_id == found.id, ImportRow.outcome == "ready", ImportRow.number > found.done
    )
    return list(session.scalars(query.order_by(ImportRow.number).limit(PIECE)))


def _carry_out(
    session: Session, actor: Actor, found: Import, rows: list[ImportRow], now: datetime, invite: Invite
) -> None:
    invitees = [Invitee(row.address, offered(row.offer, now), row.name) for row in rows]
    outcomes = invite(session, actor, found.organization_id, invitees, now, each_alone=True)
    found.done = rows[-1].number
    left = [row.number for row, outcome in zip(rows, outcomes, strict=True) if outcome.error is not None]
    kept = [settled(outcome, "") for outcome in outcomes if outcome.error is not None]
    for row in rows:
        session.expunge(row)  # a piece is forgotten once it is dealt with, however long the list
    piece = update(ImportRow).where(
        ImportRow.import_id == found.id, ImportRow.outcome == "ready", ImportRow.number <= found.done
    )
    session.execute(piece.values(outcome="invited").execution_options(synchronize_session=False))
    if left:
        key = {"import_id": found.id}
        session.execute(update(ImportRow), [key | {"number": n} | k for n, k in zip(left, kept, strict=True)])


def _count(session: Session, found: Import, outcome: str) -> int:
    query = select(func.count()).where(ImportRow.import_id == found.id, ImportRow.outcome == outcome)
    return session.scalar(query) or 0


def prune(session: Session, now: datetime) -> None:
    """Deletes lists that nobody started, and in the end those that were carried out: they are full of addresses."""
    for states, kept in ((("planning", "planned"), KEPT_UNSTARTED), (("done", "stopped"), KEPT_ENDED)):
        over: list[ColumnElement[bool]] = [Import.status.in_(states), Import.updated_at < now - kept]
        if session.scalar(select(Import.id).where(*over).limit(1)) is not None:
            with transaction(session):
                session.execute(delete(Import).where(*over).execution_options(synchronize_session=False))
