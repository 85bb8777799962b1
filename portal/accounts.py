"""Accounts: making one, signing in, proving an address, a new password.

An address counts as somebody's only once they have shown that they read its mailbox. Whoever shows it first takes
over an account that never did: its password is replaced and its sessions end.
"""

from datetime import datetime
from uuid import UUID

from flask import current_app
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from . import history, links, passwords, sessions, tokens
from .addresses import normalise
from .database import new_id, refusals, transaction
from .delivery import outbox
from .errors import AddressTaken, BadLink, LastOwner, NotAListedDomain, NotAnAddress, WrongPassword
from .models import Connection, Membership, Organization, SecondStep, User
from .permissions import Actor
from .statements import insert_user
from .text import clean_name


def may_sign_up(address: str) -> bool:
    """Whether somebody with that address may open an account without an invitation."""
    config = current_app.config
    listed = {domain.lower() for domain in config["SIGN_UP_DOMAINS"]} if config["SIGN_UP"] == "domains" else ()
    return config["SIGN_UP"] == "open" or address.partition("@")[2] in listed


def create(
    session: Session,
    email: str,
    name: str,
    password_hash: str | None,
    now: datetime,
    *,
    verified: bool = False,
    actor: Actor | None = None,
) -> User:
    """Makes an account; the hash comes from ``passwords.accepted``. Raises NotAnAddress, BadName or AddressTaken."""
    address = normalise(email)
    user = User(
        id=new_id(),
        email=address,
        name=clean_name(name),
        verified_at=now if verified else None,
        password_hash=password_hash,
        created_at=now,
        updated_at=now,
    )
    with transaction(session):
        with refusals(session, uq_users_email=AddressTaken(address=address)):
            session.add(user)
        _record(session, actor or Actor(user.id), user, "created", now, verified=verified)
    return user


def by_address(session: Session, address: str, hold: bool = False) -> User | None:
    """The account with a normalised address."""
    query = select(User).where(User.email == address)
    return session.scalar(
        query.with_for_update(key_share=True).execution_options(populate_existing=True) if hold else query
    )


def get(session: Session, user_id: UUID) -> User:
    """The account of somebody who is signed in."""
    return session.get_one(User, user_id)


def ask_account(session: Session, email: str, name: str, password: str | None, now: datetime) -> User:
    """Somebody without an account asks for one, where addresses have to be proved first.

    Whoever opens the mailed link chooses the password; the one given here is judged and not kept, so that signing in
    with it tells nobody whether the address was free. A taken address answers alike and costs the same: its owner is
    told by mail, and what comes back is an account that is not there (ATTACKS 9, 22). Raises NotAnAddress, BadName,
    NotAListedDomain or what is wrong with the password.
    """
    address, name = normalise(email), clean_name(name)
    if current_app.config["SIGN_UP"] == "domains" and not may_sign_up(address):
        raise NotAListedDomain()
    if password is not None:
        passwords.check(password, address, name)
    asked = User(id=new_id(), email=address, name=name, created_at=now, updated_at=now)
    with transaction(session):
        insert_user.run(session, id=asked.id, email=address, name=name, now=now)
        outbox.queue(session, "sign_up", [outbox.Due(address, {})], None, now)
        _record(session, Actor(None), asked, "asked_for", now)
    return asked


def sign_in(session: Session, email: str, password: str) -> User:
    """The account that address and password belong to.

    Raises WrongPassword, in the same words and about the same time whatever was wrong.
    """
    try:
        user = by_address(session, normalise(email))
    except NotAnAddress:
        user = None
    right = passwords.matches(user.password_hash if user else None, password)
    if user is None or not right or user.deactivated_at is not None:
        raise WrongPassword()
    return user


def refresh_hash(session: Session, user: User, password: str) -> None:
    """Hashes the password anew when the settings of the hash have been raised since."""
    if user.password_hash and passwords.hasher.check_needs_rehash(user.password_hash):
        renewed = passwords.hasher.hash(password)
        with transaction(session):
            user.password_hash = renewed


def ask_verification(session: Session, user: User, now: datetime) -> None:
    """Mails somebody the link that verifies their address; nothing when it is verified."""
    if not user.is_verified:
        _mail(session, user, "verify", now)


def ask_reset(session: Session, email: str, now: datetime) -> None:
    """Queues the mail with the link for a new password.

    Every address costs the same here: whether there is such an account is looked up by the worker, which drops the
    mail if there is none, so that neither the answer nor its time tells (ATTACKS 22).
    """
    _mail_unseen(session, "reset", email, now)


def ask_sign_in(session: Session, email: str, now: datetime) -> None:
    """Queues the mail with a link that signs in; as with a reset, every address costs the same (ATTACKS 22)."""
    _mail_unseen(session, "sign_in", email, now)


def sign_in_by_link(session: Session, token: str, now: datetime) -> User:
    """The account of a mailed link, which works once; an account that nobody had proved is taken over with it.

    Raises BadLink.
    """
    with transaction(session):
        user = _held(session, token, links.Kind.SIGN_IN)
        if not user.is_verified:
            prove(session, user, None, now)
        user.link_used_at = now
        _record(session, Actor(user.id), user, "signed_in_by_link", now)
    return user


def from_link(session: Session, token: str | None, kind: links.Kind) -> User:
    """The account that a verify or reset link is for. Raises BadLink when it is damaged, old, used or overtaken."""
    user_id, state = links.open_account(token, kind)
    user = session.get(User, user_id)
    if user is None or user.deactivated_at is not None or not links.still_fits(user, state):
        raise BadLink()
    return user


