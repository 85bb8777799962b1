"""The calls beside inviting: verify, pending, email-status."""

from datetime import timedelta

import pytest

from portal import clock, invitations, memberships
from portal.delivery.smtp import transport
from portal.extensions import db, limiter
from portal.models import Message
from portal.permissions import Actor
from portal.worker import run_once
from tests.api.scripts import NEVER, Script, cookie_of, snapshot
from tests.world import build, person

from .conftest import PREFIX
from .test_refusals import refused


def verify(app, email, key, **headers):
    return Script(app, **headers).call("GET", f"{PREFIX}/verify?email={email}&id={key}")


def test_anyone_who_knows_id_and_address_sees_what_the_invitation_is(app, world):
    key = world.invited("mia@example.com", world.offer("admin"))
    reply = verify(app, "Mia@Example.com.", key)
    assert reply.status_code == 200
    assert reply.json == {
        "valid": True,
        "email": "mia@example.com",
        "organizationName": "Northwind",
        "organizationId": str(world.id),
        "role": "admin",
        "expiresAt": clock.rfc3339(world.invitation(key).expires_at),
        "authMethod": None,
        "allowedAuthMethods": [{"method": "email-password"}],
        "seatLimitReached": None,
    }


@pytest.mark.sqlite
def test_a_full_organization_still_has_the_seat_of_the_invitation(app, world):
    world.limit(seat_limit=6)
    key = world.invited("mia@example.com")
    assert verify(app, "mia@example.com", key).json["seatLimitReached"] is None


@pytest.mark.sqlite
@pytest.mark.parametrize("query", ["", "email=mia@example.com", "id=x", "email=&id=x", "email=mia@example.com&id="])
def test_a_missing_parameter_is_400_and_named(app, world, query):
    detail = refused(Script(app).get(f"{PREFIX}/verify?{query}"), 400, f"{PREFIX}/verify")
    assert ("email" if "mia" not in query else "id") in detail


def test_whatever_does_not_fit_is_one_and_the_same_404(app, world, session):
    person(session, "mia@example.com", world.now)
    key = world.invited("mia@example.com")
    canceled, accepted, rejected, lapsed, unstood = (
        world.invited(f"{name}@example.com", at=world.now - timedelta(days=8 if name == "lapsed" else 0), by=by)
        for name, by in (("canceled", "owner"), ("acc", "owner"), ("rej", "owner"), ("lapsed", "owner"), ("u", "admin"))
    )
    invitations.cancel(session, world["owner"], canceled, world.now)
    for answer, name, one in ((invitations.accept, "acc", accepted), (invitations.reject, "rej", rejected)):
        answer(session, Actor(person(session, f"{name}@example.com", world.now).id), one, world.now)
    world.demote("admin", "member")
    cases = {
        "an unknown id": ("mia@example.com", NEVER),
        "no id at all": ("mia@example.com", "zzz"),
        "a NUL": ("mia@example.com", "%00"),
        "another address": ("noa@example.com", key),
        "another address with an account": ("owner@northwind.example.com", key),
        "no address": ("nope", key),
        "canceled": ("canceled@example.com", canceled),
        "accepted": ("acc@example.com", accepted),
        "rejected": ("rej@example.com", rejected),
        "lapsed": ("lapsed@example.com", lapsed),
        "nobody stands for it": ("u@example.com", unstood),
    }
    path = f"{PREFIX}/verify"
    details = {what: refused(verify(app, *pair), 404, path) for what, pair in cases.items()}
    assert len(set(details.values())) == 1, details
    assert verify(app, "mia@example.com", key).status_code == 200


@pytest.mark.sqlite
def test_a_closed_organization_has_nothing_to_verify(app, world):
    key = world.invited("mia@example.com")
    world.organization().deactivated_at = world.now
    world.session.commit()
    refused(verify(app, "mia@example.com", key), 404, f"{PREFIX}/verify")


@pytest.mark.sqlite
def test_credentials_and_origins_do_not_matter_to_verify_and_nothing_is_written(app, world):
    key = world.invited("mia@example.com")
    before = snapshot(app)
    for headers in ({"Authorization": "Bearer x"}, {"Cookie": "a=b", "Origin": "https://evil.example.com"}):
        assert verify(app, "mia@example.com", key, **headers).status_code == 200
    assert snapshot(app) == before


@pytest.mark.sqlite
def test_verify_is_limited(make_app, now):
    app = make_app(RATELIMIT_ENABLED=True)
    with app.app_context():
        build(db.session(), now)
    replies = [verify(app, "mia@example.com", NEVER) for _ in range(121)]
    assert {reply.status_code for reply in replies[:120]} == {404}
    refused(replies[120], 429, f"{PREFIX}/verify")
    assert 0 < int(replies[120].headers["Retry-After"]) <= 601
    with app.app_context():
        limiter.reset()


