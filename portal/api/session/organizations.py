"""Organizations: making, changing, closing, listing and reading them, and which one the session works in."""

from typing import Annotated, Any

import orjson
from flask import g, jsonify
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool

from ... import invitations, limits, memberships, organizations, permissions, places, sessions
from ...errors import NotAllowed, SlugTaken
from ...models import Organization
from ...permissions import Permission
from ...standing import standing_of
from .. import gate
from . import replies, wire
from .base import Id, Text, actor, chosen, key, reads, session, writes
from .errors import Refused, means

LONGEST_METADATA, LONGEST_LOGO = 10_000, 2_000
MOST = 100
ID = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"


def _storable(value: dict[str, Any]) -> dict[str, Any]:
    """What the database and every reply can hold, with room around it."""
    try:
        said = orjson.dumps([[[[[[[[value]]]]]]]])
    except (TypeError, ValueError, RecursionError):
        raise ValueError("is nested too deeply") from None
    if len(said) > LONGEST_METADATA or b"\\u0000" in said:
        raise ValueError(f"has at most {LONGEST_METADATA} characters, and no NUL")
    return value


def _address(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds characters that cannot be printed")
    return value


Metadata = Annotated[dict[str, Any], AfterValidator(_storable)]
Logo = Annotated[str, Field(max_length=LONGEST_LOGO), AfterValidator(_address)]


class AuthNewOrganization(BaseModel):
    """A new organization."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Northwind Traders", "slug": "northwind"}})
    name: Text
    slug: Text
    logo: Logo | None = None
    metadata: Metadata | None = None
    keepCurrentActiveOrganization: StrictBool | None = None


class AuthSlug(BaseModel):
    """An address name."""

    model_config = ConfigDict(json_schema_extra={"example": {"slug": "northwind"}})
    slug: Text


class AuthOrganizationData(BaseModel):
    """What is to change; null takes the logo away."""

    name: Text | None = None
    slug: Text | None = None
    logo: Logo | None = None
    metadata: Metadata | None = None


class AuthOrganizationUpdate(BaseModel):
    """Changes to an organization."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"data": {"name": "Northwind Traders"}, "organizationId": ID}}
    )
    data: AuthOrganizationData
    organizationId: Id | None = None


class AuthInOrganization(BaseModel):
    """An organization."""

    model_config = ConfigDict(json_schema_extra={"example": {"organizationId": ID}})
    organizationId: Id


class AuthActiveOrganization(BaseModel):
    """The organization to work in; null for none."""

    model_config = ConfigDict(json_schema_extra={"example": {"organizationId": ID}})
    organizationId: Id | None = None
    organizationSlug: Text | None = None


class AuthWhichOrganization(BaseModel):
    """An organization by its id or slug; without either, the session's active one."""

    organizationId: Id | None = None
    organizationSlug: Text | None = None


class AuthWhichFullOrganization(AuthWhichOrganization):
    """The same, with how many members to list."""

    membersLimit: Annotated[int, Field(ge=1, le=1000)] = MOST


class AuthStatus(BaseModel):
    """That it is free."""

    status: bool


@writes("/organization/create", wire.AuthOrganizationMade, 429)
@limits.call_by_person
@means({SlugTaken: "ORGANIZATION_ALREADY_EXISTS"})
def create(body: AuthNewOrganization) -> Any:
    """Makes an organization whose owner is the caller; the session works in it from now on."""
    made = organizations.create(
        gate.database(), actor(), body.name, g.now, slug=body.slug, logo=body.logo, extra=body.metadata
    )
    if not body.keepCurrentActiveOrganization:
        sessions.open_organization(gate.database(), session().id, made.id)
    return replies.organization(made) | {"members": _members(made, MOST)}


@writes("/organization/check-slug", AuthStatus)
def check_slug(body: AuthSlug) -> Any:
    """Tells whether an address name is free."""
    if not organizations.is_free(gate.database(), body.slug):
        raise Refused("ORGANIZATION_SLUG_ALREADY_TAKEN")
    return {"status": True}


