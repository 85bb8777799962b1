"""A single read outside of a unit of work: it takes no transaction, and a broken connection is replaced."""

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from portal.extensions import db
from portal.statements import session_by_token


@pytest.fixture
def reading(postgresql_portal, now):
    """Reads outside of any unit of work, on a PostgreSQL portal."""
    with postgresql_portal.app_context():
        yield lambda: session_by_token.first(db.session(), token_hash=b"\0" * 32, now=now)
        db.session.remove()


def test_a_read_leaves_no_transaction_for_the_pool_to_end(reading):
    ended = []

    def note(driver, _, state):
        ended.append((driver.info.transaction_status.name, state.terminate_only))

    event.listen(db.engine, "reset", note)
    reading()
    event.remove(db.engine, "reset", note)
    assert ended == [("IDLE", False)]


def test_a_broken_connection_is_told_as_one_and_the_next_read_works(reading):
    reading()

    def cut(driver, *_):
        driver.pgconn.finish()

    event.listen(db.engine, "checkout", cut)
    with pytest.raises(OperationalError):
        reading()
    event.remove(db.engine, "checkout", cut)
    assert reading() is None


def test_a_connection_that_was_cut_in_the_pool_is_not_used(reading):
    reading()
    cut = []

    def cut_one(driver, *_):
        if not cut:
            cut.append(driver.pgconn.finish())

    event.listen(db.engine, "checkout", cut_one)
    assert reading() is None
    event.remove(db.engine, "checkout", cut_one)
    assert len(cut) == 1
