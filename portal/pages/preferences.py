"""How the reader likes the pages: which language, and light or dark; chosen with a button, kept in a cookie.

A signed-in person's language is kept with the account, so that mails speak it too.
"""

from typing import Any

from flask import Blueprint, abort, current_app, has_request_context, request, url_for
from flask_babel import lazy_gettext as _l

from .. import clock, identity, languages, profiles
from ..extensions import db
from .base import local, see_other
from .forms import pressed

blueprint = Blueprint("preferences", __name__, url_prefix="/preferences")
YEAR = 31_536_000  # seconds
LOOKS = {"": _l("As the system"), "light": _l("Light"), "dark": _l("Dark")}


@blueprint.post("/language")
def language() -> Any:
    """Chooses a language, of the account where somebody is signed in."""
    return _chosen("language", languages.spoken(), keep_with_account=True)


@blueprint.post("/look")
def look() -> Any:
    """Chooses light, dark, or what the system says."""
    return _chosen("look", LOOKS)


def _chosen(name: str, offered: Any, keep_with_account: bool = False) -> Any:
    value = request.form.get(name, "")
    if value not in offered:
        abort(400)
    response = see_other(local(request.form.get("back")) or url_for("organizations.home"))
    if not pressed():
        return response
    if keep_with_account and identity.viewer() is not None:
        profiles.describe(db.session(), identity.actor(), clock.now(), language=value)
    response.set_cookie(
        f"usher_{name}", value, max_age=YEAR if value else 0, httponly=True, samesite="Lax",
        secure=current_app.config["PUBLIC_URL"].startswith("https://"),
    )  # fmt: skip
    return response


def chosen_look() -> str:
    """``light``, ``dark``, or nothing for what the system says, as in a mail."""
    value = request.cookies.get("usher_look", "") if has_request_context() else ""
    return value if value in LOOKS else ""
