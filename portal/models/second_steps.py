"""The second step of signing in: a secret shared with an app, and codes for when that is lost."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base


class SecondStep(Base):
    """Somebody's authenticator app. The secret is encrypted; it counts once a code has shown that the app has it."""

    __tablename__ = "second_steps"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(doc="Encrypted under the secret key.")
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(default=0, doc="The time step of the newest code taken: none counts twice.")
    created_at: Mapped[datetime]


class RecoveryCode(Base):
    """A code that stands in for the app, once. Only its SHA-256 is kept."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("second_steps.user_id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
