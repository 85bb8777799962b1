"""The invitations that wait for the signed-in person."""

from datetime import timedelta

import pytest

from tests.world import build

pytestmark = pytest.mark.sqlite


def test_what_waits_is_shown_in_full_and_accepted(world, at, account):
    world.invited("ann@example.com", world.full_offer())
    page = at(account("ann@example.com")).open("/invitations")
    assert "Owner invites you as member, until " in page.text
    assert "2 sites of 2" in page.text
    page = page.press("Join Northwind")
    assert (page.path, page.said) == ("/o/northwind/", "✓ Welcome to Northwind.")
    assert "Platform developer" in page.text
    world.check_counts()


def test_declining_asks_for_a_reason_and_tells_the_inviter(world, at, account, mails):
    ann = world.invited("ann@example.com")
    page = at(account("ann@example.com")).open("/invitations").follow("Decline")
    page = page.press("Decline", reason="Wrong\r\nperson")
    assert (page.said, page.text.count("Nothing waits for you")) == ("✓ You have declined.", 1)
    assert (world.invitation(ann).status, world.invitation(ann).reason) == ("rejected", "Wrong person")
    (mail,) = mails(world.email("owner"))
    assert "Wrong person" in mail.get_body(("plain",)).get_content()


def test_what_changed_since_is_shown_anew_and_nothing_is_accepted(world, at, account):
    ann = world.invited("ann@example.com")
    page = at(account("ann@example.com")).open("/invitations")
    edit = at("owner").open(f"/o/northwind/invitations/{ann}/edit")
    edit.press("Save changes", role="manager")
    page = page.press("Join Northwind")
    assert page.status == 409
    assert world.invitation(ann).status == "pending"


@pytest.mark.parametrize("change", ["lapsed", "closed", "revoked"])
def test_what_can_no_longer_be_accepted_is_not_shown(world, at, account, change):
    ann = world.invited("ann@example.com", at=world.now - timedelta(days=8 if change == "lapsed" else 0))
    if change == "closed":
        world.organization().deactivated_at = world.now
        world.session.commit()
    if change == "revoked":
        at("owner").open(f"/o/northwind/invitations/{ann}/revoke").press("Revoke the invitation")
    assert "Nothing waits for you" in at(account("ann@example.com")).open("/invitations").text


def test_a_stale_button_does_nothing(world, at, account, everything):
    world.invited("ann@example.com")
    page = at(account("ann@example.com")).open("/invitations")
    page.browser.client.delete_cookie("usher_form")
    before = everything()
    assert page.press("Join Northwind").path == "/invitations"
    assert everything() == before


def test_a_stale_button_says_so(world, at, everything):
    ann = world.invited("ann@example.com")
    page = at("owner").open(f"/o/northwind/invitations/{ann}")
    page.browser.client.delete_cookie("usher_form")
    before = everything()
    assert "That page had grown old" in page.press("Send again").said
    assert everything() == before


@pytest.mark.parametrize("way", ["accept", "decline"])
def test_attack_15_somebody_elses_invitation_reads_as_one_that_never_was(world, at, account, way):
    theirs = world.invited("ann@example.com")
    eve = at(account("eve@example.com"))
    never = eve.send(f"/invitations/00000000-0000-7000-8000-000000000000/{way}", {"version": "1"})
    there = eve.send(f"/invitations/{theirs}/{way}", {"version": "1"})
    assert (there.status, there.html) == (404, never.html)
    assert world.invitation(theirs).status == "pending"


def test_a_mark_on_every_page_counts_what_waits(world, at, account):
    for name in ("Eastwind", "Westwind"):
        build(world.session, world.now, name).invited("ann@example.com")
    browser = at(account("ann@example.com"))
    assert "2 invitations wait for you" in browser.open("/account").text
    browser.open("/invitations").press("Join Eastwind")
    assert "1 invitation waits for you" in browser.open("/o/eastwind/members").text
    browser.open("/invitations").press("Join Westwind")
    assert "waits for you" not in browser.open("/o/eastwind/members").text


def test_an_address_that_nobody_proved_is_told_of_nothing(world, at, account):
    world.invited("ann@example.com")
    assert "waits for you" not in at(account("ann@example.com", verified=False)).open("/account").text
