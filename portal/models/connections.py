"""Accounts at providers that a person signs in with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, new_id


class Connection(Base):
    """An account at a provider, by issuer and subject, which never change; the address there may."""

    __tablename__ = "connections"
    __table_args__ = (UniqueConstraint("issuer", "subject"), Index(None, "user_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    provider: Mapped[str] = mapped_column(doc="Its name in the settings.")
    issuer: Mapped[str]
    subject: Mapped[str]
    email: Mapped[str] = mapped_column(default="", doc="The address there, as last said; it proves nothing here.")
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
