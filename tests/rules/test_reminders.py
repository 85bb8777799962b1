"""Reminders and the daily summary: when they are due, whom they spare, and how they are stopped."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import invitations, links
from portal.delivery import stops
from portal.errors import BadLink, Expired, MailStopped, MayNotInvite
from portal.invitations import Change, Offer, accept, cancel, edit, expire, reject, remind, remind_due, resend
from portal.models import Invitation, Message
from portal.permissions import Actor
from tests.world import person

from .test_worker import delivered

ANN = "ann@example.com"
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


def reminded(world, at):
    """How many reminders a sweep at that time queues."""
    return remind_due(world.session, at)


def test_one_is_due_at_half_time_and_one_a_day_before_the_end(world):
    key = world.invited(ANN)
    half = world.now + 3.5 * DAY
    assert [reminded(world, at) for at in (half - SECOND, half, half, half + DAY)] == [0, 1, 0, 0]
    assert [reminded(world, world.now + 6 * DAY + at) for at in (-SECOND, 0 * SECOND, HOUR)] == [0, 1, 0]
    assert world.invitation(key).remind_at is None
    assert [mail.recipient for mail in world.mails("reminder")] == [ANN, ANN]
    assert len(world.events(key, "invitation.reminded")) == 2


def test_a_short_invitation_has_one_at_half_time(world):
    world.invited(ANN, Offer("member", expires_at=world.now + 2 * HOUR))
    assert [reminded(world, world.now + at) for at in (HOUR, HOUR, 1.9 * HOUR)] == [1, 0, 0]


@pytest.mark.parametrize(
    ("switch", "sent"), [({"remind_halfway": False}, [0, 1]), ({"remind_last_day": False}, [1, 0])]
)
def test_an_organization_switches_each_off(world, switch, sent):
    world.limit(**switch)
    world.invited(ANN)
    assert [reminded(world, world.now + at) for at in (3.5 * DAY, 6 * DAY)] == sent


ENDS = {
    "accepted": lambda world, key: accept(
        world.session, Actor(person(world.session, ANN, world.now).id), key, world.now
    ),
    "declined": lambda world, key: reject(world.session, Actor(None), key, world.now, opened=world.opened(key)),
    "revoked": lambda world, key: cancel(world.session, world["owner"], key, world.now),
    "bounced": lambda world, key: shown(world, key, "bounced"),
    "failed": lambda world, key: shown(world, key, "failed"),
    "complained": lambda world, key: stops.put(world.session, world.id, ANN, "complaint", world.now),
    "unsubscribed": lambda world, key: stops.put(world.session, world.id, ANN, "reminders", world.now),
    "closed": lambda world, key: world.limit(deactivated_at=world.now),
}


def shown(world, key, delivery):
    world.invitation(key).delivery = delivery
    world.session.commit()


@pytest.mark.parametrize("end", ENDS)
def test_nobody_is_reminded_after(world, end):
    ENDS[end](world, world.invited(ANN))
    assert reminded(world, world.now + 3.5 * DAY) == 0


def test_a_renewed_one_is_reminded_of_anew(world):
    key = world.invited(ANN)
    assert reminded(world, world.now + 6 * DAY) == 1
    resend(world.session, world["owner"], key, world.now + 6 * DAY)
    assert [reminded(world, world.now + at) for at in (9.4 * DAY, 9.5 * DAY)] == [0, 1]


def test_another_expiry_moves_it(world):
    key = world.invited(ANN)
    edit(world.session, world["owner"], key, Change(Offer("member", expires_at=world.now + 20 * DAY)), world.now)
    assert [reminded(world, world.now + at) for at in (9.9 * DAY, 10 * DAY)] == [0, 1]


def test_one_can_be_sent_by_hand(world):
    key = world.invited(ANN)
    remind(world.session, world["manager"], key, world.now)
    assert [mail.recipient for mail in world.mails("reminder")] == [ANN]
    with pytest.raises(MayNotInvite):
        remind(world.session, world["member"], key, world.now)
    with pytest.raises(Expired):
        remind(world.session, world["owner"], key, world.now + 7 * DAY)
    stops.put(world.session, world.id, ANN, "reminders", world.now)
    with pytest.raises(MailStopped):
        remind(world.session, world["owner"], key, world.now)


def test_whoever_holds_the_mail_stops_reminders_of_that_organization_alone(world):
    key = world.invited(ANN)
    token = links.mail_token(world.mails()[0].id)
    assert invitations.reminded_by(world.session, token)[1] == ANN
    for _ in range(2):
        invitations.stop_reminders(world.session, token, world.now)
    assert len(stops.of(world.session, world.id)) == 1
    assert reminded(world, world.now + 6 * DAY) == 0
    assert world.invitation(key).status == "pending"
    assert len(world.events(world.id, "mail.reminders_stopped")) == 1


def test_who_wants_no_reminders_gets_none_that_was_queued_and_still_gets_invitations(world):
    world.invited(ANN)
    assert remind_due(world.session, world.now + 3.5 * DAY) == 1
    stops.put(world.session, world.id, ANN, "reminders", world.now)
    delivered(world, world.now + 3.5 * DAY)
    mails = [*world.mails(), *world.mails("reminder")]
    states = {mail.kind: (mail.status, mail.reply) for mail in mails}
    assert states == {"invitation": ("sent", "250 taken"), "reminder": ("dropped", "stopped")}


@pytest.mark.parametrize("token", ["", "x", "a" * 2000, None, []])
def test_attack_10_what_is_no_token_of_a_mail_stops_nothing(world, token):
    world.invited(ANN)
    with pytest.raises(BadLink):
        invitations.stop_reminders(world.session, token, world.now)
    assert stops.of(world.session, world.id) == []


def test_attack_1_no_other_token_stops_reminders(world):
    key = world.invited(ANN)
    own = links.mail_token(world.mails()[0].id)
    for other in (
        links.invitation_token(key, 1, links.Kind.MAILED),
        own[:-1] + ("A" if own[-1] != "A" else "B"),
    ):
        with pytest.raises(BadLink):
            invitations.stop_reminders(world.session, other, world.now)


def summaries(world):
    return [(mail.recipient, mail.available_at) for mail in world.mails("lapsed")]


def test_what_lapsed_is_told_in_one_mail_the_next_morning(world):
    world.now = world.now.replace(hour=9, minute=0, second=0, microsecond=0)
    world.invite("a@example.com", "b@example.com")
    world.invite("c@example.com", by="admin")
    world.invite("d@example.com", at=world.now + HOUR)
    for hours in (0, 1, 2):
        expire(world.session, world.now + 7 * DAY + hours * HOUR)
    morning = (world.now + 8 * DAY).replace(hour=7)
    assert sorted(summaries(world)) == [(world.email("admin"), morning), (world.email("owner"), morning)]
    since = world.session.scalars(select(Message.arguments).where(Message.recipient == world.email("owner"))).one()
    lapsed = invitations.lapsed_since(world.session, world.id, world["owner"].user_id, world.now + 7 * DAY)
    assert {i.email for i in lapsed} == {"a@example.com", "b@example.com", "d@example.com"}
    assert since["since"] == world.invitation(lapsed[-1].id).expires_at.isoformat(timespec="milliseconds").replace(
        "+00:00", "Z"
    )


def test_what_was_renewed_meanwhile_is_not_told(world):
    key = world.invited(ANN)
    expire(world.session, world.now + 7 * DAY)
    resend(world.session, world["owner"], key, world.now + 7 * DAY)
    assert invitations.lapsed_since(world.session, world.id, world["owner"].user_id, world.now) == []
    assert world.session.scalars(select(Invitation.status)).one() == "pending"
