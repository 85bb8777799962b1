"""Roles that change while somebody acts in them, and owners who go at once."""

from functools import partial

import pytest
from sqlalchemy import func, select

from portal import memberships
from portal.invitations import Invitee, Offer, accept, invite
from portal.memberships import Access
from portal.models import Invitation
from portal.permissions import Actor
from tests.world import person

from .together import errors, meanwhile, together

ROUNDS = range(5)
ANN = "ann@example.com"


@pytest.mark.parametrize("number", ROUNDS)
@pytest.mark.parametrize("act", ["demote", "remove", "leave"])
def test_of_two_owners_who_go_at_once_one_stays(app, world, act, number):
    pair = world["owner"], world.enlist("second", "owner")

    def go(session, actor, target):
        if act == "demote":
            return memberships.change(session, actor, world.id, target.user_id, Access("member", ()), world.now)
        return memberships.remove(session, actor, world.id, (actor if act == "leave" else target).user_id, world.now)

    results = together(app, partial(go, actor=pair[0], target=pair[1]), partial(go, actor=pair[1], target=pair[0]))
    assert len(errors(results)) == 1
    assert world.organization().owner_count == 1
    world.check_counts()


def losing(world, name, act):
    """The owner takes the rank of somebody away, or them out of the organization."""
    if act == "remove":
        return lambda s: memberships.remove(s, world["owner"], world.id, world[name].user_id, world.now)
    return lambda s: memberships.change(
        s, world["owner"], world.id, world[name].user_id, Access("member", ()), world.now
    )


def nothing(_):
    return None


@pytest.mark.parametrize(("act", "code"), [("demote", "may_not_invite"), ("remove", "not_a_member")])
def test_who_is_demoted_while_inviting_leaves_no_invitation_behind(app, world, act, code):
    invitees = [Invitee(ANN, Offer("admin"))]
    inviting = partial(invite, actor=world["admin"], organization_id=world.id, invitees=invitees, now=world.now)
    assert errors(meanwhile(app, losing(world, "admin", act), nothing, inviting)) == [code]
    assert world.session.scalar(select(func.count()).select_from(Invitation)) == 0
    world.check_counts()


def test_who_is_demoted_while_raising_somebody_raises_nobody(app, world):
    who = world["member"].user_id
    raising = partial(memberships.change, actor=world["admin"], organization_id=world.id, user_id=who, now=world.now)
    results = meanwhile(app, losing(world, "admin", "demote"), nothing, partial(raising, access=Access("admin")))
    assert errors(results) == ["not_allowed"]
    assert world.membership(who).role == "member"


@pytest.mark.parametrize("act", ["demote", "remove"])
def test_who_is_demoted_while_their_invitation_is_accepted_stands_for_it_no_more(app, world, act):
    ann, key = person(world.session, ANN, world.now).id, world.invited(ANN, Offer("admin"), by="admin")
    accepting = partial(accept, actor=Actor(ann), invitation_id=key, now=world.now)
    assert errors(meanwhile(app, losing(world, "admin", act), nothing, accepting)) == ["not_pending"]
    assert world.membership(ann) is None
    world.check_counts()
