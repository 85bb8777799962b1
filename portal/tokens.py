"""API tokens: random, recognisable, checked before the database is asked, and revoked at once.

A token acts as its person, with what that person may do at that moment, within its scopes, and in one organization
only if it was made for one.
"""

import binascii
import hashlib
import secrets
import string
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from . import history
from .database import new_id, transaction
from .errors import BadExpiry, NotAllowed, NotAMember, NotFound, ScopeMissing, UnknownScope
from .models import ApiToken
from .permissions import Actor
from .standing import standing_of
from .statements import token_by_hash
from .text import clean_name

SCOPES = (
    "invitations:read",
    "invitations:write",
    "members:read",
    "members:write",
    "organization:read",
    "organization:write",
    "account:read",
    "account:write",
)
PREFIX = "usher_"
_ALPHABET = string.digits + string.ascii_letters
_RANDOM, _CHECK = 32, 6
_USED_EVERY = timedelta(minutes=1)
LONGEST_LIFE = timedelta(days=3650)


def make() -> str:
    """A new secret: the prefix, 190 random bits, and a checksum that tells a typing error from a revoked token."""
    random = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return PREFIX + random + _checksum(random)


def is_well_formed(secret: str) -> bool:
    """Whether this can be one of our secrets at all."""
    body = secret.removeprefix(PREFIX)
    if not secret.startswith(PREFIX) or len(body) != _RANDOM + _CHECK or not body.isascii():
        return False
    return secrets.compare_digest(_checksum(body[:_RANDOM]), body[_RANDOM:])


def _checksum(random: str) -> str:
    number, digits = binascii.crc32(random.encode()), ""
    for _ in range(_CHECK):
        number, rest = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[rest] + digits
    return digits


def create(
    session: Session,
    actor: Actor,
    user_id: UUID,
    now: datetime,
    *,
    name: str = "API token",
    scopes: Sequence[str] = SCOPES,
    organization_id: UUID | None = None,
    life: timedelta | None = None,
    held: frozenset[str] | None = None,
) -> tuple[ApiToken, str]:
    """Makes a token for somebody, and returns it with its secret, which is never to be had again.

    ``held`` are the scopes of the token that asks for it, None for a person: a token makes none that may more than
    itself. Raises BadName, UnknownScope, BadExpiry, NotAMember when the person is not in the organization, ScopeMissing
    or NotAllowed.
    """
    chosen = check_scopes(scopes)
    _check_within(actor, organization_id, chosen, held)
    if life is not None and not timedelta(0) < life <= LONGEST_LIFE:
        raise BadExpiry()
    if organization_id is not None:
        standing_of(session, Actor(user_id), organization_id)
    secret = make()
    token = ApiToken(
        id=new_id(),
        user_id=user_id,
        organization_id=organization_id,
        name=clean_name(name),
        hint=secret[:12],
        token_hash=_hashed(secret),
        scopes=" ".join(chosen),
        created_at=now,
        expires_at=now + life if life else None,
    )
    with transaction(session):
        session.add(token)
        session.flush()
        history.record(session, actor, organization_id, "token.created", token.id, now, name=token.name, scopes=chosen)
    return token, secret


def _check_within(
    actor: Actor, organization_id: UUID | None, scopes: Sequence[str], held: frozenset[str] | None
) -> None:
    """Raises ScopeMissing, NotAMember or NotAllowed unless what acts may itself what such a token may."""
    for scope in scopes:
        if held is not None and scope not in held:
            raise ScopeMissing(scope=scope)
    if organization_id is None and actor.only_in is not None:
        raise NotAllowed()
    if organization_id is not None and not actor.reaches(organization_id):
        raise NotAMember()


def _is_within(actor: Actor, token: ApiToken, held: frozenset[str] | None) -> bool:
    scopes_fit = held is None or held.issuperset(token.scopes.split())
    return scopes_fit and (actor.only_in is None or actor.only_in == token.organization_id)


def check_scopes(scopes: Sequence[str]) -> list[str]:
    """The scopes, each once, in our order. Raises UnknownScope, also for none."""
    for scope in scopes:
        if scope not in SCOPES:
            raise UnknownScope(scope=scope[:80])
    if not scopes:
        raise UnknownScope(scope="")
    return [scope for scope in SCOPES if scope in scopes]


def find(session: Session, secret: str, now: datetime) -> Any | None:
    """The live token behind a secret, with its person; None when it is malformed, unknown, revoked or past its time.

    That it was used is written down at most once a minute.
    """
    if not is_well_formed(secret):
        return None
    found = token_by_hash.first(session, token_hash=_hashed(secret), now=now)
    if found is not None and (found.last_used_at is None or now - found.last_used_at >= _USED_EVERY):
        _note_use(session, found.id, now)
    return found


def _note_use(session: Session, token_id: UUID, now: datetime) -> None:
    with transaction(session):
        session.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=now))


def of_user(session: Session, user_id: UUID, now: datetime) -> list[ApiToken]:
    """Somebody's live tokens, newest first."""
    live = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now)
    query = select(ApiToken).where(ApiToken.user_id == user_id, live)
    return list(session.scalars(query.order_by(ApiToken.created_at.desc(), ApiToken.id.desc()).limit(200)))


def of_actor(session: Session, actor: Actor, now: datetime, held: frozenset[str] | None = None) -> list[ApiToken]:
    """The actor's own live tokens, newest first; a token with the scopes ``held`` sees those that may no more."""
    if actor.user_id is None:
        return []
    return [token for token in of_user(session, actor.user_id, now) if _is_within(actor, token, held)]


def get(session: Session, actor: Actor, token_id: UUID, now: datetime, held: frozenset[str] | None = None) -> ApiToken:
    """One of them. Raises NotFound."""
    token = session.get(ApiToken, token_id)
    if token is None or token.user_id != actor.user_id or not _is_within(actor, token, held):
        raise NotFound()
    if token.expires_at is not None and token.expires_at <= now:
        raise NotFound()
    return token


def revoke(session: Session, actor: Actor, token_id: UUID, now: datetime, held: frozenset[str] | None = None) -> None:
    """Ends one of the actor's own tokens at once; a token with the scopes ``held`` ends what may no more than it.

    Raises NotFound when it is not theirs.
    """
    with transaction(session):
        token = session.get(ApiToken, token_id)
        if token is None or token.user_id != actor.user_id or not _is_within(actor, token, held):
            raise NotFound()
        history.record(session, actor, token.organization_id, "token.revoked", token.id, now, name=token.name)
        session.delete(token)


def end_all(session: Session, user_id: UUID) -> None:
    """Ends all of somebody's tokens, when the account goes to whoever has proved its address."""
    with transaction(session):
        session.execute(delete(ApiToken).where(ApiToken.user_id == user_id))


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
