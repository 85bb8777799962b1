"""The caller's organizations: listing, making, reading, changing, closing."""

from typing import Annotated, Any, Literal
from uuid import UUID

from flask import g
from pydantic import BaseModel, Field, StrictBool

from ... import memberships, organizations, settings
from ...clock import rfc3339
from ...models import Organization
from ...standing import standing_of
from .. import gate
from . import etags
from .operations import Resource, actor
from .types import Address, InOrganization, Language, Lifetime, Limit, Name, Role, Words, patterned, unsaid

Inviter = Literal["owner", "admin", "manager"]
Domains = Annotated[list[Annotated[str, Field(min_length=1, max_length=253)]], Field(max_length=100)]
LIMITS = ("seat_limit", "pending_limit", "invitation_lifetime")

resource = Resource("organizations", "Organizations that the caller is in.")
EXAMPLE = {
    "id": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f", "name": "Northwind Traders", "slug": "northwind", "role": "owner",
    "invitation_lifetime": 604800, "seat_limit": 50, "pending_limit": None,
    "language": None, "default_role": "member", "invite_from": "manager", "allowed_domains": [], "reply_to": None,
    "mail_paragraph": "", "remind_halfway": True, "remind_last_day": True, "approval": False,
    "member_count": 12, "pending_count": 3, "waiting_count": 0,
    "created_at": "2026-07-03T12:00:00.000Z", "updated_at": "2026-07-03T12:00:00.000Z",
}  # fmt: skip


class OrganizationResource(BaseModel):
    """An organization, and what the caller is in it."""

    model_config = patterned(EXAMPLE)
    id: UUID
    name: str
    slug: str
    role: Role
    invitation_lifetime: int = Field(description="How long an invitation lasts unless it says so itself, in seconds.")
    seat_limit: int | None = Field(
        description="Members, those who wait for approval, and pending invitations together; null: no limit."
    )
    pending_limit: int | None
    language: str | None = Field(description="Of pages and invitations, unless another is chosen.")
    default_role: Role = Field(description="The role of invitations for which none is said.")
    invite_from: Inviter = Field(description="The lowest role that may invite.")
    allowed_domains: list[str] = Field(description="The domains that invitations may go to; none: any.")
    reply_to: str | None = Field(description="Who gets answers to the mails; null: whoever invites.")
    mail_paragraph: str = Field(description="The organization's own words in the mail of every invitation.")
    remind_halfway: bool
    remind_last_day: bool
    approval: bool = Field(description="Whether who accepts waits until an owner or admin approves.")
    member_count: int
    pending_count: int
    waiting_count: int = Field(description="Who accepted and waits for approval.")
    created_at: str
    updated_at: str


class OrganizationList(BaseModel):
    """All of the caller's organizations, by name."""

    model_config = patterned({"organizations": [EXAMPLE]})
    organizations: list[OrganizationResource]


class OrganizationCreate(BaseModel):
    """A new organization. Without a slug, one is made from the name."""

    model_config = patterned({"name": "Northwind Traders", "slug": "northwind", "seat_limit": 50})
    name: Name
    slug: Name | None = None
    seat_limit: Limit | None = None
    pending_limit: Limit | None = None


class OrganizationPatch(BaseModel):
    """What is to be otherwise; what is not said stays. null takes a limit away."""

    model_config = patterned({"name": "Northwind", "seat_limit": None, "invitation_lifetime": 1209600})
    name: Name = unsaid()
    slug: Name = unsaid()
    seat_limit: Limit | None = unsaid()
    pending_limit: Limit | None = unsaid()
    invitation_lifetime: Lifetime = unsaid()
    language: Language | None = unsaid()
    default_role: Role = unsaid()
    invite_from: Inviter = unsaid()
    allowed_domains: Domains = unsaid()
    reply_to: Address | None = unsaid()
    mail_paragraph: Words = unsaid()
    remind_halfway: StrictBool = unsaid()
    remind_last_day: StrictBool = unsaid()
    approval: StrictBool = unsaid()


@resource.operation("GET", "/organizations", scope="organization:read", answer=OrganizationList)
def list_organizations() -> Any:
    """Lists the caller's organizations."""
    mine = memberships.of_actor(gate.database(), actor())
    return {"organizations": [_said(member.organization, member.role) for member in mine]}


