"""Signing up: closed unless the operator opens it, and then without telling which address is taken."""

import pytest

from portal import accounts, clock, passwords
from portal.delivery.smtp import captured, transport
from portal.extensions import db
from portal.worker import run_once

from .conftest import Caller, well

UP = "/sign-up/email"
PASSWORD = "a long enough phrase"
ANN = {"name": "Ann", "email": "ann@example.com", "password": PASSWORD}


@pytest.fixture
def opened(make_app):
    """A portal where anyone may sign up, with an account that is proved; and whoever calls it."""

    def make(**given):
        app = make_app(SIGN_UP="open", **given)
        with app.app_context():
            accounts.create(
                db.session(), "bea@example.com", "Bea", passwords.accepted(PASSWORD), clock.now(), verified=True
            )
            db.session.remove()
        return app, Caller(app)

    return make


def mails(app):
    """All mails so far, as their text, by recipient."""
    with app.app_context():
        while run_once(db.session(), transport(app), clock.now()):
            pass
        db.session.remove()
        return [file.read_text() for file in sorted(captured(app).glob("*.eml"))]


@pytest.mark.sqlite
@pytest.mark.parametrize("address", ["ann@example.com", "invited@example.com", "owner@northwind.example.com", "no"])
def test_it_is_closed_unless_opened_whether_or_not_the_address_is_invited(world, nobody, address):
    world.invited("invited@example.com")
    said = nobody.raw("POST", UP, ANN | {"email": address})
    assert said.json["code"] == "EMAIL_PASSWORD_SIGN_UP_DISABLED"
    assert said.status_code == 400


def test_attack_22_a_taken_address_answers_like_a_free_one(opened):
    app, caller = opened()
    free, taken = (well(caller.raw("POST", UP, ANN | {"email": f"{who}@example.com"})) for who in ("ann", "bea"))
    assert free["token"] is taken["token"] is None
    assert set(free["user"]) == set(taken["user"])
    for said in (free, taken):
        assert said["user"]["name"] == "Ann"
        assert said["user"]["emailVerified"] is False
        assert said["user"]["createdAt"] == said["user"]["updatedAt"]
    with app.app_context():
        assert str(accounts.by_address(db.session(), "bea@example.com").id) != taken["user"]["id"]
        assert str(accounts.by_address(db.session(), "ann@example.com").id) == free["user"]["id"]
        assert accounts.by_address(db.session(), "bea@example.com").name == "Bea"
        db.session.remove()


def test_attack_22_signing_in_afterwards_tells_nothing_either(opened):
    _, caller = opened()
    replies = set()
    for who in ("ann", "bea"):
        caller.post(UP, name="Eve", email=f"{who}@example.com", password="the phrase of an attacker")
        tried = caller.raw(
            "POST", "/sign-in/email", {"email": f"{who}@example.com", "password": "the phrase of an attacker"}
        )
        replies.add((tried.status_code, tried.get_data()))
    assert len(replies) == 1


def test_the_owner_of_the_address_is_told_by_mail(opened):
    app, caller = opened()
    for who in ("ann", "bea"):
        caller.post(UP, **ANN | {"email": f"{who}@example.com"})
    to_ann, to_bea = sorted(mails(app), key=lambda mail: "To: bea" in mail)
    assert "/verify/" in to_ann.replace("=\n", "")
    assert "/verify/" not in to_bea.replace("=\n", "")
    assert "/sign-in" in to_bea
    assert "account already" in to_bea


def test_asking_twice_mails_the_link_again_and_keeps_the_first_account(opened):
    app, caller = opened()
    first, second = caller.post(UP, **ANN), caller.post(UP, **ANN | {"name": "Eve"})
    assert first["user"]["id"] != second["user"]["id"]
    assert len(mails(app)) == 2
    with app.app_context():
        assert accounts.by_address(db.session(), "ann@example.com").name == "Ann"
        db.session.remove()


def test_where_addresses_need_not_be_verified_the_account_is_signed_in_at_once(opened):
    app, caller = opened(SIGN_UP_VERIFY=False)
    reply = caller.raw("POST", UP, ANN)
    said = well(reply)
    cookie = reply.headers["Set-Cookie"].partition(";")[0]
    mine = Caller(app, Cookie=cookie).get("/get-session")
    assert mine["session"]["id"] == said["token"]
    assert mine["user"]["emailVerified"] is False
    taken = caller.raw("POST", UP, ANN)
    assert (taken.status_code, taken.json["code"]) == (422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
    assert "Set-Cookie" not in taken.headers
    signed_in = Caller(app, Cookie=cookie)
    assert signed_in.unread("/organization/list-user-invitations") == "EMAIL_VERIFICATION_REQUIRED_FOR_INVITATION"


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"email": "no"}, "INVALID_EMAIL"),
        ({"email": "a@example.com\r\nBcc: b@example.com"}, "INVALID_EMAIL"),
        ({"password": "short"}, "PASSWORD_TOO_SHORT"),
        ({"password": "x" * 129}, "PASSWORD_TOO_LONG"),
        ({"password": "password"}, "PASSWORD_TOO_COMMON"),
        ({"name": " \0 "}, "VALIDATION_ERROR"),
        ({"name": 1}, "VALIDATION_ERROR"),
        ({"password": None}, "VALIDATION_ERROR"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(opened, verify, given, code):
    app, caller = opened(SIGN_UP_VERIFY=verify)
    assert caller.refused(UP, **ANN | given) == code
    with app.app_context():
        assert accounts.by_address(db.session(), "ann@example.com") is None
        db.session.remove()


def test_attack_28_an_account_cannot_verify_itself(opened):
    app, caller = opened()
    caller.post(UP, **ANN, emailVerified=True, verified_at="2026-01-01T00:00:00.000Z")
    with app.app_context():
        assert not accounts.by_address(db.session(), "ann@example.com").is_verified
        db.session.remove()


def test_asking_for_an_account_passes_over_one_that_is_there(world):
    for _ in range(2):
        accounts.ask_account(world.session, "Ann@example.com", "Ann", PASSWORD, world.now)
        accounts.ask_account(world.session, world.email("owner"), "Eve", PASSWORD, world.now)
    ann = accounts.by_address(world.session, "ann@example.com")
    assert (ann.password_hash, ann.verified_at) == (None, None)
    assert world.user("owner").name == "Owner"
    assert [mail.recipient for mail in world.mails("sign_up")] == ["ann@example.com", world.email("owner")] * 2
