"""Sites; and what sites, teams and projects share."""

from typing import Any
from uuid import UUID

from flask import g
from pydantic import BaseModel

from ... import places
from ...clock import rfc3339
from .. import gate
from . import etags
from .operations import Resource, actor
from .types import InOrganization, Name, SiteId, patterned, unsaid

resource = Resource("sites", "Web sites that members reach.")
SITE = {
    "id": 1, "organization_id": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f", "name": "Shop", "domain": "shop.example.com",
    "created_at": "2026-07-03T12:00:00.000Z", "updated_at": "2026-07-03T12:00:00.000Z",
}  # fmt: skip


class OfSite(InOrganization):
    """A site of the organization."""

    site_id: SiteId


class SiteResource(BaseModel):
    """A site."""

    model_config = patterned(SITE)
    id: int
    organization_id: UUID
    name: str
    domain: str
    created_at: str
    updated_at: str


class SiteList(BaseModel):
    """All of an organization's sites, by name."""

    model_config = patterned({"sites": [SITE]})
    sites: list[SiteResource]


class SiteCreate(BaseModel):
    """A new site."""

    model_config = patterned({"name": "Shop", "domain": "shop.example.com"})
    name: Name
    domain: Name


class SitePatch(BaseModel):
    """What is to be otherwise."""

    model_config = patterned({"name": "Shop"})
    name: Name = unsaid()
    domain: Name = unsaid()


@resource.operation("GET", "/organizations/<organization_id>/sites", scope="organization:read", answer=SiteList)
def list_sites(path: InOrganization) -> Any:
    """Lists the organization's sites."""
    return {"sites": listed(path.organization_id, "site")}


@resource.operation(
    "POST", "/organizations/<organization_id>/sites", scope="organization:write", answer=SiteResource, status=201
)
def create_site(path: InOrganization, body: SiteCreate) -> Any:
    """Adds a site."""
    return created(path.organization_id, "site", body.name, domain=body.domain)


@resource.operation(
    "GET", "/organizations/<organization_id>/sites/<site_id>", scope="organization:read", answer=SiteResource,
    single=True,
)  # fmt: skip
def get_site(path: OfSite) -> Any:
    """Reads one site."""
    return etags.single(read(path.organization_id, "site", path.site_id))


@resource.operation(
    "PATCH", "/organizations/<organization_id>/sites/<site_id>", scope="organization:write", answer=SiteResource,
    single=True,
)  # fmt: skip
def change_site(path: OfSite, body: SitePatch) -> Any:
    """Gives a site another name or domain."""
    return changed(path.organization_id, "site", path.site_id, body.model_dump(exclude_unset=True))


@resource.operation(
    "DELETE", "/organizations/<organization_id>/sites/<site_id>", scope="organization:write", answer=None, status=204,
    single=True,
)  # fmt: skip
def delete_site(path: OfSite) -> Any:
    """Takes a site away. Who was held to it alone reaches none afterwards."""
    return deleted(path.organization_id, "site", path.site_id)


# What the three kinds share ---------------------------------------------------------------------------------------


def listed(organization_id: UUID, kind: str) -> list[dict[str, Any]]:
    """All of a kind."""
    return [said(place) for place in places.listed(gate.database(), actor(), organization_id, kind)]


def created(organization_id: UUID, kind: str, name: str, **more: str) -> Any:
    """A new one."""
    made = places.create(gate.database(), actor(), organization_id, kind, name, g.now, **more)
    return etags.created(said(made), f"/api/v1/organizations/{organization_id}/{kind}s/{made.id}")


def read(organization_id: UUID, kind: str, key: UUID | int) -> dict[str, Any]:
    """One of them."""
    return said(places.get(gate.database(), actor(), organization_id, kind, key))


def changed(organization_id: UUID, kind: str, key: UUID | int, wanted: dict[str, str]) -> Any:
    """One of them, with another name, or a site with another domain."""
    with etags.unchanged(actor(), organization_id, lambda: read(organization_id, kind, key)) as session:
        name = wanted["name"] if "name" in wanted else read(organization_id, kind, key)["name"]
        domain = wanted.get("domain")
        places.rename(session, actor(), organization_id, kind, key, name, g.now, domain=domain)
    return etags.single(read(organization_id, kind, key))


def deleted(organization_id: UUID, kind: str, key: UUID | int) -> Any:
    """One less."""
    with etags.unchanged(actor(), organization_id, lambda: read(organization_id, kind, key)) as session:
        places.delete(session, actor(), organization_id, kind, key, g.now)
    return "", 204


def said(place: Any) -> dict[str, Any]:
    """A site, team or project."""
    common = {
        "id": place.id, "organization_id": place.organization_id, "name": place.name,
        "created_at": rfc3339(place.created_at), "updated_at": rfc3339(place.updated_at),
    }  # fmt: skip
    return common | ({"domain": place.domain} if hasattr(place, "domain") else {})
