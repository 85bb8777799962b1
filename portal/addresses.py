"""E-mail addresses: the one normalisation that every path shares, and reading them out of pasted text."""

import re
import unicodedata
from email.utils import parseaddr
from functools import lru_cache
from typing import NamedTuple

from .errors import LocalPartNotAscii, NotAnAddress
from .text import shortened

LONGEST = 254
# What needs no judging before the at sign.
_PLAIN = re.compile(r"(?=[^@]{1,64}@)([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@([A-Za-z0-9.-]+)")


class Written(NamedTuple):
    """An address as somebody wrote it, with the name that stood beside it."""

    address: str
    name: str = ""

    def __str__(self) -> str:
        """As it may be pasted again: read by ``pasted``, it is the same."""
        name = self.name.replace('"', "'")
        if not name:
            return self.address
        return f'"{name}" <{self.address}>' if re.search(r"[^\w .'-]", name) else f"{name} <{self.address}>"


def normalise(text: str) -> str:
    """The address in the one form that is compared and stored.

    Trimmed, NFC, lower case, the domain in IDNA with one trailing dot dropped; plus tags stay, and letters that
    only look alike stay different. Raises NotAnAddress, for a local part that is not ASCII
    as LocalPartNotAscii.
    """
    candidate = unicodedata.normalize("NFC", text.strip()) if isinstance(text, str) else ""
    if not candidate or len(candidate) > LONGEST * 4:
        raise NotAnAddress(address=shortened(candidate))
    try:
        plain = _PLAIN.fullmatch(candidate)
        local, domain = (plain[1], _domain(plain[2])) if plain else _parts(candidate)
    except ValueError as refusal:
        local, at, _ = candidate.rpartition("@")
        kind = LocalPartNotAscii if at and not local.isascii() else NotAnAddress
        raise kind(address=shortened(candidate)) from refusal
    address = f"{local}@{domain}".lower()
    if len(address) > LONGEST:
        raise NotAnAddress(address=shortened(candidate))
    return address


def _parts(candidate: str) -> tuple[str, str]:
    """The local part and the domain in IDNA. Raises ValueError."""
    from email_validator import validate_email  # not at the start: an eighth of a second

    found = validate_email(candidate.removesuffix("."), check_deliverability=False, allow_smtputf8=False, strict=True)
    return found.local_part, found.ascii_domain


@lru_cache(4096)
def _domain(domain: str) -> str:
    """A domain in IDNA, judged once: the people that an organization invites share a few. Raises ValueError."""
    return _parts(f"a@{domain}")[1]


_QUOTED = re.compile(r'"[^"\n]*"|<[^>\n]*>')


def pasted(text: str) -> list[Written]:
    """Addresses out of a paste: lines, commas, semicolons, tabs, spaces, and ``Name <address>``.

    Nothing is judged or dropped here: what is not an address comes back as written, to be named in a message.
    """
    return [_written(piece) for line in text.splitlines() for piece in _pieces(line) if piece]


def _pieces(line: str) -> list[str]:
    """Splits at separators outside of quotes and angle brackets, and at spaces where every word has an at sign."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f"\0{len(kept) - 1}\0"

    held = _QUOTED.sub(keep, line.replace("\0", " "))
    pieces = []
    for piece in re.split(r"[,;\t]", held):
        words = piece.split()
        several = len(words) > 1 and all("@" in word for word in words)
        for part in words if several else [piece]:
            pieces.append(re.sub(r"\0(\d+)\0", lambda m: kept[int(m.group(1))], part).strip())
    return pieces


def _written(piece: str) -> Written:
    if len(piece) > 2 and piece[0] == piece[-1] == '"':  # a cell of a spreadsheet
        piece = piece[1:-1].strip()
    if piece.endswith(">") and "<" in piece:
        before, _, bracketed = piece[:-1].rpartition("<")
        if "@" in bracketed:
            return Written(bracketed.strip(), shortened(parseaddr(piece)[0] or before.strip('" ')))
    words = piece.split()
    if len(words) > 1 and "@" in words[-1] and not any("@" in word for word in words[:-1]):
        return Written(words[-1], shortened(" ".join(words[:-1])))
    return Written(piece)
