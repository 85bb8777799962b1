"""What a link shows: the offer, what is gone, and the first thing that stands in the way."""

from datetime import timedelta

import pytest

from portal import places
from portal.errors import BadLink, Expired, InviterLostRights, NewerLink, NotFound, NotPending, OrganizationClosed
from portal.invitations import cancel, detail, look, new_link, own, reject
from portal.links import Kind, Opened
from portal.models import User
from portal.permissions import Actor
from tests.world import person

WEEK = timedelta(days=7)


@pytest.fixture
def key(world):
    return world.invited("ann@example.com", world.full_offer(), by="admin")


def test_a_link_shows_exactly_what_is_offered(world, key):
    view = look(world.session, world.opened(key), world.now)
    assert (view.organization.name, view.inviter.name, view.obstacle) == ("Northwind", "Admin", None)
    assert [site.name for site in view.sites] == ["Blog", "Shop"]
    assert [(team.name, team.role) for team in view.teams] == [("Platform", "developer"), ("Support", "team_manager")]
    assert [(p.name, p.role) for p in view.projects] == [("Apollo", "project_member"), ("Gemini", "project_viewer")]
    assert (view.site_count, view.gone) == (2, [])


def test_what_was_deleted_is_named_as_gone(world, key):
    places.delete(world.session, world["owner"], world.id, "site", world.sites[0], world.now)
    places.delete(world.session, world["owner"], world.id, "team", world.teams[1], world.now)
    view = look(world.session, world.opened(key), world.now)
    assert view.gone == ["Shop", "Support"]
    assert [site.name for site in view.sites] == ["Blog"]
    assert view.site_count == 1


def obstacle(world, opened, at=None):
    return type(look(world.session, opened, at or world.now).obstacle)


def test_each_thing_that_stands_in_the_way_is_told(world, key):
    opened = world.opened(key)
    assert obstacle(world, opened, world.now + WEEK) is Expired
    world.demote("admin", "member")
    assert obstacle(world, opened) is InviterLostRights
    new_link(world.session, world["owner"], key, world.now)
    assert obstacle(world, opened) is NewerLink
    world.limit(deactivated_at=world.now)
    assert obstacle(world, world.opened(key)) is OrganizationClosed
    world.limit(deactivated_at=None)
    cancel(world.session, world["owner"], key, world.now)
    assert obstacle(world, world.opened(key)) is NotPending


def test_a_link_of_the_future_is_a_bad_one(world, key):
    with pytest.raises(BadLink):
        look(world.session, Opened(key, 2, Kind.MAILED), world.now)


def test_own_invitations_are_the_open_ones_of_all_organizations_newest_first(world, another, key):
    second = another.invited("ann@example.com", at=world.now + timedelta(seconds=1))
    ann = person(world.session, "ann@example.com", world.now)
    moment = world.now + timedelta(seconds=2)
    assert [view.invitation.id for view in own(world.session, ann.id, moment)] == [second, key]
    assert [view.invitation.id for view in own(world.session, ann.id, world.now + WEEK)] == [second]
    another.limit(deactivated_at=world.now)
    reject(world.session, Actor(ann.id), key, world.now)
    assert own(world.session, ann.id, moment) == []


def test_attack_09_an_unverified_account_sees_no_invitations(world, key):
    squatter = person(world.session, "ann@example.com", world.now, verified=False)
    assert own(world.session, squatter.id, world.now) == []


def test_the_detail_shows_offer_history_and_mails(world, key):
    new_link(world.session, world["owner"], key, world.now + timedelta(seconds=1))
    found = detail(world.session, world["manager"], world.id, key)
    assert [(event.kind, name) for event, name in found.events] == [
        ("invitation.created", "Admin"),
        ("invitation.link_renewed", "Owner"),
    ]
    assert [mail.arguments["generation"] for mail in found.mails] == [1, 2]
    assert (found.role, len(found.view.teams)) == ("manager", 2)


def test_attack_15_another_organizations_detail_reads_as_none(world, another, key):
    for actor, organization in ((another["owner"], world.id), (another["owner"], another.id), (Actor(None), world.id)):
        with pytest.raises(NotFound):
            detail(world.session, actor, organization, key)


def test_the_inviters_account_is_shown_even_when_it_was_closed(world, key):
    world.session.get_one(User, world["admin"].user_id).deactivated_at = world.now
    world.session.commit()
    assert obstacle(world, world.opened(key)) is InviterLostRights
