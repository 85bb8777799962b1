"""Teams and who is in them."""

import pytest

from tests.api.scripts import NEVER

ADD, REMOVE = "/organization/add-team-member", "/organization/remove-team-member"


@pytest.fixture
def here(world):
    return {"organizationId": str(world.id)}


@pytest.fixture
def team(world):
    return str(world.teams[0])


@pytest.fixture
def who(world):
    return lambda name: str(world[name].user_id)


def test_a_team_is_made_renamed_listed_and_deleted(owner, here):
    made = owner.post("/organization/create-team", name="Design", **here)
    assert set(made) == {"id", "name", "organizationId", "createdAt", "updatedAt"}
    assert owner.post("/organization/update-team", teamId=made["id"], data={"name": "Art"})["name"] == "Art"
    assert [one["name"] for one in owner.get("/organization/list-teams", **here)] == ["Art", "Platform", "Support"]
    assert owner.post("/organization/remove-team", teamId=made["id"], **here) == {
        "message": "Team removed successfully."
    }
    assert owner.refused("/organization/remove-team", teamId=made["id"], **here) == "TEAM_NOT_FOUND"


@pytest.mark.sqlite
def test_a_taken_name_is_refused(owner, here, team):
    assert owner.refused("/organization/create-team", name="Support", **here) == "TEAM_ALREADY_EXISTS"
    assert owner.refused("/organization/update-team", teamId=team, data={"name": "Support"}) == "TEAM_ALREADY_EXISTS"
    assert owner.refused("/organization/create-team", name=" ", **here) == "VALIDATION_ERROR"


@pytest.mark.sqlite
@pytest.mark.parametrize("name", ["manager", "billing_manager", "member"])
def test_who_may_not_is_told_so_in_each_calls_words(at, here, team, who, name):
    caller = at(name)
    for call, body, code in (
        ("create-team", {"name": "T"} | here, "CREATE_TEAMS_IN_THIS_ORGANIZATION"),
        ("update-team", {"teamId": team, "data": {"name": "T"}}, "UPDATE_THIS_TEAM"),
        ("remove-team", {"teamId": team} | here, "DELETE_TEAMS_IN_THIS_ORGANIZATION"),
        ("add-team-member", {"teamId": team, "userId": who(name)}, "CREATE_A_NEW_TEAM_MEMBER"),
        ("remove-team-member", {"teamId": team, "userId": who("owner")}, "REMOVE_A_TEAM_MEMBER"),
    ):
        assert caller.refused(f"/organization/{call}", **body) == f"YOU_ARE_NOT_ALLOWED_TO_{code}"


def test_members_come_and_go(owner, at, team, who):
    placed = owner.post(ADD, teamId=team, userId=who("member"))
    assert set(placed) == {"id", "teamId", "userId", "createdAt"}
    assert owner.post(ADD, teamId=team, userId=who("member")) == placed
    assert owner.get("/organization/list-team-members", teamId=team) == [placed]
    assert [one["id"] for one in at("member").get("/organization/list-user-teams")] == [team]
    assert owner.post(REMOVE, teamId=team, userId=who("member")) == {"message": "Team member removed successfully."}
    assert owner.refused(REMOVE, teamId=team, userId=who("member")) == "USER_IS_NOT_A_MEMBER_OF_THE_TEAM"
    assert owner.get("/organization/list-team-members", teamId=team) == []


@pytest.mark.parametrize("named", ["x", "\0", str(NEVER), "foreign"])
def test_attack_15_a_team_that_is_not_ones_own_is_not_found(world, another, owner, here, who, named):
    if named == "foreign":
        named = str(another.teams[0])
    owner.post("/organization/set-active", **here)
    for call, body in {
        "update-team": {"data": {"name": "T"}}, "remove-team": here, "set-active-team": {},
        "add-team-member": {"userId": who("member")}, "remove-team-member": {"userId": who("member")},
    }.items():  # fmt: skip
        assert owner.refused(f"/organization/{call}", teamId=named, **body) == "TEAM_NOT_FOUND", call
    assert owner.unread("/organization/list-team-members", teamId=named.replace("\0", "%00")) == "TEAM_NOT_FOUND"


@pytest.mark.sqlite
def test_who_is_no_member_is_put_into_no_team(another, owner, team):
    for named in (str(another["owner"].user_id), str(NEVER), "x"):
        assert owner.refused(ADD, teamId=team, userId=named) == "MEMBER_NOT_FOUND"


@pytest.mark.sqlite
def test_the_session_works_in_a_team_that_one_is_in(world, another, owner, at, here, team, who):
    owner.post(ADD, teamId=team, userId=who("member"))
    mine = at("member")
    assert mine.unread("/organization/list-team-members") == "YOU_DO_NOT_HAVE_AN_ACTIVE_TEAM"
    assert mine.refused("/organization/set-active-team", teamId=team) == "NO_ACTIVE_ORGANIZATION"
    mine.post("/organization/set-active", **here)
    assert mine.post("/organization/set-active-team") is None
    assert mine.post("/organization/set-active-team", teamId=team)["id"] == team
    assert mine.post("/organization/set-active-team")["id"] == team
    assert mine.get("/get-session")["session"]["activeTeamId"] == team
    assert [one["userId"] for one in mine.get("/organization/list-team-members")] == [who("member")]
    other = str(world.teams[1])
    assert mine.refused("/organization/set-active-team", teamId=other) == "USER_IS_NOT_A_MEMBER_OF_THE_TEAM"
    assert mine.post("/organization/set-active-team", teamId=None) is None
    assert mine.get("/get-session")["session"]["activeTeamId"] is None


@pytest.mark.sqlite
def test_deleting_the_active_team_leaves_none(owner, here, team, who):
    owner.post("/organization/set-active", **here)
    owner.post(ADD, teamId=team, userId=who("owner"))
    owner.post("/organization/set-active-team", teamId=team)
    owner.post("/organization/remove-team", teamId=team)
    session = owner.get("/get-session")["session"]
    assert (session["activeOrganizationId"], session["activeTeamId"]) == (here["organizationId"], None)
