"""The worker: sends the mail that is due, carries imports out, and sweeps what lapsed.

It may be killed at any moment. What it had claimed is due again when the lease ends, with the same Message-ID.
"""

import signal
import threading
from datetime import UTC, datetime, timedelta
from types import FrameType

import structlog
from flask import Flask
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from .. import clock, idempotency, imports, invitations, organizations, retention, sessions
from ..delivery import outbox
from ..delivery.crew import ANSWERS, Crew, Pace
from ..delivery.smtp import Transport, transport
from ..extensions import db
from .post import Post, run_once, wait

__all__ = ["Post", "Worker", "pace", "run_once", "sweep", "wait"]

IDLE = 0.5  # seconds between looks at an empty outbox, or to wait for a mail that is on its way
SWEEP_EVERY = timedelta(minutes=1)
PRUNE_EVERY = timedelta(days=1)
log = structlog.get_logger()


def pace(app: Flask) -> Pace | None:
    """How many mails a minute each recipient domain gets, counted where all workers see it; None for no limit."""
    per_minute = app.config["MAIL_PER_MINUTE"]
    if not per_minute:
        return None
    return Pace(FixedWindowRateLimiter(storage_from_string(app.config["RATELIMIT_STORAGE_URI"])), per_minute)


def sweep(session: Session, now: datetime) -> int:
    """Writes down lapsed invitations, reminds; deletes what is over. Returns how many lapsed."""
    sessions.prune(session, now)
    idempotency.prune(session, now)
    organizations.forget_deleted(session, now)
    invitations.keep_parts(session, now)
    imports.prune(session, now)
    lapsed = invitations.expire(session, now)
    invitations.remind_due(session, now)
    return lapsed


class Worker:
    """The loop around ``Post.step`` and ``sweep``, ended by TERM or INT after what is in flight."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.ending = threading.Event()
        self.swept: datetime | None = None
        self.pruned: datetime | None = None
        self.crew: Crew | None = None
        self.post: Post | None = None

    def run(self) -> None:
        """Works until told to end. A database that is away for a moment is waited for."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        self.hire()
        while not self.ending.is_set():
            busy = self._guarded()
            if not busy and not (self.crew and self.crew.out):
                self.ending.wait(IDLE)
        self.dismiss()

    def hire(self) -> None:
        """Brings in those who send, where there is a way for mail."""
        if transport(self.app) is None:
            log.warning("no mail server is set: messages stay queued")
            return
        config = self.app.config
        fresh_for = config["MAIL_LEASE"] - ANSWERS * config["MAIL_TIMEOUT"]
        self.crew = Crew(self._open, config["MAIL_CONNECTIONS"], config["MAIL_CONNECTIONS_PER_DOMAIN"], fresh_for)
        self.post = Post(self.crew, pace(self.app), timedelta(seconds=config["MAIL_LEASE"]))

    def dismiss(self) -> None:
        """Puts back what nobody has begun, waits for what is in flight, and writes it down."""
        if self.crew is None or self.post is None:
            return
        with self.app.app_context():
            back = [job.message for job in self.crew.recall()]
            if back:
                outbox.release(db.session(), back, "", clock.now())
        self.crew.close()
        self.post.paused_until = datetime.max.replace(tzinfo=UTC)  # nothing more is given out
        self._guarded()

    def _open(self) -> Transport:
        found = transport(self.app)
        assert found is not None
        return found

    def _guarded(self) -> int:
        try:
            return self.turn()
        except OperationalError as failure:
            log.error("the database does not answer", error=str(failure.orig))
            return 0

    def turn(self) -> int:
        """One look at what is due."""
        with self.app.app_context():
            now = clock.now()
            if self.swept is None or now - self.swept >= SWEEP_EVERY:
                sweep(db.session(), now)
                self.swept = now
            if self.pruned is None or now - self.pruned >= PRUNE_EVERY:
                retention.prune(db.session(), retention.kept(self.app.config), now)
                self.pruned = now
            imported = imports.step(db.session(), now)
            sent = self.post.step(db.session(), now, wait=0 if imported else IDLE) if self.post else 0
            return imported + sent

    def _end(self, _: int, __: FrameType | None) -> None:
        self.ending.set()
