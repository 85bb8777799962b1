"""The overview, the switcher between organizations, and what is told when there is no mail."""

from datetime import timedelta

import pytest

from tests.world import World

pytestmark = pytest.mark.sqlite


def test_the_overview_says_what_one_reaches_and_why(world, at):
    world.enlist("held", "member", (world.sites[0],))
    text = at("held").open("/o/northwind/").text
    assert "Shop shop.example.com given to you" in text
    assert "Blog" not in text
    assert "through your role" in at("owner").open("/o/northwind/").text


def test_only_who_may_invite_sees_the_counts_and_the_way_to_invite(world, at):
    for role in world.actors:
        page = at(role).open("/o/northwind/")
        assert ("Invite people" in page.links) == (role in ("owner", "admin", "manager")), role
        assert ("Free seats" in page.text) == (role in ("owner", "admin", "manager")), role


def test_the_switcher_leads_to_each_of_ones_organizations(world: World, at, another):
    both = another.invited(world.email("member"))
    page = at("member").open("/invitations").press("Join Southwind")
    assert (page.path, page.said) == ("/o/southwind/", "✓ Welcome to Southwind.")
    assert both
    page = page.browser.open("/")
    assert page.path == "/o/southwind/"
    named = {a.attrs["href"] for a in page.tree.all("a")}
    assert {"/o/northwind/", "/o/southwind/"} <= named
    assert page.browser.open("/o/northwind/").heading == "Northwind"


def test_who_asked_for_a_new_invitation_is_shown_to_who_may_invite(world, at, stranger, link):
    old = world.invited("ann@example.com", at=world.now - timedelta(days=8))
    stranger().open(link(old)).press("Ask for a new invitation")
    page = at("manager").open("/o/northwind/")
    assert "ann@example.com asks for a new invitation." in page.text
    assert page.follow("Look at it").heading == "ann@example.com"
    assert "ann@example.com" not in at("member").open("/o/northwind/").text


def test_without_a_mail_server_every_page_says_that_mails_wait(app, at, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_CAPTURE", False)
    for path in ("/o/northwind/", "/account", "/o/northwind/invitations/new"):
        assert "No mail server is set." in at("owner").open(path).said


def test_a_closed_organization_is_left_out(world, at):
    world.organization().deactivated_at = world.now
    world.session.commit()
    assert at("owner").open("/").path == "/invitations"
    page = at("owner").open("/o/northwind/")
    assert (page.status, page.heading) == (403, "Northwind has been closed.")
