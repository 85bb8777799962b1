"""Mails for one invitation are limited by whichever call asks for them, and the answer names the limit."""

import pytest

from portal import clock
from portal.extensions import db, limiter
from tests.api.scripts import bearer
from tests.world import build

from .calls import problem

pytestmark = pytest.mark.sqlite
NAMED = "mails for this invitation, 10 an hour"


@pytest.fixture
def limited(make_app):
    """A portal with its limits on, an organization in it, and one invitation's address in the API."""
    app = make_app(RATELIMIT_ENABLED=True)
    with app.app_context():
        limiter.reset()
        world = build(db.session(), clock.now())
        key = world.invite("ann@example.com")[0].invitation_id
        yield bearer(app, world, "owner"), f"/api/v1/organizations/{world.id}/invitations", str(key)
        db.session.remove()


@pytest.mark.parametrize(("first", "last"), [("resend", "new-link"), ("new-link", "resend")])
def test_an_eleventh_mail_for_an_invitation_in_an_hour_is_429(limited, first, last):
    owner, all_of, key = limited
    for _ in range(10):
        assert owner.call("POST", f"{all_of}/{key}/{first}").status_code == 200
    for spelled in (key, key.upper(), key.replace("-", "")):
        reply = owner.call("POST", f"{all_of}/{spelled}/{last}")
        assert NAMED in problem(reply, 429, "too_often")["detail"]
        assert int(reply.headers["Retry-After"]) > 0
