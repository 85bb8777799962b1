"""The outbox: mail is a row, written in the transaction that it reports, claimed by a worker with a lease.

A row holds the kind of message and its arguments. What a mail says, and the link in it, is made when it is sent.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ..clock import rfc3339
from ..database import new_id, packed, transaction
from ..models import Message
from ..statements import queue_messages, settle_messages, show_deliveries

LEASE = timedelta(minutes=5)
OPEN = ("queued", "sending", "deferred")
LONGEST_REPLY = 500
AHEAD = timedelta(minutes=5)  # of the clock, and clocks are wrong


class Due(NamedTuple):
    """A mail to be queued."""

    recipient: str
    arguments: dict[str, Any]
    invitation_id: UUID | None = None


def queue(
    session: Session,
    kind: str,
    due: list[Due],
    organization_id: UUID | None,
    now: datetime,
    at: datetime | None = None,
) -> None:
    """Queues mails of one kind, in one statement, as part of the unit of work at hand; due at once, or ``at``."""
    rows = [
        {
            "id": new_id().hex,
            "recipient": mail.recipient,
            "arguments": mail.arguments,
            "invitation_id": mail.invitation_id.hex if mail.invitation_id else None,
        }
        for mail in due
    ]
    queue_messages.run(
        session, rows=packed(rows), kind=kind, organization_id=organization_id, now=now, available_at=at or now
    )


def newest(session: Session, most: int, status: str | None = None) -> list[Message]:
    """The newest mails, newest first; only those with ``status`` if one is said."""
    query = select(Message).order_by(Message.created_at.desc(), Message.id.desc()).limit(most)
    return list(session.scalars(query.where(Message.status == status) if status else query))


def waiting(session: Session, now: datetime) -> tuple[int, timedelta]:
    """How many mails are to be sent, and for how long the one that has been due the longest has been due."""
    count, oldest = session.execute(
        select(func.count(), func.min(Message.available_at)).where(Message.status.in_(OPEN))
    ).one()
    return count, max(now - oldest, timedelta(0)) if oldest else timedelta(0)


def claim(
    session: Session, now: datetime, most: int = 20, without: Collection[str] = (), lease: timedelta = LEASE
) -> list[Message]:
    """Claims the mails that are due, those whose worker died among them, until their lease ends.

    ``without`` are domains whose mails wait. What comes back is detached from the session, so that a lease that was
    lost meanwhile is not read in place of ours.
    """
    due = select(Message.id).where(Message.status.in_(OPEN), Message.available_at <= now)
    for domain in without:
        due = due.where(Message.recipient.not_like(f"%@{domain}"))
    due = due.order_by(Message.available_at, Message.id).limit(most)
    if session.get_bind().dialect.name == "sqlite" and session.scalar(due.limit(1)) is None:
        session.rollback()  # an idle worker takes no lock
        return []
    values = {"status": "sending", "lease": new_id(), "available_at": now + lease, "updated_at": now}
    with transaction(session):
        claimed = (
            update(Message)
            .where(Message.id.in_(due.with_for_update(skip_locked=True).scalar_subquery()))
            .values(attempts=Message.attempts + 1, **values)
            .returning(Message)
        )
        mails = list(session.scalars(claimed, execution_options={"populate_existing": True}))
        for mail in mails:
            session.expunge(mail)
    return sorted(mails, key=lambda mail: mail.id)


class Settled(NamedTuple):
    """What became of a claimed mail: its new status and the other side's words; ``again_at`` is when it is due next.

    ``delivery`` is what its invitation shows from now on; None changes nothing there.
    """

    message: Message
    status: str
    reply: str
    again_at: datetime | None = None
    delivery: str | None = None


def settle(session: Session, settled: Sequence[Settled], now: datetime) -> int:
    """Writes down what became of claimed mails, in one unit of work. Returns how many were still ours.

    One whose lease had gone to another worker meanwhile is left alone.
    """
    rows = [_row(each.message, each.status, each.reply, each.again_at or now) for each in settled]
    with transaction(session):
        ours = {row.id for row in settle_messages.all(session, rows=packed(rows), now=now)}
        shown = [
            (key, each.delivery)
            for each in settled
            if each.delivery and each.message.id in ours and (key := each.message.invitation_id)
        ]
        if shown:
            rows = [{"id": key.hex, "delivery": delivery} for key, delivery in shown]
            show_deliveries.run(session, rows=packed(rows))
    return len(ours)


def release(
    session: Session, messages: Sequence[Message], reason: str, now: datetime, at: datetime | None = None
) -> None:
    """Puts claimed mails back as if they had not been tried, due at once or ``at``: what keeps them is not theirs."""
    rows = [
        _row(message, "queued" if message.attempts <= 1 else "deferred", reason, at or now, message.attempts - 1)
        for message in messages
    ]
    with transaction(session):
        settle_messages.all(session, rows=packed(rows), now=now)


def _row(message: Message, status: str, reply: str, due: datetime, attempts: int | None = None) -> dict[str, Any]:
    assert message.lease is not None
    return {
        "id": message.id.hex,
        "lease": message.lease.hex,
        "status": status,
        "reply": reply[:LONGEST_REPLY],
        "available_at": rfc3339(due),
        "attempts": message.attempts if attempts is None else attempts,
    }


def bring_back(session: Session, now: datetime) -> int:
    """Makes mails due now that were queued by a clock that was ahead, which would wait until then. Returns how many."""
    open_ones = Message.status.in_(OPEN) & (Message.created_at > now + AHEAD)
    if session.scalar(select(Message.id).where(open_ones).limit(1)) is None:
        return 0
    with transaction(session):
        touched = session.execute(
            update(Message)
            .where(open_ones)
            .values(status="queued", lease=None, available_at=now, created_at=now, updated_at=now)
            .execution_options(synchronize_session=False)
        )
    return touched.rowcount  # type: ignore[attr-defined,no-any-return]


def requeue(session: Session, message_id: UUID, now: datetime) -> bool:
    """Makes a mail due at once that failed, bounced or was put off. False for any other."""
    with transaction(session):
        again = update(Message).where(Message.id == message_id, Message.status.in_(["failed", "bounced", "deferred"]))
        touched = session.execute(
            again.values(
                status="queued", attempts=0, lease=None, available_at=now, created_at=now, updated_at=now
            ).execution_options(synchronize_session="fetch")
        )
    return bool(touched.rowcount)  # type: ignore[attr-defined]
