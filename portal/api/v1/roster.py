"""The roster: an organization's people as they should be."""

from typing import Annotated, Any, Literal
from uuid import UUID

from flask import g
from pydantic import BaseModel, Field, StrictBool

from ... import invitations, limits, rosters
from ...errors import PortalError
from ...rosters import Person, Step
from .. import gate
from .invitation_models import Projects, Teams
from .operations import Resource, actor
from .problems import pointed
from .types import Address, InOrganization, ProjectRole, Role, Sites, TeamRole, patterned, unsaid

resource = Resource("roster", "An organization's people, from a list of them as they should be.")
ID = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"
_ACCESS = {"role": "member", "sites": [1], "teams": [{"id": ID, "role": "developer"}], "projects": []}
_NEW = {"email": "teammate@example.com", "what": "invitation", "id": None, "before": None, "after": _ACCESS}
_GONE = {"email": "ines@example.com", "what": "member", "id": ID, "before": _ACCESS, "after": None}


class RosterPerson(BaseModel):
    """Somebody as they should be. What is not said stays; for somebody new it is every site, no team, no project."""

    email: Address
    role: Role
    sites: Sites | None = unsaid()
    teams: Teams = unsaid()
    projects: Projects = unsaid()


class RosterBody(BaseModel):
    """Everybody who should be in the organization. Whoever is not in the list is removed."""

    model_config = patterned({
        "people": [
            {"email": "owner@example.com", "role": "owner"}, {"email": "teammate@example.com", "role": "member"},
        ],
        "dry_run": True,
    })  # fmt: skip
    people: Annotated[list[RosterPerson], Field(min_length=1, max_length=5000)]
    dry_run: Annotated[StrictBool, Field(description="Only say what would be done.")] = False


class RosterTeam(BaseModel):
    """A team, and the role in it."""

    id: UUID
    role: TeamRole


class RosterProject(BaseModel):
    """A project, and the role in it."""

    id: UUID
    role: ProjectRole


class RosterAccess(BaseModel):
    """What somebody has or gets."""

    role: Role
    sites: list[int] | None = Field(description="null: every site.")
    teams: list[RosterTeam]
    projects: list[RosterProject]


class RosterStep(BaseModel):
    """What becomes of one person."""

    email: str
    what: Literal["member", "invitation"]
    id: UUID | None = Field(description="Of the person or of the invitation; null before it is made.")
    before: RosterAccess | None
    after: RosterAccess | None


class RosterPlan(BaseModel):
    """What was done, or in a dry run would be."""

    model_config = patterned({"dry_run": True, "invite": [_NEW], "change": [], "keep": [], "remove": [_GONE]})
    dry_run: bool
    invite: list[RosterStep]
    change: list[RosterStep]
    keep: list[RosterStep]
    remove: list[RosterStep]


@resource.operation(
    "POST", "/organizations/<organization_id>/roster", scope="invitations:write members:write", answer=RosterPlan,
    limit=limits.call_by_person,
)  # fmt: skip
def apply_roster(path: InOrganization, body: RosterBody) -> Any:
    """Makes the organization's people those of the list, as a whole or not at all; the last owner stays."""
    people = [_person(each) for each in body.people]
    session = gate.database()
    try:
        counted = invitations.invite if body.dry_run else limits.invite
        done = rosters.apply(
            session, actor(), path.organization_id, people, g.now, dry_run=body.dry_run, invite=counted
        )
    except PortalError as error:
        error.about = _place(error)
        raise
    plan: dict[str, Any] = {"dry_run": done.dry_run, "invite": [], "change": [], "keep": [], "remove": []}
    for step in done.steps:
        plan[step.deed].append(_said(step))
    return plan


def _place(error: PortalError) -> str | None:
    if not isinstance(error.about, int):
        return None
    return pointed("people", error.about, *([error.field] if error.field else []))


def _person(said: RosterPerson) -> Person:
    named = said.model_fields_set
    return Person(
        said.email,
        said.role,
        tuple(said.sites or ()) if "sites" in named else None,
        tuple((team.id, str(team.role)) for team in said.teams) if "teams" in named else None,
        tuple((project.id, str(project.role)) for project in said.projects) if "projects" in named else None,
    )


def _said(step: Step) -> dict[str, Any]:
    return {
        "email": step.address, "what": step.what, "id": step.key, "before": _access(step.before),
        "after": _access(step.after),
    }  # fmt: skip


def _access(access: Any) -> dict[str, Any] | None:
    if access is None:
        return None
    return {
        "role": access.role, "sites": None if access.sites is None else sorted(access.sites),
        "teams": [{"id": key, "role": role} for key, role in sorted(access.teams)],
        "projects": [{"id": key, "role": role} for key, role in sorted(access.projects)],
    }  # fmt: skip
