"""The mail worker: claims what is due, composes, hands over, writes down what happened; and sweeps what lapsed.

It may be killed at any moment. What it had claimed is due again when the lease ends, with the same Message-ID.
"""

import random
import signal
import threading
from datetime import datetime, timedelta
from types import FrameType

import structlog
from flask import Flask
from flask_mail import BadHeaderError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from .. import clock, idempotency, invitations, retention, sessions
from ..delivery import outbox
from ..delivery.smtp import Refused, Transport, transport
from ..extensions import db
from ..models import Message
from . import messages

IDLE = 0.5  # seconds between looks at an empty outbox
SWEEP_EVERY = timedelta(minutes=1)
PRUNE_EVERY = timedelta(days=1)
GIVE_UP_AFTER = timedelta(hours=48)
log = structlog.get_logger()


def run_once(session: Session, to: Transport, now: datetime) -> int:
    """Sends what is due now, a handful at most. Returns how many were claimed."""
    claimed = outbox.claim(session, now)
    for message in claimed:
        _deliver(session, to, message, now)
    return len(claimed)


def _deliver(session: Session, to: Transport, message: Message, now: datetime) -> None:
    try:
        mail = messages.compose(session, message, now)
        session.commit()  # nothing is held open while a server is talked to
        reply = to.send(mail)
    except messages.NoLongerTrue as reason:
        outbox.settle(session, message, "dropped", str(reason), now)
    except Refused as refused:
        _refused(session, message, refused, now)
    except OperationalError:
        raise  # the database is away: nothing can be written down, and the lease will end
    except BadHeaderError:
        outbox.settle(session, message, "failed", "A header of this mail held a line break.", now)
    except Exception as failure:  # one mail that cannot be made does not hold up the others
        log.exception("a mail could not be made", mail=str(message.id))
        session.rollback()
        _refused(session, message, Refused(f"It could not be made: {type(failure).__name__}", permanent=False), now)
    else:
        outbox.settle(session, message, "sent", reply, clock.now())


def _refused(session: Session, message: Message, refused: Refused, now: datetime) -> None:
    if refused.permanent or now - message.created_at > GIVE_UP_AFTER:
        outbox.settle(session, message, "failed", str(refused), now)
        return
    outbox.settle(session, message, "queued", str(refused), now, again_at=now + wait(message.attempts))


def wait(attempts: int) -> timedelta:
    """How long to wait after so many attempts: growing from half a minute to an hour, with jitter."""
    jitter = random.uniform(0.8, 1.2)  # noqa: S311 - it spreads tries, it hides nothing
    return timedelta(seconds=min(30 * 2 ** (attempts - 1), 3600) * jitter)


def sweep(session: Session, now: datetime) -> int:
    """Writes down lapsed invitations; deletes sessions and kept answers that are over. Returns how many lapsed."""
    sessions.prune(session, now)
    idempotency.prune(session, now)
    invitations.keep_parts(session, now)
    return invitations.expire(session, now)


class Worker:
    """The loop around ``run_once`` and ``sweep``, ended by TERM or INT after what is in flight."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.ending = threading.Event()
        self.swept: datetime | None = None
        self.pruned: datetime | None = None

    def run(self) -> None:
        """Works until told to end. A database that is away for a moment is waited for."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        to = transport(self.app)
        if to is None:
            log.warning("no mail server is set: messages stay queued")
        while not self.ending.is_set():
            try:
                busy = self.turn(to)
            except OperationalError as failure:
                log.error("the database does not answer", error=str(failure.orig))
                busy = 0
            if not busy:
                self.ending.wait(IDLE)

    def turn(self, to: Transport | None) -> int:
        """One look at what is due."""
        with self.app.app_context():
            now = clock.now()
            if self.swept is None or now - self.swept >= SWEEP_EVERY:
                sweep(db.session(), now)
                self.swept = now
            if self.pruned is None or now - self.pruned >= PRUNE_EVERY:
                retention.prune(db.session(), retention.kept(self.app.config), now)
                self.pruned = now
            return run_once(db.session(), to, now) if to else 0

    def _end(self, _: int, __: FrameType | None) -> None:
        self.ending.set()
