"""The worker: what is due is composed, handed over and written down; what is no longer true is dropped."""

from datetime import timedelta

import pytest
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from portal import accounts, worker
from portal.delivery import outbox
from portal.delivery.crew import OneHand, Pace
from portal.delivery.smtp import Refused, ServerAway
from portal.invitations import Change, Offer, accept, ask_for_new, cancel, edit, new_link, reject, resend
from portal.models import Invitation, Message
from portal.permissions import Actor
from tests.world import person

from .test_inviting import spied

ANN = "ann@example.com"
SECOND, MINUTE, WEEK = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=7)


class Postbox:
    """Takes every mail and keeps it, or refuses as it is told."""

    def __init__(self, *refusals):
        self.mails, self.refusals = [], list(refusals)

    def send(self, parcel):
        if self.refusals and (refusal := self.refusals.pop(0)):
            raise refusal
        self.mails.append(parcel.letter)
        return "250 taken"


def delivered(world, at=None, box=None):
    """What a worker hands over of all that is due."""
    box = box or Postbox()
    while worker.run_once(world.session, box, at or world.now):
        pass
    return box.mails


def states(world):
    query = select(Message.status, Message.reply).order_by(Message.id)
    return [tuple(row) for row in world.session.execute(query)]


def test_what_is_due_is_sent_once_and_written_down(world):
    world.invite(ANN, "bob@example.com")
    assert [mail.recipient for mail in delivered(world)] == [ANN, "bob@example.com"]
    assert states(world) == [("sent", "250 taken")] * 2
    assert delivered(world) == []


def test_what_is_not_due_yet_waits(world):
    world.invited(ANN, at=world.now + MINUTE)
    assert delivered(world) == []
    assert len(delivered(world, world.now + MINUTE)) == 1


ENDS = {
    "revoked": lambda world, key: cancel(world.session, world["owner"], key, world.now),
    "declined": lambda world, key: reject(world.session, Actor(None), key, world.now, opened=world.opened(key)),
    "address changed": lambda world, key: edit(
        world.session, world["owner"], key, Change(Offer("member"), "bob@example.com"), world.now
    ),
    "newer link": lambda world, key: new_link(world.session, world["owner"], key, world.now),
    "closed": lambda world, key: world.limit(deactivated_at=world.now),
    "inviter lost rights": lambda world, key: world.demote("owner", "member"),
}


@pytest.mark.parametrize("end", ENDS)
def test_an_invitations_mail_that_is_no_longer_true_is_dropped(world, end):
    key = world.invited(ANN)
    ENDS[end](world, key)
    assert ANN not in [mail.recipient for mail in delivered(world)][: 0 if end == "newer link" else None]
    assert states(world)[0][0] == "dropped"


def test_a_lapsed_or_accepted_invitation_is_mailed_no_more(world):
    ann = person(world.session, ANN, world.now)
    accept(world.session, Actor(ann.id), world.invited(ANN), world.now)
    world.invited("bob@example.com")
    assert delivered(world, world.now + WEEK) == []
    assert states(world) == [("dropped", "not_pending"), ("dropped", "expired")]


def test_a_resent_mail_is_sent_with_the_same_link(world):
    key = world.invited(ANN)
    first = delivered(world)
    resend(world.session, world["owner"], key, world.now + MINUTE)
    (again,) = delivered(world, world.now + MINUTE)
    assert link_in(again) == link_in(first[0])
    assert again.message_id != first[0].message_id


def link_in(mail):
    return next(word for word in mail.text.split() if word.startswith("http://127.0.0.1:8000/"))


def test_a_claimed_mail_is_nobody_elses_until_its_lease_ends(world):
    world.invited(ANN)
    (claimed,) = outbox.claim(world.session, world.now)
    assert (claimed.status, claimed.attempts) == ("sending", 1)
    assert outbox.claim(world.session, world.now + outbox.LEASE - SECOND) == []
    (again,) = outbox.claim(world.session, world.now + outbox.LEASE)
    assert (again.id, again.attempts) == (claimed.id, 2)


