"""DKIM (RFC 6376): whether the key in DNS is the one that the portal signs with."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dkim
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from ..delivery.signing import signed

PIECE = 255  # bytes that one string of a TXT record holds


class Unfit(Exception):
    """The key cannot sign; the argument says why."""


def name_of(config: Mapping[str, Any]) -> str:
    """Where the key's record belongs."""
    return f"{config['MAIL_DKIM_SELECTOR']}._domainkey.{config['MAIL_DKIM_DOMAIN']}"


def record_for(config: Mapping[str, Any]) -> str:
    """The record that belongs there. Raises Unfit."""
    try:
        key = load_pem_private_key(Path(config["MAIL_DKIM_KEY"]).read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as failure:
        raise Unfit(f"The key in PORTAL_MAIL_DKIM_KEY cannot be read: {failure}.") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < 1024:
        raise Unfit("The key in PORTAL_MAIL_DKIM_KEY is not one of RSA with 1024 bits or more.")
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def fits(record: str, config: Mapping[str, Any]) -> bool:
    """Whether a mail that the portal signs is found to be genuine with this record."""
    domain = config["MAIL_DKIM_DOMAIN"]
    mail = f"From: portal@{domain}\r\nSubject: A trial\r\n\r\nA trial\r\n".encode()
    try:
        return bool(dkim.verify(signed(mail, config), dnsfunc=lambda name, **_: record.encode("latin-1")))
    except dkim.DKIMException:
        return False


def is_revoked(record: str) -> bool:
    """Whether the record takes the key back, by an empty one."""
    tags = {name.strip(): value.strip() for name, _, value in (tag.partition("=") for tag in record.split(";"))}
    return tags.get("p") == ""


def zone_line(name: str, text: str) -> str:
    """A TXT record as a zone file has it."""
    pieces = " ".join(f'"{text[start : start + PIECE]}"' for start in range(0, len(text), PIECE))
    return f"{name}. IN TXT {pieces}"
