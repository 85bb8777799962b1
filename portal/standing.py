"""Where somebody stands in an organization, and the organization's counts: what every rule of one begins with."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .errors import NotAMember, OrganizationClosed, SecondStepNeeded
from .models import SecondStep
from .permissions import Actor
from .statements import move_counts, standing, standing_locked


def standing_of(session: Session, actor: Actor, organization_id: UUID, lock: bool = False) -> Any:
    """The open organization and the actor's role in it. Raises NotAMember, OrganizationClosed or SecondStepNeeded.

    With ``lock`` the organization's row is held until the unit of work ends.
    """
    read = standing_locked if lock else standing
    found = read.first(session, organization_id=organization_id, user_id=actor.user_id)
    if found is None or not actor.reaches(organization_id):
        raise NotAMember()
    if found.deactivated_at is not None:
        raise OrganizationClosed(organization=found.name)
    if found.second_step and not _has_second_step(session, actor.user_id):
        raise SecondStepNeeded(organization=found.name)
    return found


def _has_second_step(session: Session, user_id: UUID | None) -> bool:
    has = select(SecondStep.user_id).where(SecondStep.user_id == user_id, SecondStep.confirmed_at.is_not(None))
    return session.scalar(has) is not None


def move(
    session: Session, organization_id: UUID, *, members: int = 0, pending: int = 0, waiting: int = 0, owners: int = 0
) -> None:
    """Moves the organization's counts by these differences; its CHECKs refuse an overdraft."""
    move_counts.run(
        session, organization_id=organization_id, member_count=members, pending_count=pending, waiting_count=waiting,
        owner_count=owners,
    )  # fmt: skip
