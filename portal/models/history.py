"""The history: who did what, to what, when, and from where."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, new_id


class Event(Base):
    """One thing that happened. Written once, never changed."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_newest", "organization_id", "created_at", "id"),
        Index("ix_events_subject", "subject_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(doc="Subject and verb, such as `invitation.accepted`.")
    subject_id: Mapped[str] = mapped_column(doc="The id of what it happened to.")
    details: Mapped[dict[str, Any]]
    channel: Mapped[str] = mapped_column(doc="Through what: page, command, worker.")
    ip_address: Mapped[str | None]
    created_at: Mapped[datetime]