def test_a_worker_that_lost_its_lease_writes_nothing_down(world):
    world.invited(ANN)
    (claimed,) = outbox.claim(world.session, world.now)
    outbox.claim(world.session, world.now + outbox.LEASE)
    assert outbox.settle(world.session, [outbox.Settled(claimed, "sent", "late")], world.now) == 0
    assert states(world) == [("sending", "")]


def test_a_second_sending_after_a_crash_has_the_same_message_id(world):
    world.invited(ANN)

    class Killed(BaseException):
        pass

    with pytest.raises(Killed):
        worker.run_once(world.session, Postbox(Killed()), world.now)
    (mail,) = delivered(world, world.now + outbox.LEASE)
    assert mail.message_id == f"<{world.mails()[0].id}@127.0.0.1>"


def test_what_was_sent_while_the_database_went_away_is_written_down_once_it_is_back(world, monkeypatch):
    world.invited(ANN)
    post = worker.Post(OneHand(box := Postbox()))
    with monkeypatch.context() as away:
        away.setattr(outbox, "settle", lambda *_: (_ for _ in ()).throw(OperationalError("UPDATE", None, Exception())))
        with pytest.raises(OperationalError):
            post.step(world.session, world.now)
    assert post.step(world.session, world.now + SECOND) == 1
    assert post.step(world.session, world.now + WEEK / 7) == 0
    assert (len(box.mails), states(world)) == (1, [("sent", "250 taken")])


def test_a_refusal_for_now_is_tried_again_later_and_later(world):
    world.invited(ANN)
    box = Postbox(Refused("451 later", permanent=False))
    assert delivered(world, box=box) == []
    assert states(world) == [("deferred", "451 later")]
    assert delivered(world, world.now + 20 * SECOND, box) == []
    assert len(delivered(world, world.now + MINUTE, box)) == 1
    assert worker.wait(1) < MINUTE < worker.wait(3) < worker.wait(30) < timedelta(hours=2)


def test_a_refusal_for_good_is_final(world):
    world.invited(ANN)
    box = Postbox(Refused("550 nobody here", permanent=True))
    delivered(world, box=box)
    assert states(world) == [("failed", "550 nobody here")]
    assert delivered(world, world.now + MINUTE, box) == []


def test_two_days_of_refusals_are_enough(world):
    world.invited(ANN)
    delivered(world, world.now + timedelta(hours=48, seconds=1), Postbox(Refused("451 later", permanent=False)))
    assert states(world) == [("failed", "451 later")]


def test_one_mail_that_cannot_be_composed_does_not_hold_up_the_others(world):
    world.invited(ANN)
    world.mails()[0].kind = "unheard_of"
    world.session.commit()
    world.invited("bob@example.com")
    assert [mail.recipient for mail in delivered(world)] == ["bob@example.com"]
    assert states(world) == [("deferred", "It could not be made: KeyError"), ("sent", "250 taken")]
    delivered(world, world.now + timedelta(hours=49))
    assert states(world)[0][0] == "failed"


def test_mails_that_cannot_be_read_together_are_each_tried_alone(world):
    world.invited(ANN)
    world.mails()[0].arguments = {}
    world.session.commit()
    world.invited("bob@example.com")
    assert [mail.recipient for mail in delivered(world)] == ["bob@example.com"]
    assert states(world) == [("deferred", "It could not be made: KeyError"), ("sent", "250 taken")]


def test_a_portion_of_mails_takes_no_more_statements_than_one(world, monkeypatch):
    """What several are about is read, and what became of them written, at once."""
    seen, takes = spied(world.session, monkeypatch), []
    for many in (1, 20):
        world.invite(*(f"p{number}@d{many}.example.com" for number in range(many)), offer=world.full_offer())
        del seen[:]
        assert worker.run_once(world.session, Postbox(), world.now) == 2 * many
        takes.append(len(seen))
    assert takes[0] == takes[1]


