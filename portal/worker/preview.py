"""How the mail of an invitation reads, before there is one."""

from datetime import datetime, timedelta
from types import SimpleNamespace

from flask import render_template
from flask_babel import force_locale

from .. import links
from ..invitations import View
from ..models import Invitation, Organization
from ..text import one_line


def preview(organization: Organization, paragraph: str, name: str, address: str, now: datetime) -> tuple[str, str]:
    """Subject and text of an invitation from this person, with this paragraph of the organization's own."""
    invitation = Invitation(
        email="ines@example.com", name="Ines", role=organization.default_role, restricted=False, message="",
        language="en", expires_at=now + timedelta(seconds=organization.invitation_lifetime),
    )  # fmt: skip
    said = SimpleNamespace(name=organization.name, mail_paragraph=paragraph)
    view = View(invitation, said, SimpleNamespace(name=name, email=address))  # type: ignore[arg-type]
    context = {"view": view, "link": links.public("/join/…"), "stop": links.public("/unsubscribe/…"), "language": "en"}
    with force_locale("en"):
        subject, text = (render_template(f"mail/invitation/{part}", **context) for part in ("subject.txt", "body.txt"))
    return one_line(subject), text.strip()
