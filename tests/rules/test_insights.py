"""What became of invitations: funnels, times, and what is stuck, right on both databases."""

import statistics
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from portal import insights, invitations
from portal.delivery import outbox
from portal.delivery.outbox import Settled
from portal.errors import BadCursor, MayNotInvite, NotAMember
from portal.insights import KINDS, between, weeks
from portal.invitations import Offer
from portal.models import Invitation
from portal.permissions import Actor
from tests.world import person

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def look(world, span=None, who="owner"):
    return insights.look(world.session, world[who], world.id, span or weeks(12, world.now))


def stuck(world, now=None, span=None):
    """The addresses that are stuck, by kind; each kind's count is that of its list."""
    now = now or world.now
    span = span or weeks(12, now)
    counts = insights.counted(world.session, world["owner"], world.id, span, now)
    found = {
        kind: [i.email for i in insights.stuck(world.session, world["owner"], world.id, span, kind, now).invitations]
        for kind in KINDS
    }
    assert counts == {kind: len(emails) for kind, emails in found.items()}
    return {kind: emails for kind, emails in found.items() if emails}


def mailed(world, at, status="sent"):
    """What is due at that time is handed over, or comes back."""
    due = outbox.claim(world.session, at, most=1000)
    outbox.settle(world.session, [Settled(mail, status, "", delivery=status) for mail in due], at)


def view(world, key, at):
    invitations.mark_viewed(world.session, world.invitation(key), at)


def accept(world, key, at):
    who = person(world.session, world.invitation(key).email, at)
    invitations.accept(world.session, Actor(who.id), key, at)


def counts(funnel):
    return funnel.queued, funnel.handed_over, funnel.viewed, funnel.accepted


def test_each_stage_counts_whom_it_reached(world):
    at = world.now - 2 * DAY
    first, second, third, _fourth = (world.invited(f"p{n}@example.org", at=at) for n in range(4))
    assert counts(look(world).all) == (4, 0, 0, 0)
    mailed(world, at)
    for key in (first, second):
        view(world, key, at + HOUR)
    accept(world, first, at + 2 * HOUR)
    invitations.cancel(world.session, world["owner"], third, at + HOUR)
    assert counts(look(world).all) == (4, 4, 2, 1)


def test_who_waits_for_approval_has_accepted(world):
    world.limit(approval=True)
    key = world.invited("ann@example.org", at=world.now - DAY)
    accept(world, key, world.now - DAY + timedelta(minutes=90))
    assert world.invitation(key).status == "waiting"
    found = look(world).all
    assert (found.accepted, found.median) == (1, timedelta(minutes=90))
    assert stuck(world, world.now + 9 * DAY) == {}


def test_what_was_handed_over_once_stays_so_while_the_next_mail_waits_or_comes_back(world):
    key = world.invited("ann@example.org")
    mailed(world, world.now)
    invitations.resend(world.session, world["owner"], key, world.now)
    assert counts(look(world).all) == (1, 1, 0, 0)
    mailed(world, world.now, "bounced")
    assert counts(look(world).all) == (1, 1, 0, 0)


def test_another_address_has_been_handed_nothing(world):
    key = world.invited("old@example.org")
    mailed(world, world.now)
    change = invitations.Change(Offer("member"), "new@example.org")
    invitations.edit(world.session, world["owner"], key, change, world.now)
    assert counts(look(world).all) == (1, 0, 0, 0)


def test_it_counts_by_week_role_team_and_inviter(world):
    monday = insights.weeks(1, world.now).since
    both = Offer("member", teams=((world.teams[0], "developer"), (world.teams[1], "developer")))
    world.invite("a@example.org", offer=both, at=monday - timedelta(milliseconds=1))
    world.invite("b@example.org", offer=Offer("manager"), by="admin", at=monday)
    world.invite("c@example.org", by="manager", at=monday - 7 * DAY)
    found = look(world, insights.Span(monday - 14 * DAY, monday + 7 * DAY))
    assert [(week.key, week.queued) for week in found.weeks] == [
        (monday - 14 * DAY, 0), (monday - 7 * DAY, 2), (monday, 1)
    ]  # fmt: skip
    assert [(role.key, role.queued) for role in found.roles] == [("manager", 1), ("member", 2)]
    teams = {team.key: (team.name, team.queued) for team in found.teams}
    assert teams == {None: ("", 2), world.teams[0]: ("Platform", 1), world.teams[1]: ("Support", 1)}
    names = {world[name].user_id: (name.title(), 1) for name in ("owner", "admin", "manager")}
    assert {who.key: (who.name, who.queued) for who in found.inviters} == names
    assert counts(found.all) == (3, 0, 0, 0)


def test_only_what_was_made_in_the_span_counts(world, another):
    span = insights.Span(world.now - 2 * DAY, world.now)
    for days in (3, 2, 1, 0):
        world.invite(f"d{days}@example.org", at=world.now - days * DAY)
    another.invite("elsewhere@example.org", at=world.now - DAY)
    assert look(world, span).all.queued == 2


@pytest.mark.parametrize("count", [1, 2, 5, 10, 11])
def test_median_and_90th_percentile_are_those_of_the_interpolated_quantiles(world, count):
    took = [(n * n * 37 + 11) % 4000 + 1 for n in range(count)]
    for n, minutes in enumerate(took):
        at = world.now - 7 * DAY + n * timedelta(seconds=7.123)
        key = world.invited(f"p{n}@example.org", Offer("member"), at=at)
        accept(world, key, at + timedelta(minutes=minutes))
    world.invite("never@example.org", at=world.now - 7 * DAY)
    found = look(world)
    cut = statistics.quantiles(took, n=100, method="inclusive") if count > 1 else took * 100
    for funnel in (found.all, found.roles[0], found.inviters[0], found.teams[0]):
        assert funnel.median.total_seconds() / 60 == pytest.approx(statistics.median(took), abs=0.5)
        assert funnel.ninetieth.total_seconds() / 60 == pytest.approx(cut[89], abs=0.5)


