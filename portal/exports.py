"""An organization's members, invitations and history, read in portions, so that memory stays small at any size."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from .models import (
    Event,
    Invitation,
    InvitationProject,
    InvitationSite,
    InvitationTeam,
    Membership,
    MembershipSite,
    Project,
    ProjectMember,
    Site,
    Team,
    TeamMember,
    User,
)

PORTION = 1000
Row = dict[str, Any]


def members(session: Session, organization_id: UUID) -> Iterator[Row]:
    """Who is in the organization, longest first, with what each reaches by name."""
    query = select(Membership, User).join(User, User.id == Membership.user_id)
    for portion in _portions(session, query.where(Membership.organization_id == organization_id), Membership):
        ids = [user.id for _, user in portion]
        sites = _names(session, Site, MembershipSite, MembershipSite.user_id, ids, organization_id)
        teams = _names(session, Team, TeamMember, TeamMember.user_id, ids, organization_id)
        projects = _names(session, Project, ProjectMember, ProjectMember.user_id, ids, organization_id)
        for member, user in portion:
            yield {
                "id": user.id, "email": user.email, "name": user.name, "verified": user.is_verified,
                "role": member.role, "restricted": member.restricted, "sites": sites.get(user.id, []),
                "teams": teams.get(user.id, []), "projects": projects.get(user.id, []),
                "joined_at": member.created_at,
            }  # fmt: skip


def invitations(session: Session, organization_id: UUID) -> Iterator[Row]:
    """Every invitation, oldest first, with what it offers by name."""
    query = select(Invitation, User.email).join(User, User.id == Invitation.inviter_id)
    for portion in _portions(session, query.where(Invitation.organization_id == organization_id), Invitation):
        ids = [invitation.id for invitation, _ in portion]
        sites = _names(session, Site, InvitationSite, InvitationSite.invitation_id, ids, organization_id)
        teams = _names(session, Team, InvitationTeam, InvitationTeam.invitation_id, ids, organization_id)
        projects = _names(session, Project, InvitationProject, InvitationProject.invitation_id, ids, organization_id)
        for invitation, inviter in portion:
            yield {
                "id": invitation.id, "email": invitation.email, "name": invitation.name, "role": invitation.role,
                "restricted": invitation.restricted, "sites": sites.get(invitation.id, []),
                "teams": teams.get(invitation.id, []), "projects": projects.get(invitation.id, []),
                "message": invitation.message, "language": invitation.language, "status": invitation.status,
                "inviter": inviter, "created_at": invitation.created_at, "expires_at": invitation.expires_at,
                "viewed_at": invitation.viewed_at, "ended_at": invitation.ended_at,
            }  # fmt: skip


def history(session: Session, organization_id: UUID) -> Iterator[Row]:
    """Everything that happened, oldest first."""
    query = select(Event, User.email).outerjoin(User, User.id == Event.actor_id)
    for portion in _portions(session, query.where(Event.organization_id == organization_id), Event):
        for event, actor in portion:
            yield {
                "id": event.id, "kind": event.kind, "subject_id": event.subject_id, "actor": actor,
                "channel": event.channel, "ip_address": event.ip_address, "details": event.details,
                "created_at": event.created_at,
            }  # fmt: skip


KINDS: dict[str, tuple[Callable[[Session, UUID], Iterator[Row]], list[str]]] = {
    "members": (
        members,
        ["id", "email", "name", "verified", "role", "restricted", "sites", "teams", "projects", "joined_at"],
    ),
    "invitations": (
        invitations,
        [
            "id", "email", "name", "role", "restricted", "sites", "teams", "projects", "message", "language", "status",
            "inviter", "created_at", "expires_at", "viewed_at", "ended_at",
        ],
    ),
    "history": (
        history,
        ["id", "created_at", "kind", "subject_id", "actor", "channel", "ip_address", "details"],
    ),
}  # fmt: skip


def _portions(session: Session, query: Any, model: Any) -> Iterator[list[Any]]:
    """The rows of a query in the order of (created_at, id), by key, a portion at a time."""
    query = query.order_by(model.created_at, model.id).limit(PORTION)
    portion = query
    while True:
        rows = list(session.execute(portion))
        if rows:
            yield rows
        if len(rows) < PORTION:
            return
        last = rows[-1][0]
        later = or_(model.created_at > last.created_at, model.id > last.id)
        portion = query.where(model.created_at >= last.created_at, later)
        session.expunge_all()


def _names(
    session: Session, place: Any, grant: Any, of: Any, ids: list[UUID], organization_id: UUID
) -> dict[UUID, Any]:
    """The names of the places of one kind that each of ``ids`` is granted, with the role there, where there is one."""
    role = getattr(grant, "role", None)
    columns = (of, place.name) if role is None else (of, place.name, role)
    place_id = next(column for column in grant.__table__.columns if column.name == f"{place.__tablename__[:-1]}_id")
    query = (
        select(*columns)
        .join(place, place.id == place_id)
        .where(grant.organization_id == organization_id, of.in_(ids), place.deleted_at.is_(None))
        .order_by(place.name)
    )
    found: dict[UUID, list[str]] = {}
    for key, name, *roles in session.execute(query):
        found.setdefault(key, []).append(f"{name}={roles[0]}" if roles else name)
    return found
