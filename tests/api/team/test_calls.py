"""The calls of the team dialect, row by row."""

from datetime import timedelta
from uuid import UUID

import pytest

from portal import clock, invitations, links, places
from portal.links import Kind
from portal.models import Invitation, TeamMember
from portal.permissions import Actor
from tests.api.scripts import NEVER
from tests.world import person

from .conftest import PREFIX
from .test_refusals import problem, refusal

FIELDS = {"id", "token", "email", "status", "organizationId", "organizationName", "organizationRole", "expiresAt"}


def told(reply, status=200):
    """The invitation of a reply, whole."""
    assert (reply.status_code, reply.mimetype) == (status, "application/json"), reply.get_data(as_text=True)
    assert set(reply.json) == FIELDS
    return reply.json


@pytest.fixture
def mia(world):
    return person(world.session, "mia@example.com", world.now)


def test_inviting_answers_201_with_the_whole_invitation(world, script, body):
    said = told(script("owner").post(f"{PREFIX}/{world.id}/invite", body(email=" Mia@Example.com")), 201)
    stored = world.invitation(UUID(said["id"]))
    assert said == {
        "id": str(stored.id),
        "token": links.invitation_token(stored.id, 1, Kind.COPIED),
        "email": "mia@example.com",
        "status": "pending",
        "organizationId": str(world.id),
        "organizationName": "Northwind",
        "organizationRole": "member",
        "expiresAt": clock.rfc3339(stored.expires_at),
    }
    assert stored.expires_at - stored.created_at == timedelta(days=7)
    (made,) = world.events(stored.id, "invitation.created")
    assert made.channel == "api:team"
    world.check_counts()


@pytest.mark.sqlite
def test_the_token_is_the_string_that_the_copy_link_carries(world, script, body):
    said = told(script("owner").post(f"{PREFIX}/{world.id}/invite", body()), 201)
    assert links.invitation_link(UUID(said["id"]), 1, Kind.COPIED).endswith(f"/join/{said['token']}")


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("administrator", "admin"),
        ("manager", "manager"),
        ("billing_manager", "billing_manager"),
        ("member", "member"),
    ],
)
def test_administrator_is_this_dialects_word_for_admin(world, script, body, word, role):
    said = told(script("owner").post(f"{PREFIX}/{world.id}/invite", body(role=word)), 201)
    assert (said["organizationRole"], world.invitation(UUID(said["id"])).role) == (word, role)


@pytest.mark.sqlite
@pytest.mark.parametrize("word", ["owner", "admin", "Administrator", "", "god"])
def test_a_role_that_this_dialect_does_not_take_is_400(world, script, body, word):
    assert "role" in problem(script("owner").post(f"{PREFIX}/{world.id}/invite", body(role=word)), 400, "invite")


@pytest.mark.sqlite
def test_an_owners_invitation_made_elsewhere_is_listed_as_owner(world, script):
    world.invited("mia@example.com", world.offer("owner"))
    reply = script("owner").get(f"{PREFIX}/{world.id}/invitations?page=1&pageSize=20")
    assert reply.json["invitations"][0]["organizationRole"] == "owner"


def test_the_list_is_of_every_status_newest_first_in_pages(world, script):
    made = [world.invited(f"p{n}@example.com", at=world.now - timedelta(minutes=n)) for n in range(5)]
    invitations.cancel(world.session, world["owner"], made[1], world.now)
    world.invitation(made[2]).expires_at = world.now - timedelta(seconds=1)
    world.session.commit()
    caller = script("manager")
    pages = [caller.get(f"{PREFIX}/{world.id}/invitations?page={n}&pageSize=2").json for n in (1, 2, 3, 4)]
    assert all(set(page) == {"organizationId", "invitations"} for page in pages)
    listed = [entry for page in pages for entry in page["invitations"]]
    assert [entry["id"] for entry in listed] == [str(key) for key in made]
    assert [entry["status"] for entry in listed] == ["pending", "canceled", "expired", "pending", "pending"]
    assert [bool(entry["token"]) for entry in listed] == [True, False, False, True, True]
    assert all(set(entry) == FIELDS for entry in listed)


@pytest.mark.sqlite
def test_the_token_in_the_list_is_that_of_the_newest_link(world, script):
    key = world.invited("mia@example.com")
    invitations.new_link(world.session, world["owner"], key, world.now)
    reply = script("owner").get(f"{PREFIX}/{world.id}/invitations?page=1&pageSize=1")
    assert reply.json["invitations"][0]["token"] == links.invitation_token(key, 2, Kind.COPIED)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("", "page"),
        ("page=1", "pageSize"),
        ("pageSize=5", "page"),
        ("page=0&pageSize=5", "page"),
        ("page=-1&pageSize=5", "page"),
        ("page=1&pageSize=0", "pageSize"),
        ("page=1&pageSize=21", "pageSize"),
        ("page=x&pageSize=5", "page"),
        ("page=1.5&pageSize=5", "page"),
        ("page=1&pageSize=", "pageSize"),
        (f"page={'9' * 30}&pageSize=5", "page"),
        (f"page={'9' * 5000}&pageSize=5", "page"),
        ("page=%00&pageSize=5", "page"),
    ],
)
def test_paging_that_is_wrong_is_400_and_named(world, script, query, named):
    reply = script("owner").get(f"{PREFIX}/{world.id}/invitations?{query}")
    assert named in problem(reply, 400, "list_invitations")


