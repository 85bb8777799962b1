"""When somebody is removed or demoted, the pending invitations that they could no longer make are canceled with it."""

from datetime import timedelta

import pytest

from portal import memberships
from portal.errors import Expired, NotPending
from portal.invitations import Change, Offer, cancel, edit, resend, unsupported
from portal.invitations import lost as counted
from portal.memberships import Access

ROLES = ("owner", "admin", "manager", "billing_manager", "member")
ADMIN_LEAVES = {
    "admin": [],
    "manager": ["admin"],
    "billing_manager": ["admin", "manager", "billing_manager", "member"],
    "member": ["admin", "manager", "billing_manager", "member"],
    None: ["admin", "manager", "billing_manager", "member"],
}


@pytest.fixture
def offers(world):
    """The admin's pending invitation of each role that an admin may offer, and one of the owner's."""
    world.invited("other@example.com", Offer("admin"))
    return {role: world.invited(f"{role}@example.com", Offer(role), by="admin") for role in ROLES[1:]}


def lose(world, name, role):
    """Demotes or removes; returns how many invitations were canceled."""
    if role is None:
        return memberships.remove(world.session, world["owner"], world.id, world[name].user_id, world.now)
    return memberships.change(world.session, world["owner"], world.id, world[name].user_id, Access(role, ()), world.now)


@pytest.mark.parametrize("role", ADMIN_LEAVES)
def test_what_a_role_could_no_longer_offer_is_canceled_with_its_loss(world, offers, role):
    lost = ADMIN_LEAVES[role]
    assert counted(world.session, world.id, world["admin"].user_id, [role]) == {role: len(lost)}
    said = [i.role for i in unsupported(world.session, world.id, world["admin"].user_id, role)]
    assert sorted(said) == sorted(lost)
    assert lose(world, "admin", role) == len(lost)
    assert {name for name, key in offers.items() if world.invitation(key).status == "canceled"} == set(lost)
    assert world.organization().pending_count == 5 - len(lost)
    world.check_counts()


def test_the_history_says_why_each_was_canceled_and_how_many(world, offers):
    lose(world, "admin", "manager")
    (event,) = world.events(offers["admin"], "invitation.canceled")
    assert event.details == {"email": "admin@example.com", "why": "inviter_lost_rights"}
    assert event.actor_id == world["owner"].user_id
    (changed,) = world.events(world["admin"].user_id, "member.changed")
    assert changed.details["canceled"] == 1
    assert (changed.details["before"]["role"], changed.details["after"]["role"]) == ("admin", "manager")


def test_an_invitation_whose_grants_somebody_else_set_since_is_theirs(world, offers):
    edit(world.session, world["owner"], offers["admin"], Change(Offer("manager")), world.now)
    assert lose(world, "admin", None) == 3
    assert world.invitation(offers["admin"]).status == "pending"


def test_who_resends_takes_nothing_over_while_the_maker_still_stands_for_it(world, offers):
    resend(world.session, world["owner"], offers["member"], world.now)
    assert lose(world, "admin", None) == 4


def test_what_has_ended_is_left_as_it_is(world, offers):
    cancel(world.session, world["owner"], offers["member"], world.now)
    assert lose(world, "admin", None) == 3
    world.check_counts()


def test_leaving_of_ones_own_accord_cancels_as_well(world, offers):
    admin = world["admin"]
    assert memberships.remove(world.session, admin, world.id, admin.user_id, world.now) == 4
    assert world.events(admin.user_id, "member.left")[0].details == {"role": "admin", "canceled": 4}
    world.check_counts()


def test_a_promotion_cancels_nothing(world):
    world.invited("ann@example.com", by="manager")
    assert lose(world, "manager", "admin") == 0
    assert world.organization().pending_count == 1


def test_attack_13_what_was_canceled_that_way_is_not_brought_back(world, offers):
    lose(world, "admin", None)
    for rule in (resend, cancel):
        with pytest.raises(NotPending):
            rule(world.session, world["owner"], offers["member"], world.now)


def test_a_lapsed_one_of_a_removed_inviter_can_be_resent_by_who_may_offer_it(world, offers):
    later = world.now + timedelta(days=7)
    with pytest.raises(Expired):
        cancel(world.session, world["owner"], offers["manager"], later)
    world.demote("admin", "member")
    assert resend(world.session, world["manager"], offers["manager"], later).grantor_id == world["manager"].user_id
