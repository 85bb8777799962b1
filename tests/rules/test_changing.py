"""Resending, a new link, editing, canceling, and what a version and a generation mean."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal import places
from portal.errors import (
    AlreadyInvited,
    AlreadyMember,
    BadExpiry,
    Expired,
    MayNotInvite,
    NoSeatLeft,
    NotAnAddress,
    NotFound,
    NotPending,
    OfferChanged,
    PendingLimitReached,
)
from portal.invitations import Change, Offer, cancel, edit, expire, new_link, resend
from portal.invitations.offers import read_offer
from portal.permissions import Actor

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)


@pytest.fixture
def ann(world):
    """A pending invitation with everything in it."""
    return world.invited("ann@example.com", world.full_offer(message="Hello"))


def lapse(world):
    """A moment at which all of Northwind's invitations have lapsed and are swept."""
    later = world.now + WEEK
    expire(world.session, later)
    return later


def test_resending_renews_the_expiry_and_keeps_the_link_and_the_grants(world, ann):
    before = read_offer(world.session, world.invitation(ann))
    later = world.now + HOUR
    made = resend(world.session, world["manager"], ann, later)
    assert (made.expires_at, made.generation, made.version) == (later + WEEK, 1, 1)
    assert read_offer(world.session, world.invitation(ann)).grants == before.grants
    assert [mail.arguments for mail in world.mails()] == [{"generation": 1}] * 2
    assert world.events(ann, "invitation.resent")
    world.check_counts()


@pytest.mark.parametrize("swept", [True, False])
def test_resending_a_lapsed_one_takes_a_seat_again(world, ann, swept):
    later = lapse(world) if swept else world.now + WEEK
    assert world.organization().pending_count == (0 if swept else 1)
    assert resend(world.session, world["owner"], ann, later).state(later) == "pending"
    assert world.organization().pending_count == 1
    world.check_counts()


def test_resending_a_lapsed_one_with_no_seat_left_is_refused(world, ann):
    later = lapse(world)
    world.limit(seat_limit=5)
    with pytest.raises(NoSeatLeft):
        resend(world.session, world["owner"], ann, later)
    world.limit(seat_limit=None, pending_limit=0)
    with pytest.raises(PendingLimitReached):
        resend(world.session, world["owner"], ann, later)
    assert world.invitation(ann).status == "expired"
    world.check_counts()


def test_resending_a_pending_one_needs_no_further_seat(world, ann):
    world.limit(seat_limit=6, pending_limit=1)
    assert resend(world.session, world["owner"], ann, world.now).status == "pending"


def test_resending_a_lapsed_one_whose_address_was_invited_anew_is_refused(world, ann):
    later = lapse(world)
    world.invited("ann@example.com", at=later)
    with pytest.raises(AlreadyInvited):
        resend(world.session, world["owner"], ann, later)
    world.check_counts()


def test_resending_to_somebody_who_is_a_member_by_now_is_refused(world, ann):
    world.user("member").email = "ann@example.com"
    world.session.commit()
    with pytest.raises(AlreadyMember):
        resend(world.session, world["owner"], ann, world.now)


def test_whoever_resends_stands_for_an_offer_that_its_maker_could_no_longer_make(world):
    key = world.invited("ann@example.com", by="manager")
    world.demote("manager", "member")
    assert resend(world.session, world["admin"], key, world.now).grantor_id == world["admin"].user_id
    assert world.invitation(key).inviter_id == world["manager"].user_id


def test_a_new_link_is_a_new_generation_and_is_mailed(world, ann):
    made = new_link(world.session, world["owner"], ann, world.now)
    assert (made.generation, made.version) == (2, 1)
    assert [mail.arguments for mail in world.mails()] == [{"generation": 1}, {"generation": 2}]
    assert world.events(ann, "invitation.link_renewed")


def test_editing_the_role_or_grants_raises_the_version_and_keeps_the_link(world, ann):
    for number, offer in enumerate((Offer("member"), Offer("admin"), world.full_offer()), start=2):
        made = edit(world.session, world["admin"], ann, Change(offer), world.now)
        assert (made.version, made.generation, made.role) == (number, 1, offer.role)
        assert read_offer(world.session, made).grants == offer.grants
    assert made.grantor_id == world["admin"].user_id
    assert len(world.mails()) == 1


