"""Organizations and who is in them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import Address, Base, new_id
from .people import User
from .words import INVITERS, ROLES, one_of

WEEK = int(timedelta(days=7).total_seconds())


class Organization(Base):
    """An organization, with the limits that it sets and the counts that they bound.

    The counts are moved in the transaction that moves what they count; the CHECKs make an overdraft impossible.
    A seat is taken by a member, by a pending invitation, or by somebody who accepted and waits for approval.
    """

    __tablename__ = "organizations"
    __table_args__ = (
        CheckConstraint(
            "member_count >= 0 AND pending_count >= 0 AND waiting_count >= 0 AND owner_count >= 1", name="counts"
        ),
        CheckConstraint(
            "seat_limit IS NULL OR member_count + pending_count + waiting_count <= seat_limit", name="seats"
        ),
        CheckConstraint("pending_limit IS NULL OR pending_count <= pending_limit", name="pending"),
        CheckConstraint("invitation_lifetime BETWEEN 3600 AND 31536000", name="lifetime"),
        one_of("default_role", ROLES),
        one_of("invite_from", INVITERS),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    logo: Mapped[str | None] = mapped_column(doc="The address of a picture, as an API client gave it.")
    extra: Mapped[dict[str, Any] | None] = mapped_column("metadata", JSON, doc="What an API client keeps with it.")
    invitation_lifetime: Mapped[int] = mapped_column(default=WEEK, doc="How long an invitation lasts, in seconds.")
    remind_halfway: Mapped[bool] = mapped_column(default=True, doc="Remind invitees at half time.")
    remind_last_day: Mapped[bool] = mapped_column(default=True, doc="Remind invitees a day before the end.")
    language: Mapped[str | None] = mapped_column(doc="Of its pages and invitations, unless another is chosen.")
    second_step: Mapped[bool] = mapped_column(default=False, doc="Whether it lets in only who has a second step.")
    approval: Mapped[bool] = mapped_column(default=False, doc="Whether who accepts waits until somebody approves.")
    default_role: Mapped[str] = mapped_column(default="member", doc="What the form that invites begins with.")
    invite_from: Mapped[str] = mapped_column(default="manager", doc="The lowest role that may invite.")
    allowed_domains: Mapped[str] = mapped_column(
        default="", doc="Where invitations may go, by spaces; empty: anywhere."
    )
    reply_to: Mapped[str | None] = mapped_column(Address, doc="Who gets answers to the mails, instead of the inviter.")
    mail_paragraph: Mapped[str] = mapped_column(default="", doc="Its own words in every invitation's mail.")
    seat_limit: Mapped[int | None]
    pending_limit: Mapped[int | None]
    member_count: Mapped[int] = mapped_column(default=0)
    owner_count: Mapped[int] = mapped_column(default=1)
    pending_count: Mapped[int] = mapped_column(default=0)
    waiting_count: Mapped[int] = mapped_column(default=0)
    approvers_told_at: Mapped[datetime | None] = mapped_column(
        doc="When those who approve are told next, or were last."
    )
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deactivated_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None] = mapped_column(doc="When it was deleted; 30 days later it is gone.")

    @property
    def domains(self) -> list[str]:
        """The domains that invitations may go to; empty: any."""
        return self.allowed_domains.split()

    @property
    def free_seats(self) -> int | None:
        """How many more people may be invited, or None without a limit."""
        if self.seat_limit is None:
            return None
        return max(0, self.seat_limit - self.member_count - self.pending_count - self.waiting_count)


class FormerSlug(Base):
    """A slug that an organization had: its addresses lead on, and nobody else gets it."""

    __tablename__ = "former_slugs"

    slug: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]


class Membership(Base):
    """One person in one organization: the role, and whether they are held to the sites named for them."""

    __tablename__ = "memberships"
    __table_args__ = (
        one_of("role", ROLES),
        CheckConstraint("NOT restricted OR role = 'member'", name="restriction"),
        UniqueConstraint("organization_id", "user_id"),
        Index(None, "organization_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[str]
    restricted: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    user: Mapped[User] = relationship(lazy="raise")
    organization: Mapped[Organization] = relationship(lazy="raise")
