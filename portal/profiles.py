"""What somebody says of themselves: name, language, time zone, address. And leaving for good.

A new address counts once its mailbox is shown; the old one is told when it is asked for, and both when it is changed.
"""

from datetime import datetime
from functools import cache
from uuid import UUID
from zoneinfo import available_timezones

from babel import Locale
from babel.core import UnknownLocaleError
from sqlalchemy import select
from sqlalchemy.orm import Session

from . import accounts, history, invitations, links, memberships, sessions, tokens
from .addresses import normalise
from .database import refusals, transaction
from .delivery import outbox
from .errors import (
    AddressTaken,
    BadLink,
    LastOwner,
    NotTheirAddress,
    OwnsAlone,
    SameAddress,
    UnknownLanguage,
    UnknownTimeZone,
)
from .models import Membership, Organization, User
from .permissions import Actor
from .text import clean_name


@cache
def time_zones() -> tuple[str, ...]:
    """The zones that a person can choose: places, by name, and UTC."""
    places = (zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))
    return ("UTC", *sorted(places))


def describe(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    name: str | None = None,
    language: str | None = None,
    time_zone: str | None = None,
) -> User:
    """Changes what is said; None leaves a thing as it is, an empty language or zone forgets it.

    Raises BadName, UnknownLanguage or UnknownTimeZone.
    """
    said = {
        "name": None if name is None else clean_name(name),
        "language": None if language is None else _language(language),
        "time_zone": None if time_zone is None else _time_zone(time_zone),
    }
    with transaction(session):
        user = _own(session, actor)
        changed = {key: value or None for key, value in said.items() if value is not None}
        for key, value in changed.items():
            setattr(user, key, value)
        user.updated_at = now
        session.flush()
        history.record(session, actor, None, "account.described", user.id, now, changed=sorted(changed))
    return user


def _language(said: str) -> str:
    try:
        return str(Locale.parse(said)) if said else ""
    except (UnknownLocaleError, ValueError):
        raise UnknownLanguage() from None


def _time_zone(said: str) -> str:
    if said and said not in time_zones():
        raise UnknownTimeZone()
    return said


def _own(session: Session, actor: Actor) -> User:
    """The actor's own account, held."""
    query = select(User).where(User.id == actor.user_id).with_for_update(key_share=True)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def ask_address(session: Session, actor: Actor, email: str, now: datetime) -> str:
    """Mails the new address a link that proves it, and tells the old one. Returns the new one, normalised.

    Whether it has an account already is told to nobody: then its mail is dropped. Raises NotAnAddress or SameAddress.
    """
    address = normalise(email)
    with transaction(session):
        user = _own(session, actor)
        if address == user.email:
            raise SameAddress()
        said = {"user_id": user.id.hex, "old": user.email, "new": address}
        outbox.queue(session, "address_proof", [outbox.Due(address, said)], None, now)
        outbox.queue(session, "address_asked", [outbox.Due(user.email, said)], None, now)
        history.record(session, actor, None, "account.address_asked", user.id, now)
    return address


def address_asked(session: Session, token: str | None) -> tuple[User, str]:
    """The account and the new address of a mailed link. Raises BadLink when it is damaged, old, used or overtaken."""
    user_id, state, address = links.open_address(token)
    user = session.get(User, user_id, populate_existing=True)
    if user is None or user.deactivated_at is not None or not links.still_fits(user, state):
        raise BadLink()
    return user, address


def change_address(session: Session, actor: Actor, token: str | None, now: datetime, *, keep: UUID) -> User:
    """Moves the actor's account to the address whose mailed link they hold; other sessions than ``keep`` end.

    The link alone changes nothing: it takes the account's own session as well, so that a stranger at a mistyped
    address does not get the account. Raises BadLink or AddressTaken.
    """
    with transaction(session):
        user, address = address_asked(session, token)
        if user.id != actor.user_id or _own(session, actor).email != user.email:
            raise BadLink()
        old = user.email
        with refusals(session, uq_users_email=AddressTaken(address=address)):
            user.email, user.verified_at, user.updated_at = address, now, now
        sessions.end_all(session, user.id, but=keep)
        said = {"user_id": user.id.hex, "old": old, "new": address}
        due = [outbox.Due(old, said), outbox.Due(address, said)]
        outbox.queue(session, "address_changed", due, None, now)
        history.record(session, actor, None, "account.address_changed", user.id, now)
    return user


def owned_alone(session: Session, user_id: UUID) -> list[str]:
    """The names of the open organizations that have no other owner."""
    query = (
        select(Organization.name)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == user_id, Membership.role == "owner")
        .where(Organization.owner_count == 1, Organization.deactivated_at.is_(None))
        .order_by(Organization.name)
    )
    return list(session.scalars(query))


def delete(session: Session, actor: Actor, email: str, now: datetime) -> None:
    """Deletes the actor's account: it leaves every organization, and its address, name and ways in are gone.

    What it did stays in the histories, under no name. ``email`` has to be its own. Raises NotTheirAddress, NotAnAddress
    or OwnsAlone.
    """
    said = normalise(email)
    with transaction(session):
        user = accounts.get(session, _own(session, actor).id)
        if said != user.email:
            raise NotTheirAddress()
        if alone := owned_alone(session, user.id):
            raise OwnsAlone(organizations=", ".join(alone))
        invitations.withdraw_all(session, actor, user.id, now)  # first: what was approved meanwhile is left below
        for membership in memberships.of_user(session, user.id):
            _leave(session, actor, membership, now)
        sessions.end_all(session, user.id)
        tokens.end_all(session, user.id)
        accounts.forget_ways_in(session, user)
        user.email, user.name = f"{user.id.hex}@deleted.invalid", "—"
        user.verified_at = user.password_hash = user.language = user.time_zone = None
        user.deactivated_at = user.updated_at = now
        session.flush()
        history.record(session, actor, None, "account.deleted", user.id, now)


def _leave(session: Session, actor: Actor, membership: Membership, now: datetime) -> None:
    """Leaves one organization; an owner who became the last one meanwhile stays."""
    name = membership.organization.name
    try:
        memberships.remove(session, actor, membership.organization_id, membership.user_id, now)
    except LastOwner:
        raise OwnsAlone(organizations=name) from None
