"""Sessions: a random value outside, its hash inside; ended one by one or all at once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import sessions
from portal.models import Session
from tests.world import person

DAY, MILLISECOND = timedelta(days=1), timedelta(milliseconds=1)


@pytest.fixture
def ann(session, now):
    return person(session, "ann@example.com", now)


def test_a_session_finds_its_person(session, now, ann):
    found = sessions.find(
        session, sessions.start(session, ann.id, now, ip_address="192.0.2.1", user_agent="x" * 999), now
    )
    assert (found.user_id, found.email, found.name) == (ann.id, "ann@example.com", "Ann")
    (stored,) = sessions.of_user(session, ann.id, now)
    assert (stored.ip_address, len(stored.user_agent)) == ("192.0.2.1", 400)


def test_attack_20_only_the_hash_of_the_cookie_is_stored(session, now, ann):
    token = sessions.start(session, ann.id, now)
    (stored,) = session.scalars(select(Session))
    assert stored.token_hash == sessions.digest(token)
    assert len(stored.token_hash) == 32
    assert token not in repr({column.name: getattr(stored, column.name) for column in Session.__table__.columns})
    assert sessions.find(session, stored.token_hash.hex(), now) is None


def test_every_session_has_a_value_of_its_own(session, now, ann):
    tokens = {sessions.start(session, ann.id, now) for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 43


@pytest.mark.parametrize("token", ["", "x", "é", "x" * 201, "\0", "Ω" * 10])
def test_what_is_no_session_finds_nobody(session, now, ann, token):
    sessions.start(session, ann.id, now)
    assert sessions.find(session, token, now) is None


def test_attack_18_a_session_ends_after_seven_days_to_the_millisecond(session, now, ann):
    token = sessions.start(session, ann.id, now)
    assert sessions.find(session, token, now + 7 * DAY - MILLISECOND)
    assert sessions.find(session, token, now + 7 * DAY) is None


def test_a_session_in_use_is_renewed(session, now, ann):
    token = sessions.start(session, ann.id, now)
    sessions.renew(session, sessions.find(session, token, now).id, now + 6 * DAY)
    assert sessions.find(session, token, now + 13 * DAY - MILLISECOND)
    assert sessions.find(session, token, now + 13 * DAY) is None


def test_attack_18_a_deactivated_person_has_no_session(session, now, ann):
    token = sessions.start(session, ann.id, now)
    ann.deactivated_at = now
    session.commit()
    assert sessions.find(session, token, now) is None


def test_one_session_is_ended_by_its_person_only(session, now, ann):
    mallory = person(session, "mallory@example.com", now)
    token, other = (sessions.start(session, ann.id, now) for _ in range(2))
    key = sessions.find(session, token, now).id
    assert not sessions.end(session, mallory.id, key)
    assert sessions.end(session, ann.id, key)
    assert not sessions.end(session, ann.id, key)
    assert sessions.find(session, token, now) is None
    assert sessions.find(session, other, now)


def test_all_sessions_end_or_all_but_one(session, now, ann):
    tokens = [sessions.start(session, ann.id, now) for _ in range(3)]
    mallorys = sessions.start(session, person(session, "mallory@example.com", now).id, now)
    sessions.end_all(session, ann.id, but=sessions.find(session, tokens[1], now).id)
    assert [bool(sessions.find(session, token, now)) for token in tokens] == [False, True, False]
    sessions.end_all(session, ann.id)
    assert sessions.find(session, tokens[1], now) is None
    assert sessions.find(session, mallorys, now)


def test_sessions_that_are_over_are_swept_and_not_listed(session, now, ann):
    sessions.start(session, ann.id, now - 8 * DAY)
    sessions.start(session, ann.id, now)
    assert len(sessions.of_user(session, ann.id, now)) == 1
    sessions.prune(session, now)
    assert len(session.scalars(select(Session)).all()) == 1


def test_a_session_remembers_the_organization_it_works_in(session, now, world):
    token = sessions.start(session, world["owner"].user_id, now)
    sessions.open_organization(session, sessions.find(session, token, now).id, world.id)
    assert sessions.find(session, token, now).active_organization_id == world.id
