"""Inviting: an outcome for each address, one round of reading, one transaction of writing."""

from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from portal.database import Prepared
from portal.errors import MayNotInvite, NotAMember, OrganizationClosed, UnknownTeam
from portal.extensions import db
from portal.invitations import Invitee, Offer, foresee, invite
from portal.models import Event, Invitation, InvitationProject, InvitationSite, InvitationTeam, Message
from portal.permissions import Actor
from portal.statements import known_among

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def codes(outcomes):
    return [outcome.code for outcome in outcomes]


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def test_one_person_is_invited(world):
    made = world.invitation(world.invited("ann@example.com"))
    assert (made.email, made.role, made.status) == ("ann@example.com", "member", "pending")
    assert (made.generation, made.version) == (1, 1)
    assert made.inviter_id == made.grantor_id == world["owner"].user_id
    world.check_counts()


def test_an_invitation_carries_all_that_is_offered(world):
    offer = world.full_offer(message="Welcome!\nAnn", language="de", expires_at=world.now + DAY)
    made = world.invitation(world.invited("ann@example.com", offer))
    assert (made.restricted, made.message, made.language) == (True, "Welcome!\nAnn", "de")
    assert made.expires_at == world.now + DAY
    grants = [world.session.scalars(select(m)).all() for m in (InvitationSite, InvitationTeam, InvitationProject)]
    assert [site.site_id for site in grants[0]] == world.sites
    assert {(team.team_id, team.role) for team in grants[1]} == set(offer.teams)
    assert {(project.project_id, project.role) for project in grants[2]} == set(offer.projects)


def test_an_invitation_lasts_as_long_as_the_organization_says(world):
    assert world.invitation(world.invited("ann@example.com")).expires_at == world.now + WEEK
    world.limit(invitation_lifetime=3600)
    assert world.invitation(world.invited("bob@example.com")).expires_at == world.now + timedelta(hours=1)


def test_each_of_twenty_has_an_outcome_in_the_order_given(world):
    addresses = [f"person{n}@example.com" for n in range(20)]
    outcomes = world.invite(*addresses, offer=world.full_offer())
    assert [outcome.address for outcome in outcomes] == addresses
    assert codes(outcomes) == ["invited"] * 20
    assert len({outcome.invitation_id for outcome in outcomes}) == 20
    world.check_counts()


def test_every_kind_of_outcome_stands_at_its_address(world):
    world.invited("bob@example.com")
    said = [
        "ann@example.com",
        "Ann@Example.com",
        "nobody",
        "member@northwind.example.com",
        "bob@example.com",
        "c@d.org",
    ]
    outcomes = world.invite(*said)
    assert codes(outcomes) == [
        "invited",
        "said_twice",
        "not_an_address",
        "already_member",
        "already_invited",
        "invited",
    ]
    assert [str(outcome.error) for outcome in outcomes if outcome.error][1] == "“nobody” is not an e-mail address."
    world.check_counts()


def test_nobody_at_all_is_no_error(world):
    assert world.invite() == []


def test_a_member_of_another_organization_is_invited(world, another):
    assert codes(world.invite(another.email("member"))) == ["invited"]


def test_ten_thousand_go_through_at_once(world):
    outcomes = world.invite(*(f"person{n}@example.com" for n in range(10_000)), offer=world.full_offer())
    assert codes(outcomes) == ["invited"] * 10_000
    assert count(world.session, Invitation) == count(world.session, Message) == 10_000
    assert world.organization().pending_count == 10_000
    assert count(world.session, InvitationTeam) == 20_000


def spied(session, monkeypatch):
    """The statements that run from here on, through the ORM and on the driver alike."""
    seen = []
    run = Prepared._for

    def spying(prepared, dialect):
        seen.append(prepared.__doc__)
        return run(prepared, dialect)

    monkeypatch.setattr(Prepared, "_for", spying)
    event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    return seen


