"""Who reaches what, and why: every cell, written out."""

import pytest
from sqlalchemy import insert

from portal import places
from portal.database import new_id
from portal.models import ProjectMember, TeamMember
from portal.reach import Reach, all_of, reach

# role -> (any site, a team that one is not in, a team that one is in)
CELLS = {
    "owner": (Reach(True, "role"), Reach(True, "role"), Reach(True, "role", "developer")),
    "admin": (Reach(True, "role"), Reach(True, "role"), Reach(True, "role", "developer")),
    "manager": (Reach(True, "role"), Reach(False, "no_grant"), Reach(True, "grant", "developer")),
    "billing_manager": (Reach(True, "role"), Reach(False, "no_grant"), Reach(True, "grant", "developer")),
    "member": (Reach(True, "unrestricted"), Reach(False, "no_grant"), Reach(True, "grant", "developer")),
}


def put(world, name, team=None, project=None):
    who = {"id": new_id(), "organization_id": world.id, "user_id": world[name].user_id, "created_at": world.now}
    if team:
        world.session.execute(insert(TeamMember).values(who | {"team_id": team, "role": "developer"}))
    if project:
        world.session.execute(insert(ProjectMember).values(who | {"project_id": project, "role": "project_viewer"}))
    world.session.commit()


@pytest.mark.parametrize("role", CELLS)
def test_every_role_reaches_what_it_should_and_knows_why(world, role):
    site, outside, inside = CELLS[role]
    who = world[role].user_id
    put(world, role, world.teams[0], world.projects[0])
    assert reach(world.session, who, "site", world.sites[0]) == site
    assert reach(world.session, who, "team", world.teams[0]) == inside
    assert reach(world.session, who, "team", world.teams[1]) == outside
    assert reach(world.session, who, "project", world.projects[0]) == Reach(True, inside.why, "project_viewer")
    assert reach(world.session, who, "project", world.projects[1]) == outside


@pytest.mark.parametrize("role", CELLS)
def test_the_overview_agrees_with_each_single_answer(world, role):
    put(world, role, world.teams[0], world.projects[1])
    who, found = world[role].user_id, all_of(world.session, world[role].user_id, world.id)
    for kind, keys in (("site", world.sites), ("team", world.teams), ("project", world.projects)):
        single = {key: reach(world.session, who, kind, key) for key in keys}
        assert {place.id: why for place, why in found[kind]} == {k: v for k, v in single.items() if v.allowed}


def test_a_restricted_member_reaches_the_sites_named_and_no_other(world):
    who = world.enlist("ann", "member", (world.sites[0],)).user_id
    assert reach(world.session, who, "site", world.sites[0]) == Reach(True, "grant")
    assert reach(world.session, who, "site", world.sites[1]) == Reach(False, "no_grant")


def test_a_restricted_member_whose_sites_are_all_gone_reaches_none(world):
    who = world.enlist("ann", "member", (world.sites[0],)).user_id
    places.delete(world.session, world["owner"], world.id, "site", world.sites[0], world.now)
    assert reach(world.session, who, "site", world.sites[0]) == Reach(False, "no_such_place")
    assert all_of(world.session, who, world.id)["site"] == []


def test_a_site_made_later_is_not_reached_by_the_restricted(world):
    restricted, free = world.enlist("ann", "member", (world.sites[0],)), world["member"]
    made = places.create(world.session, world["owner"], world.id, "site", "New", world.now, domain="new.example.com")
    assert not reach(world.session, restricted.user_id, "site", made.id).allowed
    assert reach(world.session, free.user_id, "site", made.id).allowed


@pytest.mark.parametrize("role", CELLS)
def test_attack_05_nobody_reaches_another_organizations_places(world, another, role):
    for kind, key in (("site", another.sites[0]), ("team", another.teams[0]), ("project", another.projects[0])):
        assert reach(world.session, world[role].user_id, kind, key) == Reach(False, "not_a_member")
    assert all_of(world.session, world[role].user_id, another.id) == {"site": [], "team": [], "project": []}


@pytest.mark.parametrize("role", CELLS)
def test_attack_18_neither_the_deactivated_nor_anybody_of_a_closed_organization_reaches_anything(world, role):
    world.user(role).deactivated_at = world.now
    world.session.commit()
    assert reach(world.session, world[role].user_id, "site", world.sites[0]) == Reach(False, "not_a_member")
    world.user(role).deactivated_at = None
    world.limit(deactivated_at=world.now)
    assert reach(world.session, world[role].user_id, "site", world.sites[0]) == Reach(False, "not_a_member")


def test_what_never_was_is_not_reached(world):
    cases = (("site", 987_654), ("site", 0), ("site", 2**70), ("team", new_id()), ("project", new_id()))
    for kind, key in cases:
        assert reach(world.session, world["owner"].user_id, kind, key) == Reach(False, "no_such_place")
