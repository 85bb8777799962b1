"""Inviting, and inviting again.

The dialect names the first thing that is wrong in an order of its own, so it asks for some of them, in that order,
before the rule that decides.
"""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from flask import g
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from ... import invitations, limits, permissions
from ...addresses import normalise
from ...errors import (
    AlreadyInvited,
    MayNotInvite,
    NotAMember,
    NotAnAddress,
    NotFound,
    NotPending,
    OrganizationClosed,
    RestrictionNeedsMember,
    RestrictionNeedsSite,
    RoleAboveRank,
    SitesWithoutRestriction,
    UnknownRole,
    UnknownSite,
    UnknownTeam,
)
from ...invitations import Change, Invitee, Offer, View
from ...standing import standing_of
from .. import gate
from . import replies, wire
from .base import Id, actor, chosen, key, writes
from .errors import Refused, means
from .members import Roles, one_role
from .teams import ROLE

Digits = Annotated[str, Field(pattern=r"^[0-9]{1,30}$")]


class AuthInvite(BaseModel):
    """Whom to invite, as what, into which teams, held to which sites."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "email": "teammate@example.com",
                "role": "member",
                "organizationId": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f",
            }
        }
    )
    email: str
    role: Roles
    organizationId: Id | None = None
    resend: StrictBool | None = None
    teamId: Id | Annotated[list[Id], Field(max_length=1000)] | None = None
    hasRestrictedSiteAccess: StrictBool | None = None
    siteIds: Annotated[list[StrictInt | Digits], Field(max_length=1000)] | None = None

    @property
    def is_plain(self) -> bool:
        """Whether only an address and one role were said."""
        return isinstance(self.role, str) and not (self.resend or self.teamId or self.says_sites())

    def teams(self) -> list[str]:
        """The teams that were named, each once."""
        said = [self.teamId] if isinstance(self.teamId, str) else self.teamId
        return list(dict.fromkeys(said or []))

    def sites(self) -> tuple[int, ...]:
        """The sites that were named, each once."""
        return tuple(dict.fromkeys(int(site) for site in self.siteIds or []))

    def says_sites(self) -> bool:
        """Whether anything was said of sites at all."""
        return self.hasRestrictedSiteAccess is not None or bool(self.siteIds)


@writes("/organization/invite-member", wire.AuthInvitation, 429)
@limits.call_by_person
@means({
    NotAnAddress: "INVALID_EMAIL",
    NotAMember: "MEMBER_NOT_FOUND",
    OrganizationClosed: "MEMBER_NOT_FOUND",
    MayNotInvite: "YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION",
    UnknownRole: "ROLE_NOT_FOUND",
    RoleAboveRank: "YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE",
    AlreadyInvited: "USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION",
    UnknownTeam: "TEAM_NOT_FOUND",
    RestrictionNeedsMember: "SITE_RESTRICTION_REQUIRES_MEMBER_ROLE",
    RestrictionNeedsSite: "SITE_RESTRICTION_REQUIRES_A_SITE",
    SitesWithoutRestriction: "SITE_IDS_WITHOUT_RESTRICTION",
    UnknownSite: "SITE_NOT_FOUND",
    NotFound: "INVITATION_NOT_FOUND",
    NotPending: "INVITATION_NOT_FOUND",
})  # fmt: skip
def invite(body: AuthInvite) -> Any:
    """Invites one person. With ``resend``, one who is invited already gets the mail again, with what was changed.

    `expiresAt` is then what a new invitation would have; one that is later already stays, since a second mail does not
    take time away from whoever was promised it.
    """
    organization_id = chosen(body.organizationId, missing="ORGANIZATION_NOT_FOUND")
    address = normalise(body.email)
    if body.is_plain:
        return _invited_plainly(organization_id, address, str(body.role))
    standing = standing_of(gate.database(), actor(), organization_id)
    permissions.require_invite(standing)
    rank = standing.role
    role = one_role(body.role)
    permissions.require_offer(rank, role)
    pending = invitations.pending_for(gate.database(), actor(), organization_id, address, g.now)
    if pending is not None and not body.resend:
        raise AlreadyInvited(address=address)
    teams = _teams(body)
    if pending is not None:
        return _invited_again(pending, body, role, teams)
    offer = Offer(
        role=role, restricted=bool(body.hasRestrictedSiteAccess), sites=body.sites(),
        teams=tuple((team, ROLE) for team in teams),
    )  # fmt: skip
    (outcome,) = limits.invite(gate.database(), actor(), organization_id, [Invitee(address, offer)], g.now)
    return _said(outcome.made())


def _invited_plainly(organization_id: UUID, address: str, role: str) -> replies.Shown:
    """What most ask for; here the rule names what is wrong in the dialect's order by itself."""
    invitees = [Invitee(address, Offer(role))]
    (outcome,) = limits.invite(gate.database(), actor(), organization_id, invitees, g.now)
    outcome.made()
    return replies.fresh(outcome, organization_id, role, gate.caller().user_id, g.now)


def _teams(body: AuthInvite) -> list[UUID]:
    if any("," in team for team in body.teams()):
        raise Refused("INVALID_TEAM_ID")
    return list(dict.fromkeys(key(team) for team in body.teams()))


def _invited_again(invitation_id: UUID, body: AuthInvite, role: str, teams: list[UUID]) -> replies.Shown:
    before = _offered(invitations.see_one(gate.database(), invitation_id))
    offer = _changed(before, body, role, teams)
    g.resent = invitation_id
    _send_again(invitation_id, Change(offer) if offer.grants != before.grants else None)
    return _said(invitation_id)


@limits.resend_of_invitation
@limits.resend_by_call
def _send_again(invitation_id: UUID, change: Change | None) -> None:
    invitations.resend(gate.database(), actor(), invitation_id, g.now, change)


def _offered(view: View) -> Offer:
    row = view.invitation
    return Offer(
        role=row.role, restricted=row.restricted, sites=tuple(site.id for site in view.sites),
        teams=tuple((team.id, team.role) for team in view.teams),
        projects=tuple((project.id, project.role) for project in view.projects),
        message=row.message, language=row.language, expires_at=row.expires_at,
    )  # fmt: skip


def _changed(before: Offer, body: AuthInvite, role: str, teams: list[UUID]) -> Offer:
    """What was offered, with what this request says otherwise; teams that stay keep the role in them."""
    after = replace(before, role=role)
    if body.teamId is not None:
        roles = dict(before.teams)
        after = replace(after, teams=tuple((team, roles.get(team, ROLE)) for team in teams))
    if body.says_sites():
        return replace(after, restricted=bool(body.hasRestrictedSiteAccess), sites=body.sites())
    return after if role == "member" else replace(after, restricted=False, sites=())


def _said(invitation_id: UUID) -> replies.Shown:
    return replies.invitation(invitations.see_one(gate.database(), invitation_id))