def verify(session: Session, token: str, now: datetime, *, keep: UUID) -> User:
    """Verifies the address of somebody who is signed in to that account already; other sessions than ``keep`` end."""
    with transaction(session):
        user = _held(session, token, links.Kind.VERIFY)
        user.verified_at = user.verified_at or now
        user.updated_at = now
        sessions.end_all(session, user.id, but=keep)
        _record(session, Actor(user.id), user, "verified", now)
    return user


def set_password_by_link(session: Session, token: str, kind: links.Kind, password: str, now: datetime) -> User:
    """A new password for whoever holds a mailed link, which also proves the address. All sessions end.

    Raises BadLink or what is wrong with the password.
    """
    user = from_link(session, token, kind)
    password_hash = passwords.accepted(password, user.email, user.name)
    with transaction(session):
        user = _held(session, token, kind)
        prove(session, user, password_hash, now)
    return user


def prove(session: Session, user: User, password_hash: str | None, now: datetime, name: str | None = None) -> None:
    """Gives the account to whoever has just shown that they read its mailbox: new password or none, no session left.

    Of an account that nobody had proved before, tokens, connections and second step end too: somebody else may have
    made them (ATTACKS 9).
    """
    if not user.is_verified:
        tokens.end_all(session, user.id)
        forget_ways_in(session, user)
    user.password_hash = password_hash
    user.verified_at = user.verified_at or now
    user.name = name or user.name
    user.updated_at = now
    sessions.end_all(session, user.id)
    _record(session, Actor(user.id), user, "proved", now)


def forget_ways_in(session: Session, user: User) -> None:
    """Ends what somebody signs in with beside the password: connections, and the second step with its codes."""
    for model in (Connection, SecondStep):
        session.execute(delete(model).where(model.user_id == user.id))


def check_password(user: User, password: str) -> None:
    """Raises WrongPassword unless it is the account's."""
    if not passwords.matches(user.password_hash, password):
        raise WrongPassword()


def change_password(session: Session, user: User, old: str, new: str, now: datetime) -> None:
    """A new password for somebody who knows the old one, if there is one. All sessions end.

    Raises WrongPassword or what is wrong with the new one.
    """
    if user.password_hash is not None:
        check_password(user, old)
    password_hash = passwords.accepted(new, user.email, user.name)
    with transaction(session):
        user.password_hash = password_hash
        user.updated_at = now
        sessions.end_all(session, user.id)
        _record(session, Actor(user.id), user, "password_changed", now)


def mark_verified(session: Session, user: User, actor: Actor, now: datetime) -> None:
    """Verifies an address on an operator's word."""
    with transaction(session):
        user.verified_at = user.verified_at or now
        user.updated_at = now
        _record(session, actor, user, "verified", now)


def deactivate(session: Session, user: User, actor: Actor, now: datetime) -> None:
    """Shuts an account on an operator's word: nobody signs in to it, and its sessions and tokens open nothing.

    Nothing in it is lost. Raises LastOwner while it alone owns an open organization.
    """
    with transaction(session):
        organizations = select(Organization).join(Membership, Membership.organization_id == Organization.id)
        owned = organizations.where(Membership.user_id == user.id, Membership.role == "owner")
        alone = owned.where(Organization.owner_count == 1, Organization.deactivated_at.is_(None))
        if session.scalar(alone.with_for_update().limit(1)) is not None:
            raise LastOwner()
        user.deactivated_at = user.deactivated_at or now
        user.updated_at = now
        sessions.end_all(session, user.id)
        _record(session, actor, user, "deactivated", now)


def reactivate(session: Session, user: User, actor: Actor, now: datetime) -> None:
    """Opens a shut account again, with the memberships and tokens that it had."""
    with transaction(session):
        user.deactivated_at = None
        user.updated_at = now
        _record(session, actor, user, "reactivated", now)


def listed(session: Session, prefix: str = "", most: int = 100) -> list[User]:
    """Accounts by address, those that begin with ``prefix``."""
    query = select(User).where(User.email >= prefix, User.email < prefix + "\U0010ffff")
    return list(session.scalars(query.order_by(User.email).limit(most)))


def _held(session: Session, token: str, kind: links.Kind) -> User:
    """The link's account, held, and looked at again: a link works once, also when it is used twice at once."""
    user_id, state = links.open_account(token, kind)
    query = select(User).where(User.id == user_id, User.deactivated_at.is_(None)).with_for_update(key_share=True)
    user = session.scalar(query.execution_options(populate_existing=True))
    if user is None or not links.still_fits(user, state):
        raise BadLink()
    return user


def _mail(session: Session, user: User, kind: str, now: datetime) -> None:
    with transaction(session):
        outbox.queue(session, kind, [outbox.Due(user.email, {"user_id": user.id.hex})], None, now)


def _mail_unseen(session: Session, kind: str, email: str, now: datetime) -> None:
    """Queues a mail to an address without a look at whether it has an account."""
    try:
        address = normalise(email)
    except NotAnAddress:
        return
    with transaction(session):
        outbox.queue(session, kind, [outbox.Due(address, {})], None, now)


def _record(session: Session, actor: Actor, user: User, verb: str, now: datetime, **details: object) -> None:
    session.flush()
    history.record(session, actor, None, f"account.{verb}", user.id, now, **details)
