"""Writers of one process on SQLite: they take turns, none keeps its turn, and none waits for ever."""

import time

import pytest
from sqlalchemy import event, select, text

from portal import database
from portal.database import transaction
from portal.extensions import db
from portal.models import Organization

from .together import together

pytestmark = pytest.mark.sqlite


SET = text("UPDATE organizations SET seat_limit = :limit")


def add_one(session):
    """Raises the limit on seats by one; what it was."""
    with transaction(session):
        limit = session.scalar(select(Organization.seat_limit))
        session.execute(SET, {"limit": limit + 1})
    return limit


@pytest.fixture
def limited(world):
    """The world, with a limit of 100 seats."""
    with transaction(world.session):
        world.session.execute(SET, {"limit": 100})
    return world


def test_what_each_reads_in_its_turn_is_what_the_one_before_wrote(app, limited):
    assert sorted(together(app, *[add_one] * 12)) == list(range(100, 112))


@pytest.fixture
def impatient(limited):
    """Connections whose statements fail at once where another writes."""

    def make(driver, *_):
        driver.execute("PRAGMA busy_timeout=0")

    db.engine.dispose()
    event.listen(db.engine, "checkout", make)
    yield
    event.remove(db.engine, "checkout", make)
    db.engine.dispose()


def test_nobody_has_to_ask_sqlite_twice(app, impatient):
    def slowly(session):
        with transaction(session):
            time.sleep(0.01)
            return add_one(session)

    assert sorted(together(app, *[slowly] * 12)) == list(range(100, 112))


def test_a_unit_that_fails_gives_its_turn_back(limited):
    with pytest.raises(ZeroDivisionError), transaction(limited.session):
        limited.session.execute(SET, {"limit": 1 // 0})
    assert not database._turns[db.engine].locked()
    assert add_one(limited.session) == 100


def test_a_turn_that_nobody_gives_back_stops_nobody_for_ever(app, limited, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0.05)
    with database._turns[db.engine]:
        assert together(app, add_one) == [100]
