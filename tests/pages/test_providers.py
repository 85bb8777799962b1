"""Signing in, joining and connecting with a provider, against a real one in a process of its own."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from sqlalchemy import func, select

from portal import clock, connections, providers
from portal.config import Provider
from portal.connections import Vouched
from portal.links import Kind
from portal.models import Connection, Session, User

from .deeds import digits, turned_on
from .reading import Browser, Page

pytestmark = pytest.mark.sqlite
ANN = "ann@example.com"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of a provider that lets anybody be anybody."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://localhost:{port}"
    for _ in range(200):
        try:
            requests.get(address, timeout=5)
            break
        except requests.ConnectionError:
            time.sleep(0.05)
    yield address
    process.terminate()
    process.wait(10)


@pytest.fixture
def app(app: Any, issuer: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The portal, with two providers that are one server, and one that is nowhere."""

    def made(name: str, **given: Any) -> Provider:
        common = {"name": name, "issuer": issuer, "client_id": name, "client_secret": "not a secret"}
        return Provider(**common | given)

    chosen = {
        "believed": made("Believed", trust_email=True), "doubted": made("Doubted"),
        "nowhere": made("Nowhere", issuer="http://127.0.0.1:1"),
    }  # fmt: skip
    monkeypatch.setitem(app.config, "PROVIDERS", chosen)
    before = app.extensions["providers"]
    providers.init_app(app)
    yield app
    app.extensions["providers"] = before


@pytest.fixture
def known(issuer: str) -> Callable[..., str]:
    """Makes somebody at the provider, with what it says of them; returns their subject."""

    def make(subject: str = "sub-1", **claims: Any) -> str:
        said = {"email": ANN, "email_verified": True, "name": "Ann Example"} | claims
        reply = requests.put(f"{issuer}/users/{subject}", json=said, timeout=5)
        assert reply.ok, reply.text
        return subject

    return make


def allowed(url: str, subject: str | None, **other: str) -> str:
    """Says yes at the provider as somebody, or no; returns where it sends the browser."""
    if other:
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()} | other
        url = parts._replace(query=urlencode(query)).geturl()
    answer = {"sub": subject} if subject else {"action": "deny"}
    reply = requests.post(url, data=answer, allow_redirects=False, timeout=5)
    assert reply.status_code == 302, reply.text
    location = reply.headers["Location"]
    assert location.startswith("http://127.0.0.1:8000/sign-in/with/")
    return location.removeprefix("http://127.0.0.1:8000")


def through(browser: Browser, path: str, subject: str | None, **other: str) -> Page:
    """To the provider and back."""
    reply = browser.client.get(path)
    assert reply.status_code == 302, reply.text
    return browser.open(allowed(reply.location, subject, **other))


def signs_in(browser: Browser, subject: str | None, provider: str = "believed", **other: str) -> Page:
    return through(browser, f"/sign-in/with/{provider}", subject, **other)


@pytest.mark.parametrize(
    ("listed", "trusted", "proved"),
    [
        ([{"email": ANN, "primary": True, "verified": True}], True, ANN),
        ([{"email": ANN, "primary": True, "verified": True}], False, None),
        ([{"email": ANN, "primary": True, "verified": False}], True, None),
        (
            [{"email": "eve@example.com", "primary": True, "verified": False}, {"email": ANN, "verified": True}],
            True,
            None,
        ),
        ([], True, None),
    ],
)
def test_github_proves_its_primary_address_where_it_is_verified_and_believed(monkeypatch, listed, trusted, proved):
    said = {"/user": {"id": 7, "login": "ann", "name": None, "email": "public@example.com"}, "/user/emails": listed}
    monkeypatch.setattr(providers, "_asked", lambda _c, _t, url: said[url.removeprefix("https://api.github.com")])
    given = {"name": "GitHub", "kind": "github", "client_id": "x", "client_secret": "x", "trust_email": trusted}
    vouched = providers._of_github("github", Provider(**given), None, None)
    assert (vouched.issuer, vouched.subject, vouched.address) == ("https://github.com", "7", proved)


