"""Members: a new role, other sites, removal, leaving. The last owner stays."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import memberships, placements, sessions
from portal.errors import (
    LastOwner,
    NoSitesChosen,
    NotAllowed,
    NotAMember,
    NotFound,
    OwnTransfer,
    RestrictionNeedsMember,
    UnknownRole,
    UnknownSite,
)
from portal.invitations import Offer, accept
from portal.memberships import Access, change, remove
from portal.models import MembershipSite, Site, TeamMember
from portal.permissions import Actor
from tests.world import person


def sites_of(world, name):
    query = select(MembershipSite.site_id).where(MembershipSite.user_id == world[name].user_id)
    return sorted(world.session.scalars(query))


def changed(world, name, access, by="owner"):
    change(world.session, world[by], world.id, world[name].user_id, access, world.now)
    world.check_counts()
    return world.membership(world[name].user_id)


def test_a_part_of_a_name_or_address_finds_members_and_pages_go_on_among_them(world):
    for number in range(3):
        world.enlist(f"zoe_{number}", "member")
    found = memberships.page(world.session, world["member"], world.id, search=" ZOE ", most=2)
    rest = memberships.page(world.session, world["member"], world.id, search="zoe", after=found[-1].id)
    assert [m.user.email.partition("@")[0] for m in (*found, *rest)] == ["zoe_0", "zoe_1", "zoe_2"]
    assert memberships.page(world.session, world["member"], world.id, search="%") == []
    assert len(memberships.page(world.session, world["member"], world.id, search="zoe_1@north")) == 1


def test_a_list_shows_teams_projects_and_when_somebody_was_last_there(world):
    member, later = world["member"].user_id, world.now + timedelta(hours=3)
    placements.add(world.session, world["owner"], world.id, "team", world.teams[0], member, "developer", world.now)
    placements.add(world.session, world["owner"], world.id, "project", world.projects[1], member, "project_viewer",
                   world.now)  # fmt: skip
    sessions.start(world.session, member, later)
    sessions.start(world.session, member, world.now)
    found = memberships.seen(world.session, world.id, memberships.page(world.session, world["owner"], world.id))
    assert (found[member].teams, found[member].projects, found[member].last) == (["Platform"], ["Gemini"], later)
    assert found[world["admin"].user_id] == memberships.Seen()


def test_ownership_is_handed_over_in_one_step_with_the_owners_invitations_gone(world):
    high, low = world.invited("ann@example.com", Offer("owner")), world.invited("bob@example.com", Offer("admin"))
    world.enlist("zoe", "member", (world.sites[0],))
    assert memberships.transfer(world.session, world["owner"], world.id, world["zoe"].user_id, world.now) == 1
    assert (world.membership(world["owner"].user_id).role, world.membership(world["zoe"].user_id).role) == (
        "admin", "owner",
    )  # fmt: skip
    assert [world.invitation(key).status for key in (high, low)] == ["canceled", "pending"]
    with pytest.raises(NotAllowed):
        memberships.transfer(world.session, world["owner"], world.id, world["member"].user_id, world.now)
    with pytest.raises(OwnTransfer):
        memberships.transfer(world.session, world["zoe"], world.id, world["zoe"].user_id, world.now)
    world.check_counts()


def test_a_member_is_given_sites_other_sites_and_all_of_them(world):
    first, second = world.sites
    for sites in ((first,), (first, second), (second,), ()):
        assert changed(world, "member", Access("member", sites)).restricted is bool(sites)
        assert sites_of(world, "member") == list(sites)


def test_without_a_word_on_sites_a_member_keeps_theirs(world):
    world.enlist("ann", "member", (world.sites[0],))
    assert changed(world, "ann", Access("member")).restricted
    assert sites_of(world, "ann") == world.sites[:1]
    assert not changed(world, "member", Access("member")).restricted


@pytest.mark.parametrize("role", ["owner", "admin", "manager", "billing_manager"])
def test_a_promotion_drops_the_restriction_and_says_so(world, role):
    world.enlist("ann", "member", tuple(world.sites))
    assert not changed(world, "ann", Access(role)).restricted
    assert sites_of(world, "ann") == []
    (event,) = world.events(world["ann"].user_id, "member.changed")
    assert (event.details["before"]["sites"], event.details["after"]["sites"]) == (world.sites, "all")


@pytest.mark.parametrize("role", ["admin", "manager", "billing_manager"])
def test_a_demotion_to_member_says_which_sites_or_all(world, role):
    with pytest.raises(NoSitesChosen):
        changed(world, role, Access("member"))
    assert changed(world, role, Access("member", (world.sites[1],))).restricted
    assert sites_of(world, role) == [world.sites[1]]


def test_sites_go_with_the_role_member_and_are_the_organizations_own(world, another):
    with pytest.raises(RestrictionNeedsMember):
        changed(world, "member", Access("admin", (world.sites[0],)))
    for site in (another.sites[0], 2**70, 0):
        with pytest.raises(UnknownSite):
            changed(world, "member", Access("member", (site,)))
    assert not world.membership(world["member"].user_id).restricted


def test_attack_14_an_unknown_role_is_refused(world):
    for role in ("root", "", "Member"):
        with pytest.raises(UnknownRole):
            changed(world, "member", Access(role))


def test_a_removed_member_leaves_their_places_and_frees_the_seat(world):
    ann = person(world.session, "ann@example.com", world.now)
    accept(world.session, Actor(ann.id), world.invited(ann.email, world.full_offer()), world.now)
    assert remove(world.session, world["manager"], world.id, ann.id, world.now) == 0
    assert world.membership(ann.id) is None
    assert world.session.scalars(select(TeamMember)).all() == world.session.scalars(select(MembershipSite)).all() == []
    assert world.events(ann.id, "member.removed")[0].details == {"role": "member", "canceled": 0}
    world.check_counts()


@pytest.mark.parametrize("role", ["admin", "manager", "billing_manager", "member"])
def test_anybody_may_leave(world, role):
    remove(world.session, world[role], world.id, world[role].user_id, world.now)
    assert world.membership(world[role].user_id) is None
    world.check_counts()


def test_the_last_owner_neither_leaves_nor_steps_down(world):
    owner = world["owner"]
    with pytest.raises(LastOwner):
        remove(world.session, owner, world.id, owner.user_id, world.now)
    with pytest.raises(LastOwner):
        changed(world, "owner", Access("admin"))
    with pytest.raises(LastOwner):
        changed(world, "owner", Access("member", ()))
    assert world.membership(owner.user_id).role == "owner"
    world.check_counts()


def test_one_of_two_owners_may_go(world):
    changed(world, "admin", Access("owner"))
    changed(world, "owner", Access("member", ()), by="admin")
    with pytest.raises(LastOwner):
        remove(world.session, world["admin"], world.id, world["admin"].user_id, world.now)
    world.check_counts()


def test_attack_15_a_member_of_another_organization_is_not_found(world, another):
    target = another["member"].user_id
    for rule in (
        lambda: change(world.session, world["owner"], world.id, target, Access("admin"), world.now),
        lambda: remove(world.session, world["owner"], world.id, target, world.now),
        lambda: memberships.get(world.session, world["owner"], world.id, target),
    ):
        with pytest.raises(NotFound):
            rule()


def test_attack_15_another_organization_does_not_open(world, another):
    for actor in (another["owner"], Actor(None)):
        for rule in (
            lambda actor=actor: memberships.page(world.session, actor, world.id),
            lambda actor=actor: memberships.get(world.session, actor, world.id, world["member"].user_id),
            lambda actor=actor: remove(world.session, actor, world.id, world["member"].user_id, world.now),
        ):
            with pytest.raises(NotAMember):
                rule()


def test_members_are_listed_by_pages_in_the_order_they_joined(world):
    everyone, last = [], None
    while found := memberships.page(world.session, world["member"], world.id, after=last, most=2):
        everyone += [member.user.name for member in found]
        last = found[-1].id
    assert everyone == ["Owner", "Admin", "Manager", "Billing Manager", "Member"]


def test_a_person_sees_their_open_organizations_by_name(world, another):
    ann = person(world.session, "ann@example.com", world.now)
    for place in (another, world):
        accept(world.session, Actor(ann.id), place.invited(ann.email, Offer("member")), world.now)
    assert [m.organization.name for m in memberships.of_user(world.session, ann.id)] == ["Northwind", "Southwind"]
    another.limit(deactivated_at=world.now)
    assert [m.organization.name for m in memberships.of_user(world.session, ann.id)] == ["Northwind"]


def test_a_deleted_site_is_not_given(world):
    world.session.get_one(Site, world.sites[0]).deleted_at = world.now
    world.session.commit()
    with pytest.raises(UnknownSite):
        changed(world, "member", Access("member", (world.sites[0],)))