def test_a_domain_that_has_had_all_it_may_have_in_this_minute_waits_and_others_go(world):
    limiter, box = FixedWindowRateLimiter(MemoryStorage()), Postbox()
    post = worker.Post(OneHand(box), Pace(limiter, per_minute=2))
    world.invite(*(f"p{number}@example.com" for number in range(5)), "ann@example.net")
    post.step(world.session, world.now)
    assert [mail.recipient for mail in box.mails] == ["p0@example.com", "p1@example.com", "ann@example.net"]
    waiting = ("queued", "Its domain has had all that it may have in this minute.")
    assert states(world)[2:5] == [waiting] * 3
    assert post.step(world.session, world.now) == 0
    assert {mail.attempts for mail in world.mails() if mail.status == "queued"} == {0}
    limiter.storage.reset()  # the next minute
    post.step(world.session, world.now)
    assert len(box.mails) == 5


def test_the_inviter_hears_of_a_refusal_and_of_a_wish_for_a_new_one(world):
    first, second = world.invited(ANN), world.invited("bob@example.com")
    reject(world.session, Actor(None), first, world.now, opened=world.opened(first), reason="Moving away")
    ask_for_new(world.session, world.opened(second), world.now + WEEK)
    mails = [mail for mail in delivered(world, world.now + WEEK) if mail.recipient == world.email("owner")]
    assert len(mails) == 2
    assert "Moving away" in mails[0].text
    assert f"http://127.0.0.1:8000/o/northwind/invitations/{second}" in mails[1].text


def test_account_mails_go_to_who_still_needs_them(world):
    ann = person(world.session, ANN, world.now, verified=False)
    accounts.ask_verification(world.session, ann, world.now)
    accounts.ask_reset(world.session, ANN, world.now)
    accounts.ask_reset(world.session, "nobody@example.com", world.now)
    accounts.mark_verified(world.session, ann, Actor(None), world.now)
    (mail,) = delivered(world)
    assert "/reset/" in link_in(mail)
    assert [state for state, _ in states(world)] == ["dropped", "sent", "dropped"]


def test_the_sweep_ends_what_lapsed(world):
    world.invited(ANN)
    assert worker.sweep(world.session, world.now + WEEK) == 1
    world.check_counts()


def test_a_mail_queued_by_a_clock_that_was_ahead_does_not_wait_until_then(world):
    world.invited(ANN, at=world.now + timedelta(hours=2))
    assert delivered(world) == []
    worker.sweep(world.session, world.now)
    assert len(delivered(world)) == 1


@pytest.mark.sqlite
def test_a_pause_ends_though_the_clock_was_set_back(world):
    world.invited(ANN, at=world.now - WEEK / 2)
    post = worker.Post(OneHand(box := Postbox(ServerAway("gone"))))
    post.step(world.session, world.now)
    world.invited("bob@example.com", at=world.now - WEEK / 2)
    post.step(world.session, world.now)
    assert box.mails == []
    post.step(world.session, world.now - timedelta(hours=2))
    assert len(box.mails) == 1


@pytest.mark.sqlite
def test_the_worker_forgets_once_a_day_what_the_settings_no_longer_keep(app, session, world, monkeypatch):
    then = world.now - timedelta(days=31)
    cancel(session, world["owner"], world.invited("gone@example.com", at=then), then)
    working = worker.Worker(app)
    working.turn()
    assert session.scalar(select(func.count(Invitation.id))) == 1
    monkeypatch.setitem(app.config, "KEEP_ENDED_DAYS", 30)
    working.turn()
    assert session.scalar(select(func.count(Invitation.id))) == 1
    worker.Worker(app).turn()
    session.rollback()
    assert session.scalar(select(func.count(Invitation.id))) == 0
