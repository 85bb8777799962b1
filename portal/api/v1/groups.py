"""What teams and projects share: how they look, and who is in each."""

from typing import Any
from uuid import UUID

from flask import g
from pydantic import BaseModel

from ... import placements
from ...clock import rfc3339
from ...models import User
from .. import gate
from .operations import actor
from .types import Name, patterned

ID = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"
TIME = "2026-07-03T12:00:00.000Z"
GROUP = {"id": ID, "organization_id": ID, "name": "Platform", "created_at": TIME, "updated_at": TIME}
PLACED = {"user_id": ID, "name": "Ines", "email": "ines@example.com", "created_at": TIME}
READ, WRITE = "organization:read", "organization:write"
SEE, PLACE_THEM = "members:read", "members:write"


class GroupResource(BaseModel):
    """A team or a project."""

    model_config = patterned(GROUP)
    id: UUID
    organization_id: UUID
    name: str
    created_at: str
    updated_at: str


class GroupNamed(BaseModel):
    """The name of a team or project."""

    model_config = patterned({"name": "Platform"})
    name: Name


def members(organization_id: UUID, kind: str, key: UUID) -> list[dict[str, Any]]:
    """Who is in it."""
    found = placements.members_of(gate.database(), actor(), organization_id, kind, key)
    return [_said(placed, user) for placed, user in found]


def add(organization_id: UUID, kind: str, key: UUID, user_id: UUID, role: str) -> Any:
    """One more in it."""
    session = gate.database()
    placed = placements.add(session, actor(), organization_id, kind, key, user_id, role, g.now)
    where = f"/api/v1/organizations/{organization_id}/{kind}s/{key}/members"
    return _said(placed, session.get_one(User, user_id)), 201, {"Location": where}


def change(organization_id: UUID, kind: str, key: UUID, user_id: UUID, role: str) -> Any:
    """Another role in it."""
    session = gate.database()
    placed = placements.change(session, actor(), organization_id, kind, key, user_id, role, g.now)
    return _said(placed, session.get_one(User, user_id))


def remove(organization_id: UUID, kind: str, key: UUID, user_id: UUID) -> Any:
    """One less in it."""
    placements.remove(gate.database(), actor(), organization_id, kind, key, user_id, g.now)
    return "", 204


def _said(placed: Any, user: User) -> dict[str, Any]:
    return {
        "user_id": user.id, "name": user.name, "email": user.email, "role": placed.role,
        "created_at": rfc3339(placed.created_at),
    }  # fmt: skip
