"""The list of invitations: newest first, by state, by address, by pages; and what a bookmark may be."""

import base64
from datetime import timedelta

import orjson
import pytest

from portal.errors import BadCursor, MayNotInvite, NotAMember
from portal.invitations import Offer, accept, cancel, page, reject
from portal.permissions import Actor
from tests.world import person

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
NOBODY = Actor(None)


def addresses(found):
    return [row.invitation.email.partition("@")[0] for row in found.rows]


@pytest.fixture
def seven(world):
    """Seven invitations, an hour apart, two of them at the same moment."""
    for number, hours in enumerate((0, 1, 2, 2, 3, 4, 5)):
        world.invited(f"p{number}@example.com", at=world.now + hours * HOUR)


def read(world, most=3, **given):
    return page(world.session, world["manager"], world.id, world.now + 5 * HOUR, most=most, **given)


@pytest.mark.parametrize("search", ["", "p"])
def test_pages_lead_through_all_and_back(world, seven, search):
    there = []
    found = read(world, search=search)
    assert found.newer is None
    while True:
        there.append(addresses(found))
        if found.older is None:
            break
        found = read(world, search=search, cursor=found.older)
    assert sorted(address for each in there for address in each) == [f"p{n}" for n in range(7)]
    assert [len(each) for each in there] == [3, 3, 1]
    back = [there[-1]]
    while found.newer:
        found = read(world, search=search, cursor=found.newer)
        back.append(addresses(found))
    assert back[::-1] == there


def test_newest_come_first(world, seven):
    assert addresses(read(world, most=50))[:3] == ["p6", "p5", "p4"]
    assert addresses(read(world, most=50))[-2:] == ["p1", "p0"]


def test_what_is_invited_meanwhile_does_not_shift_the_older_pages(world, seven):
    first = read(world)
    world.invited("late@example.com", at=world.now + 6 * HOUR)
    assert addresses(read(world, cursor=first.older))[0] not in addresses(first)
    assert "late" not in addresses(read(world, cursor=first.older))


def test_each_state_lists_its_own_and_a_lapsed_one_reads_as_expired_before_the_sweep(world):
    ann = person(world.session, "accepted@example.com", world.now)
    world.invited("lapsed@example.com", Offer("member", expires_at=world.now + HOUR))
    world.invited("pending@example.com")
    cancel(world.session, world["owner"], world.invited("canceled@example.com"), world.now)
    accept(world.session, Actor(ann.id), world.invited("accepted@example.com"), world.now)
    key = world.invited("rejected@example.com")
    reject(world.session, NOBODY, key, world.now, opened=world.opened(key))
    for state in ("pending", "accepted", "rejected", "canceled"):
        assert addresses(read(world, state=state)) == [state]
        assert read(world, state=state).rows[0].state == state
    (lapsed,) = read(world, state="expired").rows
    assert (lapsed.invitation.email, lapsed.state) == ("lapsed@example.com", "expired")
    assert len(read(world, most=50).rows) == 5


def test_a_search_is_the_beginning_of_an_address_in_any_case(world):
    for address in ("anna@example.com", "ann@example.com", "bob@example.com", "a_n@example.com"):
        world.invited(address)
    assert set(addresses(read(world, search=" ANN "))) == {"ann", "anna"}
    assert addresses(read(world, search="a_")) == ["a_n"]
    assert addresses(read(world, search="%")) == []
    assert addresses(read(world, search="bob@example.com")) == ["bob"]
    assert addresses(read(world, search="\x00\ud800")) == addresses(read(world, search=""))


def test_a_row_carries_what_is_granted_and_how_its_mail_fares(world):
    world.invited("ann@example.com", world.full_offer(), by="admin")
    (row,) = read(world).rows
    assert [site.name for site in row.sites] == ["Blog", "Shop"]
    assert {(team.name, team.role) for team in row.teams} == {("Platform", "developer"), ("Support", "team_manager")}
    assert len(row.projects) == 2
    assert (row.invitation.inviter_name, row.invitation.delivery) == ("Admin", "queued")


def test_only_who_may_invite_sees_the_list(world, another):
    for role in ("billing_manager", "member"):
        with pytest.raises(MayNotInvite):
            page(world.session, world[role], world.id, world.now)
    for actor in (another["owner"], NOBODY):
        with pytest.raises(NotAMember):
            page(world.session, actor, world.id, world.now)


def test_attack_15_the_list_holds_the_organizations_own_only(world, another, seven):
    another.invited("ann@example.com")
    assert len(read(world, most=50).rows) == 7


def written(*said):
    return base64.urlsafe_b64encode(orjson.dumps(said)).decode().rstrip("=")


ID = "00000000000070008000000000000000"
BOOKMARKS = [
    "x",
    "%",
    "é",
    "bnVsbA",
    "MQ",
    written(),
    written("o"),
    written("x", "2026-01-01T00:00:00Z", ID),
    written("o", "yesterday", ID),
    written("o", 5, ID),
    written("o", "2026-01-01T00:00:00Z", 5),
    written("o", "2026-01-01T00:00:00Z", "zz"),
    written("o", "0001-01-01T00:00:00+14:00", ID),
    written("n", "9999-12-31T23:59:59-14:00", ID),
    written("o", "2026-01-01T00:00:00Z", ID, "ann@example.com"),
]


@pytest.mark.parametrize("cursor", BOOKMARKS)
def test_a_bookmark_that_we_did_not_write_is_refused(world, cursor):
    with pytest.raises(BadCursor):
        read(world, cursor=cursor)


@pytest.mark.parametrize("address", [[], [5], ["\x00"], [None], [["a"]]])
def test_a_bookmark_of_a_search_that_we_did_not_write_is_refused(world, address):
    with pytest.raises(BadCursor):
        read(world, search="a", cursor=written("o", "2026-01-01T00:00:00Z", ID, *address))
