"""An organization's invitations: making many at once, looking for some, changing one."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import g

from ... import invitations, limits, settings
from ...clock import rfc3339
from ...errors import NobodyNamed, NoSitesChosen, PortalError
from ...invitations import Invitee, Offer, Outcome, Row, Wanted
from ...permissions import Actor
from ...standing import standing_of
from .. import gate
from . import etags
from .invitation_answers import (
    InvitationHistory,
    InvitationMail,
    InvitationPage,
    InvitationResource,
    InviteOutcomes,
    fresh,
    said,
)
from .invitation_models import MOST, InvitationPatch, InvitationQuery, InvitationsCreate, OfferFields, OfInvitation
from .operations import Resource, actor
from .problems import pointed
from .types import InOrganization

resource = Resource("invitations", "Invitations of an organization: one or 1,000 in a call, with an outcome for each.")
READ, WRITE = "invitations:read", "invitations:write"
ALL = "/organizations/<organization_id>/invitations"
ONE = f"{ALL}/<invitation_id>"


@resource.operation("GET", ALL, scope=READ, answer=InvitationPage)
def list_invitations(path: InOrganization, query: InvitationQuery) -> Any:
    """Lists invitations, by what they are, page by page."""
    wanted = query.model_dump(exclude={"sort", "limit", "cursor"}, exclude_none=True)
    found = invitations.search(
        gate.database(), actor(), path.organization_id, Wanted(**wanted), g.now, sort=query.sort, cursor=query.cursor,
        most=query.limit,
    )  # fmt: skip
    return {"invitations": [said(row, found.role) for row in found.rows], "next_cursor": found.next}


@resource.operation("POST", ALL, scope=WRITE, answer=InviteOutcomes, status=201, limit=limits.call_by_person, also=200)
def invite(path: InOrganization, body: InvitationsCreate) -> Any:
    """Invites one person or up to 1,000, in one unit of work.

    What is wrong with one address is that address's outcome, and the rest goes through: 201 when anybody was invited,
    200 when nobody was. Where one person is asked for, what is wrong is the answer.
    """
    if not 0 < len(body.emails) + len(body.invitees) <= MOST:
        raise NobodyNamed(most=MOST)
    default = _default(path, body)
    invitees = [*(Invitee(email, _offer(body, default)) for email in body.emails)]
    invitees += [Invitee(each.email, _offer(body, default, each), each.name) for each in body.invitees]
    try:
        outcomes = limits.invite(gate.database(), actor(), path.organization_id, invitees, g.now)
        if len(outcomes) == 1:
            outcomes[0].made()
    except PortalError as error:
        error.about = _place(error, body, invitees)
        raise
    rows = _made(path.organization_id, invitees, outcomes)
    made = list(rows)
    told = {"outcomes": [_outcome(outcome, rows) for outcome in outcomes], "invited": len(made)}
    if not made:
        return told, 200
    where = f"/api/v1/organizations/{path.organization_id}/invitations"
    return told, 201, {"Location": f"{where}/{made[0]}" if len(outcomes) == 1 else where}


@resource.operation("GET", ONE, scope=READ, answer=InvitationResource, single=True)
def get_invitation(path: OfInvitation) -> Any:
    """Reads one invitation."""
    return etags.single(_read(path))


@resource.operation(
    "PATCH",
    ONE,
    scope=WRITE,
    answer=InvitationResource,
    single=True,
    refusals={409: "not_pending"},
    limit=limits.edit_of_invitation,
)
def change_invitation(path: OfInvitation, body: InvitationPatch) -> Any:
    """Changes what a pending invitation offers, to whom, and until when; its link stays, but for another address."""
    with etags.unchanged(actor(), path.organization_id, lambda: _read(path)) as session:
        change = _change(path, body)
        invitations.edit(session, _within(path), path.invitation_id, change, g.now)
    return etags.single(_read(path))


@resource.operation("POST", f"{ONE}/resend", scope=WRITE, answer=InvitationResource, limit=limits.resend_and_call)
def resend_invitation(path: OfInvitation) -> Any:
    """Mails the same link again and lets it last anew; an expired one is pending again.

    It lasts as long as a new one would from now on. An expiry that is later than that stays: somebody chose it, and
    whoever was promised that time is not to lose it by a reminder.
    """
    invitations.resend(gate.database(), _within(path), path.invitation_id, g.now)
    return _read(path)


@resource.operation("POST", f"{ONE}/new-link", scope=WRITE, answer=InvitationResource, limit=limits.resend_and_call)
def renew_invitation_link(path: OfInvitation) -> Any:
    """Makes every link so far old, and mails a new one."""
    invitations.new_link(gate.database(), _within(path), path.invitation_id, g.now)
    return _read(path)


@resource.operation("POST", f"{ONE}/cancel", scope=WRITE, answer=InvitationResource)
def cancel_invitation(path: OfInvitation) -> Any:
    """Cancels a pending invitation and gives its seat back."""
    invitations.cancel(gate.database(), _within(path), path.invitation_id, g.now)
    return _read(path)


@resource.operation("GET", f"{ONE}/history", scope=READ, answer=InvitationHistory)
def get_invitation_history(path: OfInvitation) -> Any:
    """Lists what happened to an invitation."""
    found = invitations.detail(gate.database(), actor(), path.organization_id, path.invitation_id)
    events = [
        {"kind": e.kind, "at": rfc3339(e.created_at), "by": name, "channel": e.channel, "details": e.details}
        for e, name in found.events
    ]
    return {"events": events}


@resource.operation("POST", f"{ONE}/remind", scope=WRITE, answer=InvitationResource, limit=limits.resend_and_call)
def remind_invitation(path: OfInvitation) -> Any:
    """Mails the invitee a reminder with the same link."""
    invitations.remind(gate.database(), _within(path), path.invitation_id, g.now)
    return _read(path)


@resource.operation("GET", f"{ONE}/mail", scope=READ, answer=InvitationMail)
def get_invitation_mail(path: OfInvitation) -> Any:
    """Lists an invitation's mails and how they fare."""
    found = invitations.detail(gate.database(), actor(), path.organization_id, path.invitation_id)
    mails = [
        {
            "id": m.id, "recipient": m.recipient, "status": m.status, "attempts": m.attempts, "reply": m.reply,
            "created_at": rfc3339(m.created_at), "updated_at": rfc3339(m.updated_at),
        }
        for m in found.mails
    ]  # fmt: skip
    return {"mails": mails}


