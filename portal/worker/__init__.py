"""The worker: sends the mail that is due, carries imports out, and sweeps what lapsed.

It may be killed at any moment. What it had claimed is due again when the lease ends, with the same Message-ID.
"""

import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import FrameType

import structlog
from flask import Flask
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from .. import clock, idempotency, imports, invitations, limits, organizations, retention, sessions
from ..delivery import outbox
from ..delivery.crew import ANSWERS, Crew, Pace
from ..delivery.smtp import Transport, transport
from ..extensions import db
from .post import Post, run_once, wait

__all__ = ["Post", "Worker", "pace", "run_once", "sweep", "wait"]

IDLE = 0.5  # seconds between looks at an empty outbox, or to wait for a mail that is on its way
SWEEP_EVERY = 60.0  # seconds of a clock that nobody sets
PRUNE_EVERY = 24 * 3600.0
log = structlog.get_logger()


def pace(app: Flask) -> Pace | None:
    """How many mails a minute each recipient domain gets, counted where all workers see it; None for no limit."""
    per_minute = app.config["MAIL_PER_MINUTE"]
    if not per_minute:
        return None
    config = app.config
    storage = storage_from_string(config["RATELIMIT_STORAGE_URI"], **config["RATELIMIT_STORAGE_OPTIONS"])
    return Pace(FixedWindowRateLimiter(storage), per_minute)


def sweep(session: Session, now: datetime) -> int:
    """Writes down lapsed invitations, reminds; deletes what is over. Returns how many lapsed."""
    sessions.prune(session, now)
    idempotency.prune(session, now)
    organizations.forget_deleted(session, now)
    invitations.keep_parts(session, now)
    imports.prune(session, now)
    outbox.bring_back(session, now)
    lapsed = invitations.expire(session, now)
    invitations.remind_due(session, now)
    return lapsed


class Worker:
    """The loop around ``Post.step`` and ``sweep``, ended by TERM or INT after what is in flight."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.ending = threading.Event()
        self.swept: float | None = None
        self.pruned: float | None = None
        self.crew: Crew | None = None
        self.post: Post | None = None

    def run(self) -> None:
        """Works until told to end. A database that is away for a moment is waited for."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        self.hire()
        while not self.ending.is_set():
            busy = self.guarded(self.turn)
            if not busy and not self._in_flight:
                self.ending.wait(IDLE)
        self.dismiss()

    def drain(self, seconds: float) -> None:
        """Works until nothing is due, or for so many seconds; returns once nothing is in flight."""
        end = time.monotonic() + seconds
        while (self.guarded(self.work) or self._in_flight) and time.monotonic() < end:
            pass
        self.guarded(self._recall)
        while self._in_flight:
            self.guarded(lambda: self.work(gives=False))

    @property
    def _in_flight(self) -> int:
        return self.crew.out if self.crew else 0

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
        self.guarded(self._recall)
        if self.crew:
            self.crew.close()
        self.guarded(lambda: self.work(gives=False))

    def _recall(self) -> int:
        back = [job.message for job in self.crew.recall()] if self.crew else []
        if back:
            with self.app.app_context():
                outbox.release(db.session(), back, "", clock.now())
        return len(back)

    def _open(self) -> Transport:
        found = transport(self.app)
        assert found is not None
        return found

    def guarded(self, part: Callable[[], int]) -> int:
        """Does a part of the work; 0 after a moment where the database is away, which is logged."""
        try:
            return part()
        except OperationalError as failure:
            log.error("the database does not answer", error=str(failure.orig))
            self.ending.wait(IDLE)
            return 0

    def turn(self) -> int:
        """One look at everything that is due."""
        now = time.monotonic()
        if self.swept is None or now - self.swept >= SWEEP_EVERY:
            self.sweep()
            self.swept = now
        if self.pruned is None or now - self.pruned >= PRUNE_EVERY:
            self.prune()
            self.pruned = now
        return self.work()

    def sweep(self) -> int:
        """Writes down what lapsed, reminds, deletes what is over. Returns how many lapsed."""
        with self.app.app_context():
            return sweep(db.session(), clock.now())

    def prune(self) -> int:
        """Deletes what the settings no longer keep. Returns how many rows went."""
        with self.app.app_context():
            return sum(retention.prune(db.session(), retention.kept(self.app.config), clock.now()).values())

    def work(self, gives: bool = True) -> int:
        """A piece of an import and a portion of mail; nothing new unless ``gives``. Returns how much that was."""
        with self.app.app_context():
            now = clock.now()
            imported = imports.step(db.session(), now, invite=limits.invite) if gives else 0
            wait = 0 if imported else IDLE
            sent = self.post.step(db.session(), now, wait, gives) if self.post else 0
            return imported + sent

    def _end(self, _: int, __: FrameType | None) -> None:
        self.ending.set()
