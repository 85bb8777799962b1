"""Mail on its way: claims what is due, composes it, gives it to those who send, and writes down what came of it."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from flask_mail import BadHeaderError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from ..delivery import outbox
from ..delivery.crew import Done, Job, Late, OneHand, Pace
from ..delivery.outbox import Settled
from ..delivery.smtp import Refused, ServerAway, Transport
from ..models import Message
from . import messages
from .ahead import TO_INVITEES, Ahead, read_ahead

GIVE_UP_AFTER = timedelta(hours=48)
LONGEST_PAUSE = timedelta(minutes=1)
log = structlog.get_logger()


class Hands(Protocol):
    """Who sends: ``delivery.crew.Crew`` or ``OneHand``."""

    def room(self) -> int:
        """How many more mails may be given."""

    def give(self, job: Job) -> None:
        """Hands a mail over."""

    def take_done(self, wait: float = 0.0) -> list[Done]:
        """What is done."""

    def written(self, done: Sequence[Done]) -> None:
        """Hears that this is written down."""

    def busy_domains(self) -> list[str]:
        """Domains that are given no more for now."""

    def recall(self) -> list[Job]:
        """Takes back what nobody has begun."""


class Post:
    """One worker's share of the outbox. A server that is away pauses all of it, for longer each time."""

    def __init__(self, hands: Hands, pace: Pace | None = None, lease: timedelta = outbox.LEASE) -> None:
        self.hands, self.pace, self.lease = hands, pace, lease
        self.paused_until: datetime | None = None
        self.pauses = 0
        self.unwritten: list[Done] = []

    def step(self, session: Session, now: datetime, wait: float = 0.0, gives: bool = True) -> int:
        """Settles what is done and gives out what is due. Returns how many mails it dealt with."""
        settled = self._settle(session, self.hands.take_done(wait), now)
        given = self._give(session, now) if gives and not self._is_paused(now) else 0
        return settled + given + self._settle(session, self.hands.take_done(), now)

    def _is_paused(self, now: datetime) -> bool:
        """Never for longer than a pause lasts, also when the clock was set back meanwhile."""
        return self.paused_until is not None and now < self.paused_until <= now + LONGEST_PAUSE

    def _give(self, session: Session, now: datetime) -> int:
        spent = self.pace.spent() if self.pace else set()
        if not (room := self.hands.room()):
            return 0
        claimed = outbox.claim(session, now, room, {*self.hands.busy_domains(), *spent}, self.lease)
        allowed = [message for message in claimed if not self.pace or self.pace.allows(_domain(message))]
        jobs, untold = self._composed(session, allowed, now)
        session.commit()  # nothing is held open while a server is talked to
        for job in jobs:
            self.hands.give(job)
        if untold:
            outbox.settle(session, untold, now)
        over = [message for message in claimed if message not in allowed]
        if over:
            outbox.release(session, over, "Its domain has had all that it may have in this minute.", now)
        return len(claimed)

    def _composed(self, session: Session, mails: Sequence[Message], now: datetime) -> tuple[list[Job], list[Settled]]:
        """What goes out, and what became of those that do not, being no longer true or impossible to make."""
        ahead = _ahead(session, mails, now)
        made = [_composed_one(session, message, now, ahead) for message in mails]
        return [each for each in made if isinstance(each, Job)], [each for each in made if isinstance(each, Settled)]

    def _settle(self, session: Session, done: Sequence[Done], now: datetime) -> int:
        """Writes down what is done, soon: until then nobody who did it begins another mail.

        While the database is away it is kept, so that what was sent meanwhile is not sent again when the lease ends.
        """
        told, self.unwritten = [*self.unwritten, *done], []
        if not told:
            return 0
        try:
            self._write(session, told, now)
        except OperationalError:
            self.unwritten = told
            raise
        finally:
            if not self.unwritten:
                self.hands.written(told)
        return len(told)

    def _write(self, session: Session, done: Sequence[Done], now: datetime) -> None:
        away = [each for each in done if isinstance(each.error, ServerAway)]
        late = [each for each in done if isinstance(each.error, Late)]
        told = [_settled(each, now) for each in done if not isinstance(each.error, ServerAway | Late)]
        if told:
            outbox.settle(session, told, now)
            self.pauses, self.paused_until = (self.pauses, self.paused_until) if away else (0, None)
        if late:
            outbox.release(session, [each.job.message for each in late], "It waited for its turn.", now)
        if away:
            self._pause(session, away, now)

    def _pause(self, session: Session, away: Sequence[Done], now: datetime) -> None:
        """The whole queue waits, and no mail's tries are counted."""
        reason = f"The mail server does not take mail now: {away[0].error}"
        outbox.release(session, [job.message for job in self.hands.recall()], reason, now)
        if not self._is_paused(now):
            self.paused_until = now + min(timedelta(seconds=2**self.pauses), LONGEST_PAUSE)
            self.pauses = min(self.pauses + 1, 10)
            log.error("the mail server is away", reason=str(away[0].error), until=self.paused_until.isoformat())
        behind = (self.paused_until or now) + timedelta(seconds=1)  # it may be this mail that the server cannot bear
        outbox.release(session, [each.job.message for each in away], reason, now, behind)


