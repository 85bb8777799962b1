"""The calls of the team dialect."""

from typing import Any

from flask import g
from flask_openapi3 import Tag

from ... import clock, invitations, limits, links
from ...errors import BadLink, NotFound
from ...invitations import Invitee, Offer
from ...links import Kind
from ...models import Invitation
from ...permissions import Actor
from ...standing import standing_of
from .. import gate
from ..face import Face
from . import wire
from .refusals import replies, schemas

PREFIX = "/organization"
HERE, ACCEPT = f"{PREFIX}/{wire.ID}", f"{PREFIX}/invite/accept"
INVALID = (400, 413, 415)
CHANNEL = "api:team"
SAID = {"admin": "administrator"}
MEANT = {"administrator": "admin"}
TAG = Tag(name="Team dialect", description="As CybeDefend documents it. Signs in with an API token.")

api = Face("team", __name__, url_prefix=PREFIX, abp_tags=[TAG], abp_security=[{"token": []}])
api.components_schemas.update(schemas())
gate.Gate(cookie=False, token=True).guard(api)


@api.post(
    "/<organizationId>/invite", responses=replies("invite", f"{HERE}/invite", "201", wire.TeamInvitation, *INVALID, 429)
)
@limits.call_by_person
@gate.scope("invitations:write")
def invite(path: wire.InOrganization, body: wire.InviteBody) -> Any:
    """Invites one person."""
    teams = tuple((team.teamId, str(team.role)) for team in body.teamAssignments)
    invitees = [Invitee(body.email, Offer(role=MEANT.get(body.role, body.role), teams=teams))]
    (outcome,) = limits.invite(gate.database(), _actor(), path.organizationId, invitees, g.now)
    made = outcome.made()
    token = links.invitation_token(made, 1, Kind.COPIED)
    return {
        "id": str(made), "token": token, "email": outcome.address, "status": "pending",
        "organizationId": str(path.organizationId), "organizationName": outcome.organization_name,
        "organizationRole": body.role,
        "expiresAt": clock.rfc3339(outcome.expires_at or g.now),
    }, 201  # fmt: skip


@api.get(
    "/<organizationId>/invitations",
    responses=replies("list_invitations", f"{HERE}/invitations", "200", wire.TeamInvitationList, 400, 413),
)
@gate.scope("invitations:read")
def list_invitations(path: wire.InOrganization, query: wire.Numbered) -> Any:
    """Lists invitations of every status, newest first, by page number."""
    organization, found = invitations.numbered(
        gate.database(), _actor(), path.organizationId, page=query.page, size=query.pageSize
    )
    said = [_said(row, organization.name) for row in found]
    return {"organizationId": str(path.organizationId), "invitations": said}


@api.delete(
    "/<organizationId>/invitation/<invitationId>",
    responses=replies("cancel", f"{HERE}/invitation/{wire.ID}", "200", wire.TeamInvitation, 400, 413),
)
@gate.scope("invitations:write")
def cancel(path: wire.OfInvitation) -> Any:
    """Cancels a pending invitation."""
    organization = standing_of(gate.database(), _actor(), path.organizationId)
    here = _actor().within(path.organizationId)
    return _said(invitations.cancel(gate.database(), here, path.invitationId, g.now), organization.name)


@api.post("/invite/accept", responses=replies("accept", ACCEPT, "200", wire.TeamInvitation, *INVALID, 429))
@limits.join_from_here
@gate.scope("invitations:write")
def accept(body: wire.AcceptBody) -> Any:
    """Accepts for the token's person, whose verified address has to be the invited one.

    Where an owner or administrator has to approve first, the person is no member, and in no team, until then.
    """
    opened = links.open_invitation(body.token)
    try:
        invitations.accept(gate.database(), _actor(), opened.invitation_id, g.now, generation=opened.generation)
    except NotFound:
        raise BadLink() from None
    view = invitations.see_one(gate.database(), opened.invitation_id)
    return _said(view.invitation, view.organization.name)


def _actor() -> Actor:
    return gate.caller().actor(CHANNEL)


def _said(row: Invitation, organization_name: str) -> dict[str, Any]:
    """An invitation as this dialect writes it."""
    state = row.state(g.now)
    token = links.invitation_token(row.id, row.generation, Kind.COPIED) if state == "pending" else ""
    return {
        "id": str(row.id), "token": token, "email": row.email, "status": "accepted" if state == "waiting" else state,
        "organizationId": str(row.organization_id), "organizationName": organization_name,
        "organizationRole": SAID.get(row.role, row.role), "expiresAt": clock.rfc3339(row.expires_at),
    }  # fmt: skip