def connect(world: Any, user: User, subject: str, issuer: str, provider: str = "believed") -> None:
    actor = type(world["owner"])(user.id)
    connections.connect(world.session, actor, Vouched(provider, issuer, subject, user.email), clock.now())


def rows(world: Any) -> tuple[int, int, int]:
    world.session.rollback()
    return tuple(world.session.scalar(select(func.count()).select_from(m)) for m in (User, Session, Connection))


def test_a_connected_account_signs_in_where_it_was_going(world, stranger, known, issuer):
    connect(world, world.user("owner"), known(), issuer)
    page = stranger().open("/o/northwind/members")
    page = through(page.browser, page.links["Sign in with Believed"], "sub-1")
    assert page.path == "/o/northwind/members"


def test_a_provider_does_not_go_around_the_second_step(world, stranger, known, issuer):
    connect(world, world.user("owner"), known(), issuer)
    turned_on(world, world["owner"])
    before = rows(world)
    page = signs_in(stranger(), "sub-1")
    assert (page.heading, page.browser.client.get_cookie("better-auth.session_token")) == ("The second step", None)
    assert rows(world) == before
    assert page.press("Sign in", code="000000").status == 422
    assert page.press("Sign in", code=digits(world, world["owner"])).heading == "Northwind"


def test_what_is_asked_of_a_provider_has_pkce_state_and_nonce(world, stranger):
    asked = parse_qs(urlsplit(stranger().client.get("/sign-in/with/believed").location).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert asked["redirect_uri"] == ["http://127.0.0.1:8000/sign-in/with/believed/back"]


def test_saying_no_at_the_provider_is_a_page_with_a_way_on(world, stranger):
    page = signs_in(stranger(), None)
    assert (page.status, page.heading) == (403, "Believed was not allowed to tell who you are.")
    assert page.follow("Sign in another way").path == "/sign-in"


@pytest.mark.parametrize("wrong", ["nonce", "state", "issuer", "discovery", "iss", "code", "other_browser", "nothing"])
def test_what_does_not_hold_is_a_page_with_a_way_on_and_signs_nobody_in(
    world, app, stranger, known, issuer, wrong, monkeypatch
):
    connect(world, world.user("owner"), known(), issuer)
    browser = stranger()
    location = browser.client.get("/sign-in/with/believed").location
    path = allowed(location, "sub-1", **({"nonce": "another"} if wrong == "nonce" else {}))
    client = app.extensions["providers"].create_client("believed")
    if wrong == "state":
        path = re.sub(r"state=[^&]+", "state=another", path)
    elif wrong == "code":
        path = re.sub(r"code=[^&]+", "code=another", path)
    elif wrong == "iss":
        path += "&iss=https://evil.example.com"
    elif wrong == "discovery":
        client.server_metadata["issuer"] = "https://evil.example.com"
    elif wrong == "issuer":
        evil = app.config["PROVIDERS"]["believed"].model_copy(update={"issuer": "https://evil.example.com"})
        monkeypatch.setitem(app.config["PROVIDERS"], "believed", evil)
        client.server_metadata["issuer"] = "https://evil.example.com"
    elif wrong == "other_browser":
        browser = stranger()
    elif wrong == "nothing":
        path = "/sign-in/with/believed/back"
    before = rows(world)
    page = browser.open(path)
    assert (page.status, page.heading) == (502, "Signing in with Believed did not work.")
    assert "Sign in another way" in page.links
    assert rows(world) == before
    assert browser.open("/").heading == "Sign in"


def test_an_answer_works_once(world, stranger, known, issuer):
    connect(world, world.user("owner"), known(), issuer)
    browser = stranger()
    path = allowed(browser.client.get("/sign-in/with/believed").location, "sub-1")
    assert browser.open(path).heading == "Northwind"
    browser.open("/").press("Sign out")
    assert browser.open(path).status == 502


def test_a_provider_that_is_not_there_is_a_page_with_a_way_on(world, stranger):
    page = stranger().open("/sign-in/with/nowhere")
    assert (page.status, page.heading) == (502, "Signing in with Nowhere did not work.")


def test_a_provider_that_was_never_set_is_not_found(world, stranger):
    assert [stranger().open(f"/sign-in/with/never{end}").status for end in ("", "/back")] == [404, 404]


@pytest.mark.parametrize("verified", [True, False])
def test_attack_11_a_provider_opens_no_account_that_is_there(world, stranger, known, account, verified):
    account(ANN, verified=verified)
    before = rows(world)
    page = signs_in(stranger(), known())
    assert (page.status, page.heading) == (403, f"{ANN} has an account here that is not connected yet.")
    assert rows(world) == before


def test_two_providers_with_one_address_are_each_connected_by_hand(world, at, stranger, known, account, issuer):
    ann = account(ANN)
    connect(world, ann, known("sub-1"), issuer)
    assert signs_in(stranger(), "sub-1").heading == "Invitations for you"
    assert signs_in(stranger(), known("sub-2")).status == 403
    page = through(at(ann), "/account/providers/believed/connect", "sub-2")
    page.press("Connect Believed")
    assert signs_in(stranger(), "sub-2").heading == "Invitations for you"


def test_an_address_that_changed_at_the_provider_changes_nothing_here(world, stranger, known, issuer):
    connect(world, world.user("owner"), known("sub-1", email="one@example.com"), issuer)
    known("sub-1", email=world.email("admin"))
    page = signs_in(stranger(), "sub-1").browser.open("/account")
    world.session.rollback()
    assert world.email("owner") in page.text
    assert world.session.scalar(select(Connection.email)) == world.email("admin")


def test_nobody_signs_up_with_a_provider_where_that_is_by_invitation(world, stranger, known):
    before = rows(world)
    page = signs_in(stranger(), known())
    assert (page.status, page.heading) == (403, "There is no account here for that one.")
    assert rows(world) == before


@pytest.mark.parametrize(
    ("provider", "claims", "opens"),
    [
        ("believed", {}, True), ("believed", {"email_verified": False}, False),
        ("believed", {"email_verified": "true"}, False), ("doubted", {}, False),
    ],
)  # fmt: skip
def test_only_a_proved_address_that_is_believed_opens_an_account(
    world, app, stranger, known, monkeypatch, provider, claims, opens
):
    monkeypatch.setitem(app.config, "SIGN_UP", "open")
    page = signs_in(stranger(), known(**claims), provider)
    assert (page.status == 200) == opens
    world.session.rollback()
    made = world.session.scalar(select(User).where(User.email == ANN))
    assert (made is not None and made.is_verified and made.password_hash is None) == opens


@pytest.mark.parametrize("kind", [Kind.MAILED, Kind.COPIED])
def test_joining_with_a_provider_needs_no_mailed_link(world, stranger, known, link, kind):
    page = stranger().open(link(world.invited(ANN), kind))
    page = through(page.browser, page.links["Join with Believed"], known())
    assert (page.path, page.heading) == ("/o/northwind/", "Northwind")
    world.session.rollback()
    ann = world.session.scalar(select(User).where(User.email == ANN))
    assert world.membership(ann.id)
    assert ann.is_verified


@pytest.mark.parametrize(
    ("provider", "claims"),
    [("doubted", {}), ("believed", {"email_verified": False}), ("believed", {"email": "eve@example.com"})],
)
def test_attack_6_joining_with_a_foreign_or_unproved_address_is_refused(world, stranger, known, link, provider, claims):
    page = stranger().open(link(world.invited(ANN), Kind.COPIED))
    before = rows(world)
    page = through(page.browser, f"/join/with/{provider}?version=1", known(**claims))
    assert (page.status, page.heading) == (403, "This invitation is for another address.")
    assert page.follow("Back to the invitation").path == "/join"
    assert rows(world) == before


def test_attack_9_joining_takes_over_an_account_that_nobody_had_proved(world, at, stranger, known, link, account):
    squatter = at(account(ANN, verified=False))
    page = stranger().open(link(world.invited(ANN)))
    assert through(page.browser, page.links["Join with Believed"], known()).heading == "Northwind"
    assert squatter.open("/account").heading == "Sign in"


def test_an_account_that_is_there_signs_in_before_it_joins(world, stranger, known, link, account, issuer):
    ann = account(ANN)
    page = stranger().open(link(world.invited(ANN)))
    assert through(page.browser, "/join/with/believed?version=1", known()).status == 403
    connect(world, ann, "sub-1", issuer)
    page = through(page.browser, "/join/with/believed?version=1", "sub-1")
    assert (page.path, page.buttons[0]) == ("/join", "Join Northwind")


def test_an_offer_that_changed_meanwhile_is_not_accepted_unread(world, stranger, known, link):
    page = stranger().open(link(world.invited(ANN)))
    through(page.browser, "/join/with/believed?version=7", known())
    world.session.rollback()
    assert world.session.scalar(select(User).where(User.email == ANN)) is None


def test_connecting_asks_once_more_and_names_both(world, at, stranger, known):
    owner = at("owner")
    page = through(owner, owner.open("/account/providers").links["Connect Believed"], known())
    assert ANN in page.text
    assert world.email("owner") in page.text
    assert signs_in(stranger(), "sub-1").status == 403
    assert page.press("Connect Believed").said == "✓ You can sign in with Believed now."
    assert signs_in(stranger(), "sub-1").heading == "Northwind"
    page = owner.open("/account/providers").press("Disconnect")
    assert page.said == "✓ It no longer signs you in."
    assert signs_in(stranger(), "sub-1").status == 403


def test_what_is_connected_to_one_account_is_not_connected_to_another(world, at, known, issuer):
    connect(world, world.user("admin"), known(), issuer)
    page = through(at("owner"), "/account/providers/believed/connect", "sub-1").press("Connect Believed")
    assert "connected here already" in page.said


def test_a_connection_that_another_person_began_is_not_confirmed(world, at, sign_in, known):
    browser = at("owner")
    through(browser, "/account/providers/believed/connect", known())
    sign_in(browser.client, world["admin"].user_id)
    assert browser.send("/account/providers/confirm").status == 404


def test_somebody_elses_connection_is_not_ended(world, at, known, issuer):
    connect(world, world.user("admin"), known(), issuer)
    key = world.session.scalar(select(Connection.id))
    assert at("owner").send(f"/account/providers/{key}/disconnect").status == 404


def test_attack_18_a_closed_account_is_none(world, stranger, known, issuer):
    connect(world, world.user("member"), known(), issuer)
    world.user("member").deactivated_at = world.now
    world.session.commit()
    assert signs_in(stranger(), "sub-1").heading == "There is no account here for that one."


@pytest.mark.parametrize("target", ["//evil.example.com", "https://evil.example.com"])
def test_attack_29_coming_back_leads_nowhere_else(world, stranger, known, issuer, target):
    connect(world, world.user("owner"), known(), issuer)
    page = through(stranger(), f"/sign-in/with/believed?{urlencode({'next': target})}", "sub-1")
    assert page.path == "/o/northwind/"


def test_attack_30_a_new_session_starts(world, at, known, issuer):
    connect(world, world.user("owner"), known(), issuer)
    browser = at("owner")
    before = browser.client.get_cookie("better-auth.session_token").value
    signs_in(browser, "sub-1")
    assert browser.client.get_cookie("better-auth.session_token").value != before