@writes("/organization/update", wire.AuthOrganization)
@means({
    NotAllowed: "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_ORGANIZATION",
    SlugTaken: "ORGANIZATION_SLUG_ALREADY_TAKEN",
})  # fmt: skip
def update(body: AuthOrganizationUpdate) -> Any:
    """Changes what is said of an organization."""
    said = body.data
    logo = "" if said.logo is None and "logo" in said.model_fields_set else said.logo
    changed = organizations.update(
        gate.database(), actor(), chosen(body.organizationId), g.now, name=said.name, slug=said.slug, logo=logo,
        extra=said.metadata,
    )  # fmt: skip
    return replies.organization(changed)


@writes("/organization/delete", wire.AuthOrganization)
@means({NotAllowed: "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_ORGANIZATION"})
def delete(body: AuthInOrganization) -> Any:
    """Closes an organization: nobody enters or joins it any more.

    A session older than 15 minutes signs in again first.
    """
    gate.require_recent()
    closed = organizations.close(gate.database(), actor(), key(body.organizationId), g.now)
    leave_active(closed.id)
    return replies.organization(closed)


def leave_active(organization_id: Any) -> None:
    """Lets the session work in no organization if it worked in this one."""
    if session().active_organization_id == organization_id:
        sessions.open_organization(gate.database(), session().id, None)


@reads("/organization/list", wire.AuthOrganizationList)
def list_organizations() -> Any:
    """Lists the caller's organizations."""
    mine = memberships.of_user(gate.database(), gate.caller().user_id)
    return jsonify([replies.organization(membership.organization) for membership in mine])


@writes("/organization/set-active", wire.AuthOrganizationOrNull)
def set_active(body: AuthActiveOrganization) -> Any:
    """Chooses the organization that the session works in; null for none. Without a word, says which it is."""
    said = body.organizationId or body.organizationSlug
    if not said and (body.model_fields_set or session().active_organization_id is None):
        sessions.open_organization(gate.database(), session().id, None)
        return jsonify(None)
    found = _found(body.organizationId, None if body.organizationId else body.organizationSlug)
    if found.id != session().active_organization_id:
        sessions.open_organization(gate.database(), session().id, found.id)
    return replies.organization(found)


@reads("/organization/get-organization", wire.AuthOrganization, 400, 403)
def get_organization(query: AuthWhichOrganization) -> Any:
    """Reads an organization that the caller is in."""
    return replies.organization(_found(query.organizationId, query.organizationSlug))


@reads("/organization/get-full-organization", wire.AuthOrganizationFull, 400, 403)
def get_full_organization(query: AuthWhichFullOrganization) -> Any:
    """Reads an organization with its members, its teams and, for who may invite, its newest invitations."""
    found = _found(query.organizationId, query.organizationSlug)
    teams = places.listed(gate.database(), actor(), found.id, "team")
    inside = {"members": _members(found, query.membersLimit), "teams": [replies.team(team) for team in teams]}
    return replies.organization(found) | inside | {"invitations": _invitations(found)}


def _found(organization_id: str | None, slug: str | None) -> Organization:
    if slug:
        return organizations.of_member(gate.database(), actor(), slug)[0]
    return organizations.get(gate.database(), actor(), chosen(organization_id))


def _members(organization: Organization, most: int) -> list[replies.Shown]:
    found = memberships.page(gate.database(), actor(), organization.id, most=most)
    return [replies.member(member) for member in found]


def _invitations(organization: Organization) -> list[replies.Shown]:
    if not permissions.allows(standing_of(gate.database(), actor(), organization.id).role, Permission.INVITE):
        return []
    page = invitations.page(gate.database(), actor(), organization.id, g.now, most=MOST)
    return [replies.invitation(row) for row in page.rows]
