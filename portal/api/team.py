"""The team dialect (CybeDefend): prefix ``/organization``, a bearer token, two shapes of errors.

``administrator`` is this dialect's word for ``admin``.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from flask import g, jsonify, make_response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from .. import clock, invitations, limits, links
from ..errors import InviterLostRights, NotAllowed, OrganizationClosed, PortalError, Unauthorized
from ..invitations import Invitee, Offer, View
from ..links import Kind
from ..models import Invitation as Row
from ..shapes import Wrong
from ..standing import standing_of
from . import gate

PREFIX = "/organization"
CHANNEL = "api:team"
SAID = {"admin": "administrator"}
MEANT = {"administrator": "admin"}
TAG = Tag(name="Team dialect", description="As CybeDefend documents it. Signs in with an API token.")


# Shapes of the wire ---------------------------------------------------------------------------------------------


class Assignment(BaseModel):
    """A team and the role in it."""

    model_config = ConfigDict(title="TeamAssignment")
    teamId: UUID
    role: Literal["team_manager", "analyst_developer", "developer", "read_only"]


class InviteBody(BaseModel):
    """Whom to invite, as what, and into which teams."""

    model_config = ConfigDict(
        title="TeamInvite",
        json_schema_extra={"examples": [{"email": "teammate@example.com", "role": "member", "teamAssignments": []}]},
    )
    email: Annotated[str, Field(max_length=1000)]
    role: Literal["administrator", "manager", "billing_manager", "member"]
    teamAssignments: Annotated[list[Assignment], Field(max_length=1000)] = []


class AcceptBody(BaseModel):
    """The token of a copied or mailed link."""

    model_config = ConfigDict(title="TeamAccept")
    token: Annotated[str, Field(min_length=1, max_length=2000)]


class InOrganization(BaseModel):
    """The organization of the address."""

    organizationId: UUID


class OfInvitation(InOrganization):
    """An invitation of the organization."""

    invitationId: UUID


class Numbered(BaseModel):
    """A page by its number."""

    page: Annotated[int, Field(ge=1, description="From 1; rows beyond the 10,000th are read with /api/v1's cursor.")]
    pageSize: Annotated[int, Field(ge=1, le=20)]


class Invitation(BaseModel):
    """An invitation in this dialect. ``token`` is the copy token while it is pending, else empty."""

    model_config = ConfigDict(title="TeamInvitation")
    id: UUID
    token: str
    email: str
    status: Literal["pending", "accepted", "rejected", "canceled", "expired"]
    organizationId: UUID
    organizationName: str
    organizationRole: Literal["owner", "administrator", "manager", "billing_manager", "member"]
    expiresAt: str


class InvitationList(BaseModel):
    """A page of an organization's invitations, newest first."""

    model_config = ConfigDict(title="TeamInvitationList")
    organizationId: UUID
    invitations: list[Invitation]


class Problem(BaseModel):
    """All that is wrong with a request."""

    model_config = ConfigDict(title="TeamProblem")
    timestamp: str
    service: str
    method: str
    message: str
    code: int


class Refusal(BaseModel):
    """No good credentials, or not allowed."""

    model_config = ConfigDict(title="TeamRefusal")
    message: str
    statusCode: int
    timestamp: str
    path: str


# Errors -----------------------------------------------------------------------------------------------------------


class TeamShape:
    """401 and 403 in the one shape, everything else in the other."""

    def of_rule(self, error: PortalError) -> Any:
        """A rule refused: 401, 403 and 429 as they are, all else 400, a link that is dead among it."""
        dead = isinstance(error, (InviterLostRights, OrganizationClosed))
        if isinstance(error, (Unauthorized, NotAllowed)) and not dead:
            status = 401 if isinstance(error, Unauthorized) else 403
            said = {"message": str(error), "statusCode": status, "timestamp": _now(), "path": request.path}
            return make_response(jsonify(said), status)
        return _problem(429 if error.status == 429 else 400, f"{error} {error.remedy}")

    def of_http(self, wrong: Wrong) -> Any:
        """Malformed requests, unknown routes, bodies too large or of another type, and faults of ours."""
        said = _SENTENCES.get(wrong.status, "This cannot be done.")
        return _problem(wrong.status, f"{wrong.field}: {wrong.detail}" if wrong.field else wrong.detail or said)


