"""Invitations on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

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

ID, OTHER, TIME = (
    "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f",
    "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e20",
    "2026-07-03T12:00:00.000Z",
)
MOST = 1000
EXAMPLE = {
    "id": ID, "organization_id": OTHER, "email": "teammate@example.com", "name": "", "role": "member",
    "sites": [{"id": 1, "name": "Shop"}], "teams": [{"id": ID, "name": "Platform", "role": "developer"}],
    "projects": [], "message": "Welcome!", "language": "en", "status": "pending", "reason": "", "version": 1,
    "link_generation": 1, "link": None, "mail_status": "sent", "inviter": {"id": ID, "name": "Ines"},
    "expires_at": TIME, "created_at": TIME, "updated_at": TIME, "ended_at": None, "viewed_at": None,
    "renewal_asked_at": None,
}  # fmt: skip


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

    role: Role = "member"
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
    email: Annotated[str | None, Field(max_length=1000, description="The beginning of the address.")] = None
    team: UUID | None = None
    site: SiteId | None = None
    inviter: Annotated[UUID | None, Field(description="The id of the person.")] = None
    created_after: Annotated[Moment | None, Field(description="At this time or later.")] = None
    created_before: Annotated[Moment | None, Field(description="Before this time.")] = None
    sort: Literal["newest", "oldest", "email"] = "newest"
    limit: Size = 50
    cursor: Cursor | None = None


class Named(BaseModel):
    """A person or a site by id and name."""

    id: UUID
    name: str


class NamedSite(BaseModel):
    """A site by id and name."""

    id: int
    name: str


class NamedTeam(BaseModel):
    """A team, and the role in it."""

    id: UUID
    name: str
    role: TeamRole


class NamedProject(BaseModel):
    """A project, and the role in it."""

    id: UUID
    name: str
    role: ProjectRole


class InvitationResource(BaseModel):
    """An invitation."""

    model_config = patterned(EXAMPLE)
    id: UUID
    organization_id: UUID
    email: str
    name: str
    role: Role
    sites: list[NamedSite] | None = Field(description="null: every site.")
    teams: list[NamedTeam]
    projects: list[NamedProject]
    message: str
    language: str
    status: Status
    reason: str = Field(description="Why the invitee declined, if they said.")
    version: int = Field(description="Counts changes of role and grants.")
    link_generation: int = Field(description="Counts the links that were made; only the newest works.")
    link: str | None = Field(description="To copy; while it is pending, for who may act on it. It proves no mailbox.")
    mail_status: Literal["queued", "sending", "sent", "failed", "dropped"] | None
    inviter: Named
    expires_at: str
    created_at: str
    updated_at: str
    ended_at: str | None
    viewed_at: str | None = Field(description="When its link was first opened, by whomever or whatever.")
    renewal_asked_at: str | None


class InvitationPage(BaseModel):
    """A page of an organization's invitations; `next_cursor` leads on, and is null at the end."""

    model_config = patterned({"invitations": [EXAMPLE], "next_cursor": None})
    invitations: list[InvitationResource]
    next_cursor: str | None


class OutcomeError(BaseModel):
    """Why somebody was not invited."""

    code: str
    detail: str


class InviteOutcome(BaseModel):
    """What became of one address: an invitation or an error."""

    email: str
    invitation: InvitationResource | None
    error: OutcomeError | None


class InviteOutcomes(BaseModel):
    """What became of each address, in the order given, those of `emails` first."""

    model_config = patterned({
        "outcomes": [
            {"email": "teammate@example.com", "invitation": EXAMPLE, "error": None},
            {"email": "ines@example.com", "invitation": None,
             "error": {"code": "already_member", "detail": "ines@example.com is a member already."}},
        ],
        "invited": 1,
    })  # fmt: skip
    outcomes: list[InviteOutcome]
    invited: int


class Happening(BaseModel):
    """One thing that happened to an invitation."""

    kind: str
    at: str
    by: str | None = Field(description="The name of who did it; null for the portal itself.")
    channel: str
    details: dict[str, Any]


class InvitationHistory(BaseModel):
    """What happened to an invitation, oldest first."""

    model_config = patterned({
        "events": [{"kind": "invitation.created", "at": TIME, "by": "Ines", "channel": "api:v1",
                    "details": {"email": "teammate@example.com", "role": "member"}}]
    })  # fmt: skip
    events: list[Happening]


class Delivery(BaseModel):
    """One mail, and how it fares."""

    id: UUID
    recipient: str
    status: Literal["queued", "sending", "sent", "failed", "dropped"]
    attempts: int
    reply: str = Field(description="What the mail server said, or why it was dropped.")
    created_at: str
    updated_at: str


class InvitationMail(BaseModel):
    """An invitation's mails, oldest first."""

    model_config = patterned({
        "mails": [{"id": ID, "recipient": "teammate@example.com", "status": "sent", "attempts": 1, "reply": "250 OK",
                   "created_at": TIME, "updated_at": TIME}]
    })  # fmt: skip
    mails: list[Delivery]
