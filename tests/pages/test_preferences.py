"""The reader's language and look: chosen with a button, by account, invitation, organization or browser."""

import gzip
import re

import pytest

from portal.models import User

pytestmark = pytest.mark.sqlite
ELSEWHERE = {"Accept-Language": "fr, ar;q=0.5"}


def opening(page):
    return re.search(r"<html[^>]*>", page.html)[0]


def test_a_look_is_chosen_and_unchosen(at):
    browser = at("owner")
    page = browser.open("/account").press("Dark", look="dark")
    assert page.path == "/account"
    assert 'data-look="dark"' in opening(page)
    assert "data-look" not in opening(page.press("As the system", look=""))


@pytest.mark.parametrize("name", ["look", "language"])
def test_what_is_not_offered_is_refused(stranger, name):
    assert stranger().send(f"/preferences/{name}", {name: "plaid"}).status == 400


def test_nobody_is_sent_elsewhere_after_choosing(stranger):
    assert stranger().send("/preferences/look", {"look": "dark", "back": "//evil.example"}).path == "/sign-in"


def test_a_signed_in_persons_language_is_the_accounts(world, at):
    browser = at("owner")
    browser.send("/preferences/language", {"language": "de"})
    assert world.session.get_one(User, world["owner"].user_id, populate_existing=True).language == "de"
    browser.client.delete_cookie("usher_language")
    assert 'lang="de"' in opening(browser.open("/account"))


def test_the_account_goes_before_the_invitation_the_organization_and_the_browser(world, at, stranger, link):
    world.limit(language="de")
    browser = stranger()
    assert 'lang="ar" dir="rtl"' in opening(browser.open("/sign-in", headers=ELSEWHERE))
    invitation_id = world.invited("ann@example.com", world.offer(language="de"))
    assert 'lang="de"' in opening(browser.open(link(invitation_id), headers=ELSEWHERE))
    owner = at("owner")
    assert 'lang="de"' in opening(owner.open(f"/o/{world.slug}/", headers=ELSEWHERE))
    owner.send("/preferences/language", {"language": "en"})
    assert 'lang="en"' in opening(owner.open(f"/o/{world.slug}/", headers=ELSEWHERE))


def test_a_static_file_is_named_by_what_is_in_it_and_kept_for_good(stranger):
    browser = stranger()
    address = re.search(r'href="(/static/base\.[0-9a-f]{10}\.css)"', browser.open("/sign-in").html)[1]
    get = browser.client.get
    plain, packed = get(address), get(address, headers={"Accept-Encoding": "gzip"})
    assert "immutable" in plain.headers["Cache-Control"]
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.data) == plain.data
    assert get(address, headers={"If-None-Match": plain.headers["ETag"]}).status_code == 304
    assert get("/static/base.css").headers["Cache-Control"] == "no-cache"
    for missing in ("base.0123456789.css", "../app.py", ""):
        assert get(f"/static/{missing}").status_code == 404
