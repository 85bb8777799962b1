"""Invitations and what they grant."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Address, Base, new_id
from .places import of
from .words import DELIVERIES, OPEN, PROJECT_ROLES, ROLES, STATUSES, TEAM_ROLES, one_of

_OPEN = text(OPEN)
_PENDING = text("status = 'pending'")
_WAITING = text("status = 'waiting'")
_ASKED = text("renewal_asked_at IS NOT NULL")
_REMINDED = text("status = 'pending' AND remind_at IS NOT NULL")
_UNDELIVERED = text("status = 'pending' AND delivery IN ('failed', 'bounced', 'complained')")


class Invitation(Base):
    """An offer to one address. ``expired`` is written late, so a lapsed row is asked with ``is_expired``.

    ``waiting`` is one that was accepted where somebody has to approve first: ``accepted_by`` is no member yet, and
    has no access. ``ended_at`` is when it was answered.

    ``generation`` counts the links that were made; only the newest works. ``version`` counts changes of role or
    grants, so that nobody accepts what they did not see. ``grantor_id`` is whoever last set role or grants: their
    rights are checked again at acceptance.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        one_of("status", STATUSES),
        one_of("role", ROLES),
        one_of("delivery", DELIVERIES),
        CheckConstraint("NOT restricted OR role = 'member'", name="restriction"),
        CheckConstraint("generation >= 1 AND version >= 1", name="counters"),
        CheckConstraint(
            "(accepted_by IS NOT NULL OR status NOT IN ('waiting', 'accepted'))"
            " AND (accepted_by IS NULL OR status IN ('waiting', 'accepted', 'canceled'))",
            name="accepted",
        ),
        CheckConstraint("(status = 'pending') = (ended_at IS NULL)", name="ended"),
        UniqueConstraint("organization_id", "id", name="uq_invitations_organization_id"),
        Index(
            "uq_invitations_open",
            "organization_id",
            "email",
            unique=True,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
        Index("ix_invitations_newest", "organization_id", "created_at", "id"),
        Index("ix_invitations_state", "organization_id", "status", "created_at", "id"),
        Index("ix_invitations_address", "organization_id", "email", "created_at", "id"),
        Index("ix_invitations_lapse", "expires_at", "id", postgresql_where=_PENDING, sqlite_where=_PENDING),
        Index("ix_invitations_addressed", "email", "created_at", "id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index(
            "ix_invitations_asked", "organization_id", "renewal_asked_at", postgresql_where=_ASKED, sqlite_where=_ASKED
        ),
        Index("ix_invitations_remind", "remind_at", "id", postgresql_where=_REMINDED, sqlite_where=_REMINDED),
        Index(
            "ix_invitations_undelivered",
            "organization_id",
            "created_at",
            "id",
            postgresql_where=_UNDELIVERED,
            sqlite_where=_UNDELIVERED,
        ),
        Index("ix_invitations_grantor", "organization_id", "grantor_id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_invitations_waiting", "accepted_by", postgresql_where=_WAITING, sqlite_where=_WAITING),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(Address)
    name: Mapped[str] = mapped_column(default="", doc="What the inviter calls the invitee, or nothing.")
    role: Mapped[str]
    restricted: Mapped[bool] = mapped_column(default=False)
    message: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="en")
    status: Mapped[str] = mapped_column(default="pending")
    expires_at: Mapped[datetime]
    generation: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    inviter_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    grantor_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(default="", doc="Why the invitee declined, if they said.")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    viewed_at: Mapped[datetime | None]
    delivery: Mapped[str] = mapped_column(default="queued", doc="What became of its newest mail.")
    remind_at: Mapped[datetime | None] = mapped_column(doc="When a reminder is due next.")
    renewal_asked_at: Mapped[datetime | None]

    def is_expired(self, now: datetime) -> bool:
        """Whether it reads as expired: stored so, or pending past its time."""
        return self.status == "expired" or (self.status == "pending" and self.expires_at <= now)

    def state(self, now: datetime) -> str:
        """The status as it reads at ``now``."""
        return "expired" if self.is_expired(now) else self.status


def _of_invitation() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["organization_id", "invitation_id"], ["invitations.organization_id", "invitations.id"], ondelete="CASCADE"
    )


class InvitationSite(Base):
    """A site that the invitee will be restricted to."""

    __tablename__ = "invitation_sites"
    __table_args__ = (_of_invitation(), of("sites", "site_id"), Index(None, "organization_id", "site_id"))

    organization_id: Mapped[UUID]
    invitation_id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class InvitationTeam(Base):
    """A team that the invitee will be in, with a team role."""

    __tablename__ = "invitation_teams"
    __table_args__ = (
        one_of("role", TEAM_ROLES),
        _of_invitation(),
        of("teams", "team_id"),
        Index(None, "organization_id", "team_id"),
    )

    organization_id: Mapped[UUID]
    invitation_id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str]


class InvitationProject(Base):
    """A project that the invitee will be in, with a project role."""

    __tablename__ = "invitation_projects"
    __table_args__ = (
        one_of("role", PROJECT_ROLES),
        _of_invitation(),
        of("projects", "project_id"),
        Index(None, "organization_id", "project_id"),
    )

    organization_id: Mapped[UUID]
    invitation_id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str]
