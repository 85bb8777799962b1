"""The caller's organizations: listing, making, reading, changing, closing."""

from typing import Any
from uuid import UUID

from flask import g
from pydantic import BaseModel, Field

from ... import memberships, organizations
from ...clock import rfc3339
from ...models import Organization
from ...standing import standing_of
from .. import gate
from . import etags
from .operations import Resource, actor
from .types import InOrganization, Lifetime, Limit, Name, Role, patterned, unsaid

resource = Resource("organizations", "Organizations that the caller is in.")
EXAMPLE = {
    "id": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f", "name": "Northwind Traders", "slug": "northwind", "role": "owner",
    "invitation_lifetime": 604800, "seat_limit": 50, "pending_limit": None, "member_count": 12, "pending_count": 3,
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
    seat_limit: int | None = Field(description="Members and pending invitations together; null: no limit.")
    pending_limit: int | None
    member_count: int
    pending_count: int
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
    refusals=(409,),
)  # fmt: skip
def change_organization(path: InOrganization, body: OrganizationPatch) -> Any:
    """Changes name, slug, limits, and how long invitations last."""
    key, said = path.organization_id, body.model_dump(exclude_unset=True)
    named = {name: said.pop(name) for name in ("name", "slug") if name in said}
    with etags.unchanged(actor(), key, lambda: _read(key)) as session:
        organizations.update(session, actor(), key, g.now, **named)
        if said:
            organizations.set_limits(session, actor(), key, said, g.now)
    return etags.single(_read(key))


@resource.operation(
    "DELETE", "/organizations/<organization_id>", scope="organization:write", answer=None, status=204, single=True
)
def close_organization(path: InOrganization) -> Any:
    """Closes the organization: nobody enters or joins it any more, and nothing in it is lost. Only owners may."""
    with etags.unchanged(actor(), path.organization_id, lambda: _read(path.organization_id)) as session:
        organizations.close(session, actor(), path.organization_id, g.now)
    return "", 204


def _read(organization_id: UUID) -> dict[str, Any]:
    session = gate.database()
    role = standing_of(session, actor(), organization_id).role
    return _said(organizations.get(session, actor(), organization_id), role)


def _said(row: Organization, role: str) -> dict[str, Any]:
    return {
        "id": row.id, "name": row.name, "slug": row.slug, "role": role,
        "invitation_lifetime": row.invitation_lifetime, "seat_limit": row.seat_limit,
        "pending_limit": row.pending_limit, "member_count": row.member_count, "pending_count": row.pending_count,
        "created_at": rfc3339(row.created_at), "updated_at": rfc3339(row.updated_at),
    }  # fmt: skip
