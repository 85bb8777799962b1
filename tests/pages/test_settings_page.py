"""The settings page: saving, looking at the mail, former addresses, the end and the way back."""

import pytest

from portal import settings

from .deeds import SETTINGS

pytestmark = pytest.mark.sqlite


def test_everything_is_saved_at_once_and_shown_again(world, at):
    sent = {
        **SETTINGS, "name": "Northwind Traders", "invitation_lifetime": "36", "unit": "hours", "seat_limit": "50",
        "allowed_domains": "example.com\nexample.org", "invite_from": "admin", "default_role": "manager",
        "reply_to": "people@example.com", "remind_halfway": "y",
    }  # fmt: skip
    page = at("admin").send("/o/northwind/settings", sent)
    assert "The settings were saved." in page.text
    now = world.organization()
    assert (now.name, now.invitation_lifetime, now.seat_limit) == ("Northwind Traders", 36 * 3600, 50)
    assert (now.domains, now.invite_from, now.default_role) == (["example.com", "example.org"], "admin", "manager")
    assert (now.reply_to, now.remind_halfway, now.remind_last_day) == ("people@example.com", True, False)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"invitation_lifetime": "0"}, "hour"), ({"invitation_lifetime": "366"}, "365"),
        ({"invitation_lifetime": "soon"}, "hour"), ({"seat_limit": "3"}, "in use"),
        ({"seat_limit": "few"}, "whole number"),
        ({"slug": "-"}, "small letters"), ({"name": " "}, "name"), ({"reply_to": "nobody"}, "not an e-mail address"),
        ({"allowed_domains": "a b@c"}, "is not a domain"), ({"default_role": "boss"}, "no role"),
        ({"invite_from": "member"}, "no role"), ({"mail_paragraph": "x" * 2001}, "longer than 2000"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_nothing_is_saved(world, at, everything, wrong, said):
    browser = at("owner")
    assert browser.token
    before = everything()
    page = browser.send("/o/northwind/settings", {**SETTINGS, "mail_paragraph": "New", **wrong})
    assert page.status == 422
    assert said in page.text
    assert everything() == before


def test_the_mail_is_looked_at_without_saving(world, at, everything):
    browser = at("owner")
    assert browser.token
    before = everything()
    page = browser.send("/o/northwind/settings", {**SETTINGS, "mail_paragraph": "Bring <b>cake</b>.", "preview": "1"})
    assert page.status == 200
    assert "Bring <b>cake</b>." in page.text
    assert everything() == before


def test_the_mail_says_the_paragraph_and_answers_go_where_it_was_set(world, mails):
    said = {"mail_paragraph": "Bring <b>cake</b>.", "reply_to": "people@example.com"}
    settings.change(world.session, world["owner"], world.id, said, world.now)
    world.invited("ann@example.com")
    mail = mails("ann@example.com")[-1]
    assert mail["Reply-To"] == "people@example.com"
    assert "Bring <b>cake</b>." in mail.get_body(("plain",)).get_content()
    assert "Bring &lt;b&gt;cake&lt;/b&gt;." in mail.get_body(("html",)).get_content()


def test_an_address_with_a_former_slug_leads_on_with_its_method(world, at):
    browser = at("owner")
    browser.send("/o/northwind/settings", {**SETTINGS, "slug": "north"})
    reply = browser.client.get("/o/northwind/invitations?state=pending")
    assert (reply.status_code, reply.location) == (308, "/o/north/invitations?state=pending")
    assert browser.client.get("/o/northwind/").location == "/o/north/"
    assert at("member").open("/o/northwind/members").status == 200


def test_who_may_invite_and_the_role_it_begins_with_show_where_one_invites(world, at):
    settings.change(
        world.session, world["owner"], world.id, {"invite_from": "admin", "default_role": "admin"}, world.now
    )
    assert at("manager").client.get("/o/northwind/invitations/new").status_code == 403
    assert "Invite people" not in at("manager").open("/o/northwind/members").text
    assert 'value="admin" checked' in at("admin").client.get("/o/northwind/invitations/new").text


def test_deleting_and_having_it_back(world, at):
    browser = at("owner")
    assert browser.open("/o/northwind/settings/delete").press("Delete", typed="Southwind").status == 422
    page = browser.open("/o/northwind/settings/delete").press("Delete", typed="Northwind")
    assert "gone for good on" in page.text
    assert browser.client.get("/o/northwind/").status_code == 403
    assert page.press("Open again").heading == "Northwind"


def test_deactivating_and_opening_again(world, at):
    browser = at("owner")
    page = browser.open("/o/northwind/settings/deactivate").press("Deactivate")
    assert "Deactivated" in page.text
    assert page.press("Open again").heading == "Northwind"
