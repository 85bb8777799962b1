"""Joining as a newcomer: what a mailed link proves, and what a copied one does not."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import accounts, passwords, sessions
from portal.database import new_id
from portal.errors import (
    AccountExists,
    BadLink,
    BadName,
    Expired,
    LinkDoesNotProve,
    NewerLink,
    NotPending,
    OfferChanged,
    OrganizationClosed,
    PasswordTooShort,
    WrongPassword,
)
from portal.invitations import Change, Joiner, Offer, cancel, edit, join, new_link, own
from portal.links import Kind, Opened
from portal.models import Membership, User
from portal.permissions import Actor
from tests.world import PASSWORD, person

ANN = Joiner("Ann Lee", "three unrelated words")
WEEK = timedelta(days=7)


@pytest.fixture
def key(world):
    return world.invited("ann@example.com", world.full_offer())


def refused(world, error, opened, joiner=ANN, version=1, at=None):
    """Joining is refused with that error, and neither an account nor a membership is made."""
    people = world.session.scalar(select(func.count()).select_from(User))
    with pytest.raises(error) as caught:
        join(world.session, opened, joiner, version, at or world.now)
    assert type(caught.value) is error
    assert world.session.scalar(select(func.count()).select_from(User)) == people
    assert world.session.scalar(select(func.count()).select_from(Membership)) == world.organization().member_count
    world.check_counts()


def test_a_mailed_link_opens_a_verified_account_and_lets_its_holder_in(world, key):
    member = join(world.session, world.opened(key), ANN, 1, world.now, ip_address="192.0.2.1")
    user = accounts.sign_in(world.session, "Ann@example.com", ANN.password)
    assert (user.id, user.name, user.verified_at) == (member.user_id, "Ann Lee", world.now)
    assert member.restricted
    assert world.events(user.id, "account.created")[0].details == {"verified": True}
    assert world.events(key, "invitation.accepted")[0].ip_address == "192.0.2.1"
    world.check_counts()


def test_attack_02_a_copied_link_opens_no_account(world, key):
    refused(world, LinkDoesNotProve, world.opened(key, Kind.COPIED))


def test_attack_02_a_copied_link_does_not_verify_an_account_of_that_address(world, key):
    squatter = person(world.session, "ann@example.com", world.now, verified=False)
    refused(world, LinkDoesNotProve, world.opened(key, Kind.COPIED))
    assert not world.session.get_one(User, squatter.id, populate_existing=True).is_verified


@pytest.fixture
def without_mail(app, monkeypatch):
    """A portal whose operator lets people join unproven."""
    monkeypatch.setitem(app.config, "UNPROVEN_JOIN", True)


def test_where_the_operator_says_so_a_copied_link_opens_an_unproven_account(world, key, without_mail):
    member = join(world.session, world.opened(key, Kind.COPIED), ANN, 1, world.now)
    user = world.session.get_one(User, member.user_id)
    assert user.verified_at is None
    world.invited("ann@example.com.au")
    assert own(world.session, user.id, world.now) == []


def test_attack_02_an_unproven_join_takes_over_no_account(world, key, without_mail):
    for verified in (True, False):
        user = person(world.session, "ann@example.com", world.now, verified=verified)
        refused(world, AccountExists, world.opened(key, Kind.COPIED))
        world.session.delete(world.session.get_one(User, user.id))
        world.session.commit()


@pytest.mark.parametrize("closed", [True, False])
def test_attack_11_a_link_does_not_let_its_holder_into_an_account_that_exists(world, key, closed):
    user = person(world.session, "ann@example.com", world.now)
    user.deactivated_at = world.now if closed else None
    world.session.commit()
    refused(world, AccountExists, world.opened(key))
    assert passwords.matches(world.session.get_one(User, user.id).password_hash, PASSWORD)


def test_attack_18_a_closed_unverified_account_is_not_taken_over(world, key):
    user = person(world.session, "ann@example.com", world.now, verified=False)
    user.deactivated_at = world.now
    world.session.commit()
    refused(world, AccountExists, world.opened(key))


def test_attack_09_proving_the_address_ends_what_a_squatter_had(world, key):
    squatter = person(world.session, "ann@example.com", world.now, name="Mallory", verified=False)
    token = sessions.start(world.session, squatter.id, world.now)
    assert own(world.session, squatter.id, world.now) == []
    member = join(world.session, world.opened(key), ANN, 1, world.now)
    assert member.user_id == squatter.id
    assert sessions.find(world.session, token, world.now) is None
    with pytest.raises(WrongPassword):
        accounts.sign_in(world.session, "ann@example.com", PASSWORD)
    user = accounts.sign_in(world.session, "ann@example.com", ANN.password)
    assert (user.name, user.is_verified) == ("Ann Lee", True)


def test_attack_09_a_link_asked_for_by_a_squatter_is_dead_once_the_address_is_proved(world, key):
    from portal import links

    squatter = person(world.session, "ann@example.com", world.now, verified=False)
    reset = links.account_token(squatter, Kind.RESET)
    join(world.session, world.opened(key), ANN, 1, world.now)
    with pytest.raises(BadLink):
        accounts.set_password_by_link(world.session, reset, Kind.RESET, "another password", world.now)


@pytest.mark.parametrize(
    ("joiner", "error"),
    [
        (Joiner("", ANN.password), BadName),
        (Joiner(" \r\n ", ANN.password), BadName),
        (Joiner("x" * 101, ANN.password), BadName),
        (Joiner("Ann", "short"), PasswordTooShort),
    ],
)
def test_a_bad_name_or_password_is_refused(world, key, joiner, error):
    refused(world, error, world.opened(key), joiner)


def test_attack_16_an_older_link_says_that_there_is_a_newer_one(world, key):
    old = world.opened(key)
    new_link(world.session, world["owner"], key, world.now)
    refused(world, NewerLink, old)
    assert join(world.session, world.opened(key), ANN, 1, world.now)


def test_attack_16_the_link_mailed_to_a_former_address_is_dead(world, key):
    old = world.opened(key)
    edit(world.session, world["owner"], key, Change(world.full_offer(), "bea@example.com"), world.now)
    refused(world, NewerLink, old)


def test_attack_01_a_generation_that_was_never_made_is_refused(world, key):
    refused(world, BadLink, Opened(key, 2, Kind.MAILED))
    refused(world, NewerLink, Opened(key, 0, Kind.MAILED))
    refused(world, BadLink, Opened(new_id(), 1, Kind.MAILED))


def test_attack_17_a_used_link_does_nothing_more(world, key):
    opened = world.opened(key)
    member = join(world.session, opened, ANN, 1, world.now)
    refused(world, NotPending, opened, Joiner("Mallory", "some other password"))
    assert passwords.matches(world.session.get_one(User, member.user_id).password_hash, ANN.password)


def test_attack_18_a_lapsed_link_and_a_closed_organization_let_nobody_in(world, key):
    refused(world, Expired, world.opened(key), at=world.now + WEEK)
    world.limit(deactivated_at=world.now)
    refused(world, OrganizationClosed, world.opened(key))


def test_a_revoked_link_lets_nobody_in(world, key):
    cancel(world.session, world["owner"], key, world.now)
    refused(world, NotPending, world.opened(key))


def test_a_newcomer_accepts_what_was_shown(world, key):
    edit(world.session, world["owner"], key, Change(Offer("admin")), world.now)
    refused(world, OfferChanged, world.opened(key), version=1)
    assert join(world.session, world.opened(key), ANN, 2, world.now).role == "admin"


def test_a_takeover_that_is_refused_leaves_the_squatters_account_as_it_was(world, key):
    squatter = person(world.session, "ann@example.com", world.now, name="Mallory", verified=False)
    token = sessions.start(world.session, squatter.id, world.now)
    refused(world, OfferChanged, world.opened(key), version=7)
    assert sessions.find(world.session, token, world.now)
    assert not world.session.get_one(User, squatter.id, populate_existing=True).is_verified


def test_who_joined_can_be_removed_and_invited_again(world, key):
    from portal.memberships import remove

    member = join(world.session, world.opened(key), ANN, 1, world.now)
    remove(world.session, world["owner"], world.id, member.user_id, world.now)
    again = world.invited("ann@example.com")
    refused(world, AccountExists, world.opened(again), Joiner("Ann", "some other password"))
    from portal.invitations import accept

    assert accept(world.session, Actor(member.user_id), again, world.now)
