"""Sites, teams and projects: who makes them, names that are taken, and deletion by a mark."""

import pytest
from sqlalchemy import select

from portal import places
from portal.database import new_id
from portal.errors import BadDomain, BadName, NameTaken, NotAllowed, NotAMember, NotFound
from portal.invitations import accept
from portal.models import InvitationTeam, Team, TeamMember
from portal.permissions import Actor
from tests.world import person

KINDS = ("site", "team", "project")
every_kind = pytest.mark.parametrize("kind", KINDS)


def made(world, kind, name="New", by="owner", domain="new.example.com"):
    return places.create(world.session, world[by], world.id, kind, name, world.now, domain=domain)


def first(world, kind):
    return {"site": world.sites, "team": world.teams, "project": world.projects}[kind][0]


def names(world, kind):
    return [place.name for place in places.listed(world.session, world["member"], world.id, kind)]


@every_kind
def test_a_place_is_made_renamed_and_deleted(world, kind):
    place = made(world, kind, "  New\n one ")
    assert "New one" in names(world, kind)
    places.rename(world.session, world["admin"], world.id, kind, place.id, "Newer", world.now)
    assert "Newer" in names(world, kind)
    places.delete(world.session, world["admin"], world.id, kind, place.id, world.now)
    assert "Newer" not in names(world, kind)
    kinds = [event.kind for event in world.events(place.id) if event.kind.startswith(kind)]
    assert kinds == [f"{kind}.created", f"{kind}.renamed", f"{kind}.deleted"]


@every_kind
@pytest.mark.parametrize("role", ["manager", "billing_manager", "member"])
def test_only_owners_and_admins_manage_places(world, kind, role):
    for rule in (
        lambda: made(world, kind, by=role),
        lambda: places.rename(world.session, world[role], world.id, kind, first(world, kind), "X", world.now),
        lambda: places.delete(world.session, world[role], world.id, kind, first(world, kind), world.now),
    ):
        with pytest.raises(NotAllowed):
            rule()
    assert len(names(world, kind)) == 2


@every_kind
def test_attack_15_another_organizations_places_answer_as_those_that_never_were(world, another, kind):
    for key in (first(another, kind), 987_654 if kind == "site" else new_id()):
        for rule in (
            lambda key=key: places.get(world.session, world["owner"], world.id, kind, key),
            lambda key=key: places.rename(world.session, world["owner"], world.id, kind, key, "X", world.now),
            lambda key=key: places.delete(world.session, world["owner"], world.id, kind, key, world.now),
        ):
            with pytest.raises(NotFound) as caught:
                rule()
            assert caught.value.facts == {}


@every_kind
def test_attack_15_a_stranger_sees_and_makes_nothing(world, another, kind):
    for actor in (another["owner"], Actor(None)):
        for rule in (
            lambda actor=actor: places.listed(world.session, actor, world.id, kind),
            lambda actor=actor: places.create(world.session, actor, world.id, kind, "X", world.now, domain="x.org"),
        ):
            with pytest.raises(NotAMember):
                rule()


@every_kind
def test_a_name_is_taken_while_its_place_is_there(world, kind):
    taken = names(world, kind)[0]
    with pytest.raises(NameTaken):
        made(world, kind, taken)
    place = made(world, kind, "Other")
    with pytest.raises(NameTaken):
        places.rename(world.session, world["owner"], world.id, kind, place.id, taken, world.now)
    places.delete(world.session, world["owner"], world.id, kind, place.id, world.now)
    assert made(world, kind, "Other").id != place.id


@every_kind
def test_two_organizations_may_use_one_name(world, another, kind):
    assert names(world, kind) == names(another, kind)


@every_kind
@pytest.mark.parametrize("name", ["", " \n", "x" * 101, "\x00"])
def test_a_name_has_something_to_read(world, kind, name):
    with pytest.raises(BadName):
        made(world, kind, name)


DOMAINS = {
    "Shop.Example.com": "shop.example.com",
    " https://shop.example.com/ ": "shop.example.com",
    "bücher.example.com": "xn--bcher-kva.example.com",
    "localhost": "localhost",
}


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_is_kept_in_one_form(world, domain):
    assert made(world, "site", domain=domain).domain == DOMAINS[domain]


@pytest.mark.parametrize(
    "domain", ["", None, "a b", "a..b", "-a.com", "x" * 64 + ".com", "a/b", "a\r\nb", "<b>", "é" * 300]
)
def test_what_is_no_domain_is_refused(world, domain):
    with pytest.raises(BadDomain):
        made(world, "site", domain=domain)


def test_grants_and_members_of_a_deleted_place_stay(world):
    ann = person(world.session, "ann@example.com", world.now)
    accept(world.session, Actor(ann.id), world.invited(ann.email, world.full_offer()), world.now)
    world.invited("bob@example.com", world.full_offer())
    places.delete(world.session, world["owner"], world.id, "team", world.teams[0], world.now)
    for model in (TeamMember, InvitationTeam):
        assert world.session.scalars(select(model).where(model.team_id == world.teams[0])).all()
    assert world.session.get_one(Team, world.teams[0]).deleted_at == world.now
