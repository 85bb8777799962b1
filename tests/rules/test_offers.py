"""What an offer may be: the first thing that does not hold is named, and nothing is written."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import places
from portal.errors import (
    BadExpiry,
    GrantedTwice,
    MessageTooLong,
    RestrictionNeedsMember,
    RestrictionNeedsSite,
    SitesWithoutRestriction,
    UnknownProject,
    UnknownRole,
    UnknownSite,
    UnknownTeam,
)
from portal.invitations import Offer
from portal.models import Invitation

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)


def refused(world, error, offer):
    """The error that the offer is refused with, before anything is written."""
    with pytest.raises(error) as caught:
        world.invited("ann@example.com", offer)
    assert world.session.scalar(select(func.count()).select_from(Invitation)) == 0
    world.check_counts()
    return caught.value


@pytest.mark.parametrize("role", ["superuser", "Owner", "administrator", "", "member "])
def test_attack_14_an_unknown_role_is_refused(world, role):
    refused(world, UnknownRole, Offer(role))


@pytest.mark.parametrize("role", ["root", "member", "team_manager "])
def test_attack_14_an_unknown_team_role_is_refused(world, role):
    refused(world, UnknownRole, Offer("member", teams=((world.teams[0], role),)))


@pytest.mark.parametrize("role", ["root", "developer", ""])
def test_attack_14_an_unknown_project_role_is_refused(world, role):
    refused(world, UnknownRole, Offer("member", projects=((world.projects[0], role),)))


@pytest.mark.parametrize("role", ["owner", "admin", "manager", "billing_manager"])
def test_only_members_are_restricted(world, role):
    refused(world, RestrictionNeedsMember, Offer(role, True, tuple(world.sites)))


def test_a_restriction_names_a_site(world):
    refused(world, RestrictionNeedsSite, Offer("member", True))


def test_sites_without_a_restriction_are_refused(world):
    refused(world, SitesWithoutRestriction, Offer("member", False, tuple(world.sites)))


@pytest.mark.parametrize("site", [0, -1, 987_654, 2**63, 2**80])
def test_a_site_that_never_was_is_refused(world, site):
    refused(world, UnknownSite, Offer("member", True, (world.sites[0], site)))


def test_attack_15_places_of_another_organization_are_refused_like_those_that_never_were(world, another):
    refused(world, UnknownSite, Offer("member", True, (another.sites[0],)))
    refused(world, UnknownTeam, Offer("member", teams=((another.teams[0], "developer"),)))
    refused(world, UnknownProject, Offer("member", projects=((another.projects[0], "project_member"),)))


def test_a_deleted_place_is_not_offered(world):
    for kind, key in (("site", world.sites[0]), ("team", world.teams[0]), ("project", world.projects[0])):
        places.delete(world.session, world["owner"], world.id, kind, key, world.now)
    refused(world, UnknownSite, Offer("member", True, (world.sites[0],)))
    refused(world, UnknownTeam, Offer("member", teams=((world.teams[0], "developer"),)))
    refused(world, UnknownProject, Offer("member", projects=((world.projects[0], "project_member"),)))


def test_each_place_is_named_once(world):
    site, team, project = world.sites[0], world.teams[0], world.projects[0]
    assert refused(world, GrantedTwice, Offer("member", True, (site, site))).field == "sites"
    twice = ((team, "developer"), (team, "read_only"))
    assert refused(world, GrantedTwice, Offer("member", teams=twice)).field == "teams"
    twice = ((project, "project_admin"), (project, "project_admin"))
    assert refused(world, GrantedTwice, Offer("member", projects=twice)).field == "projects"


def test_the_message_has_at_most_2000_characters(world):
    refused(world, MessageTooLong, Offer("member", message="x" * 2001))
    assert world.invited("ann@example.com", Offer("member", message="x" * 2000))


@pytest.mark.parametrize("life", [HOUR - SECOND, -DAY, timedelta(0), 365 * DAY + SECOND])
def test_an_expiry_that_is_too_near_or_too_far_is_refused(world, life):
    refused(world, BadExpiry, Offer("member", expires_at=world.now + life))


@pytest.mark.parametrize("life", [HOUR, 365 * DAY])
def test_an_expiry_at_either_end_is_taken(world, life):
    key = world.invited("ann@example.com", Offer("member", expires_at=world.now + life))
    assert world.invitation(key).expires_at == world.now + life


def test_a_message_keeps_its_lines_and_no_other_control_character(world):
    key = world.invited("ann@example.com", Offer("member", message="  Hello\r\n\x00Ann\x1b[31m\u202e\r\n\r\nbye "))
    assert world.invitation(key).message == "Hello\n Ann [31m\n\nbye"
