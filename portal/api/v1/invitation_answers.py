"""What is answered about invitations."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from ... import permissions
from ...clock import rfc3339
from ...identity import Caller
from ...invitations import Invitee, Outcome, Row
from ...text import shortened
from .problems import RuleCode
from .types import Copied, ProjectRole, Role, Status, TeamRole, patterned

ID, OTHER, TIME = (
    "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f",
    "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e20",
    "2026-07-03T12:00:00.000Z",
)
EXAMPLE = {
    "id": ID, "organization_id": OTHER, "email": "teammate@example.com", "name": "", "role": "member",
    "sites": [{"id": 1, "name": "Shop"}], "teams": [{"id": ID, "name": "Platform", "role": "developer"}],
    "projects": [], "message": "Welcome!", "language": "en", "status": "pending", "reason": "", "version": 1,
    "link_generation": 1, "link": None, "mail_status": "sent", "inviter": {"id": ID, "name": "Ines"},
    "expires_at": TIME, "created_at": TIME, "updated_at": TIME, "ended_at": None, "viewed_at": None,
    "renewal_asked_at": None,
}  # fmt: skip


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
    mail_status: Literal["queued", "deferred", "sent", "failed", "bounced", "complained"] = Field(
        description="What became of the newest mail to the invitee."
    )
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

    code: RuleCode
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
    status: Literal["queued", "sending", "deferred", "sent", "failed", "bounced", "dropped"]
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


def fresh(organization_id: UUID, invitee: Invitee, outcome: Outcome, inviter: Caller, now: datetime) -> dict[str, Any]:
    """An invitation to no place in particular that was made this moment, as ``said`` would have it once read."""
    offer = invitee.offer
    row = SimpleNamespace(
        id=outcome.invitation_id, organization_id=organization_id, email=outcome.address,
        name=shortened(invitee.name), role=offer.role, restricted=False, message=offer.message,
        language=offer.language, reason="", version=1, generation=1, delivery="queued",
        inviter_id=inviter.user_id, inviter_name=inviter.name, expires_at=outcome.expires_at, created_at=now,
        updated_at=now, ended_at=None, viewed_at=None, renewal_asked_at=None,
    )  # fmt: skip
    return said(Row(row, "pending", [], [], []), "owner")


def said(listed: Row, role: str) -> dict[str, Any]:
    """An invitation, with its link for somebody with ``role`` who may act on it."""
    row = listed.invitation
    opens = listed.state == "pending" and permissions.may_offer(role, row.role)
    return {
        "id": row.id, "organization_id": row.organization_id, "email": row.email, "name": row.name, "role": row.role,
        "sites": [{"id": s.id, "name": s.name} for s in listed.sites] if row.restricted else None,
        "teams": [{"id": t.id, "name": t.name, "role": t.role} for t in listed.teams],
        "projects": [{"id": p.id, "name": p.name, "role": p.role} for p in listed.projects],
        "message": row.message, "language": row.language, "status": listed.state, "reason": row.reason,
        "version": row.version, "link_generation": row.generation,
        "link": Copied(row.id, row.generation) if opens else None, "mail_status": row.delivery,
        "inviter": {"id": row.inviter_id, "name": row.inviter_name}, "expires_at": rfc3339(row.expires_at),
        "created_at": rfc3339(row.created_at), "updated_at": rfc3339(row.updated_at),
        "ended_at": _time(row.ended_at), "viewed_at": _time(row.viewed_at),
        "renewal_asked_at": _time(row.renewal_asked_at),
    }  # fmt: skip


def _time(moment: Any) -> str | None:
    return rfc3339(moment) if moment is not None else None
