"""Signed links: what they carry, what they prove, and that nothing else opens them.

A link is an itsdangerous signature (HMAC-SHA-256) over an id and a counter, and nothing else; the kind is the salt,
so that a link of one kind never passes for another. Nothing about a link is stored. Keys rotate: what one of
``SECRET_KEY_FALLBACKS`` signed is still read.
"""

import hashlib
import hmac
import re
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from flask import current_app
from itsdangerous import BadData, Signer, TimestampSigner, URLSafeSerializer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from .errors import BadLink
from .models import User

LONGEST = 1024
HOUR = 3600
SIGN_IN_FOR = 900


class Kind(Enum):
    """What a link is for. A mailed invitation proves the mailbox; a copied one does not."""

    MAILED = "invitation.mailed"
    COPIED = "invitation.copied"
    VERIFY = "account.verify"
    RESET = "account.reset"
    SIGN_IN = "account.sign_in"
    ADDRESS = "account.address"
    UNSUBSCRIBE = "mail.unsubscribe"


class Opened(NamedTuple):
    """An invitation link that was read and found genuine."""

    invitation_id: UUID
    generation: int
    kind: Kind

    @property
    def proves_mailbox(self) -> bool:
        """Whether whoever holds it reads the invited mailbox."""
        return self.kind is Kind.MAILED


_SIGNING = {"key_derivation": "hmac", "digest_method": hashlib.sha256}


def _keys() -> tuple[str, ...]:
    config = current_app.config
    return (*(config.get("SECRET_KEY_FALLBACKS") or ()), config["SECRET_KEY"])


class _Plain(URLSafeSerializer):
    """Without the try to compress, which an id does not gain by."""

    def dump_payload(self, obj: Any) -> bytes:
        return base64_encode(orjson.dumps(obj))


def _serializer(kind: Kind) -> URLSafeSerializer:
    return _of_keys(_keys(), kind)


@lru_cache(maxsize=len(Kind))
def _of_keys(keys: tuple[str, ...], kind: Kind) -> URLSafeSerializer:
    return _Plain(list(keys), salt=kind.value, signer=Signer, signer_kwargs=_SIGNING)


def _timed(salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(list(_keys()), salt=salt, signer=TimestampSigner, signer_kwargs=_SIGNING)


def invitation_token(invitation_id: UUID, generation: int, kind: Kind) -> str:
    """The token of an invitation's link."""
    return str(_serializer(kind).dumps([invitation_id.hex, generation]))


def open_invitation(token: object) -> Opened:
    """Reads an invitation's token of either kind. Raises BadLink for anything that this portal did not sign."""
    for kind in (Kind.MAILED, Kind.COPIED):
        try:
            return _opened(_serializer(kind).loads(_canonical(token)), kind)
        except BadData:
            continue
    raise BadLink()


def _opened(payload: object, kind: Kind) -> Opened:
    match payload:
        case [str(hexadecimal), int(generation)]:
            return Opened(UUID(hexadecimal), generation, kind)
    raise BadLink()


def _canonical(token: object) -> str:
    """The token if its signature is written in the one way that we write it.

    The last character of a base64 signature holds bits that decoding drops; without this, a few changed tokens
    would pass as the signed one.
    """
    if not isinstance(token, str) or not token.isascii() or not 0 < len(token) <= LONGEST:
        raise BadLink()
    signature = token.rsplit(".", 1)[-1]
    try:
        if base64_encode(base64_decode(signature)).decode() != signature:
            raise BadLink()
    except BadData:
        raise BadLink() from None
    return token


def mail_token(message_id: UUID) -> str:
    """The token of a mail, by which whoever got it may stop reminders."""
    return str(_serializer(Kind.UNSUBSCRIBE).dumps(message_id.hex))


def open_mail(token: object) -> UUID:
    """The id of the mail whose token this is. Raises BadLink."""
    try:
        payload = _serializer(Kind.UNSUBSCRIBE).loads(_canonical(token))
    except BadData:
        raise BadLink() from None
    return UUID(str(payload))


def return_token(message_id: UUID) -> str:
    """The part of an envelope's sender by which a report is known (VERP): lower case, as mail servers may write it."""
    return f"{message_id.hex}{_return_signature(message_id, _keys()[-1])}"


def open_return(token: str) -> UUID:
    """The id of the mail whose report came to that address. Raises BadLink."""
    said = token.lower()
    if not re.fullmatch(r"[0-9a-f]{48}", said):
        raise BadLink()
    message_id = UUID(said[:32])
    if not any(hmac.compare_digest(said[32:], _return_signature(message_id, key)) for key in _keys()):
        raise BadLink()
    return message_id


def _return_signature(message_id: UUID, key: str) -> str:
    return hmac.new(key.encode(), b"mail.return" + message_id.bytes, hashlib.sha256).hexdigest()[:16]


def account_token(user: User, kind: Kind) -> str:
    """The token of an account's link: an hour or a quarter, one use, for the account as it is now."""
    return str(_timed(kind.value).dumps([user.id.hex, _state(user)]))


def open_account(token: object, kind: Kind) -> tuple[UUID, str]:
    """The account's id and the state that it had when the link was made. Raises BadLink."""
    seconds = SIGN_IN_FOR if kind is Kind.SIGN_IN else HOUR
    try:
        payload = _timed(kind.value).loads(_canonical(token), max_age=seconds)
    except BadData:
        raise BadLink() from None
    match payload:
        case [str(hexadecimal), str(state)]:
            return UUID(hexadecimal), state
    raise BadLink()


def address_token(user: User, address: str) -> str:
    """The token that moves an account to another address: one hour, one use, for whoever reads that mailbox."""
    return str(_timed(Kind.ADDRESS.value).dumps([user.id.hex, _state(user), address]))


def open_address(token: object) -> tuple[UUID, str, str]:
    """The account's id, the state that it had, and the address that it asked for. Raises BadLink."""
    try:
        payload = _timed(Kind.ADDRESS.value).loads(_canonical(token), max_age=HOUR)
    except BadData:
        raise BadLink() from None
    match payload:
        case [str(hexadecimal), str(state), str(address)]:
            return UUID(hexadecimal), state, address
    raise BadLink()


def still_fits(user: User, state: str) -> bool:
    """Whether the account is as it was when the link was made; a used link no longer fits."""
    return state == _state(user)


def state_of(user: User) -> str:
    """What ``still_fits`` compares, for what is remembered about an account by other means than a link."""
    return _state(user)


def _state(user: User) -> str:
    seen = f"{user.email}|{user.password_hash}|{user.verified_at}|{user.link_used_at}"
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


def remember(opened: str, path: str) -> str:
    """The value of the cookie that remembers, for an hour, which link a page is about."""
    return str(_timed(f"cookie{path}").dumps(opened))


def remembered(value: str | None, path: str) -> str | None:
    """The token that ``remember`` kept, or None when it is missing, old or forged."""
    try:
        token = _timed(f"cookie{path}").loads(value or "", max_age=HOUR)
    except BadData:
        return None
    return token if isinstance(token, str) else None


def public(path: str) -> str:
    """A link from the configured public address, whatever the request's Host says."""
    return f"{current_app.config['PUBLIC_URL']}{path}"


def invitation_link(invitation_id: UUID, generation: int, kind: Kind) -> str:
    """The whole link that opens an invitation."""
    return public(f"/join/{invitation_token(invitation_id, generation, kind)}")
