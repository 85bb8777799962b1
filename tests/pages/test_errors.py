"""What went wrong is a page with a way on; every answer carries its headers."""

import pytest

from portal import invitations
from tests.world import PASSWORD

from .reading import Browser

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize(
    "path", ["/nowhere", "/o/nowhere/", "/o/Northwind/", "/o/northwind/nowhere", "/o/northwind/sites/"]
)
def test_an_address_that_is_none_is_404_with_a_way_on(at, stranger, path):
    page = at("owner").open(path)
    assert page.status == 404
    assert page.browser.open("/").heading == "Northwind"
    assert set(page.links) & {"Sign in", "Go to the overview"}
    assert stranger().open(path).status in (200, 404)


@pytest.mark.parametrize("path", ["/sign-out", "/o/northwind/invitations/00000000-0000-7000-8000-000000000000/resend"])
def test_an_address_that_only_takes_forms_is_405_and_says_what_it_takes(at, path):
    page = at("owner").open(path)
    assert (page.status, page.heading) == (405, "This address is not for that.")
    assert "POST" in page.response.headers["Allow"]
    assert "Go to the overview" in page.links


@pytest.mark.parametrize("path", ["/sign-in", "/forgot", "/o/northwind/invitations/new"])
def test_too_large_a_form_is_413(at, stranger, path):
    browser = at("owner") if path.startswith("/o/") else stranger()
    page = browser.post(path, {"people": "x" * 1_100_000})
    assert (page.status, page.heading) == (413, "That was too much at once.")


def test_a_form_of_two_thousand_addresses_is_taken(world, at):
    people = "\n".join(f"person{number}@example.com" for number in range(2_000))
    page = at("owner").open("/o/northwind/invitations/new").press("Send invitations", people=people)
    assert page.said == "✓ 2000 invitations are on their way."


@pytest.fixture
def limited(make_app):
    """A browser of a portal that limits."""
    app = make_app(RATELIMIT_ENABLED=True)
    app.config["WTF_CSRF_ENABLED"] = True
    return Browser(app.test_client())


@pytest.mark.parametrize(
    ("path", "data", "times", "named"),
    [
        ("/sign-in", {"email": "ann@example.com"}, 10, "failed sign-ins for this address, 10 in 15 minutes"),
        ("/forgot", {"email": "ann@example.com"}, 5, "mails for a new password to this address, 5 an hour"),
        ("/reset", {"password": "x"}, 60, "mails asked for from your network, 60 an hour"),
        ("/join", {"version": "1"}, 120, "answers to invitations from your network, 120 in 10 minutes"),
    ],
)  # fmt: skip
def test_one_too_many_is_429_with_the_limits_name_and_when_to_try_again(limited, path, data, times, named):
    token = limited.token
    for _ in range(times):
        assert limited.client.post(path, data=data | {"csrf_token": token}).status_code != 429
    page = limited.post(path, data)
    assert (page.status, page.heading) == (429, f"Too many tries: {named}.")
    assert 0 < int(page.response.headers["Retry-After"]) <= 3601
    assert "Try again in " in page.text
    assert limited.open(path).status != 429


def test_signing_in_well_uses_up_no_try_and_another_spelling_is_no_other_chance(limited):
    for number in range(10):
        address = ("ann@example.com", " ANN@example.com", "ann@Example.com.")[number % 3]
        limited.send("/sign-in", {"email": address, "password": "x"})
    assert limited.send("/sign-in", {"email": "Ann@EXAMPLE.com", "password": "x"}).status == 429
    assert limited.send("/sign-in", {"email": "bob@example.com", "password": "x"}).status == 401


def test_a_fault_of_ours_is_500_without_its_inside(at, monkeypatch, capsys):
    def broken(*_, **__):
        raise RuntimeError("secret inside")

    monkeypatch.setattr(invitations, "page", broken)
    page = at("owner").open("/o/northwind/invitations")
    assert (page.status, page.heading) == (500, "Something broke on our side.")
    assert "secret" not in page.html
    assert "secret inside" in capsys.readouterr().err
    assert page.follow("Start again").heading == "Northwind"


PATHS = ["/sign-in", "/", "/o/northwind/", "/account", "/join", "/nowhere", "/static/base.css", "/dev/mail", "/reset"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("who", ["owner", None])
def test_every_answer_carries_the_headers(at, stranger, path, who):
    with (at(who) if who else stranger()).client.get(path) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; img-src 'self' data:;")
    assert "unsafe" not in policy
    for part in ("object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'self'"):
        assert part in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert (headers["Cache-Control"] == "no-store") == (not path.startswith("/static"))


def test_over_https_the_cookie_is_secure_and_the_browser_told_to_stay(make_app, sqlite_portal):
    from portal import clock
    from portal.extensions import db
    from tests.world import build

    app = make_app(PUBLIC_URL="https://invite.example.com", MAIL_CAPTURE=False)
    with app.app_context():
        build(db.session(), clock.now())
        db.session.remove()
    client = app.test_client()
    data = {"email": "owner@northwind.example.com", "password": PASSWORD}
    answer = client.post("/sign-in", data=data, base_url="https://invite.example.com")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Secure-better-auth.session_token=")
    assert "; Secure;" in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.sqlite
def test_flasks_own_cookie_holds_nothing_about_who_is_signed_in(world, app):
    client = app.test_client()
    client.get("/sign-in")
    with client.session_transaction() as kept:
        kept["csrf_token"] = "abc"
    client.get("/account")
    with client.session_transaction() as kept:
        assert set(kept) == {"csrf_token"}
