"""Mails for one invitation are limited by whichever call asks for them, and the answer names the limit."""

import pytest
from flask import current_app
from sqlalchemy import select

from portal import clock, imports, invitations, limits
from portal.extensions import db, limiter
from portal.invitations import Invitee, Offer
from portal.models import Invitation
from portal.worker import Worker
from tests.api.scripts import bearer
from tests.world import build

from .calls import problem

pytestmark = pytest.mark.sqlite
OFTEN = Invitee("ann@example.com", Offer("member"))
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


@pytest.fixture
def often(make_app):
    """A portal with its limits on, and an address that was invited as often as may be."""
    app = make_app(RATELIMIT_ENABLED=True)
    with app.app_context():
        limiter.reset()
        world = build(db.session(), clock.now())
        for _ in range(10):
            (outcome,) = limits.invite(db.session(), world["admin"], world.id, [OFTEN], clock.now())
            invitations.cancel(db.session(), world["admin"], outcome.made(), clock.now())
        yield world, bearer(app, world, "owner"), f"/api/v1/organizations/{world.id}"
        db.session.remove()


def invited(world):
    world.session.rollback()
    return set(world.session.scalars(select(Invitation.email).where(Invitation.status == "pending")))


def test_attack_25_a_list_passes_over_whom_the_limit_keeps_from_another_mail(often):
    world, owner, here = often
    made = owner.call("POST", f"{here}/imports", {"csv": "email\nann@example.com\nbob@example.com\n"}).json
    assert owner.call("POST", f"{here}/imports/{made['id']}/start").status_code == 200
    while imports.step(db.session(), clock.now(), invite=limits.invite):
        pass
    ann, bob = owner.get(f"{here}/imports/{made['id']}/rows").json["rows"]
    assert (ann["outcome"], bob["outcome"]) == ("invited_too_often", "invited")
    assert ann["reason"].startswith("ann@example.com was invited too often within an hour.")
    assert invited(world) == {"bob@example.com"}


def test_attack_25_a_roster_is_refused_whole_and_its_dry_run_counts_for_nothing(often):
    world, owner, here = often
    people = [{"email": world.email("owner"), "role": "owner"}, {"email": "bob@example.com", "role": "member"}]
    refused = {"people": [*people, {"email": "ann@example.com", "role": "member"}]}
    reply = owner.call("POST", f"{here}/roster", refused)
    assert "ann@example.com" in problem(reply, 429, "invited_too_often")["detail"]
    assert invited(world) == set()
    for _ in range(12):
        assert owner.call("POST", f"{here}/roster", {"people": people, "dry_run": True}).status_code == 200
    assert owner.call("POST", f"{here}/roster", {"people": people}).status_code == 200
    assert invited(world) == {"bob@example.com"}


def test_attack_25_the_worker_keeps_to_the_limit(often):
    world, _, _ = often
    made = imports.plan(db.session(), world["owner"], world.id, "email\nann@example.com\n", clock.now())
    imports.start(db.session(), world["owner"], world.id, made.id, clock.now())
    Worker(current_app._get_current_object()).work()
    assert invited(world) == set()
