"""DKIM (RFC 6376): signs what goes out with the operator's key."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

HEADERS = [
    b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"auto-submitted", b"mime-version",
    b"content-type", b"list-unsubscribe", b"list-unsubscribe-post",
]  # fmt: skip


def signed(content: bytes, config: Mapping[str, Any]) -> bytes:
    """The mail with its signature at its head, where a key is set; otherwise as it is."""
    if not config["MAIL_DKIM_KEY"]:
        return content
    import dkim

    domain, selector = config["MAIL_DKIM_DOMAIN"], config["MAIL_DKIM_SELECTOR"]
    present = [name for name in HEADERS if b"\n" + name + b":" in b"\n" + content.partition(b"\r\n\r\n")[0].lower()]
    head: bytes = dkim.sign(
        content, selector.encode(), domain.encode(), _key(config["MAIL_DKIM_KEY"]),
        canonicalize=(b"relaxed", b"relaxed"), include_headers=present,
    )  # fmt: skip
    return head + content


@lru_cache(maxsize=1)
def _key(path: str) -> bytes:
    return Path(path).read_bytes()
