"""Requests that a client may send twice, and what was answered the first time."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base


class KeptAnswer(Base):
    """What one caller's ``Idempotency-Key`` on one path was answered. It holds no secret.

    Without an answer, the request is being worked on, or was cut off once ``held_until`` has passed.
    """

    __tablename__ = "kept_answers"

    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True, doc="Of caller, path and key.")
    request_hash: Mapped[bytes] = mapped_column(LargeBinary(32), doc="Of the body that came with it.")
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    lease: Mapped[UUID] = mapped_column(doc="Which request works on it.")
    held_until: Mapped[datetime]
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(index=True)
