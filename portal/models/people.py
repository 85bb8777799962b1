"""People and their sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Address, Base, new_id


class User(Base):
    """A person. The address is normalised; it counts as theirs only once ``verified_at`` is set."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(Address, unique=True)
    name: Mapped[str]
    verified_at: Mapped[datetime | None]
    password_hash: Mapped[str | None]
    language: Mapped[str | None]
    time_zone: Mapped[str | None] = mapped_column(doc="Its name in the IANA database; UTC when none is set.")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    link_used_at: Mapped[datetime | None] = mapped_column(doc="When a mailed link last signed in.")
    deactivated_at: Mapped[datetime | None]

    @property
    def is_verified(self) -> bool:
        """Whether somebody has shown that they read this mailbox."""
        return self.verified_at is not None


class Session(Base):
    """A signed-in browser or script. The cookie's value is random; only its SHA-256 is kept."""

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "user_id", "created_at"), Index(None, "expires_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    lasts: Mapped[bool] = mapped_column(doc="Whether the cookie outlives the browser (remember me).")
    created_at: Mapped[datetime]
    renewed_at: Mapped[datetime]
    confirmed_at: Mapped[datetime] = mapped_column(doc="When the person last showed who they are.")
    expires_at: Mapped[datetime]
    ip_address: Mapped[str | None]
    user_agent: Mapped[str | None]
    active_organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="SET NULL"))
    active_team_id: Mapped[UUID | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
