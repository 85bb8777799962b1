"""Twenty at once: one invitation makes one member, one address one invitation, and a limit is a limit."""

from collections import Counter
from functools import partial

import pytest
from sqlalchemy import func, select

from portal import accounts, memberships
from portal.invitations import (
    Change,
    Invitee,
    Joiner,
    Offer,
    accept,
    cancel,
    edit,
    expire,
    invite,
    join,
    reject,
    resend,
)
from portal.models import Event, Membership, Message, User
from portal.permissions import Actor
from tests.world import person

from .together import errors, successes, together

TWENTY = range(20)
ROUNDS = range(5)
ANN = "ann@example.com"


def invited_among_others(world, offer=None):
    """A pending invitation that is not the only one, so that the count of them guards nothing in its place."""
    world.invite("someone@example.com", "else@example.com")
    return world.invited(ANN, offer)


def members(world, user_id):
    query = select(func.count()).select_from(Membership).where(Membership.user_id == user_id)
    return world.session.scalar(query)


def test_attack_21_twenty_acceptances_of_one_invitation_make_one_member(app, world):
    ann, key = person(world.session, ANN, world.now).id, invited_among_others(world, world.full_offer())
    results = together(app, *[partial(accept, actor=Actor(ann), invitation_id=key, now=world.now) for _ in TWENTY])
    assert len(successes(results)) == members(world, ann) == 1
    assert errors(results) == ["not_pending"] * 19
    assert len(world.events(key, "invitation.accepted")) == 1
    world.check_counts()


def test_attack_21_twenty_newcomers_with_one_link_make_one_account_and_one_member(app, world):
    key = world.invited(ANN, world.full_offer())
    opened = world.opened(key)
    people = [Joiner(f"Ann {n}", f"three unrelated words {n}") for n in TWENTY]
    results = together(app, *[partial(join, opened=opened, joiner=p, version=1, now=world.now) for p in people])
    assert len(successes(results)) == 1
    assert set(errors(results)) <= {"not_pending", "address_taken", "account_exists"}
    user = world.session.scalars(select(User).where(User.email == ANN)).one()
    assert members(world, user.id) == 1
    assert accounts.sign_in(world.session, ANN, f"three unrelated words {user.name.removeprefix('Ann ')}")
    world.check_counts()


def test_twenty_people_accept_their_own_invitations_and_all_are_in(app, world):
    addresses = [f"p{n}@example.com" for n in TWENTY]
    people = [person(world.session, address, world.now).id for address in addresses]
    world.limit(seat_limit=25, pending_limit=20)
    keys = [outcome.invitation_id for outcome in world.invite(*addresses, offer=world.full_offer())]
    acts = [partial(accept, actor=Actor(p), invitation_id=k, now=world.now) for p, k in zip(people, keys, strict=True)]
    assert errors(together(app, *acts)) == []
    assert world.organization().member_count == 25
    world.check_counts()


def inviting(world, address, actor="owner"):
    return lambda s: invite(s, world[actor], world.id, [Invitee(address, Offer("member"))], world.now)[0].code


def test_attack_21_twenty_invitations_of_one_address_are_one(app, world):
    acts = [inviting(world, ANN, ("owner", "admin", "manager")[n % 3]) for n in TWENTY]
    assert Counter(together(app, *acts)) == {"invited": 1, "already_invited": 19}
    assert world.session.scalar(select(func.count()).select_from(Message)) == 1
    world.check_counts()


@pytest.mark.parametrize(
    ("limit", "code"), [({"seat_limit": 6}, "no_seat_left"), ({"pending_limit": 1}, "pending_limit_reached")]
)
def test_attack_21_the_last_place_goes_to_one_of_twenty(app, world, limit, code):
    world.limit(**limit)
    acts = [inviting(world, f"p{n}@example.com", ("owner", "admin", "manager")[n % 3]) for n in TWENTY]
    assert Counter(together(app, *acts)) == {"invited": 1, code: 19}
    world.check_counts()


def test_overlapping_lists_invite_everybody_once(app, world):
    def act(session, start):
        invitees = [Invitee(f"p{n % 30}@example.com", Offer("member")) for n in range(start, start + 20)]
        return [outcome.code for outcome in invite(session, world["admin"], world.id, invitees, world.now)]

    results = together(app, *[partial(act, start=3 * n) for n in range(10)])
    assert Counter(code for codes in results for code in codes)["invited"] == 30
    world.check_counts()


@pytest.mark.parametrize("number", ROUNDS)
def test_accepted_or_revoked_but_never_both(app, world, number):
    ann, key = person(world.session, ANN, world.now).id, invited_among_others(world)
    results = together(
        app, lambda s: accept(s, Actor(ann), key, world.now), lambda s: cancel(s, world["owner"], key, world.now)
    )
    assert errors(results) == ["not_pending"]
    assert members(world, ann) == (world.invitation(key).status == "accepted")
    world.check_counts()


@pytest.mark.parametrize("number", ROUNDS)
def test_nobody_accepts_what_they_were_not_shown(app, world, number):
    ann, key = person(world.session, ANN, world.now).id, world.invited(ANN)
    results = together(
        app,
        lambda s: accept(s, Actor(ann), key, world.now, generation=1, version=1),
        lambda s: edit(s, world["owner"], key, Change(Offer("admin")), world.now),
    )
    assert errors(results) in (["not_pending"], ["offer_changed"])
    membership = world.membership(ann)
    assert membership is None or membership.role == "member"
    world.check_counts()


@pytest.mark.parametrize("number", ROUNDS)
def test_resent_or_revoked_the_end_is_the_same(app, world, number):
    key = world.invited(ANN)
    together(app, *[partial(rule, actor=world["owner"], invitation_id=key, now=world.now) for rule in (resend, cancel)])
    assert world.invitation(key).status == "canceled"
    world.check_counts()


@pytest.mark.parametrize("number", ROUNDS)
def test_resent_or_invited_anew_an_address_has_one_pending_invitation(app, world, number):
    key = world.invited(ANN)
    later = world.invitation(key).expires_at
    expire(world.session, later)
    results = together(
        app,
        lambda s: resend(s, world["admin"], key, later).status,
        lambda s: invite(s, world["owner"], world.id, [Invitee(ANN, Offer("member"))], later)[0].code,
    )
    assert errors(results) + [r for r in results if r == "already_invited"] == ["already_invited"]
    world.check_counts()


def test_everything_at_once_neither_deadlocks_nor_miscounts(app, world):
    addresses = [f"p{n}@example.com" for n in range(8)]
    people = [person(world.session, address, world.now).id for address in addresses]
    keys = [outcome.invitation_id for outcome in world.invite(*addresses, offer=world.full_offer(), by="admin")]
    pairs = list(zip(people, keys, strict=True))
    acts = [partial(accept, actor=Actor(p), invitation_id=k, now=world.now) for p, k in pairs]
    acts += [partial(reject, actor=Actor(p), invitation_id=k, now=world.now) for p, k in pairs[:4]]
    acts += [partial(cancel, actor=world["owner"], invitation_id=k, now=world.now) for k in keys[2:6]]
    acts += [partial(resend, actor=world["manager"], invitation_id=k, now=world.now) for k in keys[4:]]
    acts += [inviting(world, address) for address in addresses]
    acts += [partial(expire, now=world.now) for _ in range(2)]
    acts.append(lambda s: memberships.remove(s, world["owner"], world.id, world["admin"].user_id, world.now))
    together(app, *acts)
    world.check_counts()
    assert world.session.scalar(select(func.count()).select_from(Event).where(Event.kind == "member.removed")) == 1
