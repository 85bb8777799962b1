"""Those who accepted an invitation and wait until an owner or admin approves: listing, approving, declining."""

from typing import Any
from uuid import UUID

from flask import g
from pydantic import BaseModel, Field

from ... import invitations
from ...clock import rfc3339
from ...invitations import Waiting
from .. import gate
from .invitation_answers import EXAMPLE as INVITATION
from .invitation_answers import ID, InvitationResource, said
from .invitation_models import OfInvitation
from .operations import Resource, actor
from .types import Cursor, InOrganization, Size, patterned

resource = Resource("approvals", "Who accepted and waits for approval, where the organization demands it.")
READ, WRITE = "invitations:read", "invitations:write"
ONE = "/organizations/<organization_id>/invitations/<invitation_id>"
WAITS = INVITATION | {"status": "waiting", "ended_at": "2026-07-04T12:00:00.000Z"}
EXAMPLE = {
    "invitation": WAITS, "person": {"id": ID, "name": "Ann", "email": "teammate@example.com", "email_verified": True},
    "may_approve": True, "waits_since": "2026-07-04T12:00:00.000Z",
}  # fmt: skip


class Applicant(BaseModel):
    """Who waits."""

    id: UUID
    name: str
    email: str
    email_verified: bool


class ApprovalResource(BaseModel):
    """An invitation that was accepted, and by whom."""

    model_config = patterned(EXAMPLE)
    invitation: InvitationResource
    person: Applicant
    may_approve: bool = Field(description="Whether the caller may, and whoever invited may still offer this.")
    waits_since: str


class ApprovalPage(BaseModel):
    """Who waits, by when they were invited; `next_cursor` leads on, and is null at the end."""

    model_config = patterned({"approvals": [EXAMPLE], "next_cursor": None})
    approvals: list[ApprovalResource]
    next_cursor: str | None


class ApprovalQuery(BaseModel):
    """How many, and from where on."""

    limit: Size = 50
    cursor: Cursor | None = None


@resource.operation("GET", "/organizations/<organization_id>/approvals", scope=READ, answer=ApprovalPage)
def list_approvals(path: InOrganization, query: ApprovalQuery) -> Any:
    """Lists who accepted and waits for approval. Owners and admins may."""
    found = invitations.waiting(
        gate.database(), actor(), path.organization_id, g.now, cursor=query.cursor, most=query.limit
    )
    return {"approvals": [_said(each, found.role) for each in found.waiting], "next_cursor": found.next}


@resource.operation("POST", f"{ONE}/approve", scope=WRITE, answer=InvitationResource, refusals={409: "not_waiting"})
def approve_invitation(path: OfInvitation) -> Any:
    """Lets the person who accepted in, with all that was offered. Owners and admins may, up to their own role.

    A session older than 15 minutes signs in again before somebody becomes an owner.
    """
    found = invitations.waiting_one(gate.database(), actor(), path.organization_id, path.invitation_id)
    gate.require_recent_for_owner(found.role)
    invitations.approve(gate.database(), actor(), path.organization_id, path.invitation_id, g.now)
    return _decided(path)


@resource.operation("POST", f"{ONE}/decline", scope=WRITE, answer=InvitationResource, refusals={409: "not_waiting"})
def decline_invitation(path: OfInvitation) -> Any:
    """Declines the person who accepted: they are told by mail, and their seat is free again."""
    invitations.refuse(gate.database(), actor(), path.organization_id, path.invitation_id, g.now)
    return _decided(path)


def _decided(path: OfInvitation) -> dict[str, Any]:
    row, role = invitations.decided(gate.database(), actor(), path.organization_id, path.invitation_id, g.now)
    return said(row, role)


def _said(each: Waiting, role: str) -> dict[str, Any]:
    person, invitation = each.person, each.row.invitation
    return {
        "invitation": said(each.row, role),
        "person": {
            "id": person.id, "name": person.name, "email": person.email, "email_verified": person.is_verified,
        },
        "may_approve": not each.obstacle, "waits_since": rfc3339(invitation.ended_at),
    }  # fmt: skip
