"""The page of insights: figures in tables, a chart's data with them, and a button for each that is stuck."""

from datetime import timedelta

import pytest

from portal.insights import KINDS
from portal.invitations import Offer
from portal.models import Invitation
from portal.pages.insights import STUCK

pytestmark = pytest.mark.sqlite
DAY = timedelta(days=1)


def figures(page, table):
    """The rows of one of the tables, each with its heading."""
    [found] = page.tree.all("table", id=table)
    rows = list(found.all("tr"))[1:]
    return {next(row.all("th")).text.strip(): [cell.text.strip() for cell in row.all("td")] for row in rows}


def only(page):
    """The one row of a list, and what its last cell offers to do."""
    [row] = next(page.tree.all("tbody")).all("tr")
    acts = list(row.all("td"))[-1]
    return row, [node.text.strip() for node in (*acts.all("a"), *acts.all("button"))]


def test_the_page_tells_how_far_invitations_came(world, at, mails):
    team = Offer("member", teams=((world.teams[0], "developer"),))
    world.invite("a@example.org", "b@example.org", offer=team)
    world.invite("c@example.org", offer=Offer("admin"), by="admin")
    mails()
    page = at("manager").open("/o/northwind/insights")
    assert figures(page, "roles") == {
        "Administrator": ["1", "1", "0", "0", "–", "–"], "Member": ["2", "2", "0", "0", "–", "–"]
    }  # fmt: skip
    assert figures(page, "teams") == {
        "Platform": ["2", "2", "0", "0", "–", "–"], "no team": ["1", "1", "0", "0", "–", "–"]
    }  # fmt: skip
    assert [row[0] for row in figures(page, "inviters").values()] == ["2", "1"]
    weeks = figures(page, "weeks")
    assert (len(weeks), list(weeks.values())[-1][0]) == (12, "3")
    assert "opened" not in page.text.lower()


def test_how_long_it_took_is_said_as_a_person_would(world, at, stranger, link):
    for n, minutes in enumerate((5, 150, 6000)):
        key = world.invited(f"p{n}@example.org", at=world.now - timedelta(minutes=minutes))
        stranger().open(link(key)).press("Join Northwind", name="In", password="a passphrase that is long")
    [row] = figures(at("owner").open("/o/northwind/insights"), "inviters").values()
    assert row == ["3", "0", "3", "3", "2.5 hr", "3.4 days"]


def test_a_range_is_chosen_by_weeks_or_by_days(world, at):
    world.invite("old@example.org", at=world.now - 100 * DAY)
    owner = at("owner")
    assert "Nobody was invited in this time" in owner.open("/o/northwind/insights").text
    assert len(figures(owner.open("/o/northwind/insights?weeks=26"), "weeks")) == 26
    day = f"{world.now - 100 * DAY:%Y-%m-%d}"
    page = owner.open(f"/o/northwind/insights?since={day}&until={day}")
    assert [row[0] for row in figures(page, "weeks").values()] == ["1"]
    for odd in ("weeks=7", "weeks=x", "since=x", "since=9998-01-01&until=0001-01-01", "until=9999-12-31"):
        assert owner.open(f"/o/northwind/insights?{odd}").status == 200


def test_each_kind_that_is_stuck_has_its_button(world, at):
    assert list(STUCK) == list(KINDS)
    world.invite(
        "back@example.org", "late@example.org", "quiet@example.org", "seen@example.org", at=world.now - 4 * DAY
    )
    world.invite("gone@example.org", "asked@example.org", at=world.now - 8 * DAY)
    for address, said in {
        "back": {"delivery": "bounced"}, "quiet": {"delivery": "sent"}, "asked": {"renewal_asked_at": world.now},
        "seen": {"delivery": "sent", "viewed_at": world.now - 4 * DAY},
    }.items():  # fmt: skip
        world.session.query(Invitation).filter_by(email=f"{address}@example.org").update(said)
    world.session.commit()
    page = at("owner").open("/o/northwind/insights")
    assert "6 invitations are stuck" in page.text
    for address, kind, helps in (
        ("back", "unreached", ["Correct the address", "Copy the link"]),
        ("late", "unsent", ["Copy the link"]),
        ("quiet", "unviewed", ["Copy the link", "Send again"]),
        ("seen", "unanswered", ["Remind"]),
        ("gone", "expired", ["Send again"]),
        ("asked", "asked", ["Send again"]),
    ):
        row, acts = only(at("owner").open(f"/o/northwind/insights/{kind}"))
        assert f"{address}@example.org" in row.text
        assert acts == helps
    at("owner").open("/o/northwind/insights/expired").press("Send again")
    assert "gone@example.org" not in at("owner").open("/o/northwind/insights/expired").text


def test_attack_26_no_button_for_what_the_reader_may_not_do(world, at):
    world.invite("boss@example.org", offer=Offer("owner"), at=world.now - 8 * DAY)
    row, acts = only(at("manager").open("/o/northwind/insights/expired"))
    assert acts == ["Look at it"]
    assert [*row.all("button"), *row.all("input")] == []


@pytest.mark.parametrize("path", ["", "/unviewed"])
def test_attack_26_nobody_else_reads_it(world, at, another, path):
    for who, status in (("manager", 200), ("billing_manager", 403), ("member", 403), (another["owner"].user_id, 404)):
        assert at(who).client.get(f"/o/northwind/insights{path}").status_code == status
    assert at("owner").client.get("/o/northwind/insights/nothing").status_code == 404
