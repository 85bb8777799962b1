"""Joining: with a new account, with one's own, by a copied link, and with what changed meanwhile."""

import pytest
from sqlalchemy import select

from portal.links import Kind
from portal.models import User
from tests.world import PASSWORD

from .conftest import link_in

NEW = "a quite different phrase"
JOIN = "Join Northwind"


def user(world, address):
    world.session.rollback()
    query = select(User).where(User.email == address).execution_options(populate_existing=True)
    return world.session.scalar(query)


def test_a_newcomer_sees_what_is_offered_and_joins_in_one_form(world, stranger, mails):
    world.invited("ann@example.com", world.full_offer(message="Welcome aboard"))
    page = stranger().open(link_in(mails()[0]))
    assert (page.path, page.heading) == ("/join", "Northwind")
    for said in ("Owner invites you to join as member", "2 sites of 2", "Platform as developer", "Gemini as project"):
        assert said in page.text
    for said in ("Welcome aboard", "For ann@example.com, until "):
        assert said in page.text
    page = page.press(JOIN, name="Ann Lee", password=NEW)
    assert (page.path, page.said) == ("/o/northwind/", "✓ Welcome to Northwind.")
    for reached in ("Shop shop.example.com", "Platform developer", "Gemini project viewer", "Your role here: member"):
        assert reached in page.text
    ann = user(world, "ann@example.com")
    assert (ann.name, ann.is_verified) == ("Ann Lee", True)
    world.check_counts()


def test_a_person_with_an_account_signs_in_and_accepts(world, account, stranger, mails):
    account("ann@example.com")
    world.invited("ann@example.com", world.full_offer())
    page = stranger().open(link_in(mails()[0]))
    assert "password" not in page.html
    page = page.follow("Sign in to join")
    assert "Then you come back to your invitation." in page.text
    page = page.press("Sign in", email="ann@example.com", password=PASSWORD)
    assert (page.path, page.buttons) == ("/join", [JOIN])
    assert page.press(JOIN).said == "✓ Welcome to Northwind."
    world.check_counts()


@pytest.mark.sqlite
def test_the_name_that_the_inviter_gave_stands_in_the_form(world, at, stranger, mails):
    page = at("owner").open("/o/northwind/invitations/new")
    page.press("Send invitations", people="Ann Lee <ann@example.com>")
    assert stranger().open(link_in(mails()[0])).fields(JOIN)["name"] == ["Ann Lee"]


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "Ann", "password": "short"}, "password"),
        ({"name": "Ann", "password": "ann@example.com"}, "password"),
        ({"name": "", "password": NEW}, "name"),
        ({"name": "x" * 101, "password": NEW}, "name"),
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_is_made(world, stranger, link, everything, typed, field):
    page = stranger().open(link(world.invited("ann@example.com")))
    before = everything()
    page = page.press(JOIN, **typed)
    assert (page.status, list(page.errors)) == (422, [field])
    assert page.fields(JOIN)["name"] == [typed["name"]]
    assert everything() == before


@pytest.mark.sqlite
def test_a_stale_form_comes_back_with_the_name_and_joins_nobody(world, stranger, link, everything):
    page = stranger().open(link(world.invited("ann@example.com")))
    page.browser.client.delete_cookie("usher_form")
    before = everything()
    page = page.press(JOIN, name="Ann Lee", password=NEW)
    assert (page.status, page.fields(JOIN)["name"], everything() == before) == (422, ["Ann Lee"], True)
    assert page.press(JOIN, password=NEW).path == "/o/northwind/"


@pytest.mark.sqlite
@pytest.mark.parametrize("newcomer", [True, False])
def test_what_changed_since_it_was_shown_is_shown_anew_and_nothing_is_accepted(world, at, account, link, newcomer):
    ann = world.invited("ann@example.com")
    browser = at("owner") if newcomer else at(account("ann@example.com"))
    if newcomer:
        browser.client.delete_cookie("better-auth.session_token")
    page = browser.open(link(ann))
    at("owner").open(f"/o/northwind/invitations/{ann}/edit").press("Save changes", role="manager")
    typed = {"name": "Ann", "password": NEW} if newcomer else {}
    page = page.press(JOIN, **typed)
    assert (page.status, "What is offered has changed since you opened it." in page.said) == (409, True)
    assert "as manager" in page.text
    assert (world.invitation(ann).status, user(world, "ann@example.com") is None) == ("pending", newcomer)
    assert page.press(JOIN, **typed).path == "/o/northwind/"