def test_beyond_the_ten_thousandth_row_the_cursor_is_named(world, script):
    caller = script("owner")
    assert caller.get(f"{PREFIX}/{world.id}/invitations?page=500&pageSize=20").json["invitations"] == []
    for page, size in ((501, 20), (10_001, 1), (770, 13)):
        reply = caller.get(f"{PREFIX}/{world.id}/invitations?page={page}&pageSize={size}")
        said = problem(reply, 400, "list_invitations")
        assert "cursor" in said
        assert "/api/v1/organizations/{id}/invitations" in said


def test_canceling_answers_with_the_invitation_now_canceled(world, script):
    key = world.invited("mia@example.com", world.offer("manager"))
    said = told(script("admin").delete(f"{PREFIX}/{world.id}/invitation/{key}"))
    assert (said["id"], said["status"], said["token"]) == (str(key), "canceled", "")
    assert said["organizationRole"] == "manager"
    assert world.invitation(key).status == "canceled"
    world.check_counts()


@pytest.mark.sqlite
def test_what_is_not_pending_is_not_canceled_again(world, script, mia):
    canceled, accepted, lapsed = (
        world.invited(f"{name}@example.com", at=world.now - timedelta(days=8 if name == "old" else 0))
        for name in ("noa", "mia", "old")
    )
    invitations.cancel(world.session, world["owner"], canceled, world.now)
    invitations.accept(world.session, Actor(mia.id), accepted, world.now)
    for key in (canceled, accepted, lapsed, NEVER):
        problem(script("owner").delete(f"{PREFIX}/{world.id}/invitation/{key}"), 400, "cancel")
    refusal(script("owner").delete(f"{PREFIX}/{NEVER}/invitation/{canceled}"), 403)


@pytest.mark.parametrize("kind", list(Kind)[:2])
def test_accepting_by_a_copied_or_a_mailed_token_joins_organization_and_teams(world, script, token, mia, kind):
    teams = ((world.teams[0], "developer"), (world.teams[1], "team_manager"))
    key = world.invited("mia@example.com", world.offer("billing_manager", teams=teams))
    said = told(script(mia).post(f"{PREFIX}/invite/accept", {"token": token(key, kind)}))
    assert (said["id"], said["status"], said["token"]) == (str(key), "accepted", "")
    assert world.membership(mia.id).role == "billing_manager"
    placed = world.session.query(TeamMember).filter(TeamMember.user_id == mia.id)
    assert {(team.team_id, team.role) for team in placed} == set(teams)
    (joined,) = world.events(key, "invitation.accepted")
    assert (joined.channel, joined.actor_id) == ("api:team", mia.id)
    world.check_counts()


def test_a_team_that_was_deleted_since_is_left_out_and_told_in_the_history(world, script, token, mia):
    teams = ((world.teams[0], "developer"), (world.teams[1], "read_only"))
    key = world.invited("mia@example.com", world.offer("member", teams=teams))
    places.delete(world.session, world["owner"], world.id, "team", world.teams[0], world.now)
    told(script(mia).post(f"{PREFIX}/invite/accept", {"token": token(key)}))
    assert [team.team_id for team in world.session.query(TeamMember).filter_by(user_id=mia.id)] == [world.teams[1]]
    (joined,) = world.events(key, "invitation.accepted")
    assert joined.details["left_out"] == ["Platform"]


def test_team_assignments_come_with_the_invitation(world, script, body):
    given = [{"teamId": str(world.teams[1]), "role": "analyst_developer"}]
    said = told(script("owner").post(f"{PREFIX}/{world.id}/invite", body(teamAssignments=given)), 201)
    view = invitations.see_one(world.session, UUID(said["id"]))
    assert [(team.id, team.role) for team in view.teams] == [(world.teams[1], "analyst_developer")]


def test_the_same_team_twice_is_400_and_writes_nothing(world, script, body):
    given = [{"teamId": str(world.teams[0]), "role": role} for role in ("developer", "read_only")]
    for teams in (given, [given[0]] * 2):
        reply = script("owner").post(f"{PREFIX}/{world.id}/invite", body(teamAssignments=teams))
        assert "teamAssignments" in problem(reply, 400, "invite")
    assert world.session.query(Invitation).count() == 0
