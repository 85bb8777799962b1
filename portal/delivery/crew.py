"""Several hands that hand mails over at once, so that one recipient that hangs does not hold up the others.

For each recipient domain at most so many at a time, and so many a minute.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import NamedTuple
from uuid import UUID

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from redis import RedisError

from ..models import Message
from .smtp import Parcel, Transport

IDLE_FOR = 20.0  # seconds after which a hand lets go of its connection
FRESH_FOR = 120.0  # seconds in store after which a mail is not begun: a slow server may outlast its lease
ANSWERS = 6  # a server gives to one mail at most, each within the timeout
IN_STORE = 10  # mails for each hand that are claimed ahead, and wait for a lease if the worker is killed
PORTION = 0.5  # of these are claimed together, since what is read for one serves others


class Late(Exception):
    """Nobody was free for so long that the claim may end before the mail is sent."""


class Job(NamedTuple):
    """A claimed mail and what goes out for it; ``since`` is when it was given, on the monotonic clock."""

    message: Message
    parcel: Parcel
    since: float = 0.0


class Done(NamedTuple):
    """What came of a job: the reply, or what was raised."""

    job: Job
    reply: str
    error: Exception | None


class Crew:
    """Threads that each hold one transport. Given out by one thread, which also takes back what is done.

    A hand begins nothing new until what it has sent is written down, so that a worker that is killed leaves at most
    one mail for each hand of which nobody knows that it was sent.
    """

    def __init__(
        self,
        open_transport: Callable[[], Transport],
        hands: int,
        per_domain: int,
        fresh_for: float = FRESH_FOR,
    ) -> None:
        self.open_transport, self.per_domain, self.fresh_for = open_transport, per_domain, fresh_for
        self.hands = hands
        self.changed = threading.Condition()
        self.store: deque[Job] = deque()
        self.active: Counter[str] = Counter()
        self.done: deque[Done] = deque()
        self.unwritten: set[UUID] = set()
        self.out = 0
        self.ending = False
        self.threads = [threading.Thread(target=self._work, daemon=True, name=f"mail-{n}") for n in range(hands)]
        for thread in self.threads:
            thread.start()

    def room(self) -> int:
        """How many more mails may be given; none until that is a fair portion."""
        with self.changed:
            room = self.hands * IN_STORE - self.out
        return room if room >= self.hands * IN_STORE * PORTION else 0

    def give(self, job: Job) -> None:
        """Hands a mail to whoever is free first."""
        with self.changed:
            self.store.append(job._replace(since=time.monotonic()))
            self.out += 1
            self.changed.notify()

    def take_done(self, wait: float = 0.0) -> list[Done]:
        """What is done, after waiting up to so many seconds for the first while something is out."""
        with self.changed:
            if wait and not self.done and self.out:
                self.changed.wait_for(lambda: self.done, wait)
            done = list(self.done)
            self.done.clear()
            self.out -= len(done)
        return done

    def written(self, done: Sequence[Done]) -> None:
        """Tells those who did this that it is written down."""
        with self.changed:
            self.unwritten.difference_update(each.job.message.id for each in done)
            self.changed.notify_all()

    def busy_domains(self) -> list[str]:
        """Domains with all in store that they may have; others go first."""
        with self.changed:
            held = Counter(job.parcel.domain for job in self.store) + self.active
        return [domain for domain, number in held.items() if number >= self.per_domain * IN_STORE]

    def recall(self) -> list[Job]:
        """Takes back what nobody has begun."""
        with self.changed:
            back = list(self.store)
            self.store.clear()
            self.out -= len(back)
        return back

    def close(self) -> None:
        """Lets every hand finish what it has begun."""
        with self.changed:
            self.ending = True
            self.changed.notify_all()
        for thread in self.threads:
            thread.join()

    def _work(self) -> None:
        transport = self.open_transport()
        while (job := self._next(transport)) is not None:
            done = sent(transport, job, self.fresh_for)
            with self.changed:
                self.active[job.parcel.domain] -= 1
                self.done.append(done)
                self.unwritten.add(job.message.id)
                self.changed.notify_all()
                while job.message.id in self.unwritten and not self.ending:
                    self.changed.wait()
        transport.close()

    def _next(self, transport: Transport) -> Job | None:
        """The first mail whose domain is not at its limit; None at the end."""
        with self.changed:
            while True:
                for index, job in enumerate(self.store):
                    if self.active[job.parcel.domain] < self.per_domain:
                        del self.store[index]
                        self.active[job.parcel.domain] += 1
                        return job
                if self.ending:
                    return None
                if not self.changed.wait(IDLE_FOR):
                    transport.close()


class OneHand:
    """The same without threads: each mail is sent when it is given."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.done: list[Done] = []

    def room(self) -> int:
        """How many more mails may be given."""
        return IN_STORE * 4 - len(self.done)

    def give(self, job: Job) -> None:
        """Sends a mail."""
        self.done.append(sent(self.transport, job))

    def take_done(self, wait: float = 0.0) -> list[Done]:
        """What is done."""
        done, self.done = self.done, []
        return done

    def written(self, done: Sequence[Done]) -> None:
        """Nobody waits for it."""

    def busy_domains(self) -> list[str]:
        """None: whoever gives waits."""
        return []

    def recall(self) -> list[Job]:
        """Nothing lies in store."""
        return []


def sent(transport: Transport, job: Job, fresh_for: float = FRESH_FOR) -> Done:
    """Sends a mail, unless it lay in store for too long. Whatever is raised belongs to it, and is settled with it."""
    if job.since and time.monotonic() - job.since > fresh_for:
        return Done(job, "", Late())
    try:
        return Done(job, transport.send(job.parcel), None)
    except Exception as failure:
        return Done(job, "", failure)


class Pace:
    """At most so many mails a minute for each recipient domain, counted where the portal counts its limits.

    While that is a Redis that is away, each worker counts for itself.
    """

    def __init__(self, limiter: FixedWindowRateLimiter, per_minute: int) -> None:
        self.limiter, self.item = limiter, RateLimitItemPerMinute(per_minute)
        self.own = FixedWindowRateLimiter(MemoryStorage())
        self.full: set[str] = set()

    def allows(self, domain: str) -> bool:
        """Counts one mail, if there is room in this minute."""
        if self._asked("hit", domain):
            return True
        self.full.add(domain)
        return False

    def spent(self) -> set[str]:
        """The domains that have had all they may have in this minute."""
        self.full = {domain for domain in self.full if not self._asked("test", domain)}
        return self.full

    def _asked(self, what: str, domain: str) -> bool:
        try:
            said: bool = getattr(self.limiter, what)(self.item, "mail", domain)
        except RedisError:
            said = getattr(self.own, what)(self.item, "mail", domain)
        return said
