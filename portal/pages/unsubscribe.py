"""Stopping reminders, out of a mail: by its link and a button, or by a mail program's one click (RFC 8058)."""

from typing import Any

from flask import Blueprint, g, render_template

from .. import clock, invitations, limits
from ..extensions import db

blueprint = Blueprint("unsubscribe", __name__)


@blueprint.get("/unsubscribe/<token>")
@limits.join_from_here
def ask(token: str) -> Any:
    """Asks once more; a scanner that follows the link stops nothing."""
    g.no_referrer = True
    organization, address = invitations.reminded_by(db.session(), token)
    return render_template("unsubscribe/ask.html", organization=organization, address=address, token=token)


@blueprint.post("/unsubscribe/<token>")
@limits.join_from_here
def stop(token: str) -> Any:
    """Stops reminders of that organization to that address. A mail program posts without a page of ours."""
    g.no_referrer = True
    organization, address = invitations.reminded_by(db.session(), token)
    invitations.stop_reminders(db.session(), token, clock.now())
    return render_template("unsubscribe/stopped.html", organization=organization, address=address)
