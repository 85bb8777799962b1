"""Declining, asking for a new one, having one's own link mailed, and the mark of a first look."""

from datetime import timedelta

import pytest

from portal.database import new_id
from portal.errors import (
    AddressNotVerified,
    AskedAlready,
    BadLink,
    Expired,
    NewerLink,
    NotFound,
    NotPending,
    NotTheRecipient,
)
from portal.invitations import (
    Change,
    Offer,
    ask_for_new,
    cancel,
    edit,
    expire,
    look,
    mail_own_link,
    mark_viewed,
    new_link,
    reject,
    resend,
)
from portal.links import Kind, Opened
from portal.permissions import Actor
from tests.world import person

WEEK, DAY = timedelta(days=7), timedelta(days=1)
NOBODY = Actor(None)


@pytest.fixture
def key(world):
    return world.invited("ann@example.com", by="admin")


def test_who_is_signed_in_declines_with_a_reason_and_the_inviter_is_told(world, key):
    ann = person(world.session, "ann@example.com", world.now)
    made = reject(world.session, Actor(ann.id), key, world.now, reason="Not\r\nnow")
    assert (made.status, made.reason, made.ended_at) == ("rejected", "Not now", world.now)
    (mail,) = world.mails("declined")
    assert (mail.recipient, mail.arguments) == (world.email("admin"), {"user_id": world["admin"].user_id.hex})
    (event,) = world.events(key, "invitation.rejected")
    assert event.details == {"email": "ann@example.com", "reason": "Not now"}
    world.check_counts()


def test_who_holds_the_mailed_link_declines_without_an_account(world, key):
    assert reject(world.session, NOBODY, key, world.now, opened=world.opened(key)).status == "rejected"
    assert world.invite("ann@example.com")[0].code == "invited"
    world.check_counts()


def test_attack_02_a_copied_link_declines_nothing(world, key):
    with pytest.raises(NotTheRecipient):
        reject(world.session, NOBODY, key, world.now, opened=world.opened(key, Kind.COPIED))
    with pytest.raises(NotTheRecipient):
        reject(world.session, world["owner"], key, world.now, opened=world.opened(key, Kind.COPIED))


def test_attack_01_a_link_of_another_invitation_declines_nothing(world, key):
    other = world.opened(world.invited("bob@example.com"))
    with pytest.raises(NotTheRecipient):
        reject(world.session, NOBODY, key, world.now, opened=other)


def test_attack_16_an_older_link_declines_nothing(world, key):
    old = world.opened(key)
    new_link(world.session, world["owner"], key, world.now)
    with pytest.raises(NewerLink):
        reject(world.session, NOBODY, key, world.now, opened=old)


def test_attack_09_an_unverified_account_declines_nothing(world, key):
    squatter = person(world.session, "ann@example.com", world.now, verified=False)
    with pytest.raises(AddressNotVerified):
        reject(world.session, Actor(squatter.id), key, world.now)


def test_attack_06_another_account_declines_nothing(world, key):
    with pytest.raises(NotTheRecipient):
        reject(world.session, world["member"], key, world.now)
    with pytest.raises(NotFound):
        reject(world.session, world["member"], new_id(), world.now)


def test_what_has_ended_or_lapsed_is_not_declined(world, key):
    opened = world.opened(key)
    with pytest.raises(Expired):
        reject(world.session, NOBODY, key, world.now + WEEK, opened=opened)
    reject(world.session, NOBODY, key, world.now, opened=opened)
    with pytest.raises(NotPending):
        reject(world.session, NOBODY, key, world.now, opened=opened)
    world.check_counts()


def test_a_reason_has_at_most_500_characters(world, key):
    assert len(reject(world.session, NOBODY, key, world.now, opened=world.opened(key), reason="x" * 900).reason) == 500


def test_an_owner_is_told_when_the_inviter_may_no_longer_invite(world, key):
    world.demote("admin", "member")
    reject(world.session, NOBODY, key, world.now, opened=world.opened(key))
    assert [mail.recipient for mail in world.mails("declined")] == [world.email("owner")]


@pytest.mark.parametrize("swept", [True, False])
def test_asking_for_a_new_one_mails_the_inviter_once_a_day(world, key, swept):
    later = world.now + WEEK
    if swept:
        expire(world.session, later)
    ask_for_new(world.session, world.opened(key), later)
    with pytest.raises(AskedAlready):
        ask_for_new(world.session, world.opened(key), later + DAY - timedelta(milliseconds=1))
    ask_for_new(world.session, world.opened(key), later + DAY)
    assert [mail.recipient for mail in world.mails("renewal_asked")] == [world.email("admin")] * 2
    assert len(world.events(key, "invitation.renewal_asked")) == 2


def test_after_a_resend_one_may_ask_again(world, key):
    later = world.now + WEEK
    ask_for_new(world.session, world.opened(key), later)
    resend(world.session, world["owner"], key, later)
    with pytest.raises(NotPending):
        ask_for_new(world.session, world.opened(key), later)
    ask_for_new(world.session, world.opened(key), later + WEEK)


def test_asking_is_for_what_lapsed_only(world, key):
    old = world.opened(key)
    cancel(world.session, world["owner"], key, world.now)
    with pytest.raises(NotPending):
        ask_for_new(world.session, old, world.now + WEEK)
    with pytest.raises(BadLink):
        ask_for_new(world.session, Opened(new_id(), 1, Kind.MAILED), world.now)
    assert world.mails("renewal_asked") == []


def test_who_holds_a_copied_link_can_have_the_mailed_one_sent_to_the_invited_address_only(world, key):
    mail_own_link(world.session, world.opened(key, Kind.COPIED), world.now)
    assert [(mail.recipient, mail.arguments) for mail in world.mails()] == [("ann@example.com", {"generation": 1})] * 2
    assert world.events(key, "invitation.own_link_mailed")


def test_no_own_link_is_mailed_for_what_is_not_open(world, key):
    opened = world.opened(key, Kind.COPIED)
    with pytest.raises(Expired):
        mail_own_link(world.session, opened, world.now + WEEK)
    cancel(world.session, world["owner"], key, world.now)
    with pytest.raises(NotPending):
        mail_own_link(world.session, world.opened(key, Kind.COPIED), world.now)
    assert len(world.mails()) == 1


def test_an_older_link_has_the_newest_one_mailed_to_the_address_that_is_invited_now(world, key):
    opened = world.opened(key)
    edit(world.session, world["owner"], key, Change(Offer("member"), "bea@example.com"), world.now)
    mail_own_link(world.session, opened, world.now)
    mail = world.mails()[-1]
    assert (mail.recipient, mail.arguments) == ("bea@example.com", {"generation": 2})


def test_the_first_look_is_noted_once_and_changes_nothing_else(world, key):
    for minutes in (1, 2):
        mark_viewed(world.session, world.invitation(key), world.now + timedelta(minutes=minutes))
    made = world.invitation(key)
    assert (made.viewed_at, made.status, made.version) == (world.now + timedelta(minutes=1), "pending", 1)
    assert len(world.events(key, "invitation.viewed")) == 1


def test_attack_08_looking_fifty_times_changes_nothing(world, key):
    before = dict(world.invitation(key).__dict__)
    for _ in range(50):
        look(world.session, world.opened(key), world.now)
    world.session.rollback()
    assert {k: v for k, v in world.invitation(key).__dict__.items() if k[0] != "_"} == {
        k: v for k, v in before.items() if k[0] != "_"
    }
    assert len(world.mails()) == 1
    assert len(world.events(key)) == 1
