"""Organizations: making one, and finding one by slug or id."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from . import history, permissions
from .database import new_id, refusals, transaction
from .errors import BadLifetime, BadLimit, BadSlug, LimitBelowUse, NotAllowed, NotAMember, SlugTaken
from .models import Membership, Organization
from .permissions import Actor, Permission
from .standing import standing_of
from .text import clean_name

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])")
SHORTEST_LIFETIME, LONGEST_LIFETIME = 3600, 31_536_000  # seconds
LARGEST_LIMIT = 1_000_000


def create(
    session: Session,
    actor: Actor,
    name: str,
    now: datetime,
    *,
    slug: str | None = None,
    seat_limit: int | None = None,
    pending_limit: int | None = None,
    logo: str | None = None,
    extra: dict[str, Any] | None = None,
) -> Organization:
    """Makes an organization whose first owner is the actor. Raises BadName, BadSlug or SlugTaken.

    Without a slug, one is made from the name, with a number behind it if that is taken. What acts in one organization
    only makes no other: NotAllowed.
    """
    if actor.only_in is not None:
        raise NotAllowed()
    name = clean_name(name)
    with transaction(session):
        chosen = _checked(slug) if slug is not None else _free_slug(session, slugified(name))
        organization = Organization(
            id=new_id(),
            name=name,
            slug=chosen,
            seat_limit=_checked_limit("seat_limit", seat_limit),
            pending_limit=_checked_limit("pending_limit", pending_limit),
            logo=logo,
            extra=extra,
            member_count=1,
            owner_count=1,
            pending_count=0,
            created_at=now,
            updated_at=now,
        )
        with refusals(session, uq_organizations_slug=SlugTaken(slug=chosen)):
            session.add(organization)
        session.add(
            Membership(
                id=new_id(),
                organization_id=organization.id,
                user_id=actor.user_id,
                role="owner",
                restricted=False,
                created_at=now,
                updated_at=now,
            )
        )
        session.flush()
        history.record(session, actor, organization.id, "organization.created", organization.id, now, name=name)
    return organization


def update(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    now: datetime,
    *,
    name: str | None = None,
    slug: str | None = None,
    logo: str | None = None,
    extra: dict[str, Any] | None = None,
) -> Organization:
    """Changes what is said; None leaves a thing as it is.

    Raises NotAMember, NotAllowed, BadName, BadSlug or SlugTaken.
    """
    with transaction(session):
        standing = standing_of(session, actor, organization_id, lock=True)
        permissions.require(standing.role, Permission.MANAGE_ORGANIZATION)
        organization = session.get_one(Organization, organization_id, populate_existing=True)
        said = {
            "name": None if name is None else clean_name(name),
            "slug": None if slug is None else _checked(slug),
            "logo": logo,
            "extra": extra,
        }
        changed = {key: value for key, value in said.items() if value is not None}
        before = {key: getattr(organization, key) for key in changed}
        with refusals(session, uq_organizations_slug=SlugTaken(slug=slug or "")):
            for key, value in changed.items():
                setattr(organization, key, value)
            organization.updated_at = now
        history.record(
            session, actor, organization_id, "organization.changed", organization_id, now, before=before, after=changed
        )
    return organization


def set_limits(
    session: Session, actor: Actor, organization_id: UUID, limits: Mapping[str, int | None], now: datetime
) -> Organization:
    """Sets what is named of ``seat_limit``, ``pending_limit`` (None: no limit) and ``invitation_lifetime`` (seconds).

    Raises NotAMember, NotAllowed, BadLimit, BadLifetime, or LimitBelowUse when more is in use already.
    """
    with transaction(session):
        standing = standing_of(session, actor, organization_id, lock=True)
        permissions.require(standing.role, Permission.MANAGE_ORGANIZATION)
        organization = session.get_one(Organization, organization_id, populate_existing=True)
        before = {name: getattr(organization, name) for name in limits}
        with refusals(
            session,
            ck_organizations_seats=LimitBelowUse(field="seat_limit"),
            ck_organizations_pending=LimitBelowUse(field="pending_limit"),
        ):
            for name, limit in limits.items():
                setattr(organization, name, _checked_limit(name, limit))
            organization.updated_at = now
        history.record(
            session, actor, organization_id, "organization.limited", organization_id, now, before=before,
            after=dict(limits),
        )  # fmt: skip
    return organization


def _checked_limit(name: str, limit: int | None) -> int | None:
    if name == "invitation_lifetime":
        if limit is None or not SHORTEST_LIFETIME <= limit <= LONGEST_LIFETIME:
            raise BadLifetime()
    elif limit is not None and not 1 <= limit <= LARGEST_LIMIT:
        raise BadLimit(field=name, largest=LARGEST_LIMIT)
    return limit


def close(session: Session, actor: Actor, organization_id: UUID, now: datetime) -> Organization:
    """Closes an organization: nobody enters or joins it any more, and nothing in it is lost.

    Raises NotAMember or NotAllowed.
    """
    with transaction(session):
        standing = standing_of(session, actor, organization_id, lock=True)
        permissions.require(standing.role, Permission.DELETE_ORGANIZATION)
        organization = session.get_one(Organization, organization_id, populate_existing=True)
        organization.deactivated_at = organization.updated_at = now
        session.flush()
        history.record(session, actor, organization_id, "organization.closed", organization_id, now)
    return organization


def is_free(session: Session, slug: str) -> bool:
    """Whether no organization has this slug. Raises BadSlug."""
    return session.scalar(select(Organization.id).where(Organization.slug == _checked(slug))) is None


def listed(session: Session, most: int) -> list[Organization]:
    """Every organization by slug, for operators."""
    return list(session.scalars(select(Organization).order_by(Organization.slug).limit(most)))


def find(session: Session, named: str) -> Organization | None:
    """The organization with this slug or id."""
    try:
        key: UUID | None = UUID(named)
    except ValueError:
        key = None
    return session.scalar(select(Organization).where(or_(Organization.slug == named, Organization.id == key)))


def of_member(session: Session, actor: Actor, slug: str) -> tuple[Organization, str]:
    """The open organization with this slug, and the actor's role in it.

    Raises NotAMember, alike for one that is not theirs and one that never was, or OrganizationClosed for a member.
    """
    known = _SLUG.fullmatch(slug) is not None
    organization = session.scalar(select(Organization).where(Organization.slug == slug)) if known else None
    if organization is None:
        raise NotAMember()
    return organization, standing_of(session, actor, organization.id).role


def get(session: Session, actor: Actor, organization_id: UUID) -> Organization:
    """One of the actor's organizations by its id. Raises NotAMember, or OrganizationClosed for a member."""
    standing_of(session, actor, organization_id)
    return session.get_one(Organization, organization_id, populate_existing=True)


def slugified(name: str) -> str:
    """A slug made from a name: ``Südwind & Co.`` becomes ``sudwind-co``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    return slug if _SLUG.fullmatch(slug) else f"organization-{slug}".strip("-")


def _checked(slug: str) -> str:
    if not _SLUG.fullmatch(slug):
        raise BadSlug()
    return slug


def _free_slug(session: Session, wanted: str) -> str:
    taken = set(session.scalars(select(Organization.slug).where(Organization.slug.startswith(wanted))))
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (wanted, *numbered) if slug not in taken)
