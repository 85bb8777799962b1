"""A form without its token changes nothing; neither does reading, however often and in whatever way."""

from datetime import timedelta

import pytest

from portal import clock
from tests.test_routes import is_page

from .deeds import Deeds

pytestmark = pytest.mark.sqlite
POSTED = [
    "sign_up.show",
    "entering.show", "second_step.begin", "second_step.codes", "second_step.demand", "second_step.off",
    "second_step.show",
    "providers.confirm", "providers.disconnect",
    "mailed.ask", "mailed.show",
    "confirm.show", "profile.address", "profile.confirm_address", "profile.delete", "profile.edit",
    "account.accept", "account.decline", "account.end_session", "account.end_sessions", "account.show",
    "entry.ask_verification", "entry.forgot", "entry.reset", "entry.sign_in", "entry.sign_out", "entry.verify",
    "invitations.edit", "invitations.new", "invitations.new_link", "invitations.remind", "invitations.resend",
    "invitations.revoke",
    "imports.index", "imports.start", "imports.stop", "inbox.approve", "inbox.decline",
    "mail_stops.lift",
    "join.ask", "join.decline", "join.mail", "join.show", "join.switch",
    "settings.deactivate", "settings.delete", "settings.reopen", "settings.show",
    "members.remove", "members.show", "members.transfer", "places.delete", "places.index", "places.rename",
    "places.show",
    "places.change_member",
    "preferences.language",
    "selected.resend", "selected.revoke",
    "tokens.index", "tokens.revoke",
]  # fmt: skip


WITHOUT_A_FORM = ["unsubscribe.stop"]  # RFC 8058: the token in its address is the proof; it has tests of its own
NOTHING = {"preferences.look", "invitations.check"}  # what they keep is with the browser alone, or nowhere


@pytest.fixture
def deeds(app, world, at, stranger, account, link, mails, monkeypatch):
    monkeypatch.setitem(app.config, "SIGN_UP", "open")
    return Deeds(world, at, stranger, account, link, mails)


def posted(app):
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods]
    return sorted(rule.endpoint for rule in rules if is_page(app, rule.endpoint) and rule.endpoint not in NOTHING)


def test_every_posted_endpoint_is_tried(app):
    assert posted(app) == sorted([*POSTED, *WITHOUT_A_FORM])


@pytest.mark.parametrize("endpoint", POSTED)
def test_a_form_without_its_token_changes_nothing(deeds, stranger, everything, endpoint):
    deed = deeds(endpoint)
    foreign = stranger().token
    before = everything()
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": foreign}):
        assert deed.browser.post(deed.path, deed.data | token).status in (200, 410, 422)
    assert everything() == before
    assert deed.browser.send(deed.path, deed.data).status == 200
    assert everything() != before


@pytest.mark.parametrize("endpoint", POSTED)
def test_attack_8_reading_where_one_could_post_changes_nothing(deeds, everything, endpoint):
    deed = deeds(endpoint)
    before = everything()
    for method in ("get", "head", "options"):
        getattr(deed.browser.client, method)(deed.path, query_string=deed.data)
    assert everything() == before


READ = [
    "", "account", "account/profile", "account/address", "account/data", "account/second-step", "account/providers",
    "second-step", "closed", "account/delete", "confirm", "new-address",
    "invitations", "sign-in", "sign-in/mail", "mailed-sign-in", "forgot", "join", "verify", "reset", "dev/mail",
]  # fmt: skip
INSIDE = [
    "", "inbox", "invitations", "invitations/new", "invitations?state=pending&q=a", "members", "sites", "teams",
    "projects",
    "invitations/{ann}", "invitations/{ann}/edit", "invitations/{ann}/link", "invitations/{ann}/revoke",
    "settings", "mail-stops", "history", "history?kind=member", "history/export.csv",
    "insights", "insights?weeks=26", "insights?since=2026-01-01", "insights/expired",
    "settings/deactivate", "settings/delete",
    "members/{member}", "members/{member}/remove", "members/{member}/transfer", "sites/{site}", "members?q=a",
    "sites/{site}/rename", "sites/{site}/delete",
]  # fmt: skip


@pytest.mark.parametrize("who", ["owner", "member", None])
def test_attack_8_reading_any_page_changes_nothing(world, at, stranger, everything, who):
    named = {"ann": world.invited("ann@example.com"), "member": world["member"].user_id, "site": world.sites[0]}
    browser = at(who) if who else stranger()
    before = everything()
    for path in [f"/{path}" for path in READ] + [f"/o/northwind/{path.format(**named)}" for path in INSIDE]:
        for method in ("get", "head", "options"):
            assert getattr(browser.client, method)(path).status_code < 500, path
    assert everything() == before


def test_attack_8_a_link_opened_fifty_times_notes_the_first_look_and_nothing_else(world, stranger, link, everything):
    path = link(world.invited("ann@example.com"))
    browser, before = stranger(), everything()
    browser.open(path)
    viewed = everything()
    assert {table for table in viewed if viewed[table] != before[table]} == {"invitations", "events"}
    assert len(viewed["events"]) == len(before["events"]) + 1
    for _ in range(50):
        for method in ("get", "head", "options"):
            for asked in (path, "/join"):
                getattr(browser.client, method)(asked)
    assert everything() == viewed
    assert browser.client.get_cookie("better-auth.session_token") is None
    assert browser.open("/").heading == "Sign in"


def test_a_session_in_use_is_renewed_once_a_day_and_that_is_all(world, at, everything, monkeypatch):
    browser, before = at("owner"), everything()
    tomorrow = clock.now() + timedelta(days=1, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    assert browser.open("/o/northwind/").status == 200
    renewed = everything()
    assert {table for table in renewed if renewed[table] != before[table]} == {"sessions"}
    browser.open("/o/northwind/")
    assert everything() == renewed
