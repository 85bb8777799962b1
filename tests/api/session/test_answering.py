"""Accepting, rejecting, canceling and reading one invitation."""

import pytest

from portal import memberships, organizations
from portal.invitations import Offer
from portal.links import Kind, invitation_token
from tests.api.scripts import NEVER, Script, snapshot

ACCEPT, REJECT, CANCEL, GET = (
    "/organization/accept-invitation",
    "/organization/reject-invitation",
    "/organization/cancel-invitation",
    "/organization/get-invitation",
)
NOT_FOUND = "INVITATION_NOT_FOUND"
RECIPIENT = "YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION"
VERIFY = "EMAIL_VERIFICATION_REQUIRED_BEFORE_ACCEPTING_OR_REJECTING_INVITATION"


@pytest.fixture
def key(world):
    return world.invited("ann@example.com", world.full_offer())


@pytest.fixture
def ann(account, at):
    return at(account("ann@example.com"))


def lapse(world, key):
    world.invitation(key).expires_at = world.now.replace(year=world.now.year - 1)
    world.session.commit()


def test_accepting_makes_a_member_and_the_organization_active(world, key, ann):
    said = ann.post(ACCEPT, invitationId=str(key))
    assert said["invitation"]["status"] == "accepted"
    assert (said["member"]["role"], said["member"]["user"]["email"]) == ("member", "ann@example.com")
    session = ann.get("/get-session")["session"]
    assert (session["activeOrganizationId"], session["activeTeamId"]) == (str(world.id), None)
    assert len(ann.get("/organization/list-user-teams")) == 2
    world.check_counts()


@pytest.mark.sqlite
def test_a_team_that_is_alone_becomes_active_too(world, ann):
    key = world.invited("ann@example.com", Offer("member", teams=((world.teams[1], "developer"),)))
    ann.post(ACCEPT, invitationId=str(key))
    assert ann.get("/get-session")["session"]["activeTeamId"] == str(world.teams[1])


def test_rejecting_declines(world, key, ann):
    said = ann.post(REJECT, invitationId=str(key))
    assert (said["invitation"]["status"], said["member"]) == ("rejected", None)
    world.check_counts()


def test_canceling_gives_the_seat_back(world, key, owner):
    assert owner.post(CANCEL, invitationId=str(key))["status"] == "canceled"
    world.check_counts()


@pytest.mark.sqlite
def test_reading_one_names_the_organization_and_the_inviter(world, key, ann):
    said = ann.get(GET, id=key)
    assert (said["organizationName"], said["organizationSlug"]) == ("Northwind", "northwind")
    assert said["inviterEmail"] == "owner@northwind.example.com"
    assert said["status"] == "pending"


@pytest.mark.parametrize("call", [ACCEPT, REJECT, CANCEL])
@pytest.mark.parametrize("named", ["x", "", "\0", "{}", "a" * 1000, str(NEVER)])
def test_attack_10_what_is_no_invitation_is_not_found(owner, call, named):
    assert owner.refused(call, invitationId=named) == NOT_FOUND


@pytest.mark.sqlite
def test_a_mailed_link_is_no_id_here(world, key, ann):
    assert ann.refused(ACCEPT, invitationId=invitation_token(key, 1, Kind.MAILED)) == NOT_FOUND


@pytest.mark.sqlite
@pytest.mark.parametrize("how", ["lapsed", "canceled", "rejected", "accepted", "closed"])
def test_what_is_over_is_not_found_for_anybody(app, world, key, account, at, owner, how):
    ann, eve = at(account("ann@example.com")), at(account("eve@example.com"))
    match how:
        case "lapsed":
            lapse(world, key)
        case "canceled":
            owner.post(CANCEL, invitationId=str(key))
        case "rejected":
            ann.post(REJECT, invitationId=str(key))
        case "accepted":
            ann.post(ACCEPT, invitationId=str(key))
        case "closed":
            organizations.close(world.session, world["owner"], world.id, world.now)
    before = snapshot(app)
    for caller in (ann, eve, owner, at("member")):
        for call in (ACCEPT, REJECT, CANCEL):
            assert caller.refused(call, invitationId=str(key)) == NOT_FOUND
        assert caller.unread(GET, id=key) == NOT_FOUND
    assert snapshot(app, "sessions") == {name: rows for name, rows in before.items() if name != "sessions"}


