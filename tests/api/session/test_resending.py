"""Inviting again with ``resend``: the same invitation, a later end, the mail once more, and what differs applied."""

import pytest

from portal.extensions import limiter
from portal.invitations import Offer, see_one
from tests.api.scripts import NEVER, cookie_of
from tests.world import build

from .conftest import Caller

INVITE = "/organization/invite-member"


@pytest.fixture
def again(world):
    """Invites Ann again, saying more."""

    def ask(caller, **given):
        common = {"email": "ann@example.com", "role": "member", "organizationId": str(world.id), "resend": True}
        return common | given

    return lambda caller, **given: caller.post(INVITE, **ask(caller, **given))


@pytest.fixture
def refused(world):
    def ask(caller, **given):
        common = {"email": "ann@example.com", "role": "member", "organizationId": str(world.id), "resend": True}
        return caller.refused(INVITE, **common | given)

    return ask


def test_the_same_id_a_later_end_and_the_mail_again(world, owner, again):
    key = world.invited("ann@example.com", world.full_offer(), at=world.now.replace(microsecond=0))
    before = world.invitation(key)
    old_end, version = before.expires_at, before.version
    said = again(owner)
    after = world.invitation(key)
    assert said["id"] == str(key)
    assert after.expires_at >= old_end
    assert after.version == version
    assert len(world.mails()) == 2
    view = see_one(world.session, key)
    assert {team.role for team in view.teams} == {"developer", "team_manager"}
    assert len(view.projects) == 2
    assert said["hasRestrictedSiteAccess"] is True
    assert sorted(said["siteIds"]) == sorted(world.sites)


def test_what_differs_is_applied_first(world, owner, again):
    key = world.invited("ann@example.com", world.full_offer(message="Hello"))
    said = again(owner, role="manager", teamId=str(world.teams[1]))
    assert (said["role"], said["teamId"], said["hasRestrictedSiteAccess"]) == ("manager", str(world.teams[1]), False)
    assert said["siteIds"] == []
    assert world.invitation(key).version == 2
    view = see_one(world.session, key)
    assert [team.role for team in view.teams] == ["team_manager"]
    assert len(view.projects) == 2
    assert view.invitation.message == "Hello"


@pytest.mark.sqlite
def test_sites_that_differ_are_applied_and_an_empty_list_alone_says_nothing(world, owner, again):
    world.invited("ann@example.com", world.full_offer())
    assert again(owner, siteIds=[])["hasRestrictedSiteAccess"] is True
    assert again(owner, hasRestrictedSiteAccess=True, siteIds=[world.sites[1]])["siteIds"] == [world.sites[1]]
    assert again(owner, hasRestrictedSiteAccess=False)["siteIds"] == []
    assert again(owner, teamId=[])["teamId"] is None


@pytest.mark.sqlite
def test_with_nothing_pending_it_is_an_invitation_like_any(world, owner, again):
    assert again(owner)["status"] == "pending"


@pytest.mark.sqlite
def test_what_is_wrong_is_named_and_nothing_is_dropped_in_silence(world, owner, refused):
    key = world.invited("ann@example.com", world.full_offer())
    assert refused(owner, siteIds=[world.sites[0]]) == "SITE_IDS_WITHOUT_RESTRICTION"
    assert refused(owner, hasRestrictedSiteAccess=True) == "SITE_RESTRICTION_REQUIRES_A_SITE"
    assert refused(owner, hasRestrictedSiteAccess=True, siteIds=[10**18]) == "SITE_NOT_FOUND"
    assert (
        refused(owner, role="admin", hasRestrictedSiteAccess=True, siteIds=world.sites)
        == "SITE_RESTRICTION_REQUIRES_MEMBER_ROLE"
    )
    assert refused(owner, teamId=str(NEVER)) == "TEAM_NOT_FOUND"
    assert refused(owner, teamId="a,b") == "INVALID_TEAM_ID"
    assert refused(owner, role="boss") == "ROLE_NOT_FOUND"
    assert world.invitation(key).version == 1
    assert len(world.mails()) == 1


@pytest.mark.sqlite
def test_attack_13_a_pending_or_a_new_role_above_the_callers_is_refused(world, at, refused):
    world.invited("ann@example.com", Offer("admin"))
    above = "YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE"
    assert refused(at("manager")) == above
    assert refused(at("manager"), role="admin") == above
    assert refused(at("admin"), role="owner") == above
    assert len(world.mails()) == 1


@pytest.mark.sqlite
def test_attack_25_sending_again_too_often_waits(make_app):
    from portal import clock
    from portal.extensions import db

    app = make_app(RATELIMIT_ENABLED=True)
    with app.app_context():
        limiter.reset()
        world = build(db.session(), clock.now())
        owner = Caller(app, Cookie=cookie_of(world, "owner"))
        body = {"email": "ann@example.com", "role": "member", "organizationId": str(world.id), "resend": True}
        db.session.remove()
    replies = [owner.raw("POST", INVITE, body) for _ in range(12)]
    assert [reply.status_code for reply in replies] == [200] * 11 + [429]
    assert replies[-1].json["code"] == "TOO_MANY_REQUESTS"
    assert int(replies[-1].headers["Retry-After"]) > 0
    assert owner.raw("POST", INVITE, body | {"email": "bob@example.com"}).status_code == 200
