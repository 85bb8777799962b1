"""Codes: which count, when, and how often."""

from datetime import timedelta

import pyotp
import pytest

from portal import sealed, second_steps
from portal.errors import NotFound, SecondStepNeeded, WrongCode
from portal.models import RecoveryCode, SecondStep
from portal.standing import standing_of

pytestmark = pytest.mark.sqlite


@pytest.fixture
def codes(world):
    """The owner's second step is on; the recovery codes."""
    second_steps.begin(world.session, world["owner"], world.now)
    earlier = world.now - timedelta(minutes=5)
    return second_steps.confirm(world.session, world["owner"], code(world, earlier), earlier)


def code(world, at):
    step = second_steps.of_user(world.session, world["owner"].user_id)
    return pyotp.TOTP(sealed.unseal(step.secret)).at(at)


def check(world, said, at=None):
    second_steps.check(world.session, world["owner"].user_id, said, at or world.now)


@pytest.mark.parametrize(("drift", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_code_may_be_half_a_minute_off_and_no_more(world, codes, drift, taken):
    said = code(world, world.now + timedelta(seconds=drift))
    if taken:
        check(world, said)
    else:
        with pytest.raises(WrongCode):
            check(world, said)


def test_a_code_counts_once_and_an_older_one_not_after_it(world, codes):
    now, before = code(world, world.now), code(world, world.now - timedelta(seconds=30))
    check(world, now)
    for said in (now, before):
        with pytest.raises(WrongCode):
            check(world, said)
    check(world, code(world, world.now + timedelta(seconds=30)))


def test_the_code_that_turned_it_on_does_not_sign_in(world):
    second_steps.begin(world.session, world["owner"], world.now)
    said = code(world, world.now)
    second_steps.confirm(world.session, world["owner"], said, world.now)
    with pytest.raises(WrongCode):
        check(world, said)


def test_a_recovery_code_counts_once_however_it_is_typed(world, codes):
    assert len(set(codes)) == 10
    check(world, f" {codes[0].upper().replace('-', ' ')} ")
    with pytest.raises(WrongCode):
        check(world, codes[0])
    assert second_steps.codes_left(world.session, world["owner"].user_id) == 9


def test_new_recovery_codes_end_the_old(world, codes):
    renewed = second_steps.renew_codes(world.session, world["owner"], world.now)
    with pytest.raises(WrongCode):
        check(world, codes[1])
    check(world, renewed[0])


@pytest.mark.parametrize("said", ["", "000000", "12345", "1234567", "１２３４５６", "٣٤٥٦٧٨", "x" * 10_000, "\x00"])
def test_what_is_no_code_is_refused(world, codes, said):
    with pytest.raises(WrongCode):
        check(world, said)


def test_nothing_counts_before_it_is_confirmed(world):
    second_steps.begin(world.session, world["owner"], world.now)
    assert not second_steps.is_on(world.session, world["owner"].user_id)
    with pytest.raises(NotFound):
        check(world, code(world, world.now))
    with pytest.raises(NotFound):
        second_steps.renew_codes(world.session, world["owner"], world.now)


def test_beginning_anew_does_not_touch_one_that_counts(world, codes):
    secret = second_steps.of_user(world.session, world["owner"].user_id).secret
    second_steps.begin(world.session, world["owner"], world.now)
    assert second_steps.of_user(world.session, world["owner"].user_id).secret == secret


def test_attack_20_the_database_holds_neither_secret_nor_codes(world, codes):
    step = world.session.query(SecondStep).one()
    assert sealed.unseal(step.secret) not in step.secret
    kept = [row.code_hash for row in world.session.query(RecoveryCode)]
    assert not [said for said in codes if any(said.encode() in each for each in kept)]


def test_what_a_former_key_sealed_is_still_read(world, app, codes, monkeypatch):
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [app.config["SECRET_KEY"]])
    monkeypatch.setitem(app.config, "SECRET_KEY", "another key for tests, long enough, 9876543210")
    check(world, code(world, world.now))


def test_an_organization_that_demands_it_lets_nobody_in_without(world, codes):
    with pytest.raises(SecondStepNeeded):
        second_steps.demand(world.session, world["admin"], world.id, True, world.now)
    second_steps.demand(world.session, world["owner"], world.id, True, world.now)
    standing_of(world.session, world["owner"], world.id)
    for lock in (False, True):
        with pytest.raises(SecondStepNeeded):
            standing_of(world.session, world["admin"], world.id, lock=lock)
    second_steps.demand(world.session, world["owner"], world.id, False, world.now)
    standing_of(world.session, world["admin"], world.id)
