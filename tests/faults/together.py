"""Running acts at the same moment, each in a thread with a connection of its own."""

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.errors import PortalError
from portal.extensions import db

Act = Callable[[Session], Any]
PATIENCE = 30  # seconds


def together(app: Flask, *acts: Act) -> list[Any]:
    """What each act returned, or the rule's error that it met; anything else that was raised is raised here."""
    db.session.rollback()  # the test itself holds no old view of the rows, before or after
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Act) -> None:
        with app.app_context():
            try:
                barrier.wait(PATIENCE)
                results[place] = act(db.session())
            except BaseException as error:
                results[place] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, PortalError):
            raise result
    return results


def meanwhile(app: Flask, first: Act, then: Act, second: Act) -> list[Any]:
    """``second`` starts between ``first`` and ``then``, which are one unit of work; results as of ``together``."""
    begun, finished = threading.Event(), threading.Event()

    def one(session: Session) -> Any:
        with transaction(session):
            first(session)
            begun.set()
            finished.wait(0.3)  # by then the other one is done, or waits for this unit
            return then(session)

    def other(session: Session) -> Any:
        begun.wait(PATIENCE)
        try:
            return second(session)
        finally:
            finished.set()

    return together(app, one, other)


def errors(results: list[Any]) -> list[str]:
    """The codes of the errors among the results, sorted."""
    return sorted(result.code for result in results if isinstance(result, PortalError))


def successes(results: list[Any]) -> list[Any]:
    """The results that are not errors."""
    return [result for result in results if not isinstance(result, PortalError)]
