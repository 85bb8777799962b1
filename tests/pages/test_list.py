"""The list of invitations: states, search, and paging both ways."""

from datetime import timedelta

import pytest

pytestmark = pytest.mark.sqlite
LIST = "/o/northwind/invitations"


def listed(page):
    return [a.text for a in page.tree.all("a", **{"class": "main-link"})]


@pytest.fixture
def of_each_state(world):
    """One invitation of each state, by its address; returns nothing."""
    for state in ("accepted", "rejected", "canceled"):
        invitation = world.invitation(world.invited(f"{state}@example.com"))
        invitation.status, invitation.ended_at = state, world.now
        invitation.accepted_by = world["owner"].user_id if state == "accepted" else None
        world.organization().pending_count -= 1
        world.session.commit()
    world.invited("expired@example.com", at=world.now - timedelta(days=8))
    world.invited("pending@example.com")


@pytest.mark.parametrize(
    ("pill", "state"),
    [
        ("Pending", "pending"),
        ("Accepted", "accepted"),
        ("Declined", "rejected"),
        ("Revoked", "canceled"),
        ("Expired", "expired"),
    ],
)
def test_each_state_shows_its_own(at, of_each_state, pill, state):
    page = at("manager").open(LIST).follow(pill)
    assert listed(page) == [f"{state}@example.com"]


def test_without_a_filter_all_are_there_newest_first(at, of_each_state):
    found = listed(at("owner").open(LIST))
    assert (len(found), found[-1]) == (5, "expired@example.com")


def test_an_unknown_state_shows_all(at, of_each_state):
    assert len(listed(at("owner").open(f"{LIST}?state=approved"))) == 5


def test_a_search_finds_what_begins_so_within_the_state(at, of_each_state):
    browser = at("owner")
    assert listed(browser.open(f"{LIST}?q=PEND")) == ["pending@example.com"]
    assert browser.open(f"{LIST}?q=pend&state=expired").text.count("No invitation fits") == 1
    assert listed(browser.open(f"{LIST}?q=%25")) == []


@pytest.mark.parametrize("search", ["", "?q=p"])
def test_paging_shows_each_once_there_and_back(world, at, search):
    world.invite(*(f"p{number:03}@example.com" for number in range(120)))
    older, newer = ("Further", "Back") if search else ("Older", "Newer")
    first = at("owner").open(LIST + search)
    second = first.follow(older)
    third = second.follow(older)
    found = [listed(page) for page in (first, second, third)]
    assert [len(part) for part in found] == [50, 50, 20]
    assert len({address for part in found for address in part}) == 120
    back = third.follow(newer)
    assert (listed(back), listed(back.follow(newer))) == (found[1], found[0])
    assert older not in third.links
    assert newer not in first.links


@pytest.mark.parametrize("pages", [50, 51])
def test_the_last_page_leads_no_further(world, at, pages):
    world.invite(*(f"p{number:03}@example.com" for number in range(pages)))
    assert ("Older" in at("owner").open(LIST).links) == (pages > 50)


@pytest.mark.parametrize("cursor", ["x", "WzFd", "e30", "bnVsbA", "_" * 5000, "WyJvIiwieCIsInkiXQ", "%00"])
def test_a_cursor_that_is_none_is_400_with_a_way_on(at, cursor):
    page = at("owner").open(f"{LIST}?at={cursor}")
    assert (page.status, page.heading) == (400, "This page of the list cannot be found.")
    assert "Go to the overview" in page.links


def test_a_cursor_of_the_other_order_is_400(world, at):
    world.invite(*(f"p{number:03}@example.com" for number in range(51)))
    older = at("owner").open(LIST).links["Older"]
    assert at("owner").open(f"{older}&q=p").status == 400


def test_an_empty_list_leads_to_inviting(world, at):
    page = at("owner").open(LIST)
    assert "Nobody was invited yet" in page.text
    assert page.follow("Invite people").heading == "Invite people"


@pytest.mark.parametrize("role", ["billing_manager", "member"])
def test_who_may_not_invite_does_not_see_the_list(world, at, role):
    world.invited("ann@example.com")
    page = at(role).open(LIST)
    assert (page.status, page.heading) == (403, "Your role does not allow inviting people.")
