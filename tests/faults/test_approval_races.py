"""Approving while others decide, leave, or take seats: one decision counts, and nobody is in by half."""

from functools import partial

import pytest

from portal import memberships, organizations, profiles, settings
from portal.errors import PortalError
from portal.invitations import Invitee, Offer, accept, approve, invite, refuse
from portal.memberships import Access
from portal.permissions import Actor
from tests.world import person

from .together import errors, meanwhile, successes, together

ROUNDS = range(3)
ANN = "ann@example.com"


def test_attack_21_and_7_of_many_approvals_one_makes_the_member(app, world):
    key, ann = world.waits(offer=world.full_offer())
    who = [world["owner"], world["admin"]] * 5
    results = together(
        app, *[partial(approve, actor=a, organization_id=world.id, invitation_id=key, now=world.now) for a in who]
    )
    assert len(successes(results)) == 1
    assert errors(results) == ["not_waiting"] * 9
    assert world.membership(ann.user_id)
    assert len(world.events(key, "invitation.approved")) == len(world.mails("approved")) == 1
    world.check_counts()


@pytest.mark.parametrize("number", ROUNDS)
def test_approved_or_declined_but_never_both(app, world, number):
    key, ann = world.waits()
    deciding = {"organization_id": world.id, "invitation_id": key, "now": world.now}
    results = together(
        app, partial(approve, actor=world["owner"], **deciding), partial(refuse, actor=world["admin"], **deciding)
    )
    assert errors(results) == ["not_waiting"]
    assert (world.membership(ann.user_id) is not None) == (world.invitation(key).status == "accepted")
    world.check_counts()


def approving(world, key, name="admin"):
    return partial(approve, actor=world[name], organization_id=world.id, invitation_id=key, now=world.now)


def nothing(_):
    return None


def test_who_is_demoted_while_approving_lets_nobody_in(app, world):
    key, ann = world.waits()
    access = Access("manager")
    demoting = partial(
        memberships.change, actor=world["owner"], organization_id=world.id, user_id=world["admin"].user_id,
        access=access, now=world.now,
    )  # fmt: skip
    assert errors(meanwhile(app, demoting, nothing, approving(world, key))) == ["not_allowed"]
    assert world.membership(ann.user_id) is None
    world.check_counts()


def test_who_invited_and_is_removed_meanwhile_stands_for_nobody(app, world):
    key, ann = world.waits(by="manager")
    removing = partial(
        memberships.remove, actor=world["owner"], organization_id=world.id, user_id=world["manager"].user_id,
        now=world.now,
    )  # fmt: skip
    assert errors(meanwhile(app, removing, nothing, approving(world, key))) == ["not_waiting"]
    assert world.membership(ann.user_id) is None
    world.check_counts()


@pytest.mark.parametrize("number", ROUNDS)
def test_who_waits_loses_the_seat_to_nobody(app, world, number):
    world.limit(seat_limit=6)
    key, ann = world.waits()
    bob = [Invitee("bob@example.com", Offer("member"))]
    inviting = partial(invite, actor=world["manager"], organization_id=world.id, invitees=bob, now=world.now)
    limiting = partial(
        organizations.set_limits, actor=world["owner"], organization_id=world.id, limits={"seat_limit": 5},
        now=world.now,
    )  # fmt: skip
    approved, (outcome,), limited = together(app, approving(world, key), inviting, limiting)
    assert not isinstance(approved, PortalError)
    assert (outcome.code, limited.code) == ("no_seat_left", "limit_below_use")
    assert world.membership(ann.user_id)
    world.check_counts()


@pytest.mark.parametrize("number", ROUNDS)
def test_an_account_that_is_deleted_meanwhile_is_no_member(app, world, number):
    key, ann = world.waits()
    together(app, approving(world, key), partial(profiles.delete, actor=ann, email=ANN, now=world.now))
    assert world.membership(ann.user_id) is None
    assert world.organization().waiting_count == 0
    world.check_counts()


@pytest.mark.parametrize("number", ROUNDS)
def test_attack_7_whoever_accepts_while_approval_is_asked_for_is_in_or_waits(app, world, number):
    ann, key = person(world.session, ANN, world.now).id, world.invited(ANN)
    asking = partial(
        settings.change, actor=world["owner"], organization_id=world.id, said={"approval": True}, now=world.now
    )
    answer, _ = together(app, partial(accept, actor=Actor(ann), invitation_id=key, now=world.now), asking)
    assert answer.waits == (world.membership(ann) is None) == (world.invitation(key).status == "waiting")
    world.check_counts()


def test_everybody_who_waits_is_let_in_at_once(app, world):
    waiting = [world.waits(f"p{number}@example.com", world.full_offer()) for number in range(6)]
    names = ("owner", "admin")
    results = together(app, *[approving(world, key, names[n % 2]) for n, (key, _) in enumerate(waiting)])
    assert errors(results) == []
    assert all(world.membership(actor.user_id) for _, actor in waiting)
    world.check_counts()
