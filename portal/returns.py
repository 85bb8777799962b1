"""What comes back about a mail that was handed over: delivered, bounced, or complained about."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from . import history, permissions
from .database import transaction
from .delivery import stops
from .errors import NotFound
from .models import Invitation, MailStop, Message
from .models.words import UNREACHED
from .permissions import Actor, Permission
from .standing import standing_of

What = Literal["delivered", "bounced", "complained"]
_WORKER = Actor(None, "worker")


def told(session: Session, message_id: UUID, what: What, words: str, now: datetime) -> bool:
    """Writes down what came back about a mail. False when it is none of ours, or not newer than what is known.

    A bounce ends reminders, a complaint all mail of that organization to that address; neither ever stops a mail that
    a person asks for. Told twice, it counts once.
    """
    with transaction(session):
        query = select(Message).where(Message.id == message_id).with_for_update(key_share=True)
        message = session.scalar(query.execution_options(populate_existing=True))
        if message is None or message.status not in ("sending", "sent"):
            return False
        message.reply, message.updated_at = words[:500], now
        if what == "delivered":
            return True
        if what == "bounced":
            message.status, message.lease = "bounced", None
        session.flush()
        if message.organization_id is not None:
            _tell_organization(session, message, what, words, now)
    return True


def _tell_organization(session: Session, message: Message, what: What, words: str, now: datetime) -> None:
    organization_id = message.organization_id
    assert organization_id is not None
    if what == "complained" and not stops.put(session, organization_id, message.recipient, "complaint", now):
        return
    to_invitee = message.invitation_id is not None and message.kind in ("invitation", "reminder")
    subject = message.invitation_id if to_invitee and message.invitation_id else message.id
    if to_invitee:
        same = (Invitation.id == message.invitation_id, Invitation.email == message.recipient)
        session.execute(
            update(Invitation).where(*same).values(delivery=what).execution_options(synchronize_session="fetch")
        )
    history.record(
        session, _WORKER, organization_id, f"mail.{what}", subject, now, email=message.recipient, words=words[:500]
    )


def stopped(session: Session, actor: Actor, organization_id: UUID) -> list[MailStop]:
    """The addresses that the organization no longer mails to. Raises NotAMember or MayNotInvite."""
    permissions.require(standing_of(session, actor, organization_id).role, Permission.INVITE)
    return stops.of(session, organization_id)


def lift(session: Session, actor: Actor, organization_id: UUID, address: str, now: datetime) -> None:
    """Mails to an address again. Raises NotAMember, NotAllowed, or NotFound when nothing is stopped."""
    with transaction(session):
        permissions.require(standing_of(session, actor, organization_id).role, Permission.MANAGE_ORGANIZATION)
        if not stops.lift(session, organization_id, address):
            raise NotFound()
        shown = update(Invitation).where(
            Invitation.organization_id == organization_id,
            Invitation.email == address,
            Invitation.delivery == "complained",
        )
        session.execute(shown.values(delivery="sent").execution_options(synchronize_session="fetch"))
        history.record(session, actor, organization_id, "mail.lifted", organization_id, now, email=address)


def unreached(session: Session, organization_id: UUID, most: int = 3) -> tuple[int, list[Invitation]]:
    """How many pending invitations did not arrive, and the newest of them."""
    query = select(Invitation).where(
        Invitation.organization_id == organization_id,
        Invitation.status == "pending",
        Invitation.delivery.in_(UNREACHED),
    )
    count = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    newest = query.order_by(Invitation.created_at.desc(), Invitation.id.desc()).limit(most)
    return count, list(session.scalars(newest)) if count else []
