"""Organizations: making one, and finding one by slug or id."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete as remove
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from . import history, permissions
from .database import new_id, refusals, transaction
from .errors import (
    BadLifetime,
    BadLimit,
    BadSlug,
    LimitBelowUse,
    NameDiffers,
    NotAllowed,
    NotAMember,
    NotFound,
    SlugTaken,
)
from .models import FormerSlug, Membership, Organization
from .permissions import Actor, Permission
from .standing import standing_of
from .statements import standing_locked
from .text import clean_name, one_line

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])")
SHORTEST_LIFETIME, LONGEST_LIFETIME = 3600, 31_536_000  # seconds
LARGEST_LIMIT = 1_000_000
RECOVERABLE = timedelta(days=30)


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
        if slug is not None and session.get(FormerSlug, slug) is not None:
            raise SlugTaken(slug=slug)
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
            waiting_count=0,
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
        changed = {key: value for key, value in said.items() if value not in (None, getattr(organization, key))}
        if not changed:
            return organization
        before = {key: getattr(organization, key) for key in changed}
        if slug is not None and slug != organization.slug:
            _leave_slug(session, organization, slug, now)
        with refusals(session, uq_organizations_slug=SlugTaken(slug=slug or "")):
            for key, value in changed.items():
                setattr(organization, key, value)
            organization.updated_at = now
        history.record(
            session, actor, organization_id, "organization.changed", organization_id, now, before=before, after=changed
        )
    return organization


def _leave_slug(session: Session, organization: Organization, slug: str, now: datetime) -> None:
    """Keeps the slug that is left, so that its addresses lead on. Raises SlugTaken for another's former one."""
    former = session.get(FormerSlug, slug)
    if former is not None and former.organization_id != organization.id:
        raise SlugTaken(slug=slug)
    if former is not None:
        session.delete(former)
    session.add(FormerSlug(slug=organization.slug, organization_id=organization.id, created_at=now))


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


def delete(session: Session, actor: Actor, organization_id: UUID, typed: str, now: datetime) -> Organization:
    """Closes an organization, to be gone in 30 days unless it is reopened. Raises as ``close`` does, or NameDiffers
    unless its name was typed.
    """
    with transaction(session):
        organization = close(session, actor, organization_id, now)
        if one_line(typed) != organization.name:
            raise NameDiffers()
        organization.deleted_at = now
        session.flush()
        history.record(session, actor, organization_id, "organization.deleted", organization_id, now)
    return organization


def reopen(session: Session, actor: Actor, organization_id: UUID, now: datetime) -> Organization:
    """Opens a closed or deleted organization again, for one of its owners. Raises NotFound for everything else."""
    with transaction(session):
        held = standing_locked.first(session, organization_id=organization_id, user_id=actor.user_id)
        if held is None or not actor.reaches(organization_id) or held.deactivated_at is None:
            raise NotFound()
        permissions.require(held.role, Permission.DELETE_ORGANIZATION)
        organization = session.get_one(Organization, organization_id, populate_existing=True)
        organization.deactivated_at = organization.deleted_at = None
        organization.updated_at = now
        session.flush()
        history.record(session, actor, organization_id, "organization.reopened", organization_id, now)
    return organization


def closed_of(session: Session, user_id: UUID) -> list[Organization]:
    """The closed organizations that somebody owns, by name."""
    query = (
        select(Organization)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == user_id, Membership.role == "owner", Organization.deactivated_at.is_not(None))
    )
    return list(session.scalars(query.order_by(Organization.name, Organization.id)))


def forget_deleted(session: Session, now: datetime) -> int:
    """Deletes for good what was deleted 30 days ago and not reopened. Returns how many."""
    over = select(Organization.id).where(Organization.deleted_at <= now - RECOVERABLE)
    gone = 0
    for organization_id in session.scalars(over).all():
        with transaction(session):
            still = (Organization.id == organization_id, Organization.deleted_at <= now - RECOVERABLE)
            deleted = remove(Organization).where(*still).execution_options(synchronize_session=False)
            gone += session.execute(deleted).rowcount  # type: ignore[attr-defined]  # less one reopened meanwhile
    return gone


def is_free(session: Session, slug: str) -> bool:
    """Whether no organization has or had this slug. Raises BadSlug."""
    wanted = _checked(slug)
    held = (select(model.slug).where(model.slug == wanted) for model in (Organization, FormerSlug))
    return not any(session.scalar(query) for query in held)


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
    """The open organization that has or had this slug, and the actor's role in it.

    Raises NotAMember, alike for one that is not theirs and one that never was, or OrganizationClosed for a member.
    """
    organization = _with_slug(session, slug)
    if organization is None:
        raise NotAMember()
    return organization, standing_of(session, actor, organization.id).role


def _with_slug(session: Session, slug: str) -> Organization | None:
    """The organization that has this slug, or else the one that had it."""
    if not _SLUG.fullmatch(slug):
        return None
    found = session.scalar(select(Organization).where(Organization.slug == slug))
    if found is None and (former := session.get(FormerSlug, slug)) is not None:
        found = session.get(Organization, former.organization_id)
    return found


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
    held = (select(model.slug).where(model.slug.startswith(wanted)) for model in (Organization, FormerSlug))
    taken = {slug for query in held for slug in session.scalars(query)}
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (wanted, *numbered) if slug not in taken)
