"""Units of work that touch the same rows in another order do not wait for each other in a circle."""

from functools import partial

import pytest

from portal import accounts
from portal.errors import PortalError
from portal.invitations import Joiner, accept, ask_for_new, cancel, join, mail_own_link, mark_viewed, resend
from portal.links import Kind
from portal.models import Invitation
from portal.permissions import Actor
from portal.standing import standing_of
from tests.world import person

from .together import meanwhile, successes, together

ANN = "ann@example.com"
NEWCOMER = Joiner("Ann", "three unrelated words")

LOOKS = {
    "viewed": lambda s, opened, now: mark_viewed(s, s.get_one(Invitation, opened.invitation_id), now),
    "own link": mail_own_link,
}


def holding(world):
    """Holds the organization's row, as every rule that changes a count does first."""
    return lambda s: standing_of(s, world["owner"], world.id, lock=True)


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_at_a_link_and_its_revocation(app, world, look):
    key = world.invited(ANN)
    opened = world.opened(key, Kind.COPIED)
    revoking = partial(cancel, actor=world["owner"], invitation_id=key, now=world.now)
    meanwhile(app, holding(world), revoking, lambda s: LOOKS[look](s, opened, world.now))
    assert world.invitation(key).status == "canceled"
    world.check_counts()


def test_asking_for_a_new_one_and_its_resending(app, world):
    key = world.invited(ANN)
    opened, later = world.opened(key), world.invitation(key).expires_at
    resending = partial(resend, actor=world["owner"], invitation_id=key, now=later)
    meanwhile(app, holding(world), resending, lambda s: ask_for_new(s, opened, later))
    assert world.invitation(key).state(later) == "pending"


def test_joining_and_the_acceptance_of_a_squatter(app, world):
    squatter, key = person(world.session, ANN, world.now, verified=False).id, world.invited(ANN)
    opened = world.opened(key)
    results = meanwhile(
        app,
        lambda s: accounts.by_address(s, ANN, hold=True),
        lambda s: join(s, opened, NEWCOMER, 1, world.now).role,
        partial(accept, actor=Actor(squatter), invitation_id=key, now=world.now),
    )
    assert results[0] == "member"
    world.check_counts()


@pytest.mark.parametrize("number", range(5))
def test_attack_09_a_squatter_who_accepts_while_the_owner_of_the_address_joins_gets_nothing(app, world, number):
    squatter, key = person(world.session, ANN, world.now, name="Mallory", verified=False).id, world.invited(ANN)
    opened = world.opened(key)
    squatting = [partial(accept, actor=Actor(squatter), invitation_id=key, now=world.now) for _ in range(4)]
    results = together(app, *squatting, lambda s: join(s, opened, NEWCOMER, 1, world.now))
    assert len(successes(results)) == 1
    assert not isinstance(results[-1], PortalError)
    assert accounts.sign_in(world.session, ANN, NEWCOMER.password).name == "Ann"
    world.check_counts()
