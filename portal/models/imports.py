"""Imports: a list that was uploaded, row by row, with what becomes of each; kept here so that a crash loses nothing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, new_id
from .words import IMPORT_STATES, one_of

_RUNNING = text("status = 'running'")


class Import(Base):
    """One uploaded list. ``done`` is the number of the last row that was dealt with."""

    __tablename__ = "imports"
    __table_args__ = (
        one_of("status", IMPORT_STATES),
        CheckConstraint("done >= 0 AND done <= total", name="progress"),
        Index("ix_imports_newest", "organization_id", "created_at", "id"),
        Index("ix_imports_running", "created_at", "id", postgresql_where=_RUNNING, sqlite_where=_RUNNING),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True, doc="Who uploaded it, then who started it."
    )
    channel: Mapped[str] = mapped_column(doc="Through what it was started; the history names it.")
    ip_address: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="planning")
    file_name: Mapped[str]
    encoding: Mapped[str] = mapped_column(doc="As it was taken to be; empty for text that was pasted.")
    delimiter: Mapped[str]
    columns: Mapped[list[Any]] = mapped_column(JSON, doc="What each column was taken for.")
    ignored: Mapped[list[Any]] = mapped_column(JSON, doc="The heads of columns that mean nothing here.")
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(default="", doc="Where it stopped before its end: the name of the error.")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ImportRow(Base):
    """One row: what it says, and what became of it. ``outcome`` is ``ready``, ``invited`` or an error's code."""

    __tablename__ = "import_rows"
    __table_args__ = (Index("ix_import_rows_outcome", "import_id", "outcome", "number"),)

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    address: Mapped[str]
    name: Mapped[str]
    offer: Mapped[dict[str, Any]]
    outcome: Mapped[str]
    error: Mapped[str] = mapped_column(doc="The name of the error's class; empty where there is none.")
    facts: Mapped[dict[str, Any]] = mapped_column(doc="What fills the error's sentence.")
