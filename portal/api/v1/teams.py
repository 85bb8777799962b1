"""Teams, and who is in each."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from . import etags, groups
from .groups import GROUP, ID, PLACE_THEM, PLACED, READ, SEE, WRITE, GroupNamed, GroupResource
from .operations import Resource
from .places import changed, created, deleted, listed, read
from .types import InOrganization, TeamRole, patterned

resource = Resource("teams", "Teams, each with its members and their roles in it.")
ALL = "/organizations/<organization_id>/teams"
ONE = f"{ALL}/<team_id>"


class OfTeam(InOrganization):
    """A team of the organization."""

    team_id: UUID


class OfTeamMember(OfTeam):
    """Somebody in a team."""

    user_id: UUID


class TeamList(BaseModel):
    """All of an organization's teams, by name."""

    model_config = patterned({"teams": [GROUP]})
    teams: list[GroupResource]


class TeamMemberResource(BaseModel):
    """Somebody in a team."""

    model_config = patterned(PLACED | {"role": "developer"})
    user_id: UUID
    name: str
    email: str
    role: TeamRole
    created_at: str


class TeamMemberList(BaseModel):
    """Everybody in a team, in the order they came."""

    model_config = patterned({"members": [PLACED | {"role": "developer"}]})
    members: list[TeamMemberResource]


class TeamMemberAdd(BaseModel):
    """Who is to be in the team, as what."""

    model_config = patterned({"user_id": ID, "role": "developer"})
    user_id: UUID
    role: TeamRole


class TeamMemberPatch(BaseModel):
    """The other role."""

    model_config = patterned({"role": "read_only"})
    role: TeamRole


@resource.operation("GET", ALL, scope=READ, answer=TeamList)
def list_teams(path: InOrganization) -> Any:
    """Lists the organization's teams."""
    return {"teams": listed(path.organization_id, "team")}


@resource.operation("POST", ALL, scope=WRITE, answer=GroupResource, status=201)
def create_team(path: InOrganization, body: GroupNamed) -> Any:
    """Adds a team."""
    return created(path.organization_id, "team", body.name)


@resource.operation("GET", ONE, scope=READ, answer=GroupResource, single=True)
def get_team(path: OfTeam) -> Any:
    """Reads one team."""
    return etags.single(read(path.organization_id, "team", path.team_id))


@resource.operation("PATCH", ONE, scope=WRITE, answer=GroupResource, single=True)
def change_team(path: OfTeam, body: GroupNamed) -> Any:
    """Gives a team another name."""
    return changed(path.organization_id, "team", path.team_id, {"name": body.name})


@resource.operation("DELETE", ONE, scope=WRITE, answer=None, status=204, single=True)
def delete_team(path: OfTeam) -> Any:
    """Takes a team away."""
    return deleted(path.organization_id, "team", path.team_id)


@resource.operation("GET", f"{ONE}/members", scope=SEE, answer=TeamMemberList)
def list_team_members(path: OfTeam) -> Any:
    """Lists who is in a team."""
    return {"members": groups.members(path.organization_id, "team", path.team_id)}


@resource.operation("POST", f"{ONE}/members", scope=PLACE_THEM, answer=TeamMemberResource, status=201)
def add_team_member(path: OfTeam, body: TeamMemberAdd) -> Any:
    """Puts a member of the organization into a team."""
    return groups.add(path.organization_id, "team", path.team_id, body.user_id, body.role)


@resource.operation("PATCH", f"{ONE}/members/<user_id>", scope=PLACE_THEM, answer=TeamMemberResource)
def change_team_member(path: OfTeamMember, body: TeamMemberPatch) -> Any:
    """Gives somebody another role in a team."""
    return groups.change(path.organization_id, "team", path.team_id, path.user_id, body.role)


@resource.operation("DELETE", f"{ONE}/members/<user_id>", scope=PLACE_THEM, answer=None, status=204)
def remove_team_member(path: OfTeamMember) -> Any:
    """Takes somebody out of a team; oneself always may."""
    return groups.remove(path.organization_id, "team", path.team_id, path.user_id)
