"""The second step: set up, asked for however somebody signs in, and demanded."""

from datetime import timedelta

import pytest

from portal import clock, second_steps
from tests.world import PASSWORD

from .conftest import link_in
from .deeds import NEW, digits, turned_on

pytestmark = pytest.mark.sqlite
COOKIE = "better-auth.session_token"


@pytest.fixture
def codes(world):
    """The owner's second step is on; the recovery codes."""
    return turned_on(world, world["owner"])


def first_step(stranger, world, browser=None):
    page = (browser or stranger()).open("/sign-in")
    return page.press("Sign in", email=world.email("owner"), password=PASSWORD)


def test_it_is_set_up_with_an_app_and_turned_off(world, at):
    page = at("owner").open("/account/second-step").press("Set it up")
    assert next(page.tree.all("img")).attrs["src"].startswith("data:image/svg+xml")
    assert page.press("Turn it on", code="000000").status == 422
    page = page.press("Turn it on", code=digits(world, world["owner"]))
    assert page.heading == "Your recovery codes"
    assert len(list(page.tree.all("li"))) == 10
    page = page.follow("I have kept them")
    assert "10 recovery codes are left." in page.text
    assert page.press("Make new recovery codes").heading == "Your recovery codes"
    assert at("owner").open("/account/second-step").press("Turn it off").said == "✓ The second step is off."
    assert not second_steps.is_on(world.session, world["owner"].user_id)


def test_a_password_alone_starts_no_session(world, stranger, codes):
    page = first_step(stranger, world)
    assert (page.path, page.heading) == ("/second-step", "The second step")
    assert page.browser.client.get_cookie(COOKIE) is None
    assert page.browser.open("/").heading == "Sign in"
    page = first_step(stranger, world, page.browser)
    assert page.press("Sign in", code="000000").status == 422
    assert page.press("Sign in", code=digits(world, world["owner"])).heading == "Northwind"


def test_it_leads_to_the_page_that_was_asked_for(world, stranger, codes):
    page = stranger().open("/o/northwind/members").press("Sign in", email=world.email("owner"), password=PASSWORD)
    assert page.press("Sign in", code=codes[0]).path == "/o/northwind/members"


def test_a_recovery_code_signs_in_once(world, stranger, codes):
    assert first_step(stranger, world).press("Sign in", code=codes[3]).heading == "Northwind"
    assert first_step(stranger, world).press("Sign in", code=codes[3]).status == 422


def test_a_mailed_link_and_a_new_password_ask_for_it_too(world, stranger, codes, mails):
    stranger().open("/sign-in/mail").press("Mail me the link", email=world.email("owner"))
    page = stranger().open(link_in(mails()[-1])).press("Sign in")
    assert (page.heading, page.browser.client.get_cookie(COOKIE)) == ("The second step", None)
    stranger().open("/forgot").press("Send me the link", email=world.email("owner"))
    page = stranger().open(link_in(mails()[-1])).press("Set this password", password=NEW)
    assert (page.heading, page.browser.client.get_cookie(COOKIE)) == ("The second step", None)


def test_the_session_dialect_does_not_go_around_it(world, app, codes):
    body = {"email": world.email("owner"), "password": PASSWORD}
    reply = app.test_client().post("/api/auth/sign-in/email", json=body)
    assert (reply.status_code, reply.json["code"]) == (403, "TWO_FACTOR_REQUIRED")
    assert "Set-Cookie" not in reply.headers


def test_a_first_step_dies_with_a_new_password(world, at, stranger, codes):
    page = first_step(stranger, world)
    at("owner").open("/account").press("Set new password", old=PASSWORD, password=NEW)
    assert page.press("Sign in", code=codes[0]).status == 404


@pytest.mark.parametrize("cookie", [None, "", "x", "WyJhIl0.x.y"])
def test_without_a_first_step_there_is_no_second(world, stranger, codes, cookie):
    browser = stranger()
    if cookie is not None:
        browser.client.set_cookie("usher_second_step", cookie, path="/second-step")
    assert browser.send("/second-step", {"code": codes[0]}).status == 404


def test_what_matters_asks_for_password_and_code(world, at, codes, monkeypatch):
    browser = at("owner")
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: later)
    page = browser.open("/account/second-step")
    assert page.heading == "Show that it is you"
    assert page.press("Go on", password=PASSWORD, code="000000").status == 422
    assert page.press("Go on", password="wrong", code=codes[0]).status == 422
    assert page.press("Go on", password=PASSWORD, code=codes[0]).heading == "Second step"


def test_an_organization_that_demands_it_leads_to_setting_it_up(world, at, codes):
    page = at("owner").open("/o/northwind/settings").follow("Demand a second step").press("Demand it")
    assert page.said == "✓ Everybody here needs a second step now."
    page = at("member").open("/o/northwind/members")
    assert page.path == "/account/second-step"
    assert page.said.startswith("! Northwind asks for a second step when signing in.")
    turned_on(world, world["member"])
    assert at("member").open("/o/northwind/members").status == 200
    at("owner").open("/o/northwind/settings").follow("Make the second step optional").press("Make it optional")
    assert at("manager").open("/o/northwind/members").status == 200


def test_who_has_none_cannot_demand_it_of_others(world, at):
    page = at("admin").open("/o/northwind/second-step")
    assert page.browser.send("/o/northwind/second-step").status == 403
    assert at("member").open("/o/northwind/").path == "/o/northwind/"
