"""Approval: who accepts has nothing until an owner or administrator approves; then all that was offered (ATTACKS 7)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import (
    accounts,
    connections,
    memberships,
    organizations,
    placements,
    places,
    profiles,
    reach,
    retention,
    settings,
)
from portal.delivery.smtp import captured, transport
from portal.errors import (
    AccountClosed,
    AlreadyMember,
    InviterLostRights,
    NotAllowed,
    NotAMember,
    NotFound,
    NotPending,
    NotWaiting,
    OrganizationClosed,
    RoleAboveRank,
)
from portal.invitations import (
    Change,
    Joiner,
    Offer,
    accept,
    approve,
    cancel,
    edit,
    expire,
    join,
    join_vouched,
    new_link,
    own,
    refuse,
    reject,
    remind,
    resend,
    waiting,
    waiting_of,
)
from portal.models import ROLES, Membership, MembershipSite, Message, ProjectMember, TeamMember, User
from portal.permissions import Actor
from portal.rosters import Person, apply
from portal.standing import standing_of
from portal.worker import run_once
from tests.world import person

ANN = "ann@example.com"
LATER = timedelta(days=400)


def nothing_of(world, user_id):
    """Whether somebody has nothing in the organization: no membership, no place, no way to stand in it."""
    for model in (Membership, MembershipSite, TeamMember, ProjectMember):
        found = select(func.count()).select_from(model).where(model.user_id == user_id)
        assert world.session.scalar(found) == 0, model
    with pytest.raises(NotAMember):
        standing_of(world.session, Actor(user_id), world.id)
    assert memberships.of_user(world.session, user_id) == []
    assert not any(reach.all_of(world.session, user_id, world.id).values())
    world.check_counts()


def by_account(world, key):
    ann = person(world.session, ANN, world.now)
    return accept(world.session, Actor(ann.id), key, world.now)


def by_mailed_link(world, key):
    return join(world.session, world.opened(key), Joiner("Ann", "three unrelated words"), 1, world.now)


def by_provider(world, key):
    vouched = connections.Vouched("example", "https://id.example.com", "1", ANN, True, "Ann")
    return join_vouched(world.session, world.opened(key), vouched, 1, world.now)


@pytest.mark.parametrize("way", [by_account, by_mailed_link, by_provider])
def test_attack_7_who_accepts_has_nothing_before_approval(world, way):
    world.set(approval=True)
    key = world.invited(ANN, world.full_offer(), by="admin")
    answer = way(world, key)
    assert answer.waits
    assert (world.invitation(key).status, world.invitation(key).accepted_by) == ("waiting", answer.user_id)
    nothing_of(world, answer.user_id)
    approve(world.session, world["admin"], world.id, key, world.now)
    assert world.membership(answer.user_id).restricted
    assert set(world.session.scalars(select(MembershipSite.site_id))) == set(world.sites)
    teams = {(row.team_id, row.role) for row in world.session.scalars(select(TeamMember))}
    projects = {(row.project_id, row.role) for row in world.session.scalars(select(ProjectMember))}
    assert (teams, projects) == (set(world.full_offer().teams), set(world.full_offer().projects))
    world.check_counts()


def test_attack_7_who_was_declined_has_nothing_and_may_be_invited_again(world):
    key, ann = world.waits(offer=world.full_offer())
    refuse(world.session, world["owner"], world.id, key, world.now)
    assert (world.invitation(key).status, world.invitation(key).ended_at) == ("canceled", world.now)
    nothing_of(world, ann.user_id)
    with pytest.raises(NotPending):
        accept(world.session, ann, key, world.now)
    assert not accept(world.session, ann, world.invited(ANN), world.now).waits


def test_attack_7_what_was_not_offered_any_more_is_left_out(world):
    key, _ = world.waits(offer=world.full_offer())
    places.delete(world.session, world["owner"], world.id, "team", world.teams[0], world.now)
    approve(world.session, world["owner"], world.id, key, world.now)
    assert [row.team_id for row in world.session.scalars(select(TeamMember))] == [world.teams[1]]
    assert world.events(key, "invitation.approved")[0].details["left_out"] == ["Platform"]


def test_without_the_setting_nobody_waits(world):
    key = world.invited(ANN)
    assert not by_account(world, key).waits
    assert world.invitation(key).status == "accepted"


def test_the_setting_is_for_who_sets_the_organization_up(world):
    settings.change(world.session, world["admin"], world.id, {"approval": True}, world.now)
    assert world.organization().approval
    with pytest.raises(NotAllowed):
        settings.change(world.session, world["manager"], world.id, {"approval": False}, world.now)


def test_who_waits_goes_on_waiting_when_the_setting_is_taken_back(world):
    key, ann = world.waits()
    assert not world.organization().approval
    nothing_of(world, ann.user_id)
    approve(world.session, world["owner"], world.id, key, world.now)
    assert world.membership(ann.user_id)


OWNERS_OFFER = dict.fromkeys(ROLES, True)
MAY = {
    "owner": OWNERS_OFFER,
    "admin": OWNERS_OFFER | {"owner": False},
    **{role: dict.fromkeys(ROLES, False) for role in ("manager", "billing_manager", "member")},
}


@pytest.mark.parametrize("decide", [approve, refuse])
@pytest.mark.parametrize("role", ROLES)
def test_attack_12_and_7_who_may_decide_on_whom(world, role, decide):
    for offered in ROLES:
        key, ann = world.waits(f"{offered}@example.com", Offer(offered))
        if MAY[role][offered]:
            decide(world.session, world[role], world.id, key, world.now)
            assert world.invitation(key).status == ("accepted" if decide is approve else "canceled")
            assert (world.membership(ann.user_id) is not None) == (decide is approve)
        else:
            with pytest.raises(RoleAboveRank if role == "admin" else NotAllowed):
                decide(world.session, world[role], world.id, key, world.now)
            assert world.invitation(key).status == "waiting"
            nothing_of(world, ann.user_id)
    world.check_counts()


@pytest.mark.parametrize("decide", [approve, refuse])
def test_attack_15_another_organizations_are_not_there(world, another, decide):
    key, ann = world.waits()
    with pytest.raises(NotFound):
        decide(world.session, another["owner"], another.id, key, world.now)
    for stranger in (another["owner"], ann):
        with pytest.raises(NotAMember):
            decide(world.session, stranger, world.id, key, world.now)
    assert world.invitation(key).status == "waiting"


@pytest.mark.parametrize("decide", [approve, refuse])
def test_what_was_decided_stays(world, decide):
    key, _ = world.waits()
    pending = world.invited("bob@example.com")
    decide(world.session, world["owner"], world.id, key, world.now)
    for again in (approve, refuse):
        for one in (key, pending):
            with pytest.raises(NotWaiting):
                again(world.session, world["owner"], world.id, one, world.now)
    world.check_counts()


def test_attack_13_an_offer_that_its_inviter_could_no_longer_make_is_not_approved(world):
    key, ann = world.waits(offer=Offer("admin"), by="admin")
    world.demote("admin", "manager")
    with pytest.raises(InviterLostRights):
        approve(world.session, world["owner"], world.id, key, world.now)
    nothing_of(world, ann.user_id)
    refuse(world.session, world["owner"], world.id, key, world.now)
    assert world.invitation(key).status == "canceled"


def test_attack_13_what_an_inviter_stood_for_goes_with_them(world):
    key, ann = world.waits(offer=Offer("admin"), by="admin")
    world.invited("bob@example.com", by="admin")
    assert memberships.remove(world.session, world["owner"], world.id, world["admin"].user_id, world.now) == 2
    assert world.invitation(key).status == "canceled"
    assert world.events(key, "invitation.refused")[0].details["why"] == "inviter_lost_rights"
    assert [mail.recipient for mail in world.mails("not_approved")] == [ANN]
    nothing_of(world, ann.user_id)


def test_a_closed_account_is_not_let_in(world):
    key, ann = world.waits()
    accounts.deactivate(world.session, world.session.get_one(User, ann.user_id), world["owner"], world.now)
    with pytest.raises(AccountClosed):
        approve(world.session, world["owner"], world.id, key, world.now)
    nothing_of(world, ann.user_id)


def test_a_deleted_account_waits_no_more_and_gives_its_seat_back(world):
    key, ann = world.waits()
    profiles.delete(world.session, ann, ANN, world.now)
    assert world.invitation(key).status == "canceled"
    assert world.organization().waiting_count == 0
    assert world.mails("not_approved") == []
    nothing_of(world, ann.user_id)


def test_a_member_by_another_address_does_not_wait_for_what_they_have(world):
    world.set(approval=True)
    key = world.invited(ANN)
    world.user("member").email = ANN
    world.session.commit()
    with pytest.raises(AlreadyMember):
        accept(world.session, world["member"], key, world.now)
    assert world.invitation(key).status == "pending"


def test_a_closed_organization_lets_nobody_in(world):
    key, ann = world.waits()
    organizations.close(world.session, world["owner"], world.id, world.now)
    with pytest.raises(OrganizationClosed):
        approve(world.session, world["owner"], world.id, key, world.now)
    assert waiting_of(world.session, ann.user_id) == []
    nothing_of_rows = select(func.count()).select_from(Membership).where(Membership.user_id == ann.user_id)
    assert world.session.scalar(nothing_of_rows) == 0


def acts_on(world, key, ann):
    """What could be done to a pending invitation, by whoever could."""
    session, owner, now = world.session, world["owner"], world.now
    return {
        "accept": lambda: accept(session, ann, key, now),
        "reject": lambda: reject(session, ann, key, now),
        "cancel": lambda: cancel(session, owner, key, now),
        "edit": lambda: edit(session, owner, key, Change(Offer("admin")), now),
        "resend": lambda: resend(session, owner, key, now),
        "remind": lambda: remind(session, owner, key, now),
        "new_link": lambda: new_link(session, owner, key, now),
    }


@pytest.mark.parametrize("act", ["accept", "reject", "cancel", "edit", "resend", "remind", "new_link"])
def test_attack_7_what_waits_is_pending_for_nobody(world, act):
    key, ann = world.waits()
    with pytest.raises(NotPending):
        acts_on(world, key, ann)[act]()
    assert world.invitation(key).status == "waiting"
    assert own(world.session, ann.user_id, world.now) == []
    nothing_of(world, ann.user_id)


def test_what_waits_neither_lapses_nor_is_forgotten(world):
    key, ann = world.waits()
    assert expire(world.session, world.now + LATER) == 0
    retention.prune(world.session, retention.Keep(ended=1), world.now + LATER)
    assert world.invitation(key).state(world.now + LATER) == "waiting"
    approve(world.session, world["owner"], world.id, key, world.now + LATER)
    assert world.membership(ann.user_id)


def test_who_waits_keeps_the_seat_and_the_address(world):
    world.limit(seat_limit=6)
    key, _ = world.waits()
    (outcome,) = world.invite("bob@example.com")
    assert outcome.code == "no_seat_left"
    world.limit(seat_limit=7)
    (outcome,) = world.invite(ANN, at=world.now + LATER)
    assert outcome.code == "already_invited"
    refuse(world.session, world["owner"], world.id, key, world.now)
    world.limit(seat_limit=6)
    assert world.invite("bob@example.com")[0].code == "invited"
    world.check_counts()


def test_who_waits_is_placed_nowhere(world):
    _, ann = world.waits(offer=world.full_offer())
    with pytest.raises(NotFound):
        placements.add(
            world.session, world["owner"], world.id, "team", world.teams[0], ann.user_id, "developer", world.now
        )
    members = memberships.page(world.session, world["owner"], world.id, search="ann")
    assert members == []


def test_the_history_tells_each_step(world):
    key, ann = world.waits()
    (waited,) = world.events(key, "invitation.waiting")
    assert (waited.actor_id, waited.details) == (ann.user_id, {"email": ANN, "role": "member"})
    approve(world.session, world["admin"], world.id, key, world.now)
    (approved,) = world.events(key, "invitation.approved")
    assert approved.actor_id == world["admin"].user_id
    assert world.events(ann.user_id, "member.joined")[0].actor_id == world["admin"].user_id


def test_the_inbox_is_paged_and_says_what_is_in_the_way(world):
    addresses = [f"p{number}@example.com" for number in range(3)]
    keys = [world.waits(address, Offer("admin"), by="admin")[0] for address in addresses]
    top, _ = world.waits("top@example.com", Offer("owner"))
    first = waiting(world.session, world["admin"], world.id, world.now, most=3)
    rest = waiting(world.session, world["admin"], world.id, world.now, cursor=first.next, most=3)
    shown = first.waiting + rest.waiting
    assert {each.row.invitation.id for each in shown} == {*keys, top}
    assert rest.next is None
    assert {each.person.email: each.obstacle for each in shown} == dict.fromkeys(addresses, "") | {
        "top@example.com": "rank"
    }
    world.demote("admin", "manager")
    found = waiting(world.session, world["owner"], world.id, world.now)
    assert {each.person.email: each.obstacle for each in found.waiting} == dict.fromkeys(addresses, "inviter") | {
        "top@example.com": ""
    }
    with pytest.raises(NotAllowed):
        waiting(world.session, world["manager"], world.id, world.now)


def test_who_waits_sees_that_they_do_in_that_organization(world, another):
    key, ann = world.waits()
    assert [view.invitation.id for view in waiting_of(world.session, ann.user_id)] == [key]
    assert waiting_of(world.session, ann.user_id, another.id) == []


# Mails ------------------------------------------------------------------------------------------------------------


def test_approvers_are_told_at_once_and_then_hourly(world):
    world.set(approval=True)
    for minutes, due in ((0, 0), (5, 60), (20, 60), (70, 120), (300, 300)):
        at = world.now + timedelta(minutes=minutes)
        before = {mail.id for mail in world.mails("approval_needed")}
        someone = person(world.session, f"m{minutes}@example.com", world.now)
        accept(world.session, Actor(someone.id), world.invited(someone.email), at)
        told = [mail for mail in world.mails("approval_needed") if mail.id not in before]
        expected = [] if minutes == 20 else sorted([world.email("owner"), world.email("admin")])
        assert sorted(mail.recipient for mail in told) == expected
        assert {mail.available_at for mail in told} <= {world.now + timedelta(minutes=due)}


def sent(app, world, kind, at):
    """Lets the worker send; the text of each mail of that kind that went out, by recipient."""
    while run_once(world.session, transport(app), at):
        pass
    world.session.rollback()
    texts = [file.read_text() for file in captured(app).glob("*.eml")]
    found = world.session.scalars(select(Message).where(Message.kind == kind, Message.status == "sent"))
    return {mail.recipient: next(text for text in texts if str(mail.id) in text) for mail in found}


@pytest.mark.sqlite
def test_the_mails_name_who_waits_and_what_was_decided(app, world):
    key, _ = world.waits()
    told = sent(app, world, "approval_needed", world.now)
    assert set(told) == {world.email("owner"), world.email("admin")}
    assert all("ann@example.com" in text and "/o/northwind/inbox" in text for text in told.values())
    approve(world.session, world["owner"], world.id, key, world.now)
    assert "You were approved" in sent(app, world, "approved", world.now)[ANN]
    key, _ = world.waits("bob@example.com")
    refuse(world.session, world["owner"], world.id, key, world.now)
    assert "were not approved" in sent(app, world, "not_approved", world.now)["bob@example.com"]


@pytest.mark.sqlite
def test_nobody_is_told_of_what_was_decided_meanwhile(app, world):
    key, _ = world.waits()
    world.demote("admin", "manager")
    refuse(world.session, world["owner"], world.id, key, world.now)
    assert sent(app, world, "approval_needed", world.now) == {}
    assert {mail.reply for mail in world.mails("approval_needed")} == {"nobody waits", "no longer approves"}


# Rosters ----------------------------------------------------------------------------------------------------------


def rostered(world, *people):
    """Makes the organization's people the owner and these."""
    listed = [Person(world.email("owner"), "owner"), *people]
    return apply(world.session, world["owner"], world.id, listed, world.now, dry_run=False)


def test_a_roster_that_names_who_waits_leaves_them_waiting(world):
    key, ann = world.waits()
    rostered(world, Person(ANN, "member"))
    assert world.invitation(key).status == "waiting"
    nothing_of(world, ann.user_id)


def test_a_roster_that_does_not_name_who_waits_declines_them(world):
    key, _ = world.waits()
    rostered(world)
    assert world.invitation(key).status == "canceled"
    assert [mail.recipient for mail in world.mails("not_approved")] == [ANN]
    world.check_counts()