@pytest.mark.sqlite
def test_attack_6_somebody_elses_is_403_to_accept_reject_and_read(world, key, owner, account, at):
    for caller in (owner, at(account("eve@example.com")), at(account("eve2@example.com", verified=False))):
        assert caller.refused(ACCEPT, invitationId=str(key)) == RECIPIENT
        assert caller.refused(REJECT, invitationId=str(key)) == RECIPIENT
        assert caller.unread(GET, id=key) == RECIPIENT
    assert world.invitation(key).status == "pending"


def test_attack_9_an_address_that_is_not_proved_answers_and_reads_nothing(world, key, account, at):
    ann = at(account("ann@example.com", verified=False))
    assert ann.refused(ACCEPT, invitationId=str(key)) == VERIFY
    assert ann.refused(REJECT, invitationId=str(key)) == VERIFY
    assert ann.unread(GET, id=key) == "EMAIL_VERIFICATION_REQUIRED_FOR_INVITATION"
    assert ann.unread("/organization/list-user-invitations") == "EMAIL_VERIFICATION_REQUIRED_FOR_INVITATION"
    assert world.invitation(key).status == "pending"


@pytest.mark.sqlite
def test_attack_15_a_foreign_invitation_is_canceled_as_one_that_never_was(world, another, key, at, app):
    southern = at(another.user("owner"))
    before = snapshot(app)
    foreign, never = (southern.raw("POST", CANCEL, {"invitationId": str(one)}) for one in (key, NEVER))
    assert (foreign.status_code, foreign.get_data()) == (never.status_code, never.get_data()) == (400, never.get_data())
    assert snapshot(app) == before


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("name", "role"), [("member", "member"), ("billing_manager", "member"), ("manager", "admin"), ("admin", "owner")]
)
def test_who_may_not_cancel_is_told_so(world, at, name, role):
    key = world.invited("bob@example.com", Offer(role))
    assert at(name).refused(CANCEL, invitationId=str(key)) == "YOU_ARE_NOT_ALLOWED_TO_CANCEL_THIS_INVITATION"
    assert world.invitation(key).status == "pending"


@pytest.mark.sqlite
def test_an_offer_that_nobody_stands_for_any_more_is_not_found(world, ann):
    key = world.invited("ann@example.com", Offer("admin"), by="admin")
    world.demote("admin", "member")
    assert ann.refused(ACCEPT, invitationId=str(key)) == NOT_FOUND


@pytest.mark.sqlite
def test_attack_17_a_used_invitation_lets_nobody_back_in(world, key, ann):
    said = ann.post(ACCEPT, invitationId=str(key))
    user = world.membership(world.invitation(key).accepted_by).user_id
    memberships.remove(world.session, world["owner"], world.id, user, world.now)
    assert ann.refused(ACCEPT, invitationId=said["invitation"]["id"]) == NOT_FOUND


@pytest.mark.sqlite
def test_somebody_who_is_in_already_is_told_so(world, at):
    key = world.invited("ann@northwind.example.com")
    world.enlist("ann", "member")
    ann = at("ann")
    assert ann.refused(ACCEPT, invitationId=str(key)) == "USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION"
    assert world.invitation(key).status == "pending"


@pytest.mark.sqlite
def test_attack_8_no_reading_method_answers_anything(app, key, ann):
    before = snapshot(app)
    script = Script(app, **ann.script.headers)
    for call in (ACCEPT, REJECT, CANCEL):
        for method in ("GET", "HEAD"):
            assert script.call(method, f"/api/auth{call}?invitationId={key}").status_code == 405
    assert snapshot(app) == before
