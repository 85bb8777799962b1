"""What this dialect replies with: the shapes of the wire."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, RootModel

Role = Literal["owner", "admin", "manager", "billing_manager", "member"]


class AuthUser(BaseModel):
    """A person."""

    id: str
    name: Annotated[str, Field(examples=["Ines Ferreira"])]
    email: str
    emailVerified: bool
    image: str | None
    createdAt: str
    updatedAt: str


class AuthSession(BaseModel):
    """A session. ``token`` is its public id, and signs nobody in."""

    id: str
    userId: str
    token: str
    expiresAt: str
    createdAt: str
    updatedAt: str
    ipAddress: str | None
    userAgent: str | None
    activeOrganizationId: str | None
    activeTeamId: str | None


class AuthSignedIn(BaseModel):
    """A session and its person."""

    session: AuthSession
    user: AuthUser


class AuthSignedInOrNull(RootModel[AuthSignedIn | None]):
    """A session and its person, or null."""


class AuthMemberUser(BaseModel):
    """A person as the other members see them."""

    id: str
    name: Annotated[str, Field(examples=["Ines Ferreira"])]
    email: str
    image: str | None


class AuthMember(BaseModel):
    """A member of an organization."""

    id: str
    organizationId: str
    userId: str
    role: Role
    createdAt: str
    user: AuthMemberUser


class AuthMemberPage(BaseModel):
    """Some of an organization's members, and how many there are."""

    members: list[AuthMember]
    total: int


class AuthMemberRemoved(BaseModel):
    """Who was removed."""

    member: AuthMember


class AuthTeam(BaseModel):
    """A team."""

    id: str
    name: Annotated[str, Field(examples=["Design"])]
    organizationId: str
    createdAt: str
    updatedAt: str


class AuthTeamOrNull(RootModel[AuthTeam | None]):
    """A team, or null."""


class AuthTeamList(RootModel[list[AuthTeam]]):
    """Teams."""


class AuthTeamMember(BaseModel):
    """Somebody's place in a team."""

    id: str
    teamId: str
    userId: str
    createdAt: str


class AuthTeamMemberList(RootModel[list[AuthTeamMember]]):
    """Who is in a team."""


class AuthMessage(BaseModel):
    """What was done, in a sentence."""

    message: str


class AuthInvitation(BaseModel):
    """An invitation; one that has expired reads as pending, with an ``expiresAt`` that has passed."""

    id: str
    email: str
    role: Role
    organizationId: str
    inviterId: str
    status: Literal["pending", "accepted", "rejected", "canceled"]
    expiresAt: str
    createdAt: str
    teamId: str | None
    hasRestrictedSiteAccess: bool
    siteIds: list[int]


class AuthInvitationList(RootModel[list[AuthInvitation]]):
    """Invitations, newest first."""


class AuthInvitationSeen(AuthInvitation):
    """An invitation as its addressee sees it."""

    organizationName: str
    organizationSlug: str
    inviterEmail: str


class AuthInvitationNamed(AuthInvitation):
    """An invitation with its organization's name."""

    organizationName: str


class AuthOwnInvitations(RootModel[list[AuthInvitationNamed]]):
    """The invitations that wait for somebody."""


class AuthInvitationAccepted(BaseModel):
    """An invitation and the membership that came of it; none where somebody has to approve it first."""

    invitation: AuthInvitation
    member: AuthMember | None


class AuthInvitationRejected(BaseModel):
    """An invitation that was declined."""

    invitation: AuthInvitation
    member: None


class AuthOrganization(BaseModel):
    """An organization."""

    id: str
    name: str
    slug: str
    logo: str | None
    metadata: dict[str, Any] | None
    createdAt: str


class AuthOrganizationMade(AuthOrganization):
    """A new organization with its first member."""

    members: list[AuthMember]


class AuthOrganizationFull(AuthOrganizationMade):
    """An organization with what is in it; ``invitations`` are the newest 100, none for who may not invite."""

    teams: list[AuthTeam]
    invitations: list[AuthInvitation]


class AuthOrganizationOrNull(RootModel[AuthOrganization | None]):
    """An organization, or null."""


class AuthOrganizationList(RootModel[list[AuthOrganization]]):
    """Organizations, by name."""
