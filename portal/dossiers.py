"""Everything that the portal holds about one person, for that person to take along."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import connections, sessions, tokens
from .models import Event, Invitation, Membership, Organization, User

MOST = 10_000


def of_person(session: Session, user_id: UUID, now: datetime) -> dict[str, Any]:
    """Account, memberships, invitations sent and received, sessions, tokens and what they did; no secret, no hash.

    Of invitations and of what they did, the newest ten thousand.
    """
    user = session.get_one(User, user_id)
    received = Invitation.email == user.email if user.is_verified else Invitation.accepted_by == user.id
    return {
        "account": _picked(user, "id", "email", "name", "verified_at", "language", "time_zone", "created_at"),
        "memberships": _memberships(session, user_id),
        "invitations_received": _invitations(session, received),
        "invitations_sent": _invitations(session, Invitation.inviter_id == user_id),
        "sessions": [
            _picked(live, "created_at", "renewed_at", "expires_at", "ip_address", "user_agent")
            for live in sessions.of_user(session, user_id, now)
        ],
        "connections": [
            _picked(connection, "provider", "issuer", "subject", "email", "created_at", "used_at")
            for connection in connections.of_user(session, user_id)
        ],
        "tokens": [
            _picked(token, "name", "hint", "scopes", "created_at", "expires_at", "last_used_at")
            for token in tokens.of_user(session, user_id, now)
        ],
        "history": _history(session, user_id),
    }


def _picked(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _memberships(session: Session, user_id: UUID) -> list[dict[str, Any]]:
    query = (
        select(Organization.name, Membership.role, Membership.created_at)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == user_id)
        .order_by(Membership.created_at)
    )
    return [{"organization": name, "role": role, "joined_at": joined} for name, role, joined in session.execute(query)]


def _invitations(session: Session, whose: Any) -> list[dict[str, Any]]:
    query = (
        select(Organization.name, Invitation)
        .join(Organization, Organization.id == Invitation.organization_id)
        .where(whose)
        .order_by(Invitation.created_at.desc(), Invitation.id)
        .limit(MOST)
    )
    return [
        {"organization": name} | _picked(row, "id", "email", "role", "message", "status", "created_at", "ended_at")
        for name, row in session.execute(query)
    ]


def _history(session: Session, user_id: UUID) -> list[dict[str, Any]]:
    query = select(Event).where(Event.actor_id == user_id).order_by(Event.created_at.desc(), Event.id).limit(MOST)
    return [
        _picked(event, "kind", "subject_id", "channel", "ip_address", "created_at") for event in session.scalars(query)
    ]
