"""Teams: making, renaming and deleting them, who is in them, and which one the session works in."""

from typing import Any
from uuid import UUID

from flask import g, jsonify
from pydantic import BaseModel, ConfigDict

from ... import placements, places, sessions
from ...errors import AlreadyPlaced, NameTaken, NotAllowed, NotFound
from ...models import Team
from .. import gate
from . import replies, wire
from .base import Id, Text, actor, chosen, key, reads, session, writes
from .errors import Refused, means

ROLE = "developer"
_TEAM = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"
_ORGANIZATION = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e21"
_PERSON = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e20"


class AuthNewTeam(BaseModel):
    """A new team."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Design", "organizationId": _ORGANIZATION}})
    name: Text
    organizationId: Id | None = None


class AuthTeamData(BaseModel):
    """What is to change."""

    name: Text


class AuthTeamUpdate(BaseModel):
    """Changes to a team."""

    model_config = ConfigDict(json_schema_extra={"example": {"teamId": _TEAM, "data": {"name": "Design"}}})
    teamId: Id
    data: AuthTeamData


class AuthTeamRemoval(BaseModel):
    """A team to delete."""

    model_config = ConfigDict(json_schema_extra={"example": {"teamId": _TEAM, "organizationId": _ORGANIZATION}})
    teamId: Id
    organizationId: Id | None = None


class AuthTeamsOf(BaseModel):
    """Whose teams."""

    organizationId: Id | None = None


class AuthMembersOf(BaseModel):
    """Which team; without one, the session's active team."""

    teamId: Id | None = None


class AuthPlacement(BaseModel):
    """A person in a team."""

    model_config = ConfigDict(json_schema_extra={"example": {"teamId": _TEAM, "userId": _PERSON}})
    teamId: Id
    userId: Id


class AuthActiveTeam(BaseModel):
    """The team to work in; null for none."""

    model_config = ConfigDict(json_schema_extra={"example": {"teamId": _TEAM}})
    teamId: Id | None = None


@writes("/organization/create-team", wire.AuthTeam)
@means({NotAllowed: "YOU_ARE_NOT_ALLOWED_TO_CREATE_TEAMS_IN_THIS_ORGANIZATION", NameTaken: "TEAM_ALREADY_EXISTS"})
def create_team(body: AuthNewTeam) -> Any:
    """Makes a team."""
    made = places.create(gate.database(), actor(), chosen(body.organizationId), "team", body.name, g.now)
    return replies.team(made)


@writes("/organization/update-team", wire.AuthTeam)
@means({
    NotAllowed: "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_TEAM",
    NotFound: "TEAM_NOT_FOUND",
    NameTaken: "TEAM_ALREADY_EXISTS",
})  # fmt: skip
def update_team(body: AuthTeamUpdate) -> Any:
    """Gives a team another name."""
    team = _team(body.teamId)
    renamed = places.rename(gate.database(), actor(), team.organization_id, "team", team.id, body.data.name, g.now)
    return replies.team(renamed)


@writes("/organization/remove-team", wire.AuthMessage)
@means({NotAllowed: "YOU_ARE_NOT_ALLOWED_TO_DELETE_TEAMS_IN_THIS_ORGANIZATION", NotFound: "TEAM_NOT_FOUND"})
def remove_team(body: AuthTeamRemoval) -> Any:
    """Deletes a team; invitations that name it lead in without it."""
    team_id = key(body.teamId)
    places.delete(gate.database(), actor(), chosen(body.organizationId), "team", team_id, g.now)
    if session().active_team_id == team_id:
        _work_in(None)
    return {"message": "Team removed successfully."}


@reads("/organization/list-teams", wire.AuthTeamList, 400, 403)
def list_teams(query: AuthTeamsOf) -> Any:
    """Lists an organization's teams, by name."""
    found = places.listed(gate.database(), actor(), chosen(query.organizationId), "team")
    return jsonify([replies.team(team) for team in found])


@reads("/organization/list-user-teams", wire.AuthTeamList)
def list_user_teams() -> Any:
    """Lists the teams that the caller is in, over all their organizations."""
    return jsonify([replies.team(team) for team in placements.teams_of(gate.database(), gate.caller().user_id)])


@reads("/organization/list-team-members", wire.AuthTeamMemberList, 400)
@means({NotFound: "TEAM_NOT_FOUND"})
def list_team_members(query: AuthMembersOf) -> Any:
    """Lists who is in a team of an organization that the caller is in."""
    active = session().active_team_id
    if not query.teamId and active is None:
        raise Refused("YOU_DO_NOT_HAVE_AN_ACTIVE_TEAM")
    team = _team(query.teamId or str(active))
    found = placements.members_of(gate.database(), actor(), team.organization_id, "team", team.id)
    return jsonify([replies.team_member(placed) for placed, _ in found])


@writes("/organization/add-team-member", wire.AuthTeamMember)
@means({NotAllowed: "YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_TEAM_MEMBER", NotFound: "MEMBER_NOT_FOUND"})
def add_team_member(body: AuthPlacement) -> Any:
    """Puts a member into a team, as a developer; somebody who is in it stays as they are."""
    team, user_id = _named_team(body.teamId), key(body.userId)
    try:
        placed = placements.add(gate.database(), actor(), team.organization_id, "team", team.id, user_id, ROLE, g.now)
    except AlreadyPlaced:
        placed = placements.find(gate.database(), "team", team.id, user_id)
    return replies.team_member(placed)


@writes("/organization/remove-team-member", wire.AuthMessage)
@means({NotAllowed: "YOU_ARE_NOT_ALLOWED_TO_REMOVE_A_TEAM_MEMBER", NotFound: "USER_IS_NOT_A_MEMBER_OF_THE_TEAM"})
def remove_team_member(body: AuthPlacement) -> Any:
    """Takes somebody out of a team."""
    team = _named_team(body.teamId)
    placements.remove(gate.database(), actor(), team.organization_id, "team", team.id, key(body.userId), g.now)
    return {"message": "Team member removed successfully."}


@writes("/organization/set-active-team", wire.AuthTeamOrNull)
@means({NotFound: "TEAM_NOT_FOUND"})
def set_active_team(body: AuthActiveTeam) -> Any:
    """Chooses the team that the session works in; null for none. Without a word, says which it is."""
    active = session().active_team_id
    if not body.teamId and ("teamId" in body.model_fields_set or active is None):
        _work_in(None)
        return jsonify(None)
    team = places.get(gate.database(), actor(), chosen(None), "team", key(body.teamId or str(active)))
    if placements.find(gate.database(), "team", team.id, gate.caller().user_id) is None:
        raise Refused("USER_IS_NOT_A_MEMBER_OF_THE_TEAM")
    _work_in(team.id)
    return replies.team(team)


def _work_in(team_id: UUID | None) -> None:
    sessions.open_organization(gate.database(), session().id, session().active_organization_id, team_id)


def _team(named: str) -> Team:
    """A team of any of the caller's organizations. Raises NotFound."""
    found: Team = places.find(gate.database(), actor(), "team", key(named))
    return found


def _named_team(named: str) -> Team:
    """The same, in a call where not found says something of a person."""
    try:
        return _team(named)
    except NotFound:
        raise Refused("TEAM_NOT_FOUND") from None
