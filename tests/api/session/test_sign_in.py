"""Signing in and out, and the session behind the cookie."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import sessions
from portal.clock import rfc3339
from portal.models import Session
from tests.api.scripts import Script, cookie_of
from tests.world import PASSWORD

from .conftest import Caller, well

IN = "/sign-in/email"
USER = {"id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def cookie(reply):
    return reply.headers.get("Set-Cookie", "")


def value(reply):
    return cookie(reply).partition(";")[0]


def test_the_right_password_signs_in_and_the_cookie_is_not_in_the_reply(app, world, nobody):
    reply = nobody.raw("POST", IN, {"email": "Owner@Northwind.example.com", "password": PASSWORD})
    said = well(reply)
    assert said["redirect"] is False
    assert set(said["user"]) == USER
    assert said["user"]["emailVerified"] is True
    assert TIME.fullmatch(said["user"]["createdAt"])
    assert re.match(r"better-auth\.session_token=[\w-]{43};", cookie(reply))
    assert {"HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=604800"} <= set(cookie(reply).split("; "))
    assert value(reply).partition("=")[2] not in reply.get_data(as_text=True)
    mine = Caller(app, Cookie=value(reply)).get("/get-session")
    assert mine["session"]["token"] == mine["session"]["id"] == said["token"]


@pytest.mark.sqlite
def test_the_token_of_a_reply_signs_nobody_in(app, world, nobody):
    token = nobody.post(IN, email=world.email("owner"), password=PASSWORD)["token"]
    assert Caller(app, Cookie=f"better-auth.session_token={token}").get("/get-session") is None
    assert Caller(app, Authorization=f"Bearer {token}").unread("/organization/list") == "UNAUTHORIZED"


@pytest.mark.sqlite
def test_without_remember_me_the_cookie_ends_with_the_browser(world, nobody):
    body = {"email": world.email("owner"), "password": PASSWORD, "rememberMe": False}
    assert "Max-Age" not in cookie(nobody.raw("POST", IN, body))
    assert "Max-Age" in cookie(nobody.raw("POST", IN, body | {"rememberMe": True}))


def test_attack_22_unknown_address_wrong_password_and_no_address_are_the_same_bytes(world, nobody):
    tries = [
        (world.email("owner"), "wrong"), ("nobody@example.com", PASSWORD), ("not an address", PASSWORD),
        (world.email("owner"), "x" * 5000), ("x" * 9000, PASSWORD),
    ]  # fmt: skip
    replies = [nobody.raw("POST", IN, {"email": email, "password": password}) for email, password in tries]
    assert {(reply.status_code, reply.get_data()) for reply in replies} == {
        (401, b'{"code":"INVALID_EMAIL_OR_PASSWORD","message":"Invalid email or password"}')
    }
    assert not any(cookie(reply) for reply in replies)


@pytest.mark.sqlite
def test_attack_30_signing_in_again_ends_the_session_that_came_along(app, world):
    before = Caller(app, Cookie=cookie_of(world, "owner"))
    after = before.raw("POST", IN, {"email": world.email("owner"), "password": PASSWORD})
    assert before.get("/get-session") is None
    assert Caller(app, Cookie=value(after)).get("/get-session")["user"]["name"] == "Owner"


@pytest.mark.sqlite
def test_signing_out_ends_the_session_on_the_server(owner):
    reply = owner.raw("POST", "/sign-out", {})
    assert well(reply) == {"success": True}
    assert cookie(reply).startswith("better-auth.session_token=;")
    assert owner.get("/get-session") is None
    assert well(owner.raw("POST", "/sign-out", {})) == {"success": True}


@pytest.mark.sqlite
def test_a_session_tells_all_of_itself_and_is_stored_nowhere(world, at):
    reply = at("owner", User_Agent="curl/8").raw("GET", "/get-session")
    said = well(reply)["session"]
    assert reply.headers["Cache-Control"] == "no-store"
    assert set(said) == {
        "id", "userId", "token", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent",
        "activeOrganizationId", "activeTeamId",
    }  # fmt: skip
    assert said["userId"] == str(world["owner"].user_id)
    assert said["activeOrganizationId"] is said["activeTeamId"] is None


@pytest.mark.sqlite
def test_without_a_session_there_is_none(app, world, nobody):
    assert nobody.get("/get-session") is None
    forged = Caller(app, Cookie="better-auth.session_token=" + "A" * 43)
    assert forged.get("/get-session") is None
    assert forged.unread("/organization/list") == "UNAUTHORIZED"


@pytest.mark.sqlite
def test_authorization_means_that_the_cookie_is_ignored(owner):
    assert owner.get("/organization/list")
    for given in ("Bearer x", "Basic eDp5", ""):
        reply = owner.raw("GET", "/organization/list", Authorization=given)
        assert (reply.status_code, reply.json["code"]) == (401, "UNAUTHORIZED")
        assert well(owner.raw("GET", "/get-session", Authorization=given)) is None


@pytest.mark.sqlite
def test_a_session_of_a_closed_account_is_none(world, at):
    mine = at("member")
    world.user("member").deactivated_at = world.now
    world.session.commit()
    assert mine.get("/get-session") is None


@pytest.mark.sqlite
def test_over_https_the_cookie_is_secure_and_the_plain_name_is_for_scripts_only(make_app):
    from portal import accounts, clock, passwords
    from portal.extensions import db

    app = make_app(PUBLIC_URL="https://invite.example.com", MAIL_CAPTURE=False)
    with app.app_context():
        accounts.create(db.session(), "ann@example.com", "Ann", passwords.accepted(PASSWORD), clock.now())
        db.session.remove()
    reply = Caller(app).raw("POST", IN, {"email": "ann@example.com", "password": PASSWORD})
    assert cookie(reply).startswith("__Secure-better-auth.session_token=")
    assert "Secure" in cookie(reply).split("; ")
    token = value(reply).partition("=")[2]
    plain = Script(app, Cookie=f"better-auth.session_token={token}")
    assert plain.get("/api/auth/get-session").json["user"]["name"] == "Ann"
    assert plain.get("/api/auth/get-session", Origin="https://invite.example.com").json is None
    both = Script(app, Cookie=f"better-auth.session_token={token}; __Secure-better-auth.session_token=x")
    assert both.get("/api/auth/get-session").json is None


@pytest.mark.sqlite
def test_an_ended_session_is_none(world, at):
    mine = at("owner")
    sessions.end_all(world.session, world["owner"].user_id)
    assert mine.get("/get-session") is None
    assert mine.refused("/organization/create", name="N", slug="nn") == "UNAUTHORIZED"


@pytest.mark.sqlite
def test_a_session_that_a_question_renewed_is_told_as_renewed(app, world, owner):
    row = world.session.scalars(select(Session).where(Session.user_id == world["owner"].user_id)).one()
    row.renewed_at -= timedelta(days=2)
    row.expires_at -= timedelta(days=2)
    world.session.commit()
    before = rfc3339(row.expires_at)
    assert owner.get("/get-session")["session"]["expiresAt"] > before
