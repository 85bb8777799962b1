"""A mail as bytes: its headers (RFC 5322), and its words as text and HTML (RFC 2046).

Written here, since the standard library's generator folds every header anew and searches the bodies for a boundary,
which costs a mail of two parts more than all of its words do.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache

from flask_mail import BadHeaderError

FOLDED_AT = 76  # characters: an encoded word is on no longer line (RFC 2047)
LONGEST_LINE = 998  # characters (RFC 5322, 2.1.1)
_ONE_ADDRESS = re.compile(r"[^\s,;:<>()\[\]\"\\@]+@[^\s,;:<>()\[\]\"\\@]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail from ``sender`` (a name and an address, or an address) to one recipient; ``html`` may be missing."""

    message_id: str
    subject: str
    sender: str
    recipient: str
    date: datetime
    text: str
    html: str = ""
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_bytes(self) -> bytes:
        """The mail as it goes over the wire. Raises BadHeaderError for what would break out of a header."""
        if not _ONE_ADDRESS.fullmatch(self.recipient):
            raise BadHeaderError
        headers = [
            _worded("Subject", self.subject),
            f"From: {_mailbox(self.sender)}\r\n",
            _plain("To", self.recipient),
            _plain("Date", format_datetime(self.date)),
            _plain("Message-ID", self.message_id),
            *([f"Reply-To: {_mailbox(self.reply_to)}\r\n"] if self.reply_to else []),
            *(_plain(name, value) for name, value in self.headers.items()),
            "MIME-Version: 1.0\r\n",
        ]
        return "".join(headers).encode("ascii") + self._content()

    def _content(self) -> bytes:
        if not self.html:
            return _part(b"plain", self.text)
        # Neither encoding of a body ever makes “=_”, so that no body holds the boundary.
        boundary = b"=_" + re.sub(rb"[^0-9A-Za-z]", b"", self.message_id.partition("@")[0].encode())
        between = b"\r\n--" + boundary
        return b"".join(
            [
                b'Content-Type: multipart/alternative; boundary="', boundary, b'"\r\n',
                between, b"\r\n", _part(b"plain", self.text),
                between, b"\r\n", _part(b"html", self.html),
                between, b"--\r\n",
            ]
        )  # fmt: skip


def _plain(name: str, value: str) -> str:
    """A header that is not for people's words: ASCII, as it is."""
    line = f"{name}: {value}"
    if _breaks(line) or not line.isascii() or len(line) > LONGEST_LINE:
        raise BadHeaderError
    return line + "\r\n"


def _worded(name: str, value: str) -> str:
    """A header of words in any language: encoded where it is not ASCII or looks as if it were encoded."""
    if _breaks(value):
        raise BadHeaderError
    if not value.isascii() or "=?" in value:
        value = Header(value, "utf-8", FOLDED_AT, name).encode(linesep="\r\n")
    elif len(name) + 2 + len(value) > FOLDED_AT:
        value = Header(value, "us-ascii", FOLDED_AT, name).encode(linesep="\r\n")
    return f"{name}: {value}\r\n"


def _breaks(value: str) -> bool:
    return "\n" in value or "\r" in value or "\0" in value


@lru_cache(maxsize=64)
def address_in(said: str) -> str:
    """The address in a name and an address."""
    return parseaddr(said)[1]


@lru_cache(maxsize=64)
def _mailbox(said: str) -> str:
    """A name and an address, or an address, with the name encoded where that is needed. Raises BadHeaderError."""
    if _breaks(said):
        raise BadHeaderError
    name, address = parseaddr(said)
    if not _ONE_ADDRESS.fullmatch(address):
        raise BadHeaderError
    if name.isascii() and "=?" not in name:
        return formataddr((name, address))
    return Header(name, "utf-8", FOLDED_AT, "Reply-To").encode(linesep="\r\n") + f"\r\n <{address}>"


def _part(kind: bytes, words: str) -> bytes:
    """A part with its headers, in the shorter of the two encodings."""
    content = words.replace("\r\n", "\n").replace("\r", "\n").encode()
    encoded, encoding = binascii.b2a_qp(content, istext=True), b"quoted-printable"
    if len(encoded) > len(content) * 3 // 2:
        encoded, encoding = base64.encodebytes(content.replace(b"\n", b"\r\n")), b"base64"
    return b"".join(
        [
            b"Content-Type: text/", kind, b"; charset=utf-8\r\nContent-Transfer-Encoding: ", encoding, b"\r\n\r\n",
            encoded.replace(b"\n", b"\r\n"),
        ]
    )  # fmt: skip
