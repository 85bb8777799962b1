"""Requests that may be sent twice and act once: what ``Idempotency-Key`` promises.

A key is reserved first, in a unit of work of its own, so that a second request at the same time is told to wait. The
work and its answer are then one unit of work: whoever is cut off leaves neither, and the reservation ends by itself.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from .database import new_id, refusals, transaction
from .errors import KeyInFlight, KeyReused, PortalError
from .models import KeptAnswer

KEPT = timedelta(hours=24)
HELD = timedelta(minutes=1)

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """Who sends what under which key; ``where`` names method, path and what the caller came with."""

    user_id: UUID
    where: str
    key: str
    body: bytes

    @property
    def key_hash(self) -> bytes:
        """What tells this key from every other."""
        return hashlib.sha256("\n".join((str(self.user_id), self.where, self.key)).encode()).digest()

    @property
    def request_hash(self) -> bytes:
        """What tells this body from every other."""
        return hashlib.sha256(self.body).digest()


def once(
    session: Session,
    request: Request,
    now: datetime,
    work: Callable[[], Answer],
    refused: Callable[[PortalError], Answer | None],
) -> tuple[Answer, bool]:
    """The answer of ``work``, or the one kept from the first time; and whether it is a kept one.

    What ``work`` raises is raised. A rule's refusal is kept as ``refused`` puts it, so that the same request is told
    the same; where that is None, and after a fault, the key is free again, since nothing was done. Raises KeyReused
    when the key came with another body, or KeyInFlight.
    """
    lease = new_id()
    kept = _reserve(session, request, lease, now)
    if kept is not None:
        return kept, True
    try:
        with transaction(session):
            answer = work()
            _keep(session, request, lease, answer)
    except BaseException as error:
        said = refused(error) if isinstance(error, PortalError) else None
        if said is None:
            _free(session, request, lease)
        else:
            with transaction(session):
                _keep(session, request, lease, said)
        raise
    return answer, False


def prune(session: Session, now: datetime) -> None:
    """Deletes the answers whose day is over."""
    with transaction(session):
        session.execute(delete(KeptAnswer).where(KeptAnswer.created_at <= now - KEPT))


def _reserve(session: Session, request: Request, lease: UUID, now: datetime) -> Answer | None:
    """The kept answer; None once the key is reserved for this request."""
    with transaction(session):
        query = select(KeptAnswer).where(KeptAnswer.key_hash == request.key_hash).with_for_update()
        found = session.scalar(query.execution_options(populate_existing=True))
        if found is not None and found.created_at <= now - KEPT:
            session.delete(found)
            session.flush()
            found = None
        if found is None:
            _insert(session, request, lease, now)
            return None
        if found.request_hash != request.request_hash:
            raise KeyReused()
        if found.answer is not None:
            return found.answer
        if found.held_until > now:
            raise KeyInFlight()
        found.lease, found.held_until = lease, now + HELD
    return None


def _insert(session: Session, request: Request, lease: UUID, now: datetime) -> None:
    with refusals(session, pk_kept_answers=KeyInFlight()):
        session.add(
            KeptAnswer(
                key_hash=request.key_hash, request_hash=request.request_hash, user_id=request.user_id, lease=lease,
                held_until=now + HELD, answer=None, created_at=now,
            )
        )  # fmt: skip


def _keep(session: Session, request: Request, lease: UUID, answer: Answer) -> None:
    """Keeps the answer with the work that it reports, unless the reservation went to another meanwhile."""
    session.flush()
    mine = update(KeptAnswer).where(KeptAnswer.key_hash == request.key_hash, KeptAnswer.lease == lease)
    kept = session.execute(mine.values(answer=answer).execution_options(synchronize_session=False))
    if not kept.rowcount:  # type: ignore[attr-defined]
        raise KeyInFlight()


def _free(session: Session, request: Request, lease: UUID) -> None:
    with transaction(session):
        session.execute(
            delete(KeptAnswer)
            .where(KeptAnswer.key_hash == request.key_hash, KeptAnswer.lease == lease, KeptAnswer.answer.is_(None))
            .execution_options(synchronize_session=False)
        )