def test_editing_words_raises_no_version(world, ann):
    offer = world.full_offer(message="Good day", language="fr", expires_at=world.now + HOUR)
    made = edit(world.session, world["admin"], ann, Change(offer, name="Ann"), world.now)
    assert (made.version, made.generation, made.grantor_id) == (1, 1, world["owner"].user_id)
    assert (made.message, made.language, made.expires_at, made.name) == ("Good day", "fr", world.now + HOUR, "Ann")


def test_the_same_grants_in_another_order_are_no_change(world, ann):
    offer = world.full_offer()
    turned = replace(offer, sites=offer.sites[::-1], teams=offer.teams[::-1], projects=offer.projects[::-1])
    assert edit(world.session, world["owner"], ann, Change(turned), world.now).version == 1


def test_without_an_expiry_an_edit_keeps_it(world, ann):
    assert edit(world.session, world["owner"], ann, Change(Offer("admin")), world.now).expires_at == world.now + WEEK


def test_an_expiry_that_is_near_may_stay_but_not_be_chosen(world, ann):
    late, until = world.now + WEEK - HOUR / 2, world.now + WEEK
    for offer in (Offer("admin", expires_at=until), Offer("admin", message="Hurry", expires_at=until)):
        assert edit(world.session, world["owner"], ann, Change(offer), late).expires_at == until
    for offer in (Offer("admin", expires_at=until + HOUR / 4), Offer("member", expires_at=until - HOUR / 4)):
        with pytest.raises(BadExpiry):
            edit(world.session, world["owner"], ann, Change(offer), late)


def test_the_history_says_what_was_edited_before_and_after(world, ann):
    edit(world.session, world["owner"], ann, Change(Offer("admin", message="Hello")), world.now)
    (event,) = world.events(ann, "invitation.edited")
    assert event.details["role"] == ["member", "admin"]
    assert event.details["sites"] == [world.sites, []]
    assert "message" not in event.details
    assert "expires_at" not in event.details


def test_another_address_is_a_new_generation_mailed_there(world, ann):
    made = edit(world.session, world["owner"], ann, Change(world.full_offer(), " BEA@Example.com "), world.now)
    assert (made.email, made.generation, made.version) == ("bea@example.com", 2, 1)
    assert [(mail.recipient, mail.arguments["generation"]) for mail in world.mails()] == [
        ("ann@example.com", 1),
        ("bea@example.com", 2),
    ]
    world.check_counts()


def test_the_same_address_spelled_differently_is_no_change(world, ann):
    assert (
        edit(world.session, world["owner"], ann, Change(Offer("member"), "ANN@example.com."), world.now).generation == 1
    )


def test_another_address_may_be_neither_a_members_nor_invited_nor_nonsense(world, ann):
    world.invited("bob@example.com")
    cases = {world.email("admin"): AlreadyMember, "bob@example.com": AlreadyInvited, "bob": NotAnAddress}
    for address, error in cases.items():
        with pytest.raises(error):
            edit(world.session, world["owner"], ann, Change(Offer("admin"), address), world.now)
    assert (world.invitation(ann).email, world.invitation(ann).role) == ("ann@example.com", "member")
    world.check_counts()


def test_a_lapsed_invitation_does_not_block_an_edit_to_its_address(world):
    world.invited("bob@example.com", Offer("member", expires_at=world.now + HOUR))
    key = world.invited("ann@example.com")
    later = world.now + 2 * HOUR
    assert edit(world.session, world["owner"], key, Change(Offer("member"), "bob@example.com"), later).generation == 2
    world.check_counts()


