"""The invitations that are for the caller: reading, accepting, rejecting."""

from typing import Any, Literal
from uuid import UUID

from flask import g, request
from pydantic import BaseModel, Field

from ... import invitations, limits
from ...clock import rfc3339
from ...errors import NotFound
from ...invitations import View
from .. import gate
from . import etags
from .invitation_answers import EXAMPLE as SENT
from .invitation_answers import Named, NamedProject, NamedSite, NamedTeam
from .operations import Resource, actor
from .types import Role, Words, patterned

resource = Resource("own_invitations", "The open invitations for the caller's own verified address.")
READ, WRITE = "invitations:read", "invitations:write"
ONE = "/invitations/<invitation_id>"
ID = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"
_SHOWN = ("id", "role", "sites", "teams", "projects", "message", "version", "inviter", "expires_at", "created_at")
EXAMPLE = {"organization": {"id": ID, "name": "Northwind Traders"}} | {name: SENT[name] for name in _SHOWN}


class OfOwn(BaseModel):
    """An open invitation for the caller."""

    invitation_id: UUID


class OwnInvitation(BaseModel):
    """An invitation as its addressee sees it."""

    model_config = patterned(EXAMPLE)
    id: UUID
    organization: Named
    role: Role
    sites: list[NamedSite] | None = Field(description="null: every site.")
    teams: list[NamedTeam]
    projects: list[NamedProject]
    message: str
    version: int = Field(description="Counts changes of role and grants.")
    inviter: Named
    expires_at: str
    created_at: str


class OwnInvitations(BaseModel):
    """All of the caller's open invitations, newest first; none while the address is not verified. `waiting` are those
    that the caller has accepted and that an owner or admin has to approve.
    """

    model_config = patterned({"invitations": [EXAMPLE], "waiting": []})
    invitations: list[OwnInvitation]
    waiting: list[OwnInvitation]


class Accepted(BaseModel):
    """What the caller is now: a member with this role, or, `waiting`, none until an owner or admin approves."""

    model_config = patterned(
        {"organization": {"id": ID, "name": "Northwind Traders"}, "role": "member", "status": "accepted"}
    )
    organization: Named
    role: Role
    status: Literal["accepted", "waiting"]


class Rejected(BaseModel):
    """What was declined."""

    model_config = patterned({"id": ID, "status": "rejected", "reason": "I am in another team now."})
    id: UUID
    status: str
    reason: str


class RejectBody(BaseModel):
    """Why, for whoever invited; `{}` says nothing."""

    model_config = patterned({"reason": "I am in another team now."})
    reason: Words = ""


@resource.operation("GET", "/invitations", scope=READ, answer=OwnInvitations)
def list_own_invitations() -> Any:
    """Lists the open invitations for the caller."""
    waiting = invitations.waiting_of(gate.database(), gate.caller().user_id, actor().only_in)
    return {"invitations": [_said(view) for view in _open()], "waiting": [_said(view) for view in waiting]}


@resource.operation("GET", ONE, scope=READ, answer=OwnInvitation, single=True)
def get_own_invitation(path: OfOwn) -> Any:
    """Reads one of them."""
    return etags.single(_said(_view(path)))


@resource.operation(
    "POST", f"{ONE}/accept", scope=WRITE, answer=Accepted, limit=limits.join_from_here, refusals={412: "changed"}
)
def accept_own_invitation(path: OfOwn) -> Any:
    """Accepts: the caller is a member afterwards, with all that was offered, unless somebody has to approve it first.

    `If-Match` says which offer was read.
    """
    view = _view(path)
    etags.require(_said(view))
    version = view.invitation.version if "If-Match" in request.headers else None
    answer = invitations.accept(gate.database(), actor(), path.invitation_id, g.now, version=version)
    status = "waiting" if answer.waits else "accepted"
    return {"organization": _named(view.organization), "role": answer.role, "status": status}


@resource.operation("POST", f"{ONE}/reject", scope=WRITE, answer=Rejected, limit=limits.join_from_here)
def reject_own_invitation(path: OfOwn, body: RejectBody) -> Any:
    """Declines; whoever invited is told, with the reason."""
    _view(path)
    declined = invitations.reject(gate.database(), actor(), path.invitation_id, g.now, reason=body.reason)
    return {"id": declined.id, "status": declined.status, "reason": declined.reason}


def _open() -> list[View]:
    return invitations.own(gate.database(), gate.caller().user_id, g.now, actor().only_in)


def _view(path: OfOwn) -> View:
    """The caller's open invitation with that id. Raises NotFound, also for somebody else's (ATTACKS 15)."""
    view = next((view for view in _open() if view.invitation.id == path.invitation_id), None)
    if view is None:
        raise NotFound()
    return view


def _named(thing: Any) -> dict[str, Any]:
    return {"id": thing.id, "name": thing.name}


def _said(view: View) -> dict[str, Any]:
    row = view.invitation
    return {
        "id": row.id, "organization": _named(view.organization), "role": row.role,
        "sites": [_named(site) for site in view.sites] if row.restricted else None,
        "teams": [_named(team) | {"role": team.role} for team in view.teams],
        "projects": [_named(project) | {"role": project.role} for project in view.projects],
        "message": row.message, "version": row.version, "inviter": _named(view.inviter),
        "expires_at": rfc3339(row.expires_at), "created_at": rfc3339(row.created_at),
    }  # fmt: skip