def _ahead(session: Session, mails: Sequence[Message], now: datetime) -> Ahead | None:
    """What the mails are about; None where that cannot be read for all at once, so that each is tried alone."""
    try:
        return read_ahead(session, mails, now)
    except OperationalError:
        raise
    except Exception:
        log.exception("mails could not be read together")
        session.rollback()
        return None


def _composed_one(session: Session, message: Message, now: datetime, ahead: Ahead | None) -> Job | Settled:
    try:
        return Job(message, messages.compose(session, message, now, ahead))
    except messages.NoLongerTrue as reason:
        return Settled(message, "dropped", str(reason))
    except OperationalError:
        raise  # the database is away: nothing can be written down, and the lease will end
    except BadHeaderError:
        return _failed(message, "A header of this mail held a line break.")
    except Exception as failure:  # one mail that cannot be made does not hold up the others
        log.exception("a mail could not be made", mail=str(message.id))
        session.rollback()
        return _refused(message, Refused(f"It could not be made: {type(failure).__name__}", False), now)


def _domain(message: Message) -> str:
    return message.recipient.rpartition("@")[2]


def run_once(session: Session, to: Transport, now: datetime) -> int:
    """Sends a handful of what is due now, one after the other. Returns how many mails it dealt with."""
    return Post(OneHand(to)).step(session, now)


def _settled(done: Done, now: datetime) -> Settled:
    message, error = done.job.message, done.error
    if error is None:
        return Settled(message, "sent", done.reply, delivery=_shown(message, "sent"))
    if not isinstance(error, Refused):
        log.error("a mail could not be sent", mail=str(message.id), exc_info=error)
        error = Refused(f"It could not be sent: {type(error).__name__}", permanent=False)
    return _refused(message, error, now)


def _refused(message: Message, refused: Refused, now: datetime) -> Settled:
    if refused.permanent or now - message.created_at > GIVE_UP_AFTER:
        return _failed(message, str(refused))
    again_at = now + wait(message.attempts)
    return Settled(message, "deferred", str(refused), again_at, _shown(message, "deferred"))


def _failed(message: Message, reply: str) -> Settled:
    return Settled(message, "failed", reply, delivery=_shown(message, "failed"))


def _shown(message: Message, delivery: str) -> str | None:
    """What the invitation shows, where the mail went to its invitee."""
    return delivery if message.kind in TO_INVITEES else None


def wait(attempts: int) -> timedelta:
    """How long to wait after so many attempts: growing from half a minute to an hour, with jitter."""
    jitter = random.uniform(0.8, 1.2)  # noqa: S311 - it spreads tries, it hides nothing
    return timedelta(seconds=min(30 * 2 ** (attempts - 1), 3600) * jitter)
