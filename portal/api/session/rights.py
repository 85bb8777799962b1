"""What the caller's role allows, in the words of better-auth's organization plugin."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from ... import permissions
from ...permissions import Permission
from ...standing import standing_of
from .. import gate
from .base import Id, actor, chosen, writes


class AuthPermissions(BaseModel):
    """Resources, each with actions."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "permissions": {"invitation": ["create"]},
                "organizationId": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f",
            }
        }
    )
    permissions: dict[str, list[str]]
    organizationId: Id | None = None


class AuthAllowed(BaseModel):
    """Whether all of it is allowed."""

    success: bool
    error: None


@writes("/organization/has-permission", AuthAllowed)
def has_permission(body: AuthPermissions) -> Any:
    """Tells whether the caller's role allows all of what is named; what nobody knows is not allowed."""
    role = standing_of(gate.database(), actor(), chosen(body.organizationId)).role
    asked = [(resource, action) for resource, actions in body.permissions.items() for action in actions]
    return {"success": bool(asked) and all(_allows(role, *each) for each in asked), "error": None}


_PERMISSIONS = {
    ("organization", "update"): Permission.MANAGE_ORGANIZATION,
    ("organization", "delete"): Permission.DELETE_ORGANIZATION,
    ("member", "create"): Permission.INVITE,
    ("invitation", "create"): Permission.INVITE,
    ("invitation", "cancel"): Permission.INVITE,
    ("team", "create"): Permission.MANAGE_PLACES,
    ("team", "update"): Permission.MANAGE_PLACES,
    ("team", "delete"): Permission.MANAGE_PLACES,
    ("ac", "read"): Permission.VIEW,
}


def _allows(role: str, resource: str, action: str) -> bool:
    if resource == "member" and action in ("update", "delete"):
        return permissions.may_manage(role, "member")
    permission = _PERMISSIONS.get((resource, action))
    return permission is not None and permissions.allows(role, permission)
