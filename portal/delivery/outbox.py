"""The outbox: mail is a row, written in the transaction that it reports, claimed by a worker with a lease.

A row holds the kind of message and its arguments. What a mail says, and the link in it, is made when it is sent.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ..database import new_id, packed, transaction
from ..models import Message
from ..statements import queue_messages

LEASE = timedelta(minutes=2)


class Due(NamedTuple):
    """A mail to be queued."""

    recipient: str
    arguments: dict[str, Any]
    invitation_id: UUID | None = None


def queue(session: Session, kind: str, due: list[Due], organization_id: UUID | None, now: datetime) -> None:
    """Queues mails of one kind, in one statement, as part of the unit of work at hand."""
    rows = [
        {
            "id": new_id().hex,
            "recipient": mail.recipient,
            "arguments": mail.arguments,
            "invitation_id": mail.invitation_id.hex if mail.invitation_id else None,
        }
        for mail in due
    ]
    queue_messages.run(session, rows=packed(rows), kind=kind, organization_id=organization_id, now=now)


def newest(session: Session, most: int, status: str | None = None) -> list[Message]:
    """The newest mails, newest first; only those with ``status`` if one is said."""
    query = select(Message).order_by(Message.created_at.desc(), Message.id.desc()).limit(most)
    return list(session.scalars(query.where(Message.status == status) if status else query))


def waiting(session: Session, now: datetime) -> tuple[int, timedelta]:
    """How many mails are to be sent, and for how long the one that has been due the longest has been due."""
    count, oldest = session.execute(
        select(func.count(), func.min(Message.available_at)).where(Message.status.in_(["queued", "sending"]))
    ).one()
    return count, max(now - oldest, timedelta(0)) if oldest else timedelta(0)


def claim(session: Session, now: datetime, most: int = 20) -> list[Message]:
    """Claims the mails that are due, those whose worker died among them, until their lease ends.

    They come back detached from the session, so that a lease that was lost meanwhile is not read in place of ours.
    """
    lease = new_id()
    due = (
        select(Message.id)
        .where(Message.status.in_(["queued", "sending"]), Message.available_at <= now)
        .order_by(Message.available_at, Message.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    with transaction(session):
        if session.get_bind().dialect.name == "sqlite" and not session.scalar(due.limit(1)):
            return []
        session.execute(
            update(Message)
            .where(Message.id.in_(due.scalar_subquery()))
            .values(
                status="sending", lease=lease, attempts=Message.attempts + 1, available_at=now + LEASE, updated_at=now
            )
            .execution_options(synchronize_session=False)
        )
        claimed = select(Message).where(Message.lease == lease, Message.status == "sending").order_by(Message.id)
        mails = list(session.scalars(claimed.execution_options(populate_existing=True)))
        for mail in mails:
            session.expunge(mail)
        return mails


def settle(
    session: Session, message: Message, status: str, reply: str, now: datetime, again_at: datetime | None = None
) -> bool:
    """Writes down what became of a claimed mail; False when the lease had gone to another worker meanwhile.

    ``again_at`` is when a mail that goes back to the queue is due.
    """
    with transaction(session):
        touched = session.execute(
            update(Message)
            .where(Message.id == message.id, Message.lease == message.lease, Message.status == "sending")
            .values(status=status, reply=reply[:500], lease=None, available_at=again_at or now, updated_at=now)
            .execution_options(synchronize_session=False)
        )
        return bool(touched.rowcount)  # type: ignore[attr-defined]
