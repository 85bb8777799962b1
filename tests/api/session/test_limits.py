"""How often the doors of the dialect may be tried, in its own shape."""

import pytest

from portal import accounts, clock, passwords
from portal.extensions import db, limiter
from tests.world import PASSWORD

from .conftest import Caller, code

pytestmark = pytest.mark.sqlite


@pytest.fixture
def limited(make_app):
    """A portal with its limits on, and somebody who has an account there."""

    def make(**given):
        app = make_app(RATELIMIT_ENABLED=True, **given)
        with app.app_context():
            limiter.reset()
            password_hash = passwords.accepted(PASSWORD)
            accounts.create(db.session(), "ann@example.com", "Ann", password_hash, clock.now(), verified=True)
            db.session.remove()
        return Caller(app)

    return make


def test_failed_sign_ins_of_an_address_are_limited_and_good_ones_are_not(limited):
    caller = limited()
    good = {"email": "ann@example.com", "password": PASSWORD}
    assert {caller.raw("POST", "/sign-in/email", good).status_code for _ in range(12)} == {200}
    wrong = [caller.raw("POST", "/sign-in/email", good | {"password": "x"}) for _ in range(11)]
    assert [reply.status_code for reply in wrong] == [401] * 10 + [429]
    assert code(wrong[-1]) == "TOO_MANY_REQUESTS"
    assert "failed sign-ins for this address, 10 in 15 minutes" in wrong[-1].json["message"]
    assert int(wrong[-1].headers["Retry-After"]) > 0
    other = good | {"email": "Ann@EXAMPLE.com."}
    assert caller.raw("POST", "/sign-in/email", other).status_code == 429


def test_attack_25_mails_about_a_new_account_to_one_address_are_limited(limited):
    caller = limited(SIGN_UP="open")
    body = {"name": "Ann", "email": "ann@example.com", "password": "a long enough phrase"}
    replies = [caller.raw("POST", "/sign-up/email", body) for _ in range(6)]
    assert [reply.status_code for reply in replies] == [200] * 5 + [429]
