"""Ownership handed over, and an organization closed and opened again, while others do the same or the opposite."""

from functools import partial

import pytest
from sqlalchemy import func, select

from portal import memberships, organizations
from portal.errors import PortalError
from portal.invitations import Offer, accept
from portal.memberships import Access
from portal.models import Event, Organization
from portal.permissions import Actor
from tests.world import person

from .together import errors, successes, together

ROUNDS = range(3)
ANN = "ann@example.com"


def transferring(world, by, to):
    return partial(
        memberships.transfer, actor=by, organization_id=world.id, user_id=world[to].user_id, now=world.now
    )  # fmt: skip


def roles(world, *names):
    world.session.rollback()
    return [getattr(world.membership(world[name].user_id), "role", None) for name in names]


def happened(world, kind):
    query = select(func.count()).select_from(Event).where(Event.organization_id == world.id, Event.kind == kind)
    return world.session.scalar(query)


@pytest.mark.parametrize("number", ROUNDS)
def test_who_hands_over_to_many_at_once_hands_over_to_one(app, world, number):
    names = ("admin", "manager", "member")
    results = together(app, *[transferring(world, world["owner"], name) for name in names])
    assert len(successes(results)) == 1
    assert errors(results) == ["not_allowed"] * 2
    assert roles(world, *names).count("owner") == 1
    assert roles(world, "owner") == ["admin"]
    assert world.organization().owner_count == 1
    world.check_counts()


@pytest.mark.parametrize("number", ROUNDS)
def test_of_two_owners_who_hand_over_to_each_other_one_stays(app, world, number):
    second = world.enlist("second", "owner")
    results = together(app, transferring(world, world["owner"], "second"), transferring(world, second, "owner"))
    assert len(successes(results)) >= 1
    assert "owner" in roles(world, "owner", "second")
    assert world.organization().owner_count == roles(world, "owner", "second").count("owner")
    world.check_counts()


@pytest.mark.parametrize("number", ROUNDS)
def test_whoever_is_removed_meanwhile_is_no_owner_and_one_stays(app, world, number):
    removing = partial(
        memberships.remove, actor=world["admin"], organization_id=world.id, user_id=world["member"].user_id,
        now=world.now,
    )  # fmt: skip
    results = together(app, transferring(world, world["owner"], "member"), removing)
    assert errors(results) in (["not_found"], ["role_above_rank"])
    assert roles(world, "owner", "member") in (["admin", "owner"], ["owner", None])
    assert world.organization().owner_count == 1
    world.check_counts()


@pytest.mark.parametrize("number", ROUNDS)
def test_who_hands_over_and_leaves_at_once_leaves_an_owner_behind(app, world, number):
    leaving = partial(
        memberships.remove, actor=world["owner"], organization_id=world.id, user_id=world["owner"].user_id,
        now=world.now,
    )  # fmt: skip
    results = together(app, transferring(world, world["owner"], "admin"), leaving)
    assert errors(results) in ([], ["last_owner"])
    assert roles(world, "admin") == ["owner"]
    assert world.organization().owner_count == 1
    world.check_counts()


@pytest.mark.parametrize("number", ROUNDS)
def test_a_demotion_and_a_handover_leave_an_owner(app, world, number):
    world.enlist("second", "owner")
    demoting = partial(
        memberships.change, actor=world["second"], organization_id=world.id, user_id=world["owner"].user_id,
        access=Access("member", ()), now=world.now,
    )  # fmt: skip
    together(app, transferring(world, world["owner"], "admin"), demoting)
    assert world.organization().owner_count == roles(world, "owner", "second", "admin").count("owner") >= 1
    world.check_counts()


def opening(world):
    return partial(organizations.reopen, actor=world["owner"], organization_id=world.id, now=world.now)


def closing(world):
    return partial(organizations.close, actor=world["owner"], organization_id=world.id, now=world.now)


def is_open(world):
    world.session.rollback()
    return world.organization().deactivated_at is None


def test_a_closed_organization_is_opened_once_by_many_at_once(app, world):
    closing(world)(world.session)
    results = together(app, *[opening(world) for _ in range(10)])
    assert len(successes(results)) == happened(world, "organization.reopened") == 1
    assert errors(results) == ["not_found"] * 9
    assert is_open(world)


@pytest.mark.parametrize("number", ROUNDS)
def test_opened_and_closed_at_once_is_one_of_them_and_says_so(app, world, number):
    closing(world)(world.session)
    opened, closed = together(app, opening(world), closing(world))
    assert not isinstance(opened, PortalError)
    assert isinstance(closed, PortalError) == is_open(world)
    assert happened(world, "organization.closed") == (1 if is_open(world) else 2)


@pytest.mark.parametrize("number", ROUNDS)
def test_what_is_opened_in_time_is_not_deleted_for_good(app, world, number):
    organizations.delete(world.session, world["owner"], world.id, "Northwind", world.now)
    over = world.now + organizations.RECOVERABLE
    opened, gone = together(app, opening(world), partial(organizations.forget_deleted, now=over))
    world.session.rollback()
    there = world.session.scalar(select(func.count()).select_from(Organization).where(Organization.id == world.id))
    assert there == (not isinstance(opened, PortalError)) == 1 - gone


@pytest.mark.parametrize("number", ROUNDS)
def test_nobody_joins_what_is_closed_meanwhile(app, world, number):
    ann, key = person(world.session, ANN, world.now).id, world.invited(ANN, Offer("member"))
    accepted, _ = together(app, partial(accept, actor=Actor(ann), invitation_id=key, now=world.now), closing(world))
    assert isinstance(accepted, PortalError) == (world.membership(ann) is None)
    assert not is_open(world)
    world.check_counts()
