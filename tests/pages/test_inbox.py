"""The inbox: who waits for approval, who asks for a new link, one or several at once; and what the newcomer sees."""

from datetime import timedelta

import pytest

from portal.links import Kind
from tests.api.scripts import leave_open
from tests.world import PASSWORD

pytestmark = pytest.mark.sqlite
INBOX = "/o/northwind/inbox"
ANN, BOB = "ann@example.com", "bob@example.com"


def statuses(world, *keys):
    world.session.rollback()
    return [world.invitation(key).status for key in keys]


@pytest.fixture
def approving(world):
    world.set(approval=True)
    return world


def test_attack_7_a_newcomer_sees_that_they_wait_and_opens_nothing(approving, stranger, link):
    newcomer = stranger()
    page = newcomer.open(link(approving.invited(ANN))).press("Join Northwind", name="Ann", password="three other words")
    assert page.path == "/invitations"
    assert page.said == "✓ You have accepted. Northwind has to approve you first."
    assert "Until then you reach nothing there." in page.text
    for path in ("", "members", "sites", "invitations", "inbox"):
        assert newcomer.open(f"/o/northwind/{path}").status == 404
    assert newcomer.open("/").path == "/invitations"


def test_attack_7_accepting_ones_own_invitation_waits_and_opens_no_organization(approving, at, account):
    ann = account(ANN)
    approving.invited(ANN)
    page = at(ann).open("/invitations").press("Join Northwind")
    assert page.said == "✓ You have accepted. Northwind has to approve you first."
    assert approving.membership(ann.id) is None


def test_the_link_says_that_its_invitee_waits_and_to_others_that_it_was_used(world, at, stranger, link):
    key, ann = world.waits()
    page = at(ann.user_id).open(link(key))
    assert (page.status, page.heading) == (410, "You wait for approval")
    assert page.follow("See your invitations").path == "/invitations"
    assert stranger().open(link(key, Kind.COPIED)).heading == "This invitation was used"


def test_approving_one_lets_them_in_and_the_count_goes_down(world, at, mails):
    key, ann = world.waits()
    world.waits(BOB)
    page = at("admin").open(INBOX)
    assert "Inbox 2" in page.text
    assert page.said == ""
    page = page.browser.send(f"{INBOX}/approve", {"invitation": str(key)})
    assert (page.path, page.said) == (INBOX, "✓ 1 person is in now.")
    assert "Inbox 1" in page.text
    assert at(ann.user_id).open("/o/northwind/").status == 200
    assert [mail["Subject"] for mail in mails(ANN)][-1] == "You are in: Northwind"


def test_several_are_approved_and_declined_at_once(world, at):
    keys = [world.waits(f"p{number}@example.com")[0] for number in range(4)]
    browser = at("owner")
    page = browser.send(f"{INBOX}/approve", {"invitation": [str(key) for key in keys[:2]]})
    assert page.said == "✓ 2 people are in now."
    page = browser.send(f"{INBOX}/decline", {"invitation": [str(key) for key in keys[1:]]})
    assert page.heading == "Decline 2 people?"
    assert statuses(world, *keys) == ["accepted", "accepted", "waiting", "waiting"]
    page = page.press("Decline 2 people")
    assert (page.path, page.said) == (INBOX, "✓ 2 people were declined.")
    assert statuses(world, *keys) == ["accepted", "accepted", "canceled", "canceled"]


def test_what_cannot_be_done_holds_back_nothing_and_is_said(world, at):
    top, _ = world.waits("top@example.com", world.offer("owner"))
    key, _ = world.waits()
    page = at("admin").open(INBOX)
    assert "Only an owner can decide this." in page.text
    page = page.browser.send(f"{INBOX}/approve", {"invitation": [str(top), str(key)]})
    assert "1 person is in now." in page.said
    assert "Not done for top@example.com: You cannot act on a role above your own." in page.said
    assert statuses(world, top, key) == ["waiting", "accepted"]
    page = page.browser.send(f"{INBOX}/approve", {"invitation": str(key)})
    assert "Not done for ann@example.com: Nobody waits for approval with this invitation." in page.said


def test_declining_nobody_or_what_was_decided_leads_back(world, at):
    key, _ = world.waits()
    browser = at("owner")
    browser.send(f"{INBOX}/approve", {"invitation": str(key)})
    for sent in ({}, {"invitation": str(key)}):
        assert browser.send(f"{INBOX}/decline", sent).path == INBOX


