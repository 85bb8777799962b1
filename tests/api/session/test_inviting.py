"""Inviting, and the first of several errors that applies."""

import pytest

from portal.invitations import Offer
from tests.api.scripts import NEVER, snapshot

INVITE = "/organization/invite-member"
FIELDS = {
    "id", "email", "role", "organizationId", "inviterId", "status", "expiresAt", "createdAt", "teamId",
    "hasRestrictedSiteAccess", "siteIds",
}  # fmt: skip


@pytest.fixture
def body(world):
    """A good invitation, with something else said."""
    common = {"email": "ann@example.com", "role": "member", "organizationId": str(world.id)}
    return lambda **given: {name: value for name, value in (common | given).items() if value is not None}


def test_an_invitation_has_its_teams_and_sites(world, owner, body):
    teams, sites = [str(team) for team in world.teams], [world.sites[0], str(world.sites[1])]
    said = owner.post(
        INVITE, **body(teamId=teams, hasRestrictedSiteAccess=True, siteIds=sites, email=" Ann@EXAMPLE.com.")
    )
    assert set(said) == FIELDS
    assert (said["email"], said["status"], said["hasRestrictedSiteAccess"]) == ("ann@example.com", "pending", True)
    assert sorted(said["siteIds"]) == sorted(world.sites)
    assert sorted(said["teamId"].split(",")) == sorted(teams)
    (mail,) = world.mails()
    assert (mail.recipient, str(mail.invitation_id)) == ("ann@example.com", said["id"])
    world.check_counts()


@pytest.mark.sqlite
def test_one_team_is_a_string_and_its_role_is_developer(world, owner, body):
    said = owner.post(INVITE, **body(teamId=str(world.teams[0])))
    assert said["teamId"] == str(world.teams[0])
    from portal.invitations import see_one

    assert [team.role for team in see_one(world.session, world.mails()[0].invitation_id).teams] == ["developer"]


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("role", "counts"), [("owner", "owner"), (["member", "admin", "manager"], "admin"), (["member"], "member")]
)
def test_of_several_roles_the_highest_counts(owner, body, role, counts):
    assert owner.post(INVITE, **body(role=role))["role"] == counts


@pytest.mark.sqlite
def test_the_active_organization_serves(world, owner, body):
    assert owner.refused(INVITE, **body(organizationId=None)) == "ORGANIZATION_NOT_FOUND"
    owner.post("/organization/set-active", organizationId=str(world.id))
    assert owner.post(INVITE, **body(organizationId=None))["organizationId"] == str(world.id)


LADDER = [
    ("ORGANIZATION_NOT_FOUND", {"organizationId": None}),
    ("INVALID_EMAIL", {"email": "no"}),
    ("MEMBER_NOT_FOUND", {"organizationId": str(NEVER)}),
    ("ROLE_NOT_FOUND", {"role": "boss"}),
    ("YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE", {"role": "admin"}),
    ("USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION", {"email": "billing_manager@northwind.example.com"}),
    ("USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION", {"email": "invited@example.com"}),
    ("INVALID_TEAM_ID", {"teamId": ["a,b"]}),
    ("TEAM_NOT_FOUND", {"teamId": str(NEVER)}),
    ("SITE_RESTRICTION_REQUIRES_MEMBER_ROLE", {"role": "manager", "hasRestrictedSiteAccess": True}),
    ("SITE_RESTRICTION_REQUIRES_A_SITE", {"hasRestrictedSiteAccess": True}),
    ("SITE_IDS_WITHOUT_RESTRICTION", {"siteIds": [1]}),
    ("SITE_NOT_FOUND", {"hasRestrictedSiteAccess": True, "siteIds": [10**18]}),
]


EXCLUDE_EACH_OTHER = {"SITE_RESTRICTION_REQUIRES_A_SITE", "SITE_IDS_WITHOUT_RESTRICTION"}


@pytest.mark.sqlite
def test_of_any_two_things_that_are_wrong_the_earlier_is_named(app, world, at, body):
    world.invited("invited@example.com")
    manager, before = at("manager"), snapshot(app, "sessions")
    for index, (code, wrong) in enumerate(LADDER):
        assert manager.refused(INVITE, **body(**wrong)) == code
        for later, also in LADDER[index + 1 :]:
            if wrong.keys() & also.keys() or {code, later} == EXCLUDE_EACH_OTHER:
                continue
            assert manager.refused(INVITE, **body(**also | wrong)) == code, later
    assert snapshot(app, "sessions") == before


