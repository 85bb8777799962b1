"""Accepting: all that was offered, or nothing; by the addressee only, once, as it was shown."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import places
from portal.database import new_id
from portal.errors import (
    AddressNotVerified,
    AlreadyMember,
    Expired,
    InviterLostRights,
    NewerLink,
    NotFound,
    NotPending,
    NotTheRecipient,
    OfferChanged,
    OrganizationClosed,
)
from portal.invitations import Change, Offer, accept, cancel, edit, new_link, reject, resend
from portal.memberships import remove
from portal.models import Event, Membership, MembershipSite, ProjectMember, TeamMember
from portal.permissions import Actor
from tests.world import person

WEEK = timedelta(days=7)
MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture
def ann(world):
    """A person with an account, invited to everything by the admin."""
    return person(world.session, "ann@example.com", world.now).id


@pytest.fixture
def key(world, ann):
    return world.invited("ann@example.com", world.full_offer(), by="admin")


def refused(world, error, key, actor, at=None, **shown):
    """Accepting is refused with that error, and nothing is written."""
    events = world.session.scalar(select(func.count()).select_from(Event))
    status = world.invitation(key).status
    with pytest.raises(error) as caught:
        accept(world.session, actor, key, at or world.now, **shown)
    assert type(caught.value) is error
    assert world.session.scalar(select(func.count()).select_from(Event)) == events
    assert world.invitation(key).status == status
    world.check_counts()


def test_accepting_gives_all_that_was_offered(world, ann, key):
    member = accept(world.session, Actor(ann, "page", "192.0.2.1"), key, world.now, generation=1, version=1)
    assert (member.role, member.restricted) == ("member", True)
    assert set(world.session.scalars(select(MembershipSite.site_id))) == set(world.sites)
    teams = {(row.team_id, row.role) for row in world.session.scalars(select(TeamMember))}
    projects = {(row.project_id, row.role) for row in world.session.scalars(select(ProjectMember))}
    assert teams == set(world.full_offer().teams)
    assert projects == set(world.full_offer().projects)
    world.check_counts()


def test_accepting_ends_the_invitation_and_tells_the_history(world, ann, key):
    accept(world.session, Actor(ann, "page", "192.0.2.1"), key, world.now)
    made = world.invitation(key)
    assert (made.status, made.accepted_by, made.ended_at) == ("accepted", ann, world.now)
    (accepted,) = world.events(key, "invitation.accepted")
    assert (accepted.actor_id, accepted.ip_address) == (ann, "192.0.2.1")
    assert accepted.details == {"email": "ann@example.com", "role": "member"}
    assert world.events(ann, "member.joined")[0].details == {"role": "member"}


@pytest.mark.parametrize("role", ["owner", "admin", "manager", "billing_manager", "member"])
def test_every_role_can_be_accepted_and_owners_are_counted(world, ann, role):
    accept(world.session, Actor(ann), world.invited("ann@example.com", Offer(role)), world.now)
    assert world.membership(ann).role == role
    world.check_counts()


def test_joining_uses_the_seat_of_the_invitation(world, ann, key):
    world.limit(seat_limit=6, pending_limit=1)
    accept(world.session, Actor(ann), key, world.now)
    assert world.organization().free_seats == 0
    world.check_counts()


def test_grants_deleted_meanwhile_are_left_out_and_told(world, ann, key):
    for kind, place in (("site", world.sites[0]), ("team", world.teams[0]), ("project", world.projects[0])):
        places.delete(world.session, world["owner"], world.id, kind, place, world.now)
    accept(world.session, Actor(ann), key, world.now)
    assert world.session.scalars(select(MembershipSite.site_id)).all() == [world.sites[1]]
    assert world.session.scalars(select(TeamMember.team_id)).all() == [world.teams[1]]
    assert world.session.scalars(select(ProjectMember.project_id)).all() == [world.projects[1]]
    assert set(world.events(key, "invitation.accepted")[0].details["left_out"]) == {"Shop", "Platform", "Apollo"}


def test_a_restriction_stays_when_all_of_its_sites_are_gone(world, ann, key):
    for site in world.sites:
        places.delete(world.session, world["owner"], world.id, "site", site, world.now)
    assert accept(world.session, Actor(ann), key, world.now).restricted is True


def test_attack_06_another_account_is_refused(world, key, another):
    for actor in (world["owner"], another["member"]):
        refused(world, NotTheRecipient, key, actor)
    assert world.membership(another["member"].user_id) is None


def test_attack_09_an_unverified_account_of_that_address_is_refused(world):
    squatter = person(world.session, "bob@example.com", world.now, verified=False)
    refused(world, AddressNotVerified, world.invited("bob@example.com"), Actor(squatter.id))
    assert world.membership(squatter.id) is None


def test_nobody_and_nothing_are_refused(world, ann, key):
    refused(world, NotFound, key, Actor(None))
    refused(world, NotFound, key, Actor(new_id()))
    with pytest.raises(NotFound):
        accept(world.session, Actor(ann), new_id(), world.now)


def test_attack_05_an_invitation_opens_its_own_organization_only(world, another, ann, key):
    accept(world.session, Actor(ann), key, world.now)
    assert [row.organization_id for row in world.session.scalars(select(Membership).filter_by(user_id=ann))] == [
        world.id
    ]
    another.check_counts()


def test_attack_18_expiry_counts_from_its_very_millisecond(world, ann, key):
    refused(world, Expired, key, Actor(ann), world.now + WEEK)
    assert accept(world.session, Actor(ann), key, world.now + WEEK - MILLISECOND)


def test_attack_18_a_closed_organization_takes_nobody(world, ann, key):
    world.limit(deactivated_at=world.now)
    refused(world, OrganizationClosed, key, Actor(ann))


def test_attack_18_a_deactivated_person_accepts_and_declines_nothing(world, ann, key):
    world.session.get(type(world.user("owner")), ann).deactivated_at = world.now
    world.session.commit()
    refused(world, NotFound, key, Actor(ann))
    with pytest.raises(NotTheRecipient):
        reject(world.session, Actor(ann), key, world.now)


def test_attack_17_a_used_invitation_does_not_work_again(world, ann, key):
    accept(world.session, Actor(ann), key, world.now, generation=1, version=1)
    refused(world, NotPending, key, Actor(ann), generation=1, version=1)


def test_attack_17_a_used_invitation_does_not_let_a_removed_member_back_in(world, ann, key):
    accept(world.session, Actor(ann), key, world.now)
    remove(world.session, world["owner"], world.id, ann, world.now)
    refused(world, NotPending, key, Actor(ann))
    world.invited("someone@example.com")
    refused(world, NotPending, key, Actor(ann))
    assert world.membership(ann) is None


@pytest.mark.parametrize("end", [cancel, lambda session, actor, key, now: reject(session, actor, key, now)])
def test_what_was_revoked_or_declined_is_not_accepted(world, ann, key, end):
    end(world.session, world["owner"] if end is cancel else Actor(ann), key, world.now)
    refused(world, NotPending, key, Actor(ann))


def test_attack_16_every_older_generation_is_dead(world, ann, key):
    for _ in range(3):
        new_link(world.session, world["owner"], key, world.now)
    for generation in (1, 2, 3, 5):
        refused(world, NewerLink, key, Actor(ann), generation=generation)
    assert accept(world.session, Actor(ann), key, world.now, generation=4)


def test_attack_16_a_changed_address_kills_the_link_and_the_claim_of_the_old_one(world, ann, key):
    edit(world.session, world["owner"], key, Change(world.full_offer(), "bea@example.com"), world.now)
    refused(world, NotTheRecipient, key, Actor(ann), generation=1)
    bea = person(world.session, "bea@example.com", world.now)
    refused(world, NewerLink, key, Actor(bea.id), generation=1)
    assert accept(world.session, Actor(bea.id), key, world.now, generation=2)


def test_resending_leaves_the_link_alive(world, ann, key):
    resend(world.session, world["owner"], key, world.now)
    assert accept(world.session, Actor(ann), key, world.now, generation=1, version=1)


@pytest.mark.parametrize("offer", [Offer("owner"), Offer("member"), Offer("billing_manager")])
def test_what_is_accepted_is_what_was_shown(world, ann, key, offer):
    edit(world.session, world["owner"], key, Change(offer), world.now)
    refused(world, OfferChanged, key, Actor(ann), generation=1, version=1)
    assert accept(world.session, Actor(ann), key, world.now, generation=1, version=2).role == offer.role


def test_an_edited_message_does_not_hinder_acceptance(world, ann, key):
    edit(world.session, world["owner"], key, Change(world.full_offer(message="Hurry")), world.now)
    assert accept(world.session, Actor(ann), key, world.now, generation=1, version=1)


def test_a_member_is_not_made_one_again(world, key):
    invitation = world.invitation(key)
    invitation.email = world.email("member")
    world.session.commit()
    refused(world, AlreadyMember, key, world["member"])


@pytest.mark.parametrize("role", ["manager", "billing_manager", "member"])
def test_attack_13_the_grantor_is_judged_again_at_acceptance(world, ann, role):
    key = world.invited("ann@example.com", Offer("admin"), by="admin")
    world.demote("admin", role)
    refused(world, InviterLostRights, key, Actor(ann))


def test_attack_13_a_grantor_who_was_deactivated_no_longer_stands_for_it(world, ann, key):
    world.user("admin").deactivated_at = world.now
    world.session.commit()
    refused(world, InviterLostRights, key, Actor(ann))


def test_attack_13_who_last_set_the_grants_counts_and_not_who_invited(world, ann):
    key = world.invited("ann@example.com", Offer("member"), by="manager")
    edit(world.session, world["admin"], key, Change(Offer("admin")), world.now)
    world.demote("manager", "member")
    assert accept(world.session, Actor(ann), key, world.now, version=2).role == "admin"


def test_a_grantor_who_still_has_the_rank_stands_for_it_in_a_lower_role(world, ann, key):
    world.demote("admin", "manager")
    assert accept(world.session, Actor(ann), key, world.now)
