"""What the tasks do: what ``flask worker`` does, by a worker that each process makes when its first task comes."""

import threading
from functools import cache

from .. import create_app
from ..worker import Worker

AT_A_TIME = 10.0  # seconds of one task, so that others get their turn and an end is not waited for long
_at_it = threading.Lock()


@cache
def worker() -> Worker:
    """This process's worker. Its connections to the mail server outlive a task."""
    made = Worker(create_app())
    made.hire()
    return made


def work() -> None:
    """Sends the mail that is due and carries imports out, until nothing is left or others should have a turn."""
    if _at_it.acquire(blocking=False):  # otherwise a thread beside this one does it
        try:
            worker().drain(AT_A_TIME)
        finally:
            _at_it.release()


def sweep() -> None:
    """Writes down what lapsed, reminds, deletes what is over."""
    worker().guarded(worker().sweep)


def prune() -> None:
    """Deletes what the settings no longer keep."""
    worker().guarded(worker().prune)
