"""What an organization is made of (sites, teams, projects), and who is in each.

Places are deleted by a mark, so that history and grants keep meaning something; a grant can only name a place of
its own organization, since its foreign key carries the organization's id along.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from ..database import Base, new_id
from .words import PROJECT_ROLES, TEAM_ROLES, one_of

Key = BigInteger().with_variant(Integer, "sqlite")


def fits(key: UUID | int) -> bool:
    """Whether a database can hold the key of a place at all."""
    return not isinstance(key, int) or 0 < key < 2**63


def of(table: str, column: str) -> ForeignKeyConstraint:
    """A grant's key onto a place of the same organization."""
    return ForeignKeyConstraint(
        ["organization_id", column], [f"{table}.organization_id", f"{table}.id"], ondelete="CASCADE"
    )


def of_member() -> ForeignKeyConstraint:
    """A place's member is a member of the organization; leaving it ends the rest."""
    return ForeignKeyConstraint(
        ["organization_id", "user_id"], ["memberships.organization_id", "memberships.user_id"], ondelete="CASCADE"
    )


class Place:
    """What sites, teams and projects share."""

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    name: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> Any:
        table: str = cls.__tablename__  # type: ignore[attr-defined]
        there = text("deleted_at IS NULL")
        return (
            UniqueConstraint("organization_id", "id", name=f"uq_{table}_organization_id"),
            Index(
                f"uq_{table}_name", "organization_id", "name", unique=True, postgresql_where=there, sqlite_where=there
            ),
        )


class Site(Place, Base):
    """A web site that members reach. Its id is an integer, as the session dialect's clients send it."""

    __tablename__ = "sites"
    __mapper_args__ = {"eager_defaults": True}

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    domain: Mapped[str]


class Team(Place, Base):
    """A team of members, each with a team role."""

    __tablename__ = "teams"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class Project(Place, Base):
    """A project with members, each with a project role."""

    __tablename__ = "projects"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class MembershipSite(Base):
    """A site that a restricted member reaches."""

    __tablename__ = "membership_sites"
    __table_args__ = (of_member(), of("sites", "site_id"), Index(None, "organization_id", "site_id"))

    organization_id: Mapped[UUID]
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class TeamMember(Base):
    """A member of a team."""

    __tablename__ = "team_members"
    __table_args__ = (
        one_of("role", TEAM_ROLES),
        of_member(),
        of("teams", "team_id"),
        UniqueConstraint("user_id", "team_id"),
        Index(None, "organization_id", "user_id"),
        Index(None, "organization_id", "team_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID]
    team_id: Mapped[UUID]
    user_id: Mapped[UUID]
    role: Mapped[str]
    created_at: Mapped[datetime]


class ProjectMember(Base):
    """A member of a project."""

    __tablename__ = "project_members"
    __table_args__ = (
        one_of("role", PROJECT_ROLES),
        of_member(),
        of("projects", "project_id"),
        UniqueConstraint("user_id", "project_id"),
        Index(None, "organization_id", "user_id"),
        Index(None, "organization_id", "project_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID]
    project_id: Mapped[UUID]
    user_id: Mapped[UUID]
    role: Mapped[str]
    created_at: Mapped[datetime]
