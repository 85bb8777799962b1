"""Reads what mail servers send back: delivery status notifications (RFC 3464) and complaints (RFC 5965)."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import getaddresses
from typing import NamedTuple
from uuid import UUID

from .. import links
from ..errors import BadLink
from ..text import one_line

LARGEST = 1_000_000  # bytes
_OWN_ID = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^<>\s]+>", re.ASCII)


class Report(NamedTuple):
    """What a report says about one of our mails."""

    message_id: UUID
    what: str  # delivered, bounced, complained, or delayed, which changes nothing
    words: str


def read(content: bytes) -> Report | None:
    """The report in a mail; None when it is none, or about no mail of ours.

    Which mail it is about says the signed address that it came to, or else the Message-ID of the mail that it returns.
    """
    try:
        mail = message_from_bytes(content[:LARGEST], policy=policy.default)
        parts = list(mail.walk())
        found = _complaint(parts) or _notification(parts)
        about = found and (_returned_to(mail) or _returned(parts))
    except (ValueError, LookupError, TypeError, AttributeError):  # the standard library's parser on broken mail
        return None
    return Report(about, *found) if found and about else None


def _complaint(parts: list[EmailMessage]) -> tuple[str, str] | None:
    for fields in _fields(parts, "message/feedback-report"):
        kind = str(fields.get("Feedback-Type", "abuse"))
        return "complained", one_line(f"The recipient complained: {kind}")
    return None


def _notification(parts: list[EmailMessage]) -> tuple[str, str] | None:
    """The last recipient's fields; ours are mails to one."""
    said = None
    for fields in _fields(parts, "message/delivery-status"):
        action, status = str(fields.get("Action", "")).strip().lower(), str(fields.get("Status", "")).strip()
        if not action:
            continue
        diagnostic = str(fields.get("Diagnostic-Code", "")).partition(";")[2] or status
        said = _WHAT.get(action, "delayed"), one_line(diagnostic)
        if said[0] == "bounced" and status.startswith("4"):
            said = "delayed", said[1]
    return said


_WHAT = {"failed": "bounced", "delivered": "delivered", "relayed": "delivered", "expanded": "delivered"}


def _fields(parts: list[EmailMessage], kind: str) -> list[Message]:
    """The groups of fields in the parts of that type, each a message without a body."""
    found: list[Message] = []
    for part in parts:
        if part.get_content_type() != kind:
            continue
        payload = part.get_payload()
        if isinstance(payload, list):
            found += [group for group in payload if isinstance(group, Message)]
        elif isinstance(payload, str):
            found += [message_from_bytes(group.encode()) for group in re.split(r"\r?\n\r?\n", payload) if group.strip()]
    return found


def _returned_to(mail: EmailMessage) -> UUID | None:
    headers = [str(value) for name in ("To", "Delivered-To", "X-Original-To") for value in mail.get_all(name, [])]
    for _, address in getaddresses(headers):
        token = address.rpartition("@")[0].rpartition("+")[2]
        try:
            return links.open_return(token)
        except BadLink:
            continue
    return None


def _returned(parts: list[EmailMessage]) -> UUID | None:
    """The Message-ID of the mail that came back, or of its headers."""
    for part in parts:
        if part.get_content_type() in ("message/rfc822", "message/rfc822-headers", "text/rfc822-headers"):
            found = _OWN_ID.search(part.as_string().partition("\n\n")[2] or part.as_string())
            if found:
                return UUID(found.group(1))
    return None
