"""Looking for invitations: each filter alone and together, each order, and cursors that stay put."""

from datetime import timedelta

import pytest

from portal.clock import rfc3339
from portal.invitations import Offer, cancel
from tests.world import person

from .calls import problem
from .test_inviting import everything

HOUR = timedelta(hours=1)


@pytest.fixture
def found(world, here, owner):
    """The addresses that a query finds, by their first letters."""
    return lambda query="": [
        each["email"].partition("@")[0] for each in everything(owner, f"{here}/invitations?limit=2&{query}")
    ]


@pytest.fixture
def five(world):
    """Five invitations, an hour apart, b and c at the same moment; e has lapsed."""
    team, site = world.teams[0], world.sites[0]
    offers = {
        "a": Offer("admin"), "b": Offer("member", True, (site,)), "c": Offer("member", teams=((team, "developer"),)),
        "d": Offer("manager", teams=((team, "read_only"),)),
        "e": Offer("member", True, (site,), ((team, "developer"),)),
    }  # fmt: skip
    start = world.now - 8 * 24 * HOUR
    for (name, offer), hours in zip(offers.items(), (2, 3, 3, 4, -10), strict=True):
        at = start + hours * HOUR + (7 * 24 * HOUR if name != "e" else 0 * HOUR)
        world.invited(f"{name}@example.com", offer, by="admin" if name in "ab" else "owner", at=at)
    return start


def test_each_filter_finds_its_own(world, five, found):
    assert sorted(found()) == list("abcde")
    assert sorted(found("status=pending")) == list("abcd")
    assert found("status=expired") == ["e"]
    assert found("status=accepted") == []
    assert sorted(found("role=member")) == list("bce")
    assert found("email=A@EX") == ["a"]
    assert found("email=%25") == []
    assert found("part=@EXAMPLE&email=a") == ["a"]
    assert found("part=a@exa") == ["a"]
    assert found("part=%25%25%25") == []
    assert sorted(found(f"team={world.teams[0]}")) == list("cde")
    assert sorted(found(f"site={world.sites[0]}")) == list("be")
    assert found(f"site={2**63}") == found(f"team={world.id}") == []
    assert sorted(found(f"inviter={world['admin'].user_id}")) == list("ab")
    assert found(f"inviter={world['admin'].user_id}&role=member&status=pending&email=b") == ["b"]
    assert sorted(found(f"team={world.teams[0]}&site={world.sites[0]}&sort=oldest")) == ["e"]


def test_times_bound_from_here_to_before_there(world, five, found):
    moment = five + 7 * 24 * HOUR + 3 * HOUR
    there = rfc3339(moment)
    assert sorted(found(f"created_after={there}")) == list("bcd")
    assert sorted(found(f"created_before={there}")) == list("ae")
    assert sorted(found(f"created_after={there}&created_before={rfc3339(moment + HOUR)}")) == list("bc")


def test_orders_are_each_others_reverse_and_email_is_from_a(five, found):
    newest = found("sort=newest")
    assert (newest[0], newest[-1], newest[1:3]) == ("d", "e", found("sort=oldest")[2:4][::-1])
    assert found("sort=oldest") == newest[::-1]
    assert found("sort=email") == list("abcde")
    assert found("sort=email&role=member") == list("bce")


@pytest.mark.parametrize("query", ["", "sort=oldest", "sort=email", "role=member", "email=a"])
def test_what_comes_or_goes_meanwhile_neither_repeats_nor_hides_the_rest(world, here, owner, query):
    first = [f"a{number}@example.com" for number in range(6)]
    for number, address in enumerate(first):
        world.invited(address, at=world.now + number * timedelta(seconds=1))
    page = owner.get(f"{here}/invitations?limit=3&{query}").json
    seen = [each["email"] for each in page["invitations"]]
    world.invited("a-new@example.com", at=world.now + HOUR)
    cancel(world.session, world["owner"], world.invited("a-gone@example.com"), world.now)
    rest = everything(owner, f"{here}/invitations?limit=2&{query}", page["next_cursor"])
    after = [each["email"] for each in rest]
    assert not set(seen) & set(after)
    assert set(first) <= set(seen + after)


@pytest.mark.sqlite
def test_a_cursor_of_another_order_is_400(world, here, owner, five):
    cursor = owner.get(f"{here}/invitations?limit=1").json["next_cursor"]
    for sort in ("oldest", "email"):
        problem(owner.get(f"{here}/invitations?sort={sort}&cursor={cursor}"), 400, "bad_cursor")


@pytest.mark.sqlite
def test_only_who_may_invite_sees_the_list(world, script, here):
    person(world.session, "mia@example.com", world.now)
    for role in ("billing_manager", "member"):
        problem(script(role).get(f"{here}/invitations"), 403, "may_not_invite")