_SENTENCES = {
    404: "There is no such route.",
    405: "This route does not take that method.",
    413: "The body is too large.",
    415: "The body has to be application/json.",
    500: "Something broke on our side. Nothing was changed.",
}


def _problem(status: int, message: str) -> Any:
    part = (request.endpoint or "").rpartition(".")[2] or "route"
    said = {"timestamp": _now(), "service": "invitations", "method": part, "message": message, "code": status}
    return make_response(jsonify(said), status)


def _now() -> str:
    return clock.rfc3339(clock.now())


SHAPE = TeamShape()
_ERRORS: Any = dict.fromkeys(("400", "413", "415", "429"), Problem) | dict.fromkeys(("401", "403"), Refusal)

api = APIBlueprint(
    "team", __name__, url_prefix=PREFIX, abp_tags=[TAG], abp_security=[{"token": []}], abp_responses=_ERRORS
)
gate.Gate(cookie=False, token=True).guard(api)


# Calls ------------------------------------------------------------------------------------------------------------


@api.post("/<organizationId>/invite", responses={"201": Invitation})
@limits.call_by_person
@gate.scope("invitations:write")
def invite(path: InOrganization, body: InviteBody) -> Any:
    """Invites one person."""
    teams = tuple((team.teamId, str(team.role)) for team in body.teamAssignments)
    offer = Offer(role=MEANT.get(body.role, body.role), teams=teams)
    invitees = [Invitee(body.email, offer)]
    (outcome,) = invitations.invite(gate.database(), _actor(), path.organizationId, invitees, g.now)
    return _said(invitations.see_one(gate.database(), outcome.made())), 201


@api.get("/<organizationId>/invitations", responses={"200": InvitationList})
@gate.scope("invitations:read")
def list_invitations(path: InOrganization, query: Numbered) -> Any:
    """Lists invitations of every status, newest first, by page number."""
    found = invitations.numbered(gate.database(), _actor(), path.organizationId, page=query.page, size=query.pageSize)
    return {"organizationId": str(path.organizationId), "invitations": [_said(view) for view in found]}


@api.delete("/<organizationId>/invitation/<invitationId>", responses={"200": Invitation})
@gate.scope("invitations:write")
def cancel(path: OfInvitation) -> Any:
    """Cancels a pending invitation."""
    standing_of(gate.database(), _actor(), path.organizationId)
    here = _actor().within(path.organizationId)
    canceled = invitations.cancel(gate.database(), here, path.invitationId, g.now)
    return _said(invitations.see(gate.database(), canceled))


@api.post("/invite/accept", responses={"200": Invitation})
@limits.join_from_here
@gate.scope("invitations:write")
def accept(body: AcceptBody) -> Any:
    """Accepts for the token's person, whose verified address has to be the invited one."""
    opened = links.open_invitation(body.token)
    invitations.accept(gate.database(), _actor(), opened.invitation_id, g.now, generation=opened.generation)
    return _said(invitations.see_one(gate.database(), opened.invitation_id))


def _actor() -> Any:
    return gate.caller().actor(CHANNEL)


def _said(view: View) -> dict[str, Any]:
    """An invitation as this dialect writes it."""
    row: Row = view.invitation
    state = row.state(g.now)
    token = links.invitation_token(row.id, row.generation, Kind.COPIED) if state == "pending" else ""
    return {
        "id": str(row.id), "token": token, "email": row.email, "status": state,
        "organizationId": str(row.organization_id), "organizationName": view.organization.name,
        "organizationRole": SAID.get(row.role, row.role), "expiresAt": clock.rfc3339(row.expires_at),
    }  # fmt: skip
