"""The calls of the batch dialect."""

from typing import Any
from uuid import UUID

from flask import g, jsonify
from flask_openapi3 import Tag

from ... import clock, invitations, limits, links
from ...addresses import normalise
from ...errors import AddressNotVerified, NotAMember, NotAnAddress, NotFound, NotTheRecipient
from ...invitations import Invitee, Offer, Outcome, View
from ...invitations.told import newest_mail, offered
from ...links import Kind
from ...permissions import Actor
from .. import gate
from ..face import Face
from . import refusals, wire

PREFIX = "/manage/api/invitations"
CHANNEL = "api:batch"
TAG = Tag(
    name="Batch dialect",
    description="As Inkeep documents it: up to 50 addresses a call. Signs in with an API token or the session cookie.",
)
SIGN_IN_METHODS = [{"method": "email-password"}]
_ANYONE: list[dict[str, list[str]]] = []

api = Face(
    "batch",
    __name__,
    url_prefix=PREFIX,
    abp_tags=[TAG],
    abp_security=[{"token": []}, {"session": []}],
    abp_responses=refusals.documented(500, 503),
)
api.components_schemas.update(refusals.schemas())
gate.Gate(cookie=True, token=True).guard(api)


@api.post("", responses=refusals.replies(wire.BatchResults, 400, 401, 403, 413, 415, 422, 429))
@limits.call_by_person
@gate.scope("invitations:write")
def invite(body: wire.InviteBody) -> Any:
    """Invites up to 50 people, all to the same; what is wrong with one does not hold up the rest."""
    organization_id = _key(body.organizationId)
    if organization_id is None:
        raise NotAMember()
    offer = _offer(body)
    invitees = [Invitee(address, offer) for address in body.emails]
    outcomes = limits.invite(gate.database(), _actor(), organization_id, invitees, g.now)
    return {"data": [_result(address, outcome) for address, outcome in zip(body.emails, outcomes, strict=True)]}


@api.get("/verify", responses=refusals.replies(wire.BatchVerified, 400, 404, 413, 429), security=_ANYONE)
@limits.verify_from_here
@gate.public
def verify(query: wire.Pair) -> Any:
    """Tells whoever knows both the id and the address of an open invitation what it is."""
    invitation, organization = offered(gate.database(), _key(query.id), query.email, g.now)
    return {
        "valid": True,
        "email": invitation.email,
        "organizationName": organization.name,
        "organizationId": str(organization.id),
        "role": invitation.role,
        "expiresAt": clock.rfc3339(invitation.expires_at),
        "authMethod": None,
        "allowedAuthMethods": SIGN_IN_METHODS,
        "seatLimitReached": None,
    }


@api.get("/pending", responses=refusals.replies(wire.BatchPendingList, 400, 401, 403, 413))
@gate.scope("invitations:read")
def pending(query: wire.Own) -> Any:
    """Lists the open invitations for the caller's own verified address, newest first."""
    caller = gate.caller()
    if not _is(query.email, caller.email):
        raise NotTheRecipient()
    if not caller.is_verified:
        raise AddressNotVerified()
    views = invitations.own(gate.database(), caller.user_id, g.now, caller.only_in)
    return jsonify([_pending(view) for view in views])


@api.get("/<id>/email-status", responses=refusals.replies(wire.BatchMailStatus, 401, 403, 413))
@gate.scope("invitations:read")
def email_status(path: wire.OfInvitation) -> Any:
    """Tells what became of an invitation's newest mail; an id that is unknown here reads as one without mail."""
    try:
        mail = newest_mail(gate.database(), _actor(), _key(path.id))
    except NotFound:
        mail = None
    failed = {"error": "Email delivery failed"} if mail is not None and mail.status in ("failed", "bounced") else {}
    return {"emailSent": mail is not None and mail.status == "sent"} | failed


def _actor() -> Actor:
    return gate.caller().actor(CHANNEL)


def _key(text: str) -> UUID | None:
    """An id as this dialect sends it, which is any string; None for one that cannot be ours."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _is(said: str, address: str) -> bool:
    try:
        return normalise(said) == address
    except NotAnAddress:
        return False


def _offer(body: wire.InviteBody) -> Offer:
    """What all of them are offered; naming a site restricts to the sites named."""
    given = body.assignments
    sites = tuple(each.siteId for each in given if isinstance(each, wire.BatchSiteAssignment))
    teams = tuple((each.teamId, each.teamRole) for each in given if isinstance(each, wire.BatchTeamAssignment))
    projects = tuple(
        (each.projectId, each.projectRole) for each in given if isinstance(each, wire.BatchProjectAssignment)
    )
    return Offer(role=body.role, restricted=bool(sites), sites=sites, teams=teams, projects=projects)


def _result(address: str, outcome: Outcome) -> dict[str, Any]:
    """One entry. Nothing of an entry is begun before all of it is decided, so none is ever ``compensated``."""
    if outcome.error is not None or outcome.invitation_id is None:
        return {"email": address, "status": "error", "error": str(outcome.error)}
    link = links.invitation_link(outcome.invitation_id, 1, Kind.COPIED)
    return {"email": address, "status": "success", "id": str(outcome.invitation_id), "link": link}


def _pending(view: View) -> dict[str, Any]:
    row = view.invitation
    return {
        "id": str(row.id),
        "email": row.email,
        "organizationId": str(row.organization_id),
        "organizationName": view.organization.name,
        "organizationSlug": view.organization.slug,
        "role": row.role,
        "status": "pending",
        "expiresAt": int(row.expires_at.timestamp() * 1000),
        "inviterId": str(row.inviter_id),
    }
