"""What goes over the wire in the team dialect: bodies, queries, replies and errors."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ..codes import enumeration
from .codes import REFUSED, WRONG

ID = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"


class TeamAssignment(BaseModel):
    """A team and the role in it."""

    teamId: UUID
    role: Literal["team_manager", "analyst_developer", "developer", "read_only"]


class InviteBody(BaseModel):
    """Whom to invite, as what, and into which teams."""

    model_config = ConfigDict(
        title="TeamInvite",
        json_schema_extra={
            "example": {
                "email": "teammate@example.com",
                "role": "member",
                "teamAssignments": [{"teamId": ID, "role": "developer"}],
            }
        },
    )
    email: Annotated[str, Field(max_length=1000)]
    role: Literal["administrator", "manager", "billing_manager", "member"]
    teamAssignments: Annotated[list[TeamAssignment], Field(max_length=1000)] = []


class AcceptBody(BaseModel):
    """The token of a copied or mailed link."""

    model_config = ConfigDict(title="TeamAccept", json_schema_extra={"example": {"token": "WyIwMTk4NWYzZ…"}})
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


class TeamInvitation(BaseModel):
    """An invitation in this dialect. ``token`` is the copy token while it is pending, else empty."""

    id: UUID
    token: str
    email: str
    status: Literal["pending", "accepted", "rejected", "canceled", "expired"]
    organizationId: UUID
    organizationName: str
    organizationRole: Literal["owner", "administrator", "manager", "billing_manager", "member"]
    expiresAt: str


class TeamInvitationList(BaseModel):
    """A page of an organization's invitations, newest first."""

    organizationId: UUID
    invitations: list[TeamInvitation]


class TeamProblem(BaseModel):
    """All that is wrong with a request; ``code`` is the HTTP status."""

    timestamp: str
    service: str
    method: str
    message: str
    code: Annotated[int, enumeration(WRONG)]


class TeamRefusal(BaseModel):
    """No good credentials, or not allowed."""

    message: str
    statusCode: Annotated[int, enumeration(REFUSED)]
    timestamp: str
    path: str