# Request to arguments -----------------------------------------------------------------------------------------------


def _within(path: OfInvitation) -> Actor:
    """The caller, for this organization only. Raises NotAMember."""
    standing_of(gate.database(), actor(), path.organization_id)
    return actor().within(path.organization_id)


def _default(path: InOrganization, body: InvitationsCreate) -> str:
    """The role of those for whom none is said. Raises NotAMember or OrganizationClosed."""
    said = [*([body] if body.emails else []), *body.invitees]
    if "role" in body.model_fields_set or all("role" in each.model_fields_set for each in said):
        return "member"
    return settings.default_role(gate.database(), actor(), path.organization_id)


def _offer(common: OfferFields, default: str, own: OfferFields | None = None) -> Offer:
    """What is offered to one: their own where they have it, otherwise what is offered to all."""
    said = {name: getattr(common, name) for name in OfferFields.model_fields}
    if own is not None:
        said |= {name: getattr(own, name) for name in own.model_fields_set & OfferFields.model_fields.keys()}
    said["role"] = said["role"] or ("member" if said["sites"] else default)
    sites = said.pop("sites")
    teams, projects = _pairs(said.pop("teams")), _pairs(said.pop("projects"))
    return Offer(restricted=sites is not None, sites=tuple(sites or ()), teams=teams, projects=projects, **said)


def _pairs(grants: Any) -> tuple[tuple[UUID, str], ...]:
    return tuple((grant.id, str(grant.role)) for grant in grants)


def _change(path: OfInvitation, body: InvitationPatch) -> invitations.Change:
    """What it is to be: what is said, and what it is now for the rest."""
    said = {name: getattr(body, name) for name in body.model_fields_set}
    address, name = said.pop("email", None), said.pop("name", None)
    for grant in ("teams", "projects"):
        if grant in said:
            said[grant] = _pairs(said[grant])
    if "sites" in said:
        said["restricted"], said["sites"] = said["sites"] is not None, tuple(said["sites"] or ())
    elif said.get("role", "member") != "member":
        said["restricted"], said["sites"] = False, ()
    before = _offered(path)
    if said.get("role") == "member" != before.role and "sites" not in said:
        raise NoSitesChosen()
    return invitations.Change(replace(before, **said), address, name)


def _offered(path: OfInvitation) -> Offer:
    row = _row(path)[0]
    now = row.invitation
    return Offer(
        now.role, now.restricted, tuple(site.id for site in row.sites), _pairs(row.teams), _pairs(row.projects),
        now.message, now.language, now.expires_at,
    )  # fmt: skip


def _place(error: PortalError, body: InvitationsCreate, invitees: list[Invitee]) -> str | None:
    """The JSON pointer of what the error is about."""
    if error.field is None:
        return None
    if isinstance(error.about, Offer):
        return _place_of_offer(error, body, [invitee.offer for invitee in invitees])
    if error.field == "email":
        return pointed("emails", 0) if body.emails else pointed("invitees", 0, "email")
    return None


def _place_of_offer(error: PortalError, body: InvitationsCreate, offers: list[Offer]) -> str:
    name = {"expires": "expires_at"}.get(error.field or "", error.field or "")
    index = offers.index(error.about) - len(body.emails)
    if index >= 0 and name in body.invitees[index].model_fields_set:
        return pointed("invitees", index, name)
    return pointed(name)


# Invitation to JSON -------------------------------------------------------------------------------------------------


def _read(path: OfInvitation) -> dict[str, Any]:
    return said(*_row(path))


def _row(path: OfInvitation) -> tuple[Row, str]:
    """One invitation of the organization, and the caller's role. Raises NotAMember, NotFound or MayNotInvite."""
    found = invitations.rows_of(gate.database(), actor(), path.organization_id, [path.invitation_id], g.now)
    return found[0][0], found[1]


def _made(organization_id: UUID, invitees: list[Invitee], outcomes: list[Outcome]) -> dict[UUID, dict[str, Any]]:
    """The new invitations by id. What grants no place is said from what is known; the others are read for its name."""
    rows = {o.invitation_id: (i, o) for i, o in zip(invitees, outcomes, strict=True) if o.invitation_id is not None}
    granting = [key for key, (i, _) in rows.items() if i.offer.sites or i.offer.teams or i.offer.projects]
    read: dict[UUID, dict[str, Any]] = {}
    if granting:
        found, role = invitations.rows_of(gate.database(), actor(), organization_id, granting, g.now)
        read = {row.invitation.id: said(row, role) for row in found}
    return {key: read.get(key) or fresh(organization_id, *known, gate.caller(), g.now) for key, known in rows.items()}


def _outcome(outcome: Outcome, rows: dict[UUID, dict[str, Any]]) -> dict[str, Any]:
    error = outcome.error
    return {
        "email": outcome.address,
        "invitation": rows[outcome.invitation_id] if outcome.invitation_id else None,
        "error": {"code": error.code, "detail": str(error)} if error else None,
    }
