"""The outbox: mail that is due, written in the transaction that it reports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Address, Base, new_id
from .words import MAIL_STATES, STOPS, one_of

_DUE = text("status IN ('queued', 'sending', 'deferred')")
_TOLD = text("kind = 'lapsed' AND status IN ('queued', 'deferred')")


class Message(Base):
    """One mail to one address: its kind and that kind's arguments, never a body and never a link."""

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("status", MAIL_STATES),
        Index("ix_outbox_due", "available_at", "id", postgresql_where=_DUE, sqlite_where=_DUE),
        Index("ix_outbox_invitation", "invitation_id", "created_at", "id"),
        Index("ix_outbox_newest", "created_at", "id"),
        Index("ix_outbox_lapsed", "organization_id", "recipient", postgresql_where=_TOLD, sqlite_where=_TOLD),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    recipient: Mapped[str] = mapped_column(Address)
    arguments: Mapped[dict[str, Any]]
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    invitation_id: Mapped[UUID | None] = mapped_column(ForeignKey("invitations.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    available_at: Mapped[datetime] = mapped_column(doc="When it is due; while sending, when its lease ends.")
    lease: Mapped[UUID | None] = mapped_column(doc="Which claim holds it while it is sent.")
    reply: Mapped[str] = mapped_column(default="", doc="What the mail server said, or why it was dropped.")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MailStop(Base):
    """What an organization no longer mails to an address: anything, after a complaint, or only reminders."""

    __tablename__ = "mail_stops"
    __table_args__ = (one_of("kind", STOPS),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    email: Mapped[str] = mapped_column(Address, primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
