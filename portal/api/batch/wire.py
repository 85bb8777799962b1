"""What goes over the wire in the batch dialect: bodies, queries, replies and errors."""

import re
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    RootModel,
    Tag,
    WithJsonSchema,
)

from ...addresses import normalise
from ...errors import NotAnAddress
from ..codes import enumeration
from .codes import TABLE

MOST = 50
ID = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"
_WHOLE = re.compile(r"[0-9]{1,19}")
KINDS = {"projectId": "project", "teamId": "team", "siteId": "site"}


def _address(text: str) -> str:
    """The entry as it was sent, once it is known to be an address."""
    try:
        normalise(text)
    except NotAnAddress as error:
        raise ValueError(str(error)) from None
    return text


def _site(said: Any) -> int:
    """A site's id: an integer, or one in a string."""
    if isinstance(said, str) and _WHOLE.fullmatch(said):
        return int(said)
    if isinstance(said, int) and not isinstance(said, bool):
        return said
    raise ValueError("Input should be a whole number")


def _kind(said: Any) -> str | None:
    """Which kind of assignment this is; None for one that names no place, or places of several kinds."""
    named = [kind for key, kind in KINDS.items() if key in said] if isinstance(said, dict) else []
    return named[0] if len(named) == 1 else None


Code = Annotated[str, enumeration(code for code, _ in TABLE.values())]
SiteId = Annotated[
    int,
    BeforeValidator(_site),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[0-9]{1,19}$"}]}),
]
Address = Annotated[str, Field(max_length=1000), AfterValidator(_address)]
Role = Literal["owner", "admin", "manager", "billing_manager", "member"]


class BatchProjectAssignment(BaseModel):
    """A project and the role in it."""

    projectId: UUID
    projectRole: Literal["project_admin", "project_member", "project_viewer"]


class BatchTeamAssignment(BaseModel):
    """A team and the role in it."""

    teamId: UUID
    teamRole: Literal["team_manager", "analyst_developer", "developer", "read_only"]


class BatchSiteAssignment(BaseModel):
    """A site; naming any restricts to those named, and needs the role ``member``."""

    siteId: SiteId


Assignment = Annotated[
    Annotated[BatchProjectAssignment, Tag("project")]
    | Annotated[BatchTeamAssignment, Tag("team")]
    | Annotated[BatchSiteAssignment, Tag("site")],
    Discriminator(
        _kind,
        custom_error_type="assignment",
        custom_error_message="An assignment names a projectId, a teamId or a siteId, and one of them only",
    ),
]


class InviteBody(BaseModel):
    """Whom to invite, where, and as what: the same for all."""

    model_config = ConfigDict(
        title="BatchInvite",
        json_schema_extra={
            "example": {
                "emails": ["teammate@example.com", "colleague@example.com"],
                "organizationId": ID,
                "role": "member",
                "assignments": [{"projectId": ID, "projectRole": "project_member"}],
            }
        },
    )
    emails: Annotated[list[Address], Field(min_length=1, max_length=MOST)]
    organizationId: Annotated[str, Field(max_length=1000)]
    role: Role
    assignments: Annotated[list[Assignment], Field(max_length=1000)] = []


class BatchResult(BaseModel):
    """What became of one address; ``link`` is the one to copy, ``compensated`` says that something was taken back."""

    email: str
    status: Literal["success", "error"]
    id: UUID | None = None
    link: str | None = None
    error: str | None = None
    compensated: Annotated[
        bool, Field(description="Each entry is decided before anything of it is written, so it is never sent as true.")
    ] = False


class BatchResults(BaseModel):
    """One entry for each address, in the order sent."""

    data: list[BatchResult]


class OfInvitation(BaseModel):
    """An invitation of the address."""

    id: str


class Pair(BaseModel):
    """The address that was invited, and the invitation's id."""

    email: Annotated[str, Field(min_length=1)]
    id: Annotated[str, Field(min_length=1)]


class Own(BaseModel):
    """The caller's own address."""

    email: Annotated[str, Field(min_length=1)]


class BatchSignInMethod(BaseModel):
    """A way to sign in."""

    method: str


class BatchVerified(BaseModel):
    """An open invitation. ``seatLimitReached`` stays null: a pending invitation holds the seat that it needs."""

    valid: Literal[True]
    email: str
    organizationName: str
    organizationId: UUID
    role: Role
    expiresAt: str
    authMethod: str | None
    allowedAuthMethods: list[BatchSignInMethod]
    seatLimitReached: str | None


class BatchPending(BaseModel):
    """An open invitation for the caller; ``expiresAt`` is in milliseconds since 1970."""

    id: UUID
    email: str
    organizationId: UUID
    organizationName: str
    organizationSlug: str
    role: Role
    status: Literal["pending"]
    expiresAt: int
    inviterId: UUID


class BatchMailStatus(BaseModel):
    """What became of an invitation's newest mail."""

    emailSent: bool
    error: Literal["Email delivery failed"] | None = None


class BatchProblemError(BaseModel):
    """The code again, and the detail cut at 100 characters."""

    code: Code
    message: Annotated[str, Field(max_length=100)]


class BatchProblem(BaseModel):
    """What is wrong, as RFC 9457 has it; ``requestId`` is the ``X-Request-ID`` of the reply."""

    title: str
    status: int
    detail: str
    instance: str
    requestId: str
    code: Code
    error: BatchProblemError


class BatchPendingList(RootModel[list[BatchPending]]):
    """The open invitations for the caller."""