def test_an_offer_that_nobody_stands_for_any_more_can_only_be_declined(world, at):
    world.waits(offer=world.offer("admin"), by="admin")
    world.demote("admin", "manager")
    page = at("owner").open(INBOX)
    assert "Whoever invited may no longer do so." in page.text
    assert f"Approve {ANN}" not in page.buttons
    assert f"Decline {ANN}" in page.buttons


def test_who_asks_for_a_new_link_gets_it_from_the_inbox(world, at, stranger, link):
    old = world.invited(ANN, at=world.now - timedelta(days=8))
    stranger().open(link(old)).press("Ask for a new invitation")
    page = at("manager").open(INBOX)
    assert "Inbox 1" in page.text
    page = page.browser.send("/o/northwind/invitations/selected/resend", page.fields(f"Send a new link {ANN}"))
    assert (page.path, page.said) == (INBOX, "✓ 1 invitation was sent again.")
    assert page.text.count(ANN) == 0
    assert stranger().open(link(old)).status == 200


def test_the_overview_points_to_what_waits(world, at):
    world.waits()
    page = at("admin").open("/o/northwind/")
    assert "1 person has accepted and waits for approval." in page.text
    assert page.follow("Open the inbox").path == INBOX
    assert "waits for approval" not in at("manager").open("/o/northwind/").text


def test_an_empty_inbox_says_how_approval_is_turned_on(world, at):
    page = at("owner").open(INBOX)
    assert "You can have them wait for approval in the settings." in page.text
    assert at("manager").open(INBOX).status == 200
    assert at("member").open(INBOX).status == 403
    assert "Inbox" not in at("member").open("/o/northwind/").text


def test_a_manager_sees_who_waits_in_the_list_alone(world, at):
    key, _ = world.waits()
    browser = at("manager")
    assert ANN not in browser.open(INBOX).text
    assert ANN in browser.open("/o/northwind/invitations?state=waiting").text
    page = browser.open(f"/o/northwind/invitations/{key}")
    assert "Waits for approval" in page.text
    assert not {"Send again", "Edit", "Revoke", "Approve"} & {*page.buttons, *page.links}


def test_the_page_of_an_invitation_that_waits_has_both_decisions(world, at):
    key, ann = world.waits()
    page = at("owner").open(f"/o/northwind/invitations/{key}").press("Approve")
    assert page.said == "✓ 1 person is in now."
    assert world.membership(ann.user_id)


def test_a_long_inbox_has_pages(world, at):
    for number in range(51):
        world.waits(f"p{number:02}@example.com")
    page = at("owner").open(INBOX)
    assert "p50@example.com" not in page.text
    page = page.follow("Further")
    assert "p50@example.com" in page.text
    assert page.follow("Back").address == INBOX


def test_the_setting_is_on_the_settings_page(world, at):
    page = at("owner").open("/o/northwind/settings").press("Save settings", approval="y")
    assert page.said == "✓ The settings were saved."
    world.session.rollback()
    assert world.organization().approval
    page = at("owner").open("/o/northwind/settings")
    assert page.fields("Save settings")["approval"] == ["y"]


def test_leaving_the_account_ends_the_waiting(world, at):
    key, ann = world.waits()
    at(ann.user_id).open("/account/delete").press("Delete my account", email=ANN)
    assert statuses(world, key) == ["canceled"]
    assert world.organization().waiting_count == 0


def test_before_somebody_becomes_an_owner_it_asks_again_who_lets_them_in(world, at):
    top, _ = world.waits("top@example.com", world.offer("owner"))
    key, _ = world.waits()
    browser = at("owner")
    leave_open(world)
    page = browser.send(f"{INBOX}/approve", {"invitation": [str(top), str(key)]})
    assert page.path == "/confirm"
    assert statuses(world, top, key) == ["waiting", "waiting"]
    assert browser.send(f"{INBOX}/approve", {"invitation": str(key)}).said == "✓ 1 person is in now."
    page = page.press("Go on", password=PASSWORD)
    assert page.path == INBOX
    browser.send(f"{INBOX}/approve", {"invitation": str(top)})
    assert statuses(world, top, key) == ["accepted", "accepted"]