def test_pending_lists_ones_own_open_invitations_in_milliseconds(app, world, another, script):
    mia = person(world.session, "mia@example.com", world.now)
    one = world.invited("mia@example.com")
    two = another.invited("mia@example.com", another.offer("manager"), at=world.now + timedelta(seconds=1))
    world.invited("noa@example.com")
    lapsed = build(world.session, world.now, "Westwind").invited("mia@example.com", at=world.now - timedelta(days=8))
    caller = script(mia)
    reply = caller.get(f"{PREFIX}/pending?email=MIA@example.com")
    assert (reply.status_code, reply.mimetype) == (200, "application/json")
    assert [entry["id"] for entry in reply.json] == [str(two), str(one)]
    assert str(lapsed) not in reply.get_data(as_text=True)
    stored = world.invitation(one)
    assert reply.json[1] == {
        "id": str(one),
        "email": "mia@example.com",
        "organizationId": str(world.id),
        "organizationName": "Northwind",
        "organizationSlug": "northwind",
        "role": "member",
        "status": "pending",
        "expiresAt": round(stored.expires_at.timestamp() * 1000),
        "inviterId": str(world["owner"].user_id),
    }
    assert Script(app, Cookie=cookie_of(world, mia)).get(f"{PREFIX}/pending?email=mia@example.com").json == reply.json


@pytest.mark.sqlite
def test_a_token_for_one_organization_lists_only_invitations_to_it(world, another, script):
    mia = person(world.session, "mia@example.com", world.now)
    _put_in(world, mia)
    another.invited("mia@example.com")
    caller = script(mia, organization_id=world.id)
    assert caller.get(f"{PREFIX}/pending?email=mia@example.com").json == []


def _put_in(world, user):
    key = world.invited(user.email)
    invitations.accept(world.session, Actor(user.id), key, world.now)


@pytest.mark.sqlite
def test_pending_of_another_address_is_403_and_without_one_400(world, script):
    mia = person(world.session, "mia@example.com", world.now)
    caller, path = script(mia), f"{PREFIX}/pending"
    for query in ("", "?email="):
        assert "email" in refused(caller.get(path + query), 400, path)
    for address in ("owner@northwind.example.com", "nobody@example.com", "nope", "a%0d%0ab@example.com", "%00"):
        refused(caller.get(f"{path}?email={address}"), 403, path)


@pytest.mark.sqlite
def test_an_unverified_address_reads_no_invitations(world, script):
    mia = person(world.session, "mia@example.com", world.now, verified=False)
    world.invited("mia@example.com")
    refused(script(mia).get(f"{PREFIX}/pending?email=mia@example.com"), 403, f"{PREFIX}/pending")


@pytest.mark.sqlite
def test_pending_and_mail_status_need_credentials(app, world):
    for path in (f"{PREFIX}/pending", f"{PREFIX}/{NEVER}/email-status"):
        refused(Script(app).get(f"{path}?email=mia@example.com"), 401, path)
        refused(Script(app, Authorization="Bearer x", Cookie=cookie_of(world, "owner")).get(path), 401, path)


def test_mail_status_follows_the_delivery_record(app, world, script):
    key, caller = world.invited("mia@example.com"), script("manager")
    path = f"{PREFIX}/{key}/email-status"
    assert caller.get(path).json == {"emailSent": False}
    with app.app_context():
        run_once(db.session(), transport(app), clock.now())
    assert caller.get(path).json == {"emailSent": True}
    for status, said in (
        ("failed", {"emailSent": False, "error": "Email delivery failed"}),
        ("bounced", {"emailSent": False, "error": "Email delivery failed"}),
        ("dropped", {"emailSent": False}),
        ("sending", {"emailSent": False}),
    ):
        world.session.query(Message).update({"status": status})
        world.session.commit()
        assert caller.get(path).json == said


@pytest.mark.sqlite
def test_mail_status_is_that_of_the_newest_mail(world, script):
    key = world.invited("mia@example.com")
    world.session.query(Message).update({"status": "sent"})
    world.session.commit()
    invitations.resend(world.session, world["owner"], key, world.now + timedelta(seconds=1))
    assert script("owner").get(f"{PREFIX}/{key}/email-status").json == {"emailSent": False}


@pytest.mark.sqlite
def test_mail_status_is_for_who_may_invite_there(world, script):
    key = world.invited("mia@example.com")
    path = f"{PREFIX}/{key}/email-status"
    for who in ("billing_manager", "member"):
        refused(script(who).get(path), 403, path)
    for who in ("owner", "admin", "manager"):
        assert script(who).get(path).status_code == 200


@pytest.mark.sqlite
def test_mail_status_of_an_unknown_or_foreign_id_is_no_mail(world, another, script):
    key = world.invited("mia@example.com")
    world.session.query(Message).update({"status": "sent"})
    world.session.commit()
    stranger = script(another["owner"].user_id)
    for caller, one in ((stranger, key), (stranger, NEVER), (stranger, "zzz"), (script("member"), NEVER)):
        reply = caller.get(f"{PREFIX}/{one}/email-status")
        assert (reply.status_code, reply.json) == (200, {"emailSent": False})


@pytest.mark.sqlite
def test_somebody_who_was_removed_reads_no_mail_status(world, script):
    key, caller = world.invited("mia@example.com"), script("manager")
    world.session.query(Message).update({"status": "sent"})
    world.session.commit()
    memberships.remove(world.session, world["owner"], world.id, world["manager"].user_id, world.now)
    assert caller.get(f"{PREFIX}/{key}/email-status").json == {"emailSent": False}
