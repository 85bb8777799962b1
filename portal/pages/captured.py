"""Captured mail at ``/dev/mail``, on loopback addresses only: what would have been sent, and its links."""

import re
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, make_response, render_template

from ..delivery.smtp import captured
from ..errors import NotFound

blueprint = Blueprint("captured", __name__, url_prefix="/dev/mail")
MOST = 200
# The body is somebody's text: no script, no request anywhere, its links open beside it.
BODY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_LINK = re.compile(r"https?://[^\s<>\"]+")


@blueprint.get("")
def index() -> Any:
    """The captured mails, newest first."""
    files = sorted(captured(_app()).glob("*.eml"), reverse=True)[:MOST]
    return render_template("captured/index.html", mails=[(file.stem, _read(file)) for file in files])


@blueprint.get("/<uuid:key>")
def show(key: UUID) -> Any:
    """One mail: headers, the HTML in a frame, the text, and its links."""
    mail = _mail(key)
    text = _part(mail, "plain")
    found = list(dict.fromkeys(_LINK.findall(text)))
    return render_template("captured/show.html", key=key, mail=mail, text=text, links=found)


@blueprint.get("/<uuid:key>/body")
def body(key: UUID) -> Any:
    """The HTML part alone, from an address of its own, sandboxed."""
    response = make_response(_part(_mail(key), "html").replace("<head>", '<head><base target="_blank">', 1))
    response.headers["Content-Security-Policy"] = BODY_POLICY
    return response


def _app() -> Any:
    return current_app._get_current_object()  # type: ignore[attr-defined]


def _mail(key: UUID) -> EmailMessage:
    file = captured(_app()) / f"{key}.eml"
    if not file.is_file():
        raise NotFound()
    return _read(file)


def _read(file: Path) -> EmailMessage:
    return BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(file.read_bytes())


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
