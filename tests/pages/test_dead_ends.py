"""Every dead end of a link is a page with the next step as a button."""

import re
from datetime import timedelta

import pytest

from portal import clock, invitations, memberships
from portal.errors import NoSeatLeft
from portal.links import Kind
from tests.world import PASSWORD

pytestmark = pytest.mark.sqlite
NEW = "a quite different phrase"


def without_token(html):
    return re.sub(r'(name="csrf_token"[^>]*value=")[^"]+', r"\1", html)


@pytest.fixture
def ann(world):
    return world.invited("ann@example.com")


@pytest.mark.parametrize("path", ["/join", "/join/x", "/join/a.b.c", "/join/x/y", "/join/ask", "/join/mail"])
def test_an_unknown_link_says_so_and_leads_to_signing_in(world, stranger, at, path):
    page = stranger().open(path)
    assert (page.status, page.heading) == (404, "This link does not work")
    assert page.follow("Sign in").heading == "Sign in"
    assert at("owner").open(path).follow("Go to your organizations").heading == "Northwind"


def test_an_expired_invitation_is_asked_for_anew_once_a_day(world, stranger, link, mails, monkeypatch):
    old = world.invited("ann@example.com", at=world.now - timedelta(days=8))
    page = stranger().open(link(old))
    assert (page.status, page.heading) == (410, "This invitation has expired")
    assert page.press("Ask for a new invitation").heading == "Owner is told"
    assert len(mails(world.email("owner"))) == 1
    again = page.press("Ask for a new invitation")
    assert (again.status, again.heading) == (429, "You have asked already; the person who invited you was told.")
    assert len(mails(world.email("owner"))) == 1
    tomorrow = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    assert page.press("Ask for a new invitation").heading == "Owner is told"


def test_what_was_asked_for_is_renewed_and_the_same_link_works_again(world, stranger, link, at):
    old = world.invited("ann@example.com", at=world.now - timedelta(days=8))
    stranger().open(link(old)).press("Ask for a new invitation")
    page = at("owner").open("/o/northwind/").follow("Look at it")
    assert "The invitee asked for a new invitation." in page.text
    page.press("Send again")
    assert stranger().open(link(old)).heading == "Northwind"


def test_a_revoked_invitation_says_whom_to_ask(world, stranger, ann, link):
    invitations.cancel(world.session, world["owner"], ann, world.now)
    page = stranger().open(link(ann))
    assert (page.status, page.heading) == (410, "This invitation was revoked")
    assert "Ask Owner for a new one" in page.text
    assert page.follow("Sign in").status == 200


def test_a_declined_invitation_says_so(world, stranger, ann, link):
    stranger().open(link(ann)).follow("Decline").press("Decline")
    page = stranger().open(link(ann))
    assert (page.status, page.heading) == (410, "This invitation was declined")
    assert "Sign in" in page.links


def test_a_link_that_one_has_used_oneself_leads_in(world, stranger, ann, link):
    path = link(ann)
    browser = stranger().open(path).press("Join Northwind", name="Ann", password=NEW).browser
    page = browser.open(path)
    assert (page.status, page.heading) == (410, "You are in already")
    assert page.follow("Go to Northwind").path == "/o/northwind/"


def test_who_used_a_link_and_was_removed_since_is_not_led_in(world, stranger, ann, link):
    page = stranger().open(link(ann)).press("Join Northwind", name="Ann", password=NEW)
    world.session.rollback()
    joined = world.invitation(ann).accepted_by
    memberships.remove(world.session, world["owner"], world.id, joined, world.now)
    page = page.browser.open(link(ann))
    assert (page.status, page.heading, page.said) == (410, "You are no longer a member", "")
    assert page.follow("Go to your organizations").status == 200


def test_a_link_that_another_has_used_says_nothing_of_them(world, stranger, at, ann, link):
    path = link(ann)
    stranger().open(path).press("Join Northwind", name="Ann Lee", password=NEW)
    for page in (stranger().open(path), at("member").open(path)):
        assert page.heading == "This invitation was used"
        assert "Ann Lee" not in page.html
        assert "ann@example.com" not in page.html
        assert "Northwind" not in page.html.replace("northwind", "")


def test_an_older_link_has_the_newest_mailed(world, stranger, ann, link, mails):
    older = link(ann)
    invitations.new_link(world.session, world["owner"], ann, world.now)
    before = len(mails("ann@example.com"))
    page = stranger().open(older)
    assert (page.status, page.heading) == (409, "A newer link was sent")
    page = page.press("Mail me the newest link")
    assert (page.heading, len(mails("ann@example.com"))) == ("Look into your mailbox", before + 1)


def test_an_older_link_does_not_tell_the_changed_address(world, stranger, at, ann, link):
    older = link(ann)
    edit = at("owner").open(f"/o/northwind/invitations/{ann}/edit")
    edit.press("Save changes", email="secret@example.com")
    page = stranger().open(older)
    assert "secret@example.com" not in page.html
    assert "secret@example.com" not in page.press("Mail me the newest link").html


def test_the_wrong_account_is_shown_both_addresses_and_comes_back_after_switching(world, at, account, ann, link):
    account("ann@example.com")
    page = at("member").open(link(ann))
    assert "This invitation is for ann@example.com. You are signed in as member@northwind.example.com." in page.text
    assert page.buttons == ["Switch account"]
    page = page.press("Switch account")
    assert (page.path, page.heading) == ("/join", "Northwind")
    page = page.follow("Sign in to join").press("Sign in", email="ann@example.com", password=PASSWORD)
    assert page.press("Join Northwind").path == "/o/northwind/"


def test_a_closed_organization_says_whom_to_ask(world, stranger, ann, link):
    world.organization().deactivated_at = world.now
    world.session.commit()
    page = stranger().open(link(ann))
    assert (page.status, page.heading) == (403, "This organization has been closed")
    assert "Sign in" in page.links


def test_an_offer_whose_maker_lost_the_right_says_whom_to_ask(world, stranger, link):
    eve = world.invited("eve@example.com", world.offer("admin"), by="admin")
    world.demote("admin", "manager")
    page = stranger().open(link(eve))
    assert (page.status, page.heading) == (403, "This invitation no longer stands")
    assert "Ask Admin for a new one" in page.text


def test_who_is_a_member_already_is_led_in(world, at, link):
    path = link(world.invited("ann@northwind.example.com"))
    world.enlist("ann", "member")
    page = at("ann").open(path).press("Join Northwind")
    assert (page.status, page.heading) == (409, "You are in already")
    assert page.follow("Go to Northwind").path == "/o/northwind/"


def test_without_a_free_seat_one_is_told_whom_to_ask(stranger, at, account, ann, link, monkeypatch):
    page = at(account("ann@example.com")).open(link(ann))

    def full(*_, **__):
        raise NoSeatLeft()

    monkeypatch.setattr(invitations, "accept", full)
    page = page.press("Join Northwind")
    assert (page.status, page.heading) == (403, "No seat is free right now")
    assert "Ask Owner or an owner to free one" in page.text
    assert page.follow("Try again").heading == "Northwind"


def test_attack_22_a_copied_link_shows_the_same_bytes_whether_or_not_an_account_exists(world, account, stranger, link):
    account("bob@example.com")
    account("cyd@example.com", verified=False)
    pages = []
    for name in ("ann", "bob", "cyd"):
        first = stranger().open(link(world.invited(f"{name}@example.com", at=world.now), Kind.COPIED))
        mailed = first.press("Send it to my mailbox")
        pages.append([without_token(page.html).replace(f"{name}@", "x@") for page in (first, mailed)])
    assert pages[0] == pages[1] == pages[2]
