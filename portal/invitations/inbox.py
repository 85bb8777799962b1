"""What waits for a decision: those who accepted and need approval, for whoever approves."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import cursors, permissions
from ..cursors import Place
from ..database import packed
from ..errors import NotFound
from ..models import Invitation, Organization, User
from ..permissions import Actor, Permission
from ..standing import standing_of
from ..statements import invitations_among, invitations_page
from .answers import View, see_all
from .entering import standing_offers
from .lists import Row, with_grants

ORDER = "waiting"
_FIRST = Place(ORDER, datetime(1000, 1, 1, tzinfo=UTC), UUID(int=0))


@dataclass(slots=True)
class Waiting:
    """An invitation that was accepted, and by whom; what keeps the reader from approving it, if anything: ``rank`` or
    ``inviter``, who may no longer make the offer.
    """

    row: Row
    person: User
    obstacle: str


@dataclass(slots=True)
class Inbox:
    """A page of what waits for approval, the longest first; ``next`` is the cursor of what follows."""

    waiting: list[Waiting]
    next: str | None
    role: str


def waiting(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    now: datetime,
    *,
    cursor: str | None = None,
    most: int = 50,
) -> Inbox:
    """Those who accepted and wait for approval, by when they were invited.

    Raises NotAMember, NotAllowed or BadCursor.
    """
    role: str = standing_of(session, actor, organization_id).role
    permissions.require(role, Permission.APPROVE)
    after = cursors.read(cursor, (ORDER,)) if cursor else _FIRST
    found = invitations_page("waiting", False, False).all(
        session,
        organization_id=organization_id,
        now=now,
        most=most + 1,
        after_created_at=after.moment,
        after_id=after.key,
    )
    shown = found[:most]
    people = _people(session, [row.accepted_by for row in shown])
    standing = standing_offers(session, shown)
    rows = [
        Waiting(row, people[row.invitation.accepted_by], _obstacle(role, row.invitation, standing))
        for row in with_grants(session, shown, now)
    ]
    following = cursors.write(Place(ORDER, shown[-1].created_at, shown[-1].id)) if len(found) > most else None
    return Inbox(rows, following, role)


def waiting_one(session: Session, actor: Actor, organization_id: UUID, invitation_id: UUID) -> Invitation:
    """One of the organization's invitations, for whoever approves. Raises NotAMember, NotAllowed or NotFound."""
    permissions.require(standing_of(session, actor, organization_id).role, Permission.APPROVE)
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or invitation.organization_id != organization_id:
        raise NotFound()
    return invitation


def _people(session: Session, keys: list[UUID]) -> dict[UUID, User]:
    return {user.id: user for user in session.scalars(select(User).where(User.id.in_(keys)))}


def _obstacle(role: str, invitation: Any, standing: set[UUID]) -> str:
    if not permissions.may_offer(role, invitation.role):
        return "rank"
    return "" if invitation.id in standing else "inviter"


def waiting_of(session: Session, user_id: UUID, only_in: UUID | None = None) -> list[View]:
    """What somebody has accepted and waits for, the newest first; only of ``only_in`` if an organization is said."""
    query = (
        select(Invitation)
        .join(Organization, Organization.id == Invitation.organization_id)
        .where(
            Invitation.accepted_by == user_id,
            Invitation.status == "waiting",
            Organization.deactivated_at.is_(None),
            *([Organization.id == only_in] if only_in else []),
        )
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
    )
    return see_all(session, list(session.scalars(query.limit(100))))


def waiting_named(session: Session, organization_id: UUID, most: int) -> list[User]:
    """Who waits for approval there, the longest first, for a mail that names them."""
    query = (
        select(User)
        .join(Invitation, Invitation.accepted_by == User.id)
        .where(Invitation.organization_id == organization_id, Invitation.status == "waiting")
        .order_by(Invitation.created_at, Invitation.id)
    )
    return list(session.scalars(query.limit(most)))


def decided(
    session: Session, actor: Actor, organization_id: UUID, invitation_id: UUID, now: datetime
) -> tuple[Row, str]:
    """An invitation as it is after a decision, as a row of the list, and the actor's role.

    Raises NotAMember, NotAllowed or NotFound.
    """
    role: str = standing_of(session, actor, organization_id).role
    permissions.require(role, Permission.APPROVE)
    keys = packed([{"id": invitation_id.hex}])
    found = invitations_among.all(session, rows=keys, organization_id=organization_id)
    if not found:
        raise NotFound()
    return with_grants(session, found, now)[0], role
