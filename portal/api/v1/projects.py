"""Projects, and who is in each."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from . import etags, groups
from .groups import GROUP, ID, PLACE_THEM, PLACED, READ, SEE, WRITE, GroupNamed, GroupResource
from .operations import Resource
from .places import changed, created, deleted, listed, read
from .types import InOrganization, ProjectRole, patterned

resource = Resource("projects", "Projects, each with its members and their roles in it.")
ALL = "/organizations/<organization_id>/projects"
ONE = f"{ALL}/<project_id>"


class OfProject(InOrganization):
    """A project of the organization."""

    project_id: UUID


class OfProjectMember(OfProject):
    """Somebody in a project."""

    user_id: UUID


class ProjectList(BaseModel):
    """All of an organization's projects, by name."""

    model_config = patterned({"projects": [GROUP]})
    projects: list[GroupResource]


class ProjectMemberResource(BaseModel):
    """Somebody in a project."""

    model_config = patterned(PLACED | {"role": "project_member"})
    user_id: UUID
    name: str
    email: str
    role: ProjectRole
    created_at: str


class ProjectMemberList(BaseModel):
    """Everybody in a project, in the order they came."""

    model_config = patterned({"members": [PLACED | {"role": "project_member"}]})
    members: list[ProjectMemberResource]


class ProjectMemberAdd(BaseModel):
    """Who is to be in the project, as what."""

    model_config = patterned({"user_id": ID, "role": "project_member"})
    user_id: UUID
    role: ProjectRole


class ProjectMemberPatch(BaseModel):
    """The other role."""

    model_config = patterned({"role": "project_viewer"})
    role: ProjectRole


@resource.operation("GET", ALL, scope=READ, answer=ProjectList)
def list_projects(path: InOrganization) -> Any:
    """Lists the organization's projects."""
    return {"projects": listed(path.organization_id, "project")}


@resource.operation("POST", ALL, scope=WRITE, answer=GroupResource, status=201)
def create_project(path: InOrganization, body: GroupNamed) -> Any:
    """Adds a project."""
    return created(path.organization_id, "project", body.name)


@resource.operation("GET", ONE, scope=READ, answer=GroupResource, single=True)
def get_project(path: OfProject) -> Any:
    """Reads one project."""
    return etags.single(read(path.organization_id, "project", path.project_id))


@resource.operation("PATCH", ONE, scope=WRITE, answer=GroupResource, single=True)
def change_project(path: OfProject, body: GroupNamed) -> Any:
    """Gives a project another name."""
    return changed(path.organization_id, "project", path.project_id, {"name": body.name})


@resource.operation("DELETE", ONE, scope=WRITE, answer=None, status=204, single=True)
def delete_project(path: OfProject) -> Any:
    """Takes a project away."""
    return deleted(path.organization_id, "project", path.project_id)


@resource.operation("GET", f"{ONE}/members", scope=SEE, answer=ProjectMemberList)
def list_project_members(path: OfProject) -> Any:
    """Lists who is in a project."""
    return {"members": groups.members(path.organization_id, "project", path.project_id)}


@resource.operation("POST", f"{ONE}/members", scope=PLACE_THEM, answer=ProjectMemberResource, status=201)
def add_project_member(path: OfProject, body: ProjectMemberAdd) -> Any:
    """Puts a member of the organization into a project."""
    return groups.add(path.organization_id, "project", path.project_id, body.user_id, body.role)


@resource.operation("PATCH", f"{ONE}/members/<user_id>", scope=PLACE_THEM, answer=ProjectMemberResource)
def change_project_member(path: OfProjectMember, body: ProjectMemberPatch) -> Any:
    """Gives somebody another role in a project."""
    return groups.change(path.organization_id, "project", path.project_id, path.user_id, body.role)


@resource.operation("DELETE", f"{ONE}/members/<user_id>", scope=PLACE_THEM, answer=None, status=204)
def remove_project_member(path: OfProjectMember) -> Any:
    """Takes somebody out of a project; oneself always may."""
    return groups.remove(path.organization_id, "project", path.project_id, path.user_id)
