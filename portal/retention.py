"""Forgetting what has been kept long enough: history, and invitations that have ended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from .database import transaction
from .invitations import forget_parts
from .models import STATUSES, Event, Invitation, Organization

AT_ONCE = 1000  # rows a transaction, so that nobody waits for long
ENDED = tuple(status for status in STATUSES if status not in ("pending", "waiting"))


@dataclass(frozen=True, slots=True)
class Keep:
    """How many days each is kept; 0 keeps it for ever."""

    history: int = 0
    ended: int = 0


def kept(config: Mapping[str, Any]) -> Keep:
    """What the settings say."""
    return Keep(config["KEEP_HISTORY_DAYS"], config["KEEP_ENDED_DAYS"])


def prune(session: Session, keep: Keep, now: datetime) -> dict[str, int]:
    """Deletes what is older than that. Returns how many rows of each went.

    An ended invitation goes with its grants and its mails; one that waits for its answer or for approval stays.
    """
    organizations: list[Any] = [*session.scalars(select(Organization.id)), None]
    gone = {"history": 0, "ended": 0}
    for organization_id in organizations:
        if keep.history:
            before = now - timedelta(days=keep.history)
            gone["history"] += _delete(session, Event, _events(organization_id, before))
        if keep.ended and organization_id is not None:
            before = now - timedelta(days=keep.ended)
            gone["ended"] += sum(
                _delete(session, Invitation, _ended(organization_id, status, before)) for status in ENDED
            )
    if gone["ended"]:
        forget_parts(session)
    return gone


def _events(organization_id: Any, before: datetime) -> Callable[[], Select[Any]]:
    return lambda: select(Event.id).where(Event.organization_id == organization_id, Event.created_at < before)


def _ended(organization_id: Any, status: str, before: datetime) -> Callable[[], Select[Any]]:
    """What ended before then was made before then too, which the index knows."""
    return lambda: select(Invitation.id).where(
        Invitation.organization_id == organization_id,
        Invitation.status == status,
        Invitation.created_at < before,
        Invitation.ended_at < before,
    )


def _delete(session: Session, model: Any, found: Callable[[], Select[Any]]) -> int:
    gone = 0
    while True:
        with transaction(session):
            ids = list(session.scalars(found().limit(AT_ONCE)))
            session.execute(delete(model).where(model.id.in_(ids)).execution_options(synchronize_session=False))
        gone += len(ids)
        if len(ids) < AT_ONCE:
            return gone
