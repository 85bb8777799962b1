"""What is asked about invitations: bodies, queries, paths."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ...models import SHORTEST_PART
from .types import (
    Address,
    Cursor,
    InOrganization,
    Language,
    Moment,
    ProjectRole,
    Role,
    SiteId,
    Sites,
    Size,
    Status,
    TeamRole,
    Words,
    patterned,
    unsaid,
)

MOST = 1000


class OfInvitation(InOrganization):
    """An invitation of the organization."""

    invitation_id: UUID


class TeamGrant(BaseModel):
    """A team and the role in it."""

    model_config = ConfigDict(title="TeamGrant")
    id: UUID
    role: TeamRole


class ProjectGrant(BaseModel):
    """A project and the role in it."""

    id: UUID
    role: ProjectRole


Teams = Annotated[list[TeamGrant], Field(max_length=1000)]
Projects = Annotated[list[ProjectGrant], Field(max_length=1000)]


class OfferFields(BaseModel):
    """What is offered; without an expiry, as long as the organization's invitations last."""

    role: Annotated[
        Role,
        Field(
            description="Not said: `member` where sites are named, else the organization's `default_role`, "
            "or `member` where the caller may not offer that."
        ),
    ] = unsaid()
    sites: Sites | None = None
    teams: Teams = []
    projects: Projects = []
    message: Words = ""
    language: Language = "en"
    expires_at: Moment | None = None


class InviteeBody(OfferFields):
    """One person. What is not said is as for everybody in the call."""

    email: Address
    name: Words = ""


class InvitationsCreate(OfferFields):
    """Whom to invite: addresses that share one offer, or people who each may have their own; 1,000 at most."""

    model_config = patterned({"emails": ["teammate@example.com"], "role": "member", "message": "Welcome!"})
    emails: Annotated[list[Address], Field(max_length=MOST)] = []
    invitees: Annotated[list[InviteeBody], Field(max_length=MOST)] = []


class InvitationPatch(BaseModel):
    """What is to be otherwise; what is not said stays. Another address gets a new link by mail."""

    model_config = patterned({"role": "manager", "message": "Welcome!"})
    email: Address = unsaid()
    name: Words = unsaid()
    role: Role = unsaid()
    sites: Sites | None = unsaid()
    teams: Teams = unsaid()
    projects: Projects = unsaid()
    message: Words = unsaid()
    language: Language = unsaid()
    expires_at: Moment = unsaid()


class InvitationQuery(BaseModel):
    """What to look for, in which order, and from where on."""

    status: Status | None = None
    role: Role | None = None
    email: Annotated[
        str | None,
        Field(max_length=1000, pattern=r"^[^\x00-\x1f\x7f]*$", description="The beginning of the address."),
    ] = None
    part: Annotated[
        str | None,
        Field(
            min_length=SHORTEST_PART,
            max_length=1000,
            pattern=r"^[^\x00-\x1f\x7f]*$",
            description="Any part of the address, of three letters or more.",
        ),
    ] = None
    team: UUID | None = None
    site: SiteId | None = None
    inviter: Annotated[UUID | None, Field(description="The id of the person.")] = None
    asked: Annotated[bool | None, Field(description="true: lapsed, and the invitee asks for a new one.")] = None
    created_after: Annotated[Moment | None, Field(description="At this time or later.")] = None
    created_before: Annotated[Moment | None, Field(description="Before this time.")] = None
    sort: Literal["newest", "oldest", "email"] = "newest"
    limit: Size = 50
    cursor: Cursor | None = None