@pytest.mark.parametrize(
    "change",
    [
        lambda seen: Change(Offer("manager"), seen=seen), lambda seen: Change(Offer("member", message="Hi"), seen=seen),
        lambda seen: Change(Offer("member"), "right@example.com", seen=seen),
        lambda seen: Change(Offer("member"), name="Ann", seen=seen),
    ],
    ids=["role", "message", "address", "name"],
)  # fmt: skip
def test_two_editors_do_not_overwrite_each_other(world, ann, change):
    seen, later = world.invitation(ann).updated_at, world.now + HOUR
    edit(world.session, world["owner"], ann, change(seen), later)
    with pytest.raises(OfferChanged):
        edit(world.session, world["admin"], ann, Change(Offer("admin"), seen=seen), later + HOUR)


def test_an_edit_leaves_grants_on_deleted_places_alone_unless_grants_change(world, ann):
    places.delete(world.session, world["owner"], world.id, "team", world.teams[0], world.now)
    offer = read_offer(world.session, world.invitation(ann))
    assert edit(world.session, world["owner"], ann, Change(replace(offer, message="Hi")), world.now).version == 1


def test_canceling_gives_the_seat_back(world, ann):
    made = cancel(world.session, world["admin"], ann, world.now)
    assert (made.status, made.ended_at) == ("canceled", world.now)
    assert world.organization().pending_count == 0
    assert world.events(ann, "invitation.canceled")[0].actor_id == world["admin"].user_id
    assert world.invite("ann@example.com")[0].code == "invited"
    world.check_counts()


RULES = {
    "resend": resend,
    "new_link": new_link,
    "cancel": cancel,
    "edit": lambda session, actor, key, now: edit(session, actor, key, Change(Offer("member")), now),
}
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


@every_rule
@pytest.mark.parametrize("status", ["accepted", "rejected", "canceled"])
def test_what_has_ended_is_not_changed(world, ann, rule, status):
    made = world.invitation(ann)
    made.status, made.ended_at = status, world.now
    made.accepted_by = world["member"].user_id if status == "accepted" else None
    world.organization().pending_count = 0
    world.session.commit()
    with pytest.raises(NotPending) as caught:
        rule(world.session, world["owner"], ann, world.now)
    assert caught.value.facts == {"status": status}
    world.check_counts()


@pytest.mark.parametrize("rule", ["new_link", "cancel", "edit"])
def test_attack_18_expiry_counts_from_its_very_second(world, ann, rule):
    until, last = world.now + WEEK, world.now + WEEK - timedelta(milliseconds=1)
    with pytest.raises(Expired):
        RULES[rule](world.session, world["owner"], ann, until)
    assert RULES[rule](world.session, world["owner"], ann, last).id == ann


@every_rule
def test_attack_15_another_organizations_invitation_reads_as_none(world, another, ann, rule):
    for actor in (another["owner"], Actor(None)):
        with pytest.raises(NotFound):
            rule(world.session, actor, ann, world.now)


@every_rule
@pytest.mark.parametrize("role", ["billing_manager", "member"])
def test_who_may_not_invite_changes_no_invitation(world, ann, rule, role):
    with pytest.raises(MayNotInvite):
        rule(world.session, world[role], ann, world.now)
    assert world.invitation(ann).status == "pending"


def test_the_sweep_writes_down_what_lapsed_and_gives_the_seats_back(world, another, ann):
    key = another.invited("bob@example.com")
    kept = world.invited("late@example.com", Offer("member", expires_at=world.now + 2 * WEEK))
    assert expire(world.session, world.now + WEEK - timedelta(milliseconds=1)) == 0
    assert expire(world.session, world.now + WEEK) == 2
    for made in (world.invitation(ann), world.invitation(key)):
        assert (made.status, made.ended_at) == ("expired", made.expires_at)
    assert world.invitation(kept).status == "pending"
    (event,) = world.events(ann, "invitation.expired")
    assert (event.actor_id, event.channel) == (None, "worker")
    world.check_counts()
    another.check_counts()


def test_the_sweep_takes_a_handful_at_a_time_oldest_first(world):
    for hours in (3, 1, 2):
        world.invited(f"p{hours}@example.com", Offer("member", expires_at=world.now + hours * HOUR))
    assert expire(world.session, world.now + WEEK, most=2) == 2
    assert world.organization().pending_count == 1
    assert world.invite("p3@example.com")[0].code == "already_invited"
