"""Invitations that wait for somebody here, each kind with what helps it.

Each is in one kind at most, and leaves it once something is done: after a mail there is time to answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from .. import cursors, permissions
from ..cursors import Place
from ..database import Instant
from ..models import Invitation, Membership, Message, User
from ..models.words import PENDING, UNREACHED
from ..permissions import Actor
from ..standing import standing_of
from .spans import Span

PATIENCE = timedelta(days=3)  # to answer, after the latest mail
SENDING = timedelta(hours=1)  # in which a mail is usually handed over
PAGE = 50


@dataclass(slots=True)
class Stuck:
    """A page of those of one kind, newest first; ``next`` is the cursor of what is older."""

    invitations: list[Invitation]
    next: str | None
    role: str


def counted(session: Session, actor: Actor, organization_id: UUID, span: Span, now: datetime) -> dict[str, int]:
    """How many of those made in the span are stuck, by kind. Raises NotAMember or MayNotInvite."""
    permissions.require_invite(standing_of(session, actor, organization_id))
    counts = [
        _of_kind(select(func.count()), organization_id, span, kind, now).scalar_subquery().label(kind) for kind in KINDS
    ]
    return dict(session.execute(select(*counts)).one()._mapping)


def stuck(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    span: Span,
    kind: str,
    now: datetime,
    *,
    cursor: str | None = None,
    most: int = PAGE,
) -> Stuck:
    """A page of those of one of ``KINDS``; ``role`` is the reader's own. Raises NotAMember, MayNotInvite, BadCursor."""
    organization = standing_of(session, actor, organization_id)
    permissions.require_invite(organization)
    query = _of_kind(select(Invitation), organization_id, span, kind, now)
    if cursor:
        place = cursors.read(cursor, (kind,))
        beyond = tuple_(literal(place.moment, Instant()), literal(place.key, Uuid()))
        query = query.where(tuple_(Invitation.created_at, Invitation.id) < beyond)
    query = query.order_by(Invitation.created_at.desc(), Invitation.id.desc()).limit(most + 1)
    found = list(session.scalars(query))
    shown = found[:most]
    return Stuck(
        shown,
        cursors.write(Place(kind, shown[-1].created_at, shown[-1].id)) if len(found) > most else None,
        organization.role,
    )


def _of_kind(query: Select[Any], organization_id: UUID, span: Span, kind: str, now: datetime) -> Select[Any]:
    return query.select_from(Invitation).where(
        Invitation.organization_id == organization_id,
        Invitation.created_at >= span.since,
        Invitation.created_at < span.until,
        KINDS[kind](now),
    )


def _asked(now: datetime) -> Any:
    return and_(_has_lapsed(now), Invitation.renewal_asked_at.is_not(None))


def _unreached(now: datetime) -> Any:
    return and_(_is_open(now), Invitation.delivery.in_(UNREACHED))


def _unsent(now: datetime) -> Any:
    waits = Invitation.delivery.in_(["queued", "deferred"])
    return and_(_is_open(now), waits, Invitation.updated_at <= now - SENDING)


def _unviewed(now: datetime) -> Any:
    return and_(_is_open(now), Invitation.delivery == "sent", Invitation.viewed_at.is_(None), _is_left_alone(now))


def _unanswered(now: datetime) -> Any:
    viewed = Invitation.viewed_at <= now - PATIENCE
    return and_(_is_open(now), Invitation.delivery == "sent", viewed, _is_left_alone(now))


def _expired(now: datetime) -> Any:
    return and_(_has_lapsed(now), Invitation.renewal_asked_at.is_(None), ~_is_settled())


# In the order in which they are told: first what an invitee asked for, then what nobody can have read.
KINDS: dict[str, Callable[[datetime], Any]] = {
    "asked": _asked,
    "unreached": _unreached,
    "unsent": _unsent,
    "unanswered": _unanswered,
    "unviewed": _unviewed,
    "expired": _expired,
}


def _is_open(now: datetime) -> Any:
    return and_(Invitation.status == PENDING, Invitation.expires_at > now)


def _has_lapsed(now: datetime) -> Any:
    return or_(Invitation.status == "expired", and_(Invitation.status == PENDING, Invitation.expires_at <= now))


def _is_left_alone(now: datetime) -> Any:
    """Whether nothing was mailed lately."""
    mailed = and_(Message.invitation_id == Invitation.id, Message.created_at > now - PATIENCE)
    return and_(Invitation.created_at <= now - PATIENCE, ~exists().where(mailed).correlate(Invitation))


@cache
def _is_settled() -> Any:
    """Whether its address was invited again later, or is a member's by now."""
    later = aliased(Invitation)
    again = exists().where(
        later.organization_id == Invitation.organization_id,
        later.email == Invitation.email,
        later.created_at > Invitation.created_at,
    )
    member = exists().where(
        User.email == Invitation.email,
        Membership.user_id == User.id,
        Membership.organization_id == Invitation.organization_id,
    )
    return or_(again.correlate(Invitation), member.correlate(Invitation))
