"""What an organization no longer mails to an address: anything, after a complaint; or reminders, when asked to stop.

Neither stops a mail that a person asked for themselves.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..database import transaction
from ..models import MailStop


def at(session: Session, organization_id: UUID, addresses: Collection[str]) -> list[MailStop]:
    """What stops an organization's mail to these addresses."""
    query = select(MailStop).where(MailStop.organization_id == organization_id, MailStop.email.in_(addresses))
    return list(session.scalars(query)) if addresses else []


def among(session: Session, organization_id: UUID, addresses: Collection[str]) -> set[str]:
    """Those of the addresses that are stopped, by whatever."""
    return {stop.email for stop in at(session, organization_id, addresses)}


def of(session: Session, organization_id: UUID, most: int = 200) -> list[MailStop]:
    """An organization's stops, newest first."""
    query = select(MailStop).where(MailStop.organization_id == organization_id)
    return list(session.scalars(query.order_by(MailStop.created_at.desc(), MailStop.email).limit(most)))


def put(session: Session, organization_id: UUID, address: str, kind: str, now: datetime) -> bool:
    """Stops mail to an address. False when it was stopped already."""
    with transaction(session):
        if session.get(MailStop, (organization_id, address, kind), with_for_update=True) is not None:
            return False
        session.add(MailStop(organization_id=organization_id, email=address, kind=kind, created_at=now))
        session.flush()
    return True


def lift(session: Session, organization_id: UUID, address: str) -> int:
    """Mails to an address again. Returns how many stops that were."""
    with transaction(session):
        stop = delete(MailStop).where(MailStop.organization_id == organization_id, MailStop.email == address)
        lifted: int = session.execute(stop).rowcount  # type: ignore[attr-defined]
    return lifted
