"""What an inviter is told of invitations that lapsed: one mail a day for each organization, not one for each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..clock import rfc3339
from ..delivery import outbox
from ..models import Invitation, Message, User

HOUR = 7  # of the day, in UTC, at which the summary is due
MOST = 50  # named in one mail


def tell_lapsed(session: Session, organization_id: UUID, lapsed: Sequence[Invitation], now: datetime) -> None:
    """Queues the next summary for each inviter who has none waiting. The caller holds the organization's row."""
    if not lapsed:
        return
    waiting = select(Message.recipient).where(
        Message.kind == "lapsed", Message.status.in_(["queued", "deferred"]), Message.organization_id == organization_id
    )
    told = set(session.scalars(waiting))
    users = session.scalars(
        select(User).where(User.id.in_({i.inviter_id for i in lapsed}), User.deactivated_at.is_(None))
    )
    since = rfc3339(min(invitation.expires_at for invitation in lapsed))
    due = [outbox.Due(user.email, {"user_id": user.id.hex, "since": since}) for user in users if user.email not in told]
    if due:
        outbox.queue(session, "lapsed", due, organization_id, now, at=_next_morning(now))


def _next_morning(now: datetime) -> datetime:
    morning = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return morning if morning > now else morning + timedelta(days=1)


def lapsed_since(session: Session, organization_id: UUID, inviter_id: UUID, since: datetime) -> list[Invitation]:
    """The inviter's invitations there that lapsed since then and have not been renewed, the latest first."""
    query = select(Invitation).where(
        Invitation.organization_id == organization_id,
        Invitation.status == "expired",
        Invitation.inviter_id == inviter_id,
        Invitation.ended_at >= since,
    )
    return list(session.scalars(query.order_by(Invitation.created_at.desc(), Invitation.id).limit(MOST)))
