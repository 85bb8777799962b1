"""ATTACKS 25: how often each door may be tried, and what is said then."""

import pytest
from sqlalchemy import select

from portal import clock
from portal.extensions import db, limiter
from portal.identity import cookie_name
from portal.models import Invitation
from portal.sessions import start
from portal.tokens import create
from tests.world import PASSWORD, build

from .deeds import turned_on
from .reading import Browser

pytestmark = pytest.mark.sqlite
OWNER = "owner@northwind.example.com"


@pytest.fixture
def limited(make_app):
    """A portal with its limits on and Northwind in it."""
    app = make_app(RATELIMIT_ENABLED=True)
    app.config["WTF_CSRF_ENABLED"] = True
    with app.app_context():
        limiter.reset()
        yield app
        db.session.remove()


@pytest.fixture
def northwind(limited):
    return build(db.session(), clock.now())


@pytest.fixture
def here(limited, northwind):
    """Where the owner is signed in."""
    client = limited.test_client()
    client.set_cookie(cookie_name(), start(db.session(), northwind["owner"].user_id, clock.now()))
    return Browser(client)


DOORS = [
    ("/sign-in", {"email": OWNER, "password": "x"}, 10, 401), ("/forgot", {"email": OWNER}, 5, 200),
    ("/sign-in/mail", {"email": OWNER}, 5, 200), ("/verify/ask", {}, 5, 200), ("/confirm", {"password": "x"}, 10, 422),
    ("/account/address", {"email": "new@example.com"}, 3, 200),
]  # fmt: skip


@pytest.mark.parametrize(("path", "data", "times", "status"), DOORS)
def test_a_door_is_tried_so_often_and_then_it_says_when_again(northwind, here, path, data, times, status):
    if path in ("/sign-in", "/forgot", "/sign-in/mail"):
        here.client.delete_cookie(cookie_name())
    assert {here.send(path, data).status for _ in range(times)} == {status}
    page = here.send(path, data | ({"email": f" {data['email'].upper()}. "} if "email" in data else {}))
    assert (page.status, page.heading[:15]) == (429, "Too many tries:")
    assert int(page.response.headers["Retry-After"]) > 0
    assert "Try again in" in page.text


def test_codes_are_counted_by_person_whatever_the_browser(limited, northwind):
    codes = turned_on(northwind, northwind["owner"])
    for _ in range(10):
        browser = Browser(limited.test_client())
        browser.open("/sign-in").press("Sign in", email=OWNER, password=PASSWORD)
        assert browser.send("/second-step", {"code": "000000"}).status == 422
    browser = Browser(limited.test_client())
    browser.open("/sign-in").press("Sign in", email=OWNER, password=PASSWORD)
    assert browser.send("/second-step", {"code": codes[0]}).status == 429


def test_an_address_is_invited_so_often_however_often_it_is_revoked(limited, northwind, here):
    for number in range(10):
        spelled = ("ann@example.com", "Ann@Example.com", "ann@example.com.")[number % 3]
        page = here.open("/o/northwind/invitations/new").press("Send invitations", people=spelled)
        assert page.status == 200
        db.session.rollback()
        here.send(f"/o/northwind/invitations/{newest(northwind)}/revoke")
    data = {"people": "ann@example.com", "role": "member", "restricted": "all"}
    page = here.send("/o/northwind/invitations/new", data)
    assert (page.status, page.fields("Send invitations")["people"]) == (429, ["ann@example.com"])
    assert "10 an hour" in page.errors["people"]
    assert "Try again in" in page.errors["people"]
    page = here.send("/o/northwind/invitations/new", data | {"people": "ann@example.com, cid@example.com"})
    assert (page.status, page.fields("Send invitations")["people"]) == (200, ["ann@example.com"])
    assert "1 invitation is on its way" in page.text
    assert here.send("/o/northwind/invitations/new", data | {"people": "bob@example.com"}).status == 200
    _token, secret = create(db.session(), northwind["owner"], northwind["owner"].user_id, clock.now())
    sent = {"headers": {"Authorization": f"Bearer {secret}"}}
    calls = [
        (f"/api/v1/organizations/{northwind.id}/invitations", {"emails": ["ann@example.com"]}),
        (
            "/manage/api/invitations",
            {"organizationId": str(northwind.id), "role": "member", "emails": ["ann@example.com"]},
        ),
        (f"/organization/{northwind.id}/invite", {"email": "ann@example.com", "role": "member", "teamAssignments": []}),
    ]
    for path, body in calls:
        reply = limited.test_client().post(path, json=body, **sent)
        assert reply.status_code == 429, reply.text
        assert int(reply.headers["Retry-After"]) > 0
    reply = here.client.post(
        "/api/auth/organization/invite-member",
        json={"email": "ann@example.com", "role": "member", "organizationId": str(northwind.id)},
    )
    assert (reply.status_code, reply.json["code"]) == (429, "TOO_MANY_REQUESTS")


def newest(world):
    """The newest invitation's id."""
    return world.session.scalar(select(Invitation.id).order_by(Invitation.id.desc()).limit(1))
