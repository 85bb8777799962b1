"""One invitation, whatever it was made through, is the same through every other face."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from portal import invitations
from portal.links import Kind
from portal.models import TeamMember
from tests.api.scripts import snapshot

from .faces import ADDRESS, BatchDialect, Native, Pages, SessionDialect, TeamDialect, expiry

pytestmark = pytest.mark.sqlite
FACES = {
    "session": SessionDialect,
    "batch": BatchDialect,
    "team": TeamDialect,
    "native": Native,
    "pages": Pages,
}
ACCEPTING = {
    "session": SessionDialect,
    "team, copied": TeamDialect,
    "team, mailed": partial(TeamDialect, kind=Kind.MAILED),
    "native": Native,
    "pages": Pages,
}
CANCELING = ("session", "team", "native", "pages")
made_in = pytest.mark.parametrize("made", FACES)


def seen_as(around, key, status):
    """Every face says the same of the invitation."""
    around.world.session.rollback()
    for name, face in FACES.items():
        seen = face(around).read(key)
        assert seen.id == str(key), name
        assert seen.status == (status if name != "batch" or status == "pending" else "not open"), name
        assert seen.role in (None, "admin"), name
        assert seen.expires_at in (None, expiry(around.world, key)), name


def is_member(around):
    around.world.session.rollback()
    membership = around.world.membership(around.invitee.id)
    return membership is not None and membership.role == "admin"


@made_in
def test_what_one_face_made_every_face_reads(around, made):
    key = FACES[made](around).invite()
    stored = around.world.invitation(key)
    assert (stored.email, stored.role, stored.status) == (ADDRESS, "admin", "pending")
    seen_as(around, key, "pending")
    assert len(around.world.mails()) == 1
    around.world.check_counts()


@pytest.mark.parametrize("again", ["session", "native", "pages"])
@made_in
def test_what_one_face_made_another_resends(around, made, again):
    key = FACES[made](around).invite()
    around.world.session.rollback()
    around.world.invitation(key).expires_at = soon = around.world.now + timedelta(hours=1)
    around.world.session.commit()
    FACES[again](around).resend(key)
    around.world.session.rollback()
    stored = around.world.invitation(key)
    assert stored.expires_at > soon
    assert (stored.generation, stored.version) == (1, 1)
    assert len(around.world.mails()) == 2
    seen_as(around, key, "pending")


@pytest.mark.parametrize("ended", CANCELING)
@made_in
def test_what_one_face_made_another_cancels_for_all(around, made, ended):
    key = FACES[made](around).invite()
    assert FACES[ended](around).cancel(key) == 200
    seen_as(around, key, "canceled")
    before = snapshot(around.app, "sessions", "events")
    for name, face in ACCEPTING.items():
        assert face(around).accept(key) >= 400, name
    for name in CANCELING:
        assert name == "pages" or FACES[name](around).cancel(key) >= 400, name
    assert snapshot(around.app, "sessions", "events") == before
    assert not is_member(around)
    around.world.check_counts()


@pytest.mark.parametrize("through", ACCEPTING)
@made_in
def test_what_one_face_made_is_accepted_through_another_once(around, made, through):
    key = FACES[made](around).invite()
    assert ACCEPTING[through](around).accept(key) == 200
    assert is_member(around)
    placed = around.world.session.query(TeamMember).filter_by(user_id=around.invitee.id)
    assert [(team.team_id, team.role) for team in placed] == [(around.world.teams[0], "developer")]
    seen_as(around, key, "accepted")
    for name, face in ACCEPTING.items():
        assert face(around).accept(key) >= 400, name
    around.world.check_counts()


@made_in
def test_what_one_face_invited_no_other_invites_again(around, made):
    FACES[made](around).invite()
    count = len(around.world.mails())
    for name, face in FACES.items():
        with pytest.raises((AssertionError, KeyError)):
            assert face(around).invite() is None, name
    around.world.session.rollback()
    assert len(around.world.mails()) == count
    around.world.check_counts()


def test_a_site_restriction_goes_through_every_face(around):
    world = around.world
    offer = world.offer("member", restricted=True, sites=tuple(world.sites))
    key = world.invited(ADDRESS, offer)
    path = f"/api/auth/organization/list-invitations?organizationId={world.id}"
    (listed,) = around.cookie("owner").get(path).json
    assert (listed["hasRestrictedSiteAccess"], sorted(listed["siteIds"])) == (True, sorted(world.sites))
    assert TeamDialect(around).accept(key) == 200
    world.session.rollback()
    assert world.membership(around.invitee.id).restricted


def test_a_new_link_ends_the_token_that_another_face_gave_out(around):
    """Attack 16."""
    made = (
        around.token("owner").post(f"/organization/{around.world.id}/invite", {"email": ADDRESS, "role": "member"}).json
    )
    key = UUID(made["id"])
    invitations.new_link(around.world.session, around.world["owner"], key, around.world.now)
    caller = around.token(around.invitee)
    assert caller.post("/organization/invite/accept", {"token": made["token"]}).status_code == 400
    assert SessionDialect(around).accept(key) == 200


@pytest.mark.parametrize("through", ACCEPTING)
def test_attack_7_through_every_face_accepting_waits_for_approval(around, through):
    """What each dialect can say of it: said yes to, with no member, no team and no active organization."""
    world, who = around.world, around.invitee.id
    world.set(approval=True)
    key = SessionDialect(around).invite()
    assert ACCEPTING[through](around).accept(key) == 200
    world.session.rollback()
    assert (world.invitation(key).status, world.membership(who)) == ("waiting", None)
    assert world.session.query(TeamMember).filter_by(user_id=who).count() == 0
    said = {name: FACES[name](around).read(key).status for name in ("session", "team", "native", "batch")}
    assert said == {"session": "accepted", "team": "accepted", "native": "waiting", "batch": "not open"}
    for name, face in ACCEPTING.items():
        assert face(around).accept(key) >= 400, name
    for name in ("session", "team", "native"):
        assert FACES[name](around).cancel(key) >= 400, name
    invitations.approve(world.session, world["owner"], world.id, key, world.now)
    assert is_member(around)
    seen_as(around, key, "accepted")
    world.check_counts()


def test_attack_7_the_session_dialect_gives_no_member_and_opens_nothing(around):
    world = around.world
    world.set(approval=True)
    key, caller = SessionDialect(around).invite(), around.cookie(around.invitee)
    path = SessionDialect.path
    said = caller.post(f"{path}/accept-invitation", {"invitationId": str(key)}).json
    assert (said["invitation"]["status"], said["member"]) == ("accepted", None)
    assert caller.get("/api/auth/get-session").json["session"]["activeOrganizationId"] is None
    assert caller.get(f"{path}/list").json == []
    here = f"organizationId={world.id}"
    for call in ("get-full-organization", "list-members", "list-invitations", "list-teams"):
        assert caller.get(f"{path}/{call}?{here}").status_code == 403, call
    for call in ("get-active-member", "get-active-member-role"):
        assert caller.get(f"{path}/{call}").status_code == 400, call
    assert caller.post(f"{path}/set-active", {"organizationId": str(world.id)}).status_code == 403
    owner = around.cookie("owner")
    for status, count in (("accepted", 1), ("pending", 0)):
        listed = owner.get(f"{path}/list-invitations?{here}&status={status}").json
        assert len(listed) == count, status
    members = owner.get(f"{path}/list-members?{here}").json
    assert (members["total"], len(members["members"])) == (5, 5)
