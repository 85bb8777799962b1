"""The history: one row for each thing that happened, written with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .database import new_id, packed
from .models import Event, User
from .permissions import Actor
from .statements import record_events

Happening = tuple[str, UUID | int, dict[str, Any]]


def record(
    session: Session,
    actor: Actor,
    organization_id: UUID | None,
    kind: str,
    subject: UUID | int,
    now: datetime,
    **details: Any,
) -> None:
    """Writes one event."""
    record_all(session, actor, organization_id, [(kind, subject, details)], now)


def record_all(
    session: Session, actor: Actor, organization_id: UUID | None, happenings: Sequence[Happening], now: datetime
) -> None:
    """Writes many events of one actor at one time, each a kind, a subject and its details, in one statement."""
    rows = [
        {"id": new_id().hex, "kind": kind, "subject_id": str(subject), "details": details}
        for kind, subject, details in happenings
    ]
    record_events.run(
        session,
        rows=packed(rows),
        organization_id=organization_id,
        actor_id=actor.user_id,
        channel=actor.channel,
        ip_address=actor.ip_address,
        now=now,
    )


def of_subject(session: Session, subject: UUID | int, most: int = 200) -> list[tuple[Event, str | None]]:
    """What happened to one thing, oldest first, each with the name of who did it (None for the portal itself)."""
    query = (
        select(Event, User.name)
        .outerjoin(User, User.id == Event.actor_id)
        .where(Event.subject_id == str(subject))
        .order_by(Event.created_at, Event.id)
        .limit(most)
    )
    return [(event, name) for event, name in session.execute(query)]