def test_without_an_acceptance_there_is_no_time(world):
    world.invite("never@example.org")
    assert (look(world).all.median, look(world).all.ninetieth) == (None, None)
    assert look(world, insights.Span(world.now - 9 * DAY, world.now - 8 * DAY)).all.queued == 0


def test_who_may_invite_sees_it_and_nobody_else(world, another):
    for reads in (
        lambda actor: insights.look(world.session, actor, world.id, weeks(1, world.now)),
        lambda actor: insights.counted(world.session, actor, world.id, weeks(1, world.now), world.now),
        lambda actor: insights.stuck(world.session, actor, world.id, weeks(1, world.now), "asked", world.now),
    ):
        for name in ("owner", "admin", "manager"):
            assert reads(world[name])
        for name in ("billing_manager", "member"):
            with pytest.raises(MayNotInvite):
                reads(world[name])
        with pytest.raises(NotAMember):
            reads(another["owner"])


def test_each_is_stuck_in_the_one_way_that_says_what_helps(world):
    at = world.now - 4 * DAY
    keys = {
        name: world.invited(f"{name}@example.org", at=at) for name in ("bounced", "viewed", "silent", "done", "revoked")
    }
    mailed(world, at)
    world.session.execute(update(Invitation).where(Invitation.id == keys["bounced"]).values(delivery="bounced"))
    world.session.commit()
    view(world, keys["viewed"], at + HOUR)
    accept(world, keys["done"], at + HOUR)
    invitations.cancel(world.session, world["owner"], keys["revoked"], at)
    old = world.now - 9 * DAY
    world.invite("lapsed@example.org", "asked@example.org", at=old)
    mailed(world, old)
    invitations.expire(world.session, world.now - 2 * DAY)
    asked = next(i for i in world.session.query(Invitation) if i.email == "asked@example.org")
    invitations.ask_for_new(world.session, world.opened(asked.id), world.now)
    world.invite("unsent@example.org", at=world.now - 2 * HOUR)
    world.invite("fresh@example.org", at=world.now - HOUR / 2)
    assert stuck(world) == {
        "asked": ["asked@example.org"], "unreached": ["bounced@example.org"], "unsent": ["unsent@example.org"],
        "unanswered": ["viewed@example.org"], "unviewed": ["silent@example.org"], "expired": ["lapsed@example.org"],
    }  # fmt: skip


def test_after_a_mail_there_is_time_to_answer(world, another):
    another.invite("elsewhere@example.org", at=world.now - 4 * DAY)
    keys = [world.invited(f"p{n}@example.org", at=world.now - 4 * DAY) for n in range(2)]
    mailed(world, world.now - 4 * DAY)
    view(world, keys[1], world.now - 4 * DAY)
    assert set(stuck(world)) == {"unanswered", "unviewed"}
    for key in keys:
        invitations.remind(world.session, world["owner"], key, world.now)
    assert stuck(world) == {}
    assert set(stuck(world, world.now + 2.9 * DAY)) == set()
    assert set(stuck(world, world.now + 3 * DAY + HOUR)) == {"expired"}


def test_one_that_lapsed_is_not_stuck_once_its_person_is_in_or_invited_again(world):
    old = world.now - 9 * DAY
    world.invite("again@example.org", "in@example.org", "out@example.org", "other_way@northwind.example.com", at=old)
    mailed(world, old)
    world.enlist("other_way", "member")
    world.invite("again@example.org")
    accept(world, world.invited("in@example.org"), world.now)
    assert stuck(world) == {"expired": ["out@example.org"]}


def test_stuck_ones_come_by_pages_newest_first(world):
    for n in range(5):
        world.invite(f"p{n}@example.org", at=world.now - 2 * DAY + n * timedelta(milliseconds=n > 2))
    span, seen, cursor = weeks(2, world.now), [], None
    for _page in range(3):
        found = insights.stuck(
            world.session, world["owner"], world.id, span, "unsent", world.now, cursor=cursor, most=2
        )
        seen += [invitation.email for invitation in found.invitations]
        cursor = found.next
    assert (cursor, len(seen), sorted(seen)) == (None, 5, [f"p{n}@example.org" for n in range(5)])
    with pytest.raises(BadCursor):
        insights.stuck(world.session, world["owner"], world.id, span, "unsent", world.now, cursor="x")


def test_a_span_is_whole_weeks_or_what_was_said_and_never_endless():
    now = datetime(2026, 7, 3, 12, tzinfo=UTC)  # a Friday
    assert weeks(1, now) == insights.Span(datetime(2026, 6, 29, tzinfo=UTC), datetime(2026, 7, 6, tzinfo=UTC))
    assert between(None, None, now) == weeks(12, now)
    assert len(weeks(12, now).mondays) == 12
    said = between(datetime(2026, 5, 6, tzinfo=UTC), datetime(2026, 5, 20, tzinfo=UTC), now)
    assert (said.mondays[0], len(said.mondays)) == (datetime(2026, 5, 4, tzinfo=UTC), 3)
    longest = between(datetime(1970, 1, 1, tzinfo=UTC), None, now)
    assert len(longest.mondays) == insights.LONGEST
    for since, until in ((9998, 1970), (9998, 9998), (1970, 1970)):
        odd = between(datetime(since, 1, 1, tzinfo=UTC), datetime(until, 1, 1, tzinfo=UTC), now)
        assert odd.since <= odd.until
        assert len(odd.mondays) <= insights.LONGEST