@pytest.mark.parametrize("limits", [{}, {"seat_limit": 8, "pending_limit": 3}])
def test_the_number_of_statements_does_not_grow(world, monkeypatch, limits):
    world.limit(**limits)
    world.invite("a@example.com", "b@example.com")
    seen = spied(world.session, monkeypatch)
    used = []
    for number in (3, 300):
        del seen[:]
        offers = [world.full_offer(message=f"Dear {n}") for n in range(number)]
        invitees = [Invitee(f"p{number}-{n}@example.com", offer) for n, offer in enumerate(offers)]
        invitees += [Invitee("a@example.com", offers[0]), Invitee("b@example.com", offers[0])] * (number // 3)
        invite(world.session, world["owner"], world.id, invitees, world.now)
        used.append(len([statement for statement in seen if statement.upper() not in ("BEGIN", "BEGIN IMMEDIATE")]))
        world.limit(**{name: limit + 3 for name, limit in limits.items()})
    assert used[0] >= used[1] > 0


def test_the_index_settles_what_the_look_before_missed(world, monkeypatch):
    first = world.invited("ann@example.com")
    look, looks = known_among.all, iter([lambda *_, **__: []])  # the first sees nothing
    monkeypatch.setattr(known_among, "all", lambda *a, **k: next(looks, look)(*a, **k))
    outcomes = world.invite("ann@example.com", "bob@example.com")
    assert codes(outcomes) == ["already_invited", "invited"]
    assert world.session.scalars(select(Invitation.id).where(Invitation.email == "ann@example.com")).all() == [first]
    assert count(world.session, Message) == 2
    world.check_counts()


def test_a_lapsed_invitation_does_not_block_its_address(world):
    old = world.invited("ann@example.com")
    later = world.now + WEEK
    assert codes(world.invite("ann@example.com", at=later)) == ["invited"]
    assert world.invitation(old).status == "expired"
    assert world.events(old, "invitation.expired")[0].actor_id is None
    world.check_counts()


@pytest.mark.parametrize("limit", [{"seat_limit": 6}, {"pending_limit": 1}])
def test_anothers_lapsed_invitation_gives_its_seat_up_before_the_sweep_comes(world, limit):
    world.limit(**limit)
    ann = world.invited("ann@example.com")
    assert len(codes(world.invite("bob@example.com"))) == 1
    later = world.invitation(ann).expires_at
    two = [Invitee(address, Offer("member")) for address in ("bob@example.com", "cid@example.com")]
    foreseen = foresee(world.session, world["owner"], world.id, two, later)
    assert [bool(outcome.error) for outcome in foreseen] == [False, True]
    assert [bool(o.error) for o in world.invite("bob@example.com", "cid@example.com", at=later)] == [False, True]
    assert (world.invitation(ann).status, world.invitation(ann).ended_at) == ("expired", later)
    world.check_counts()


def test_a_lapsed_invitation_holds_no_seat(world):
    world.limit(seat_limit=6)
    world.invited("ann@example.com")
    assert codes(world.invite("bob@example.com")) == ["no_seat_left"]
    assert codes(world.invite("ann@example.com", at=world.now + WEEK)) == ["invited"]
    world.check_counts()


@pytest.mark.parametrize(
    ("limit", "code"), [({"seat_limit": 7}, "no_seat_left"), ({"pending_limit": 2}, "pending_limit_reached")]
)
def test_as_many_as_fit_are_invited_and_the_rest_hear_which_limit_it_was(world, limit, code):
    world.limit(**limit)
    assert codes(world.invite("a@example.com", "b@example.com", "c@example.com")) == ["invited", "invited", code]
    assert codes(world.invite("c@example.com", "a@example.com")) == [code, "already_invited"]
    world.check_counts()


def test_an_address_that_is_invited_already_uses_up_no_seat(world):
    world.invited("a@example.com")
    world.limit(seat_limit=7)
    assert codes(world.invite("a@example.com", "b@example.com")) == ["already_invited", "invited"]


@pytest.mark.parametrize("role", ["billing_manager", "member"])
def test_who_may_not_invite_is_refused(world, role):
    with pytest.raises(MayNotInvite):
        world.invite("ann@example.com", by=role)


def test_a_stranger_and_nobody_are_refused(world, another):
    for actor in (another["owner"], Actor(None)):
        with pytest.raises(NotAMember):
            invite(world.session, actor, world.id, [Invitee("ann@example.com", Offer("member"))], world.now)


def test_a_closed_organization_invites_nobody(world):
    world.limit(deactivated_at=world.now)
    with pytest.raises(OrganizationClosed):
        world.invite("ann@example.com")


def test_attack_18_a_deactivated_inviter_invites_nobody(world):
    world.user("admin").deactivated_at = world.now
    world.session.commit()
    with pytest.raises(NotAMember):
        world.invite("ann@example.com", by="admin")


def test_one_bad_offer_among_many_refuses_all_and_writes_nothing(world, another):
    events = count(world.session, Event)
    bad = Offer("member", teams=((another.teams[0], "developer"),))
    invitees = [Invitee("ann@example.com", Offer("member")), Invitee("bob@example.com", bad)]
    with pytest.raises(UnknownTeam):
        invite(world.session, world["owner"], world.id, invitees, world.now)
    assert count(world.session, Invitation) == count(world.session, Message) == 0
    assert count(world.session, Event) == events
    world.check_counts()


def test_the_mail_row_holds_a_kind_and_arguments_and_no_text(world):
    key = world.invited("ann@example.com", Offer("member", message="Our secret"))
    (mail,) = world.mails()
    assert (mail.recipient, mail.invitation_id, mail.status) == ("ann@example.com", key, "queued")
    assert mail.arguments == {"generation": 1}
    assert mail.available_at == world.now


def test_the_history_says_who_invited_whom_from_where(world):
    actor = Actor(world["admin"].user_id, "command", "192.0.2.7")
    (outcome,) = invite(world.session, actor, world.id, [Invitee("ann@example.com", Offer("manager"))], world.now)
    (happened,) = world.events(outcome.invitation_id)
    assert (happened.kind, happened.actor_id) == ("invitation.created", actor.user_id)
    assert (happened.channel, happened.ip_address, happened.created_at) == ("command", "192.0.2.7", world.now)
    assert happened.details == {"email": "ann@example.com", "role": "manager"}


def test_a_name_that_the_inviter_gave_is_kept_on_one_line(world):
    invitee = Invitee("ann@example.com", Offer("member"), "Ann\r\nBcc: all@example.com")
    (outcome,) = invite(world.session, world["owner"], world.id, [invitee], world.now)
    assert world.invitation(outcome.invitation_id).name == "Ann Bcc: all@example.com"
