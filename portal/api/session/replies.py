"""How each reply is made from what the rules return."""

from collections.abc import Iterable
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from ... import models
from ...clock import rfc3339
from ...invitations import Outcome, Row, View

Shown = dict[str, Any]


def user(row: models.User) -> Shown:
    """A person, to themselves."""
    return _user(row.id, row, row.created_at, row.updated_at)


def _user(key: UUID, row: Any, created_at: datetime, updated_at: datetime) -> Shown:
    return {
        "id": str(key), "name": row.name, "email": row.email, "emailVerified": row.verified_at is not None,
        "image": None, "createdAt": rfc3339(created_at), "updatedAt": rfc3339(updated_at),
    }  # fmt: skip


def signed_in(row: Any) -> Shown:
    """A session and its person, as the session check found them."""
    active, team = row.active_organization_id, row.active_team_id
    said = {
        "id": str(row.id), "userId": str(row.user_id), "token": str(row.id), "expiresAt": rfc3339(row.expires_at),
        "createdAt": rfc3339(row.created_at), "updatedAt": rfc3339(row.renewed_at), "ipAddress": row.ip_address,
        "userAgent": row.user_agent, "activeOrganizationId": str(active) if active else None,
        "activeTeamId": str(team) if team else None,
    }  # fmt: skip
    return {"session": said, "user": _user(row.user_id, row, row.user_created_at, row.user_updated_at)}


def organization(row: models.Organization) -> Shown:
    """An organization."""
    return {
        "id": str(row.id), "name": row.name, "slug": row.slug, "logo": row.logo or None, "metadata": row.extra,
        "createdAt": rfc3339(row.created_at),
    }  # fmt: skip


def member(row: models.Membership) -> Shown:
    """A member, with ``user``."""
    person = {"id": str(row.user_id), "name": row.user.name, "email": row.user.email, "image": None}
    return {
        "id": str(row.id), "organizationId": str(row.organization_id), "userId": str(row.user_id), "role": row.role,
        "createdAt": rfc3339(row.created_at), "user": person,
    }  # fmt: skip


def team(row: models.Team) -> Shown:
    """A team."""
    return {
        "id": str(row.id), "name": row.name, "organizationId": str(row.organization_id),
        "createdAt": rfc3339(row.created_at), "updatedAt": rfc3339(row.updated_at),
    }  # fmt: skip


def team_member(row: models.TeamMember) -> Shown:
    """Somebody's place in a team."""
    return {
        "id": str(row.id), "teamId": str(row.team_id), "userId": str(row.user_id),
        "createdAt": rfc3339(row.created_at),
    }  # fmt: skip


def invitation(found: View | Row) -> Shown:
    """An invitation, read alone or in a list, with the sites and teams that are still there."""
    return _invitation(found.invitation, found.sites, found.teams)


def fresh(outcome: Outcome, organization_id: UUID, role: str, inviter_id: UUID, now: datetime) -> Shown:
    """An invitation to no place in particular that was made this moment, as ``invitation`` would have it once read."""
    row = SimpleNamespace(
        id=outcome.invitation_id, email=outcome.address, role=role, organization_id=organization_id,
        inviter_id=inviter_id, status="pending", expires_at=outcome.expires_at, created_at=now, restricted=False,
    )  # fmt: skip
    return _invitation(row, [], [])


# What the dialect has no word for: a lapsed one its clients know by its time, one that waits was said yes to.
_STATUSES = {"expired": "pending", "waiting": "accepted"}


def _invitation(row: Any, sites: Iterable[Any], teams: Iterable[Any]) -> Shown:
    return {
        "id": str(row.id), "email": row.email, "role": row.role, "organizationId": str(row.organization_id),
        "inviterId": str(row.inviter_id), "status": _STATUSES.get(row.status, row.status),
        "expiresAt": rfc3339(row.expires_at), "createdAt": rfc3339(row.created_at),
        "teamId": ",".join(str(each.id) for each in teams) or None, "hasRestrictedSiteAccess": bool(row.restricted),
        "siteIds": [each.id for each in sites],
    }  # fmt: skip
