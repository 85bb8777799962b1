"""Members: listing them, one's own place, another role, removal, leaving."""

from typing import Annotated, Any
from uuid import UUID

from flask import g
from pydantic import BaseModel, ConfigDict, Field

from ... import memberships
from ...errors import LastOwner, NotAllowed, NotFound, UnknownRole
from ...memberships import Access
from ...models import Membership
from ...permissions import highest
from ...standing import standing_of
from .. import gate
from . import replies, wire
from .base import Id, actor, chosen, key, reads, session, writes
from .errors import means
from .organizations import AuthInOrganization, leave_active

Roles = str | list[str]  # what is in it is judged by the rule; the body is no longer than a megabyte


class AuthMemberRole(BaseModel):
    """A member and the new role; of several, the highest counts."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "memberId": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f",
                "role": "admin",
                "organizationId": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e21",
            }
        }
    )
    memberId: Id
    role: Roles
    organizationId: Id | None = None


class AuthWhichMember(BaseModel):
    """A member by the membership's id or the person's address."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "memberIdOrEmail": "teammate@example.com",
                "organizationId": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e21",
            }
        }
    )
    memberIdOrEmail: Id
    organizationId: Id | None = None


class AuthMemberQuery(BaseModel):
    """Which members."""

    organizationId: Id | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class AuthRole(BaseModel):
    """A role."""

    role: wire.Role


@reads("/organization/list-members", wire.AuthMemberPage, 400, 403)
def list_members(query: AuthMemberQuery) -> Any:
    """Lists an organization's members in the order they joined."""
    organization = standing_of(gate.database(), actor(), chosen(query.organizationId))
    found = memberships.numbered(gate.database(), actor(), organization.id, skip=query.offset, most=query.limit)
    return {"members": [replies.member(each) for each in found], "total": organization.member_count}


@reads("/organization/get-active-member", wire.AuthMember, 400, 403)
def get_active_member() -> Any:
    """Reads the caller's own membership in the active organization."""
    return replies.member(_own(chosen(None)))


@reads("/organization/get-active-member-role", AuthRole, 400, 403)
def get_active_member_role() -> Any:
    """Tells the caller's role in the active organization."""
    return {"role": standing_of(gate.database(), actor(), chosen(None)).role}


@writes("/organization/update-member-role", wire.AuthMember)
@means({
    UnknownRole: "ROLE_NOT_FOUND",
    NotFound: "MEMBER_NOT_FOUND",
    NotAllowed: "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER",
    LastOwner: "YOU_CANNOT_LEAVE_THE_ORGANIZATION_WITHOUT_AN_OWNER",
})  # fmt: skip
def update_member_role(body: AuthMemberRole) -> Any:
    """Gives a member another role. Whoever becomes a member this way reaches every site, as they did before."""
    organization_id = chosen(body.organizationId)
    member = memberships.find(gate.database(), actor(), organization_id, key(body.memberId))
    role = one_role(body.role)
    access = Access(role, () if role == "member" != member.role else None)
    gate.require_recent_for_owner(member.role, role)
    memberships.change(gate.database(), actor(), organization_id, member.user_id, access, g.now)
    return replies.member(memberships.get(gate.database(), actor(), organization_id, member.user_id))


def one_role(said: Any) -> str:
    """The one role that was said, or of several the highest. Raises UnknownRole."""
    return highest([said] if isinstance(said, str) else said)


@writes("/organization/remove-member", wire.AuthMemberRemoved)
@means({
    NotFound: "MEMBER_NOT_FOUND",
    NotAllowed: "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_MEMBER",
    LastOwner: "YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER",
})  # fmt: skip
def remove_member(body: AuthWhichMember) -> Any:
    """Removes a member, with their places in teams and projects."""
    named = body.memberIdOrEmail
    organization_id = chosen(body.organizationId)
    member = memberships.find(gate.database(), actor(), organization_id, named if "@" in named else key(named))
    if member.user_id != gate.caller().user_id:
        gate.require_recent_for_owner(member.role)
    return {"member": _removed(member)}


@writes("/organization/leave", wire.AuthMember)
@means({LastOwner: "YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER"})
def leave(body: AuthInOrganization) -> Any:
    """Leaves an organization."""
    return _removed(_own(key(body.organizationId)))


def _own(organization_id: UUID) -> Membership:
    return memberships.get(gate.database(), actor(), organization_id, gate.caller().user_id)


def _removed(member: Membership) -> replies.Shown:
    """Who it was, once they are gone."""
    was = replies.member(member)
    memberships.remove(gate.database(), actor(), member.organization_id, member.user_id, g.now)
    if member.user_id == session().user_id:
        leave_active(member.organization_id)
    return was
