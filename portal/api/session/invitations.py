"""Answering, canceling and reading invitations."""

from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from flask import g, jsonify, make_response, request
from pydantic import BaseModel, ConfigDict, Field

from ... import accounts, invitations, limits, links, memberships, sessions
from ...database import transaction
from ...errors import (
    AddressNotVerified,
    InviterLostRights,
    MayNotInvite,
    NotAllowed,
    NotAMember,
    NotFound,
    NotPending,
    NotTheRecipient,
    OrganizationClosed,
)
from ...invitations import View
from .. import gate
from . import replies, wire
from .base import PREFIX, Id, actor, chosen, key, reads, session, writes
from .errors import Refused, means

_ANSWERING: dict[Any, str] = {
    NotFound: "INVITATION_NOT_FOUND",
    NotPending: "INVITATION_NOT_FOUND",
    OrganizationClosed: "INVITATION_NOT_FOUND",
    InviterLostRights: "INVITATION_NOT_FOUND",
    NotTheRecipient: "YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION",
}
_PROVED = {AddressNotVerified: "EMAIL_VERIFICATION_REQUIRED_BEFORE_ACCEPTING_OR_REJECTING_INVITATION"}
_SEEING: dict[Any, str] = {AddressNotVerified: "EMAIL_VERIFICATION_REQUIRED_FOR_INVITATION"}
_EXAMPLE: Any = {"invitationId": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"}


class AuthOfInvitation(BaseModel):
    """An invitation."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})
    invitationId: Id


class AuthInvitationQuery(BaseModel):
    """An invitation by its id."""

    id: Id


class AuthInvitationsQuery(BaseModel):
    """Which invitations; ``pending`` are those that can be answered, ``expired`` those whose time is over."""

    organizationId: Id | None = None
    status: Literal["pending", "accepted", "rejected", "canceled", "expired"] | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str, Field(max_length=500)] | None = None


class AuthOwnQuery(BaseModel):
    """Nothing: the address is the session's own."""

    email: Annotated[str | None, Field(description="Refused: nobody reads another address's invitations.")] = None


@writes("/organization/accept-invitation", wire.AuthInvitationAccepted, 429)
@limits.join_from_here
@means(_ANSWERING | _PROVED)
def accept(body: AuthOfInvitation) -> Any:
    """Accepts, for its addressee with a verified address. The organization becomes active, and a team that is alone.

    Where the organization lets in whom an owner or admin approves, `member` is null until then, and nothing becomes
    active.
    """
    found = _open(body.invitationId)
    team_id = found.teams[0].id if len(found.teams) == 1 else None
    with transaction(gate.database()) as database:
        answer = invitations.accept(database, actor(), found.invitation.id, g.now)
        if not answer.waits:
            sessions.open_organization(database, session().id, answer.organization_id, team_id)
    if answer.waits:
        return {"invitation": _said(found.invitation.id), "member": None}
    joined = memberships.get(gate.database(), actor(), answer.organization_id, answer.user_id)
    return {"invitation": _said(found.invitation.id), "member": replies.member(joined)}


@writes("/organization/reject-invitation", wire.AuthInvitationRejected, 429)
@limits.join_from_here
@means(_ANSWERING | _PROVED)
def reject(body: AuthOfInvitation) -> Any:
    """Declines, for its addressee with a verified address."""
    found = _open(body.invitationId)
    invitations.reject(gate.database(), actor(), found.invitation.id, g.now)
    return {"invitation": _said(found.invitation.id), "member": None}


@writes("/organization/cancel-invitation", wire.AuthInvitation)
@means(_ANSWERING | {NotAllowed: "YOU_ARE_NOT_ALLOWED_TO_CANCEL_THIS_INVITATION"})
def cancel(body: AuthOfInvitation) -> Any:
    """Cancels an invitation that waits for its answer."""
    found = _open(body.invitationId)
    invitations.cancel(gate.database(), actor(), found.invitation.id, g.now)
    return _said(found.invitation.id)


@reads("/organization/get-invitation", wire.AuthInvitationSeen, 400, 403)
@means(_ANSWERING | _SEEING)
def get_invitation(query: AuthInvitationQuery) -> Any:
    """Reads an invitation that waits for its answer, for its addressee with a verified address."""
    found = _open(query.id)
    invitations.check_recipient(accounts.get(gate.database(), gate.caller().user_id), found.invitation.email)
    return replies.invitation(found) | {
        "organizationName": found.organization.name, "organizationSlug": found.organization.slug,
        "inviterEmail": found.inviter.email,
    }  # fmt: skip


@reads("/organization/list-invitations", wire.AuthInvitationList, 400, 403)
@means({
    NotAMember: "YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION",
    OrganizationClosed: "YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION",
    MayNotInvite: "YOU_ARE_NOT_ALLOWED_TO_LIST_INVITATIONS",
})  # fmt: skip
def list_invitations(query: AuthInvitationsQuery) -> Any:
    """Lists an organization's invitations, newest first; ``Link`` has the next page where there is more."""
    page = invitations.page(
        gate.database(), actor(), chosen(query.organizationId), g.now, state=_state(query.status or ""),
        cursor=query.cursor, most=query.limit,
    )  # fmt: skip
    response = make_response(jsonify([replies.invitation(row) for row in page.rows]))
    if page.older:
        said = {name: value for name, value in request.args.items() if name in AuthInvitationsQuery.model_fields}
        address = links.public(f"{PREFIX}/organization/list-invitations")
        response.headers["Link"] = f'<{address}?{urlencode(said | {"cursor": page.older})}>; rel="next"'
    return response


@reads("/organization/list-user-invitations", wire.AuthOwnInvitations, 400, 403)
@means(_SEEING)
def list_user_invitations(query: AuthOwnQuery) -> Any:
    """Lists the invitations that wait for the caller's verified address, newest first."""
    if query.email is not None:
        raise Refused("EMAIL_IN_QUERY")
    if not gate.caller().is_verified:
        raise AddressNotVerified()
    found = invitations.own(gate.database(), gate.caller().user_id, g.now)
    return jsonify([replies.invitation(view) | {"organizationName": view.organization.name} for view in found])


def _state(said: str) -> str:
    """The state to look for; that an accepted one waits for approval, this dialect cannot say."""
    return invitations.ANSWERED_YES if said == "accepted" else said


def _open(named: str) -> View:
    """An invitation that waits for its answer. Raises NotFound or NotPending."""
    return invitations.open_one(gate.database(), key(named), g.now)


def _said(invitation_id: UUID) -> replies.Shown:
    return replies.invitation(invitations.see_one(gate.database(), invitation_id))