@pytest.mark.sqlite
@pytest.mark.parametrize("name", ["billing_manager", "member"])
def test_who_may_not_invite_is_told_that_after_the_address_and_before_the_role(world, at, body, name):
    assert at(name).refused(INVITE, **body(email="no")) == "INVALID_EMAIL"
    assert at(name).refused(INVITE, **body(role="boss")) == "YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "role", ["boss", "", [], ["member", "boss"], "Member", "administrator", "member\0", "a" * 9000]
)
def test_attack_14_an_unknown_role_is_refused(owner, body, role):
    assert owner.refused(INVITE, **body(role=role)) == "ROLE_NOT_FOUND"


@pytest.mark.sqlite
def test_attack_12_nobody_invites_above_their_rank(at, body):
    may = {"owner": 5, "admin": 4, "manager": 3, "billing_manager": 0, "member": 0}
    roles = ["member", "billing_manager", "manager", "admin", "owner"]
    for name, most in may.items():
        for number, role in enumerate(roles):
            reply = at(name).raw("POST", INVITE, body(role=role, email=f"{name}.{role}@example.com"))
            assert (reply.status_code == 200) == (number < most), (name, role)


@pytest.mark.parametrize(
    "address", ["a@b", "ann", "", "a@example.com\r\nBcc: x@example.com", "a\0@example.com", "ä@example.com"]
)
def test_what_is_no_address_is_refused(owner, body, address):
    assert owner.refused(INVITE, **body(email=address)) == "INVALID_EMAIL"


@pytest.mark.parametrize("key", ["x", "\0", "", "a" * 1000, "{}", str(NEVER).upper()])
def test_a_team_that_cannot_be_is_not_found(owner, body, key):
    assert owner.refused(INVITE, **body(teamId=[key])) == "TEAM_NOT_FOUND"


@pytest.mark.parametrize("site", [0, -1, 2**63, 10**30 // 10**12, "9" * 30])
def test_a_site_that_cannot_be_is_not_found(owner, body, site):
    assert owner.refused(INVITE, **body(hasRestrictedSiteAccess=True, siteIds=[site])) == "SITE_NOT_FOUND"


@pytest.mark.sqlite
def test_attack_15_another_organizations_things_are_as_ones_that_never_were(another, owner, body):
    assert owner.refused(INVITE, **body(teamId=str(another.teams[0]))) == "TEAM_NOT_FOUND"
    assert owner.refused(INVITE, **body(hasRestrictedSiteAccess=True, siteIds=another.sites)) == "SITE_NOT_FOUND"
    foreign, never = (owner.raw("POST", INVITE, body(organizationId=str(key))) for key in (another.id, NEVER))
    assert foreign.get_data() == never.get_data()


@pytest.mark.sqlite
def test_the_organizations_limits_speak_last(world, owner, body):
    world.limit(pending_limit=1)
    world.invited("first@example.com")
    assert owner.refused(INVITE, **body()) == "INVITATION_LIMIT_REACHED"
    assert owner.refused(INVITE, **body(teamId=str(NEVER))) == "TEAM_NOT_FOUND"
    world.limit(pending_limit=None, seat_limit=6)
    assert owner.refused(INVITE, **body()) == "ORGANIZATION_MEMBERSHIP_LIMIT_REACHED"
    assert owner.refused(INVITE, **body(email="first@example.com")) == "USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION"


@pytest.mark.sqlite
def test_a_lapsed_invitation_blocks_nothing(world, owner, body):
    key = world.invited("ann@example.com", Offer("member"))
    world.invitation(key).expires_at = world.now.replace(year=world.now.year - 1)
    world.session.commit()
    assert owner.post(INVITE, **body())["id"] != str(key)
    assert world.invitation(key).status == "expired"


@pytest.mark.sqlite
def test_a_closed_organization_is_as_one_that_never_was(world, owner, body):
    world.organization().deactivated_at = world.now
    world.session.commit()
    assert owner.refused(INVITE, **body()) == "MEMBER_NOT_FOUND"


@pytest.mark.sqlite
def test_attack_28_other_fields_change_nothing(world, owner, body):
    said = owner.post(
        INVITE, **body(status="accepted", inviterId=str(NEVER), id=str(NEVER), expiresAt="2099-01-01T00:00:00.000Z")
    )
    assert (said["status"], said["inviterId"]) == ("pending", str(world["owner"].user_id))
    assert said["id"] != str(NEVER)
    assert said["expiresAt"] < "2099"