@resource.operation("POST", "/organizations", scope="organization:write", answer=OrganizationResource, status=201)
def create_organization(body: OrganizationCreate) -> Any:
    """Makes an organization, with the caller as its owner."""
    made = organizations.create(
        gate.database(), actor(), body.name, g.now, slug=body.slug, seat_limit=body.seat_limit,
        pending_limit=body.pending_limit,
    )  # fmt: skip
    return etags.created(_said(made, "owner"), f"/api/v1/organizations/{made.id}")


@resource.operation(
    "GET", "/organizations/<organization_id>", scope="organization:read", answer=OrganizationResource, single=True
)
def get_organization(path: InOrganization) -> Any:
    """Reads one organization."""
    return etags.single(_read(path.organization_id))


@resource.operation(
    "PATCH", "/organizations/<organization_id>", scope="organization:write", answer=OrganizationResource, single=True,
    refusals={409: "limit_below_use"},
)  # fmt: skip
def change_organization(path: InOrganization, body: OrganizationPatch) -> Any:
    """Changes name, slug, limits, and how the organization invites. A former slug's pages lead on."""
    key, said = path.organization_id, body.model_dump(exclude_unset=True)
    named = {name: said.pop(name) for name in ("name", "slug") if name in said}
    limits = {name: said.pop(name) for name in LIMITS if name in said}
    with etags.unchanged(actor(), key, lambda: _read(key)) as session:
        organizations.update(session, actor(), key, g.now, **named)
        if limits:
            organizations.set_limits(session, actor(), key, limits, g.now)
        settings.change(session, actor(), key, said, g.now)
    return etags.single(_read(key))


@resource.operation(
    "DELETE", "/organizations/<organization_id>", scope="organization:write", answer=None, status=204, single=True
)
def close_organization(path: InOrganization) -> Any:
    """Closes the organization: nobody enters or joins it any more, and nothing in it is lost. Only owners may."""
    gate.require_recent()
    with etags.unchanged(actor(), path.organization_id, lambda: _read(path.organization_id)) as session:
        organizations.close(session, actor(), path.organization_id, g.now)
    return "", 204


class OrganizationDelete(BaseModel):
    """The organization's name, so that nobody deletes the wrong one."""

    model_config = patterned({"name": "Northwind Traders"})
    name: Name


class Closed(BaseModel):
    """A closed organization."""

    model_config = patterned({"id": EXAMPLE["id"], "name": "Northwind Traders"})
    id: UUID
    name: str


@resource.operation("POST", "/organizations/<organization_id>/delete", scope="organization:write", answer=Closed)
def delete_organization(path: InOrganization, body: OrganizationDelete) -> Any:
    """Deletes the organization: closed at once, gone after 30 days unless it is reopened. Only owners may."""
    row = organizations.delete(gate.database(), actor(), path.organization_id, body.name, g.now)
    return {"id": row.id, "name": row.name}


@resource.operation("POST", "/organizations/<organization_id>/reopen", scope="organization:write", answer=Closed)
def reopen_organization(path: InOrganization) -> Any:
    """Opens a closed or deleted organization again. Only owners may."""
    row = organizations.reopen(gate.database(), actor(), path.organization_id, g.now)
    return {"id": row.id, "name": row.name}


def _read(organization_id: UUID) -> dict[str, Any]:
    session = gate.database()
    role = standing_of(session, actor(), organization_id).role
    return _said(organizations.get(session, actor(), organization_id), role)


def _said(row: Organization, role: str) -> dict[str, Any]:
    return {
        "id": row.id, "name": row.name, "slug": row.slug, "role": role,
        "invitation_lifetime": row.invitation_lifetime, "seat_limit": row.seat_limit,
        "pending_limit": row.pending_limit, "language": row.language, "default_role": row.default_role,
        "invite_from": row.invite_from,
        "allowed_domains": row.domains, "reply_to": row.reply_to, "mail_paragraph": row.mail_paragraph,
        "remind_halfway": row.remind_halfway, "remind_last_day": row.remind_last_day, "member_count": row.member_count,
        "approval": row.approval, "pending_count": row.pending_count, "waiting_count": row.waiting_count,
        "created_at": rfc3339(row.created_at), "updated_at": rfc3339(row.updated_at),
    }  # fmt: skip
