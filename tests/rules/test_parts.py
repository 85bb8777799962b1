"""Finding invitations by a part of their address, filed or not."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from portal.invitations import Change, Offer, Wanted, cancel, edit, forget_parts, keep_parts, page, search
from portal.invitations.parts import SETTLED
from portal.models import Invitation
from portal.retention import Keep, prune
from tests.world import build

HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ADDRESSES = ("joanna@example.com", "a_b.ann@b.example.com", "bob@example.org", "100ann@example.com")


@pytest.fixture(params=["filed", "half filed", "unfiled"])
def four(request, world):
    """Four invitations, an hour apart, of which all, two or none have been filed."""
    keys = []
    for number, address in enumerate(ADDRESSES):
        keys.append(world.invited(address, at=world.now + number * HOUR))
        if request.param == "half filed" and number == 1:
            later(world)
    if request.param == "filed":
        later(world)
    return keys


@pytest.fixture(params=[5_000, 1])
def window(request, monkeypatch):
    """Both ways of finding: among the newest, and through the trigrams."""
    monkeypatch.setattr("portal.statements.WINDOW", request.param)


def later(world):
    """What the worker does, as if the ids were settled; they are made of the real clock."""
    return keep_parts(world.session, world.now + timedelta(days=36500))


def found(world, part, **given):
    asked = Wanted(part=part, status=given.pop("status", ""))
    rows = search(world.session, world["manager"], world.id, asked, world.now + HOUR, **given).rows
    return [row.invitation.email for row in rows]


PARTS = {
    "ann": [3, 1, 0], "ANNA": [0], "nn@": [3, 1], "example": [3, 2, 1, 0], "b.ex": [1], "a_b": [1], "_ann": [],
    "%%%": [], '"ann"': [], "org": [2], "annanna": [],
}  # fmt: skip


@pytest.mark.usefixtures("four", "window")
def test_a_part_finds_who_holds_it_newest_first(world):
    assert {part: [ADDRESSES.index(address) for address in found(world, part)] for part in PARTS} == PARTS


@pytest.mark.usefixtures("window")
def test_pages_and_orders_and_states_go_with_a_part(world, four):
    asked = {"wanted": Wanted(part="ann"), "now": world.now, "most": 2}
    first = search(world.session, world["manager"], world.id, sort="oldest", **asked)
    second = search(world.session, world["manager"], world.id, sort="oldest", cursor=first.next, **asked)
    assert [row.invitation.id for row in first.rows + second.rows] == [four[0], four[1], four[3]]
    assert (second.next, found(world, "ann", sort="email")[0]) == (None, "100ann@example.com")
    cancel(world.session, world["manager"], four[1], world.now + HOUR)
    assert found(world, "ann", status="canceled") == [ADDRESSES[1]]
    assert found(world, "ann", status="pending") == [ADDRESSES[3], ADDRESSES[0]]


@pytest.mark.usefixtures("four", "window")
def test_another_organization_is_not_looked_through(world):
    other = build(world.session, world.now, "Southwind")
    other.invited("joanna@example.com")
    later(world)
    assert len(found(world, "ann")) == 3
    assert len(found(other, "ann")) == 1


@pytest.mark.usefixtures("window")
def test_a_changed_address_is_found_by_its_new_parts_only(world, four):
    edit(world.session, world["manager"], four[0], Change(Offer("member"), address="zoe@example.net"), world.now)
    assert found(world, "zoe") == ["zoe@example.net"]
    assert found(world, "joa") == []
    later(world)
    assert found(world, "zoe") == ["zoe@example.net"]


@pytest.mark.usefixtures("four")
def test_the_list_finds_parts_from_three_letters_on(world):
    def listed(said):
        return [
            row.invitation.email for row in page(world.session, world["manager"], world.id, world.now, search=said).rows
        ]

    assert listed("nn@") == [ADDRESSES[3], ADDRESSES[1]]
    assert listed("an") == []
    assert listed("bo") == [ADDRESSES[2]]


@pytest.mark.sqlite
def test_what_is_pruned_leaves_nothing_on_file(world):
    key = world.invited("ann@example.com")
    world.invited("bob@example.com")
    assert later(world) == 2
    cancel(world.session, world["manager"], key, world.now)
    prune(world.session, Keep(ended=1), world.now + timedelta(days=3))
    assert world.session.get(Invitation, key) is None
    assert on_file(world) == ["bob@example.com"]
    assert forget_parts(world.session) == 0


@pytest.mark.sqlite
def test_what_may_still_be_overtaken_is_not_filed(world):
    key = world.invited("ann@example.com")
    made = SETTLED + timedelta(milliseconds=(key.int >> 80))
    assert keep_parts(world.session, EPOCH + made) == 0
    assert keep_parts(world.session, EPOCH + made + timedelta(milliseconds=1)) == 1
    assert later(world) == 0


def on_file(world):
    return list(world.session.scalars(text("SELECT email FROM invitation_parts ORDER BY rowid")))
