"""API tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, new_id


class ApiToken(Base):
    """A script's way in. The secret is shown once; only its SHA-256 is kept.

    Without an organization it acts in all of its person's, with one only there.
    """

    __tablename__ = "api_tokens"
    __table_args__ = (Index(None, "user_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    name: Mapped[str]
    hint: Mapped[str] = mapped_column(doc="The secret's first characters, to tell tokens apart.")
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    scopes: Mapped[str] = mapped_column(doc="Separated by spaces, as OAuth writes them.")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
