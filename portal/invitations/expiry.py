"""Invitations that lapsed: written down by the sweep, or at once where one is in the way."""

from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import history, statements
from ..database import transaction
from ..models import Invitation, Organization
from ..permissions import Actor
from ..standing import move
from .lapsed import tell_lapsed

MOST = 1000


def expire(session: Session, now: datetime, most: int = MOST) -> int:
    """Writes down lapsed invitations, at most ``most``, oldest first, and gives their seats back. Returns how many."""
    lapsed = session.execute(
        select(Invitation.id, Invitation.organization_id)
        .where(Invitation.status == "pending", Invitation.expires_at <= now)
        .order_by(Invitation.expires_at, Invitation.id)
        .limit(most)
    ).all()
    ordered = sorted(lapsed, key=lambda row: row.organization_id)
    return sum(
        _expire_in(session, organization_id, [row.id for row in rows], now)
        for organization_id, rows in groupby(ordered, key=lambda row: row.organization_id)
    )


def expire_lapsed(session: Session, organization_id: UUID, now: datetime) -> int:
    """Writes down an organization's lapsed invitations, at most a thousand, where a seat or a place is wanted that they
    hold until the sweep comes. Returns how many. The caller holds the organization's row.
    """
    return _expire_in(session, organization_id, list(session.scalars(_lapsed_in(organization_id, now))), now)


def count_lapsed(session: Session, organization_id: UUID, now: datetime) -> int:
    """How many ``expire_lapsed`` would write down."""
    return session.scalar(select(func.count()).select_from(_lapsed_in(organization_id, now).subquery())) or 0


def _lapsed_in(organization_id: UUID, now: datetime) -> Any:
    here = (Invitation.status == "pending", Invitation.expires_at <= now, Invitation.organization_id == organization_id)
    return select(Invitation.id).where(*here).order_by(Invitation.expires_at, Invitation.id).limit(MOST)


def expire_among(session: Session, actor: Actor, organization_id: UUID, rows: str, now: datetime) -> int:
    """Writes down the lapsed among the addresses in hand, so that none blocks its address or holds a seat."""
    lapsed = statements.expire_among.all(session, rows=rows, organization_id=organization_id, now=now)
    if lapsed:
        portal = replace(actor, user_id=None)
        happenings = [("invitation.expired", row.id, {"email": row.email}) for row in lapsed]
        history.record_all(session, portal, organization_id, happenings, now)
        move(session, organization_id, pending=-len(lapsed))
    return len(lapsed)


def _expire_in(session: Session, organization_id: UUID, ids: list[UUID], now: datetime) -> int:
    if not ids:
        return 0
    with transaction(session):
        held = select(Organization.id).where(Organization.id == organization_id)
        session.execute(held.with_for_update(key_share=True))
        locked = select(Invitation).where(Invitation.id.in_(ids)).order_by(Invitation.id)
        locked = locked.with_for_update(key_share=True).execution_options(populate_existing=True)
        lapsed = [each for each in session.scalars(locked) if each.status == "pending" and each.is_expired(now)]
        for invitation in lapsed:
            invitation.status, invitation.ended_at, invitation.updated_at = "expired", invitation.expires_at, now
        session.flush()
        happenings = [("invitation.expired", each.id, {"email": each.email}) for each in lapsed]
        history.record_all(session, Actor(None, "worker"), organization_id, happenings, now)
        move(session, organization_id, pending=-len(lapsed))
        tell_lapsed(session, organization_id, lapsed, now)
    return len(lapsed)
