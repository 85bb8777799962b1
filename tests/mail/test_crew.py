"""Those who send."""

import time
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from portal.delivery.crew import Crew, Job, Late
from portal.delivery.smtp import Parcel
from portal.worker import pace


class Counting:
    """Takes everything."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def send(self, parcel: Parcel) -> str:
        self.taken.append(parcel.recipient)
        return "250 Taken"

    def close(self) -> None:
        """Nothing is open."""


def job(address: str) -> Job:
    message: Any = SimpleNamespace(id=uuid4())
    return Job(message, Parcel("a@example.com", address, b"", None))  # type: ignore[arg-type]


def test_a_hand_begins_nothing_until_what_it_sent_is_written_down():
    counting = Counting()
    crew = Crew(lambda: counting, hands=1, per_domain=2)
    for address in ("ann@example.org", "bob@example.org"):
        crew.give(job(address))
    first = crew.take_done(wait=5)
    time.sleep(0.2)
    assert counting.taken == ["ann@example.org"]
    crew.written(first)
    assert len(crew.take_done(wait=5)) == 1
    assert counting.taken == ["ann@example.org", "bob@example.org"]
    crew.close()


def test_a_worker_paces_itself_while_the_common_count_is_away(make_app: Any) -> None:
    app = make_app(MAIL_PER_MINUTE=2, RATELIMIT_STORAGE_URI="redis://127.0.0.1:1/0")
    pacing = pace(app)
    assert pacing is not None
    assert [pacing.allows("example.com") for _ in range(3)] == [True, True, False]
    assert pacing.spent() == {"example.com"}
    assert pacing.allows("example.org")


def test_what_lay_in_store_for_too_long_is_not_begun():
    """Its lease may end while it is sent, and another worker would send it as well."""
    counting = Counting()
    crew = Crew(lambda: counting, hands=1, per_domain=2, fresh_for=0)
    crew.give(job("ann@example.com"))
    (done,) = crew.take_done(wait=5)
    crew.written([done])
    crew.close()
    assert isinstance(done.error, Late)
    assert counting.taken == []
