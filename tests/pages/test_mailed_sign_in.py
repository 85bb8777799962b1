"""A mailed link that signs in: once, by its button, and never by being looked at."""

from datetime import timedelta

import pytest
import time_machine

from portal import accounts, clock
from tests.world import PASSWORD

from .conftest import link_in

COOKIE = "better-auth.session_token"


@pytest.fixture
def mailed(stranger, mails):
    """The path of the link that is mailed to an address."""

    def ask(email):
        stranger().open("/sign-in").follow("Mail me a link to sign in").press("Mail me the link", email=email)
        return link_in(mails(email)[-1])

    return ask


def test_a_mailed_link_signs_in_with_one_button(world, stranger, mailed):
    page = stranger().open(mailed(world.email("owner")))
    assert (page.path, page.heading) == ("/mailed-sign-in", "Sign in as owner@northwind.example.com?")
    assert page.press("Sign in").heading == "Northwind"


@pytest.mark.sqlite
def test_attack_8_a_scanner_that_opens_the_link_signs_nobody_in_and_leaves_it_working(
    world, stranger, mailed, everything
):
    path, scanner = mailed(world.email("owner")), stranger()
    before = everything()
    for _ in range(20):
        for method in ("get", "head", "options"):
            for asked in (path, "/mailed-sign-in"):
                getattr(scanner.client, method)(asked, follow_redirects=False)
    assert everything() == before
    assert scanner.client.get_cookie(COOKIE) is None
    assert stranger().open(path).press("Sign in").heading == "Northwind"


@pytest.mark.sqlite
def test_a_link_works_once_and_ends_those_mailed_before_it(world, stranger, mailed):
    first, second = mailed(world.email("owner")), mailed(world.email("owner"))
    waiting = stranger().open(second)
    assert stranger().open(second).press("Sign in").heading == "Northwind"
    assert waiting.press("Sign in").status == 404
    assert [stranger().open(path).status for path in (first, second)] == [404, 404]


@pytest.mark.sqlite
@pytest.mark.parametrize(("seconds", "status"), [(900, 200), (902, 404)])
def test_attack_18_a_link_lasts_a_quarter_of_an_hour(world, stranger, mailed, seconds, status):
    path = mailed(world.email("owner"))
    with time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=False):
        assert stranger().open(path).status == status


@pytest.mark.sqlite
def test_attack_18_a_closed_account_gets_no_link_and_its_old_one_is_dead(world, stranger, mailed, mails):
    path = mailed(world.email("member"))
    accounts.deactivate(world.session, world.user("member"), world["owner"], world.now)
    assert stranger().open(path).status == 404
    stranger().open("/sign-in/mail").press("Mail me the link", email=world.email("member"))
    assert len(mails(world.email("member"))) == 1


@pytest.mark.sqlite
def test_attack_22_an_unknown_address_is_answered_alike_and_gets_no_mail(world, stranger, mails):
    known, unknown = world.email("owner"), "nobody@northwind.example.com"
    pages = [stranger().open("/sign-in/mail").press("Mail me the link", email=email) for email in (known, unknown)]
    assert pages[0].text.replace(known, "") == pages[1].text.replace(unknown, "")
    assert mails(unknown) == []


def test_attack_9_a_link_takes_over_an_account_that_nobody_had_proved(account, at, stranger, mailed):
    squatter = at(account("ann@example.com", verified=False))
    page = stranger().open(mailed("ann@example.com")).press("Sign in")
    assert page.heading == "Invitations for you"
    assert squatter.open("/account").heading == "Sign in"
    assert stranger().open("/sign-in").press("Sign in", email="ann@example.com", password=PASSWORD).status == 401


@pytest.mark.sqlite
def test_attack_30_a_new_session_starts_and_the_old_one_of_the_browser_ends(world, stranger, mailed, at):
    browser = at("member")
    before = browser.client.get_cookie(COOKIE).value
    browser.open(mailed(world.email("member"))).press("Sign in")
    assert browser.client.get_cookie(COOKIE).value != before
    old = stranger()
    old.client.set_cookie(COOKIE, before)
    assert old.open("/account").heading == "Sign in"


def test_joining_without_a_password_leaves_signing_in_by_mail(world, stranger, link, mailed):
    page = stranger().open(link(world.invited("ann@example.com"))).press("Join Northwind", name="Ann")
    assert page.heading == "Northwind"
    assert stranger().open("/sign-in").press("Sign in", email="ann@example.com", password="").status == 401
    page = stranger().open(mailed("ann@example.com")).press("Sign in")
    assert page.heading == "Northwind"
    page = page.browser.open("/account").press("Set new password", password="a quite different phrase")
    assert page.said == "✓ Your new password is set. Every other session has ended."


@pytest.mark.sqlite
def test_a_first_password_asks_who_it_is_when_the_session_is_old(world, stranger, link, mailed):
    browser = stranger()
    browser.open(link(world.invited("ann@example.com"))).press("Join Northwind", name="Ann")
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        page = browser.open("/account").press("Set new password", password="a quite different phrase")
        assert page.heading == "Show that it is you"
        assert page.press("Mail me the link").heading == "Look into your mailbox"
