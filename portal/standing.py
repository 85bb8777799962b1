"""Where somebody stands in an organization, and the organization's counts: what every rule of one begins with."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .errors import NotAMember, OrganizationClosed
from .permissions import Actor
from .statements import move_counts, standing, standing_locked


def standing_of(session: Session, actor: Actor, organization_id: UUID, lock: bool = False) -> Any:
    """The open organization and the actor's role in it. Raises NotAMember or OrganizationClosed.

    With ``lock`` the organization's row is held until the unit of work ends.
    """
    read = standing_locked if lock else standing
    found = read.first(session, organization_id=organization_id, user_id=actor.user_id)
    if found is None or not actor.reaches(organization_id):
        raise NotAMember()
    if found.deactivated_at is not None:
        raise OrganizationClosed(organization=found.name)
    return found


def move(session: Session, organization_id: UUID, *, members: int = 0, pending: int = 0, owners: int = 0) -> None:
    """Moves the organization's counts by these differences; its CHECKs refuse an overdraft."""
    move_counts.run(
        session, organization_id=organization_id, member_count=members, pending_count=pending, owner_count=owners
    )