def test_an_unverified_account_of_that_address_is_taken_over(world, account, at, stranger, mails):
    squatter = at(account("ann@example.com", verified=False, name="Mallory"))
    world.invited("ann@example.com")
    page = stranger().open(link_in(mails()[0]))
    assert page.press(JOIN, name="Ann", password=NEW).path == "/o/northwind/"
    ann = user(world, "ann@example.com")
    assert (ann.name, ann.is_verified) == ("Ann", True)
    assert squatter.open("/").heading == "Sign in"
    assert stranger().open("/sign-in").press("Sign in", email="ann@example.com", password=PASSWORD).status == 401


@pytest.mark.sqlite
def test_declining_by_the_mailed_link_takes_no_account(world, stranger, link, mails):
    ann = world.invited("ann@example.com")
    page = stranger().open(link(ann)).follow("Decline")
    assert world.invitation(ann).status == "pending"
    assert page.press("Decline", reason="Not me").heading == "You have declined"
    world.session.rollback()
    assert (world.invitation(ann).status, len(mails(world.email("owner")))) == ("rejected", 1)


@pytest.mark.sqlite
def test_a_copied_link_is_mailed_to_the_mailbox_and_opens_nothing_itself(world, stranger, link, mails):
    ann = world.invited("ann@example.com")
    page = stranger().open(link(ann, Kind.COPIED))
    assert page.buttons == ["Send it to my mailbox"]
    assert "Decline" not in page.links
    sent = len(mails("ann@example.com"))
    page = page.press("Send it to my mailbox")
    assert page.heading == "Look into your mailbox"
    assert len(mails("ann@example.com")) == sent + 1
    mailed = stranger().open(link_in(mails("ann@example.com")[-1]))
    assert mailed.press(JOIN, name="Ann", password=NEW).path == "/o/northwind/"


@pytest.mark.sqlite
def test_a_copied_link_lets_a_verified_account_in(world, account, at, link):
    page = at(account("ann@example.com")).open(link(world.invited("ann@example.com"), Kind.COPIED))
    assert page.press(JOIN).path == "/o/northwind/"


@pytest.mark.sqlite
@pytest.mark.parametrize("post", [{}, {"name": "Eve", "password": NEW, "version": "1"}])
def test_attack_2_a_copied_link_never_makes_an_account(world, stranger, link, everything, post):
    page = stranger().open(link(world.invited("ann@example.com"), Kind.COPIED))
    before = everything()
    assert page.browser.send("/join", post).status == 403
    assert page.browser.send("/join/decline", post).status == 403
    assert everything() == before


@pytest.fixture
def unproven(app, monkeypatch):
    monkeypatch.setitem(app.config, "UNPROVEN_JOIN", True)


@pytest.mark.sqlite
def test_where_the_operator_says_so_a_copied_link_makes_an_account_marked_unproven(world, stranger, link, unproven, at):
    page = stranger().open(link(world.invited("ann@example.com"), Kind.COPIED))
    assert page.press(JOIN, name="Ann", password=NEW).path == "/o/northwind/"
    assert not user(world, "ann@example.com").is_verified
    assert at("owner").open("/o/northwind/members").text.count("address unproven") == 1


@pytest.mark.sqlite
def test_an_unproven_account_opens_nothing_else_for_its_address(world, another, stranger, link, unproven):
    browser = stranger()
    browser.open(link(world.invited("ann@example.com"), Kind.COPIED)).press(JOIN, name="Ann", password=NEW)
    other = another.invited("ann@example.com")
    assert "Southwind" not in browser.open("/invitations").text
    page = browser.open(link(other, Kind.COPIED))
    assert "Join Southwind" not in page.buttons
    assert page.press("Send it to my mailbox").status == 200
    assert another.invitation(other).status == "pending"


@pytest.mark.sqlite
def test_an_unproven_account_that_signs_in_at_a_second_copied_link_does_not_go_round(
    world, another, stranger, link, unproven
):
    stranger().open(link(world.invited("ann@example.com"), Kind.COPIED)).press(JOIN, name="Ann", password=NEW)
    elsewhere = stranger()
    page = elsewhere.open(link(another.invited("ann@example.com"), Kind.COPIED))
    page = page.press("Join Southwind", name="Ann", password=NEW)
    page = page.press("Sign in", email="ann@example.com", password=NEW)
    assert (page.path, "Send it to my mailbox" in page.text) == ("/join", True)
