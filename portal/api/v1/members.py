"""Members of an organization: the list, a role, access to sites, removal."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import g
from pydantic import BaseModel, Field

from ... import cursors, memberships
from ...clock import rfc3339
from ...cursors import Place
from ...memberships import Access
from ...models import Membership
from .. import gate
from . import etags
from .invitation_answers import NamedSite
from .operations import Resource, actor
from .types import Cursor, InOrganization, Role, Sites, Size, patterned, unsaid

resource = Resource("members", "Who is in an organization.")
ORDER = "members"
ALL = "/organizations/<organization_id>/members"
ONE = f"{ALL}/<user_id>"
EXAMPLE = {
    "user_id": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f", "name": "Ines", "email": "ines@example.com", "role": "member",
    "sites": [{"id": 1, "name": "Shop"}], "address_proven": True, "joined_at": "2026-07-03T12:00:00.000Z",
    "updated_at": "2026-07-03T12:00:00.000Z",
}  # fmt: skip


class OfMember(InOrganization):
    """A member of the organization, by the person's id."""

    user_id: UUID


class MemberQuery(BaseModel):
    """How many, and from where on."""

    q: Annotated[str, Field(max_length=254, description="A part of a name or address.")] = ""
    limit: Size = 50
    cursor: Cursor | None = None


class MemberResource(BaseModel):
    """A member."""

    model_config = patterned(EXAMPLE)
    user_id: UUID
    name: str
    email: str
    role: Role
    sites: list[NamedSite] | None = Field(description="The sites that they are held to; null: every site.")
    address_proven: bool
    joined_at: str
    updated_at: str


class MemberPage(BaseModel):
    """Members in the order they joined; `next_cursor` leads on, and is null at the end."""

    model_config = patterned({"members": [EXAMPLE], "next_cursor": None})
    members: list[MemberResource]
    next_cursor: str | None


class MemberPatch(BaseModel):
    """Another role or other sites. A promotion drops a restriction; a demotion to member has to say the sites."""

    model_config = patterned({"role": "member", "sites": [1]})
    role: Role = unsaid()
    sites: Sites | None = unsaid()


@resource.operation("GET", ALL, scope="members:read", answer=MemberPage)
def list_members(path: InOrganization, query: MemberQuery) -> Any:
    """Lists members in the order they joined, page by page."""
    session, beyond = gate.database(), _beyond(query.cursor)
    found = memberships.page(
        session, actor(), path.organization_id, beyond=beyond, search=query.q, most=query.limit + 1
    )
    members, more = found[: query.limit], len(found) > query.limit
    return {
        "members": _all(path.organization_id, members),
        "next_cursor": _cursor(members[-1]) if more else None,
    }


@resource.operation("GET", ONE, scope="members:read", answer=MemberResource, single=True)
def get_member(path: OfMember) -> Any:
    """Reads one member."""
    return etags.single(_read(path))


@resource.operation(
    "PATCH", ONE, scope="members:write", answer=MemberResource, single=True, refusals={409: "last_owner"}
)
def change_member(path: OfMember, body: MemberPatch) -> Any:
    """Gives a member another role or other sites. What they invited to and no longer may offer is canceled.

    A session older than 15 minutes signs in again before somebody becomes an owner, or is one no longer.
    """
    with etags.unchanged(actor(), path.organization_id, lambda: _read(path)) as session:
        said = body.model_fields_set
        now = memberships.get(session, actor(), path.organization_id, path.user_id)
        sites = tuple(body.sites or ()) if "sites" in said else None
        access = Access(body.role if "role" in said else now.role, sites)
        gate.require_recent_for_owner(now.role, access.role)
        memberships.change(session, actor(), path.organization_id, path.user_id, access, g.now)
    return etags.single(_read(path))


@resource.operation(
    "DELETE", ONE, scope="members:write", answer=None, status=204, single=True, refusals={409: "last_owner"}
)
def remove_member(path: OfMember) -> Any:
    """Removes a member; leaving is removing oneself.

    A session older than 15 minutes signs in again before it removes another owner.
    """
    with etags.unchanged(actor(), path.organization_id, lambda: _read(path)) as session:
        if path.user_id != actor().user_id:
            gate.require_recent_for_owner(memberships.get(session, actor(), path.organization_id, path.user_id).role)
        memberships.remove(session, actor(), path.organization_id, path.user_id, g.now)
    return "", 204


@resource.operation("POST", f"{ONE}/transfer-ownership", scope="members:write", answer=MemberResource)
def transfer_ownership(path: OfMember) -> Any:
    """Makes a member an owner and the caller, an owner, an admin, in one step.

    A session older than 15 minutes signs in again first.
    """
    gate.require_recent()
    memberships.transfer(gate.database(), actor(), path.organization_id, path.user_id, g.now)
    return _read(path)


def _read(path: OfMember) -> dict[str, Any]:
    member = memberships.get(gate.database(), actor(), path.organization_id, path.user_id)
    return _all(path.organization_id, [member])[0]


def _all(organization_id: UUID, members: list[Membership]) -> list[dict[str, Any]]:
    sites = memberships.sites_among(gate.database(), organization_id, members)
    return [_said(member, sites.get(member.user_id)) for member in members]


def _said(member: Membership, sites: list[Any] | None) -> dict[str, Any]:
    return {
        "user_id": member.user_id, "name": member.user.name, "email": member.user.email, "role": member.role,
        "sites": None if sites is None else [{"id": site.id, "name": site.name} for site in sites],
        "address_proven": member.user.is_verified, "joined_at": rfc3339(member.created_at),
        "updated_at": rfc3339(member.updated_at),
    }  # fmt: skip


def _cursor(member: Membership) -> str:
    return cursors.write(Place(ORDER, member.created_at, member.id))


def _beyond(cursor: str | None) -> tuple[datetime, UUID] | None:
    place = cursors.read(cursor, (ORDER,)) if cursor else None
    return (place.moment, place.key) if place else None
