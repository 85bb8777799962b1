"""The one way into an account, whatever somebody showed first: a password, a mailed link, a provider.

Who has a second step is asked for it before a session starts; until then a signed cookie remembers what was shown.
"""

from typing import Any
from uuid import UUID

import orjson
from flask import Blueprint, request, url_for
from flask_babel import lazy_gettext as _l

from .. import clock, identity, limits, links, second_steps
from ..errors import BadLink
from ..extensions import db
from ..models import User
from .base import local, page, see_other
from .forms import Form, Text

blueprint = Blueprint("entering", __name__)
PATH = "/second-step"
COOKIE = limits.SECOND_STEP_COOKIE


class CodeForm(Form):
    """A code of the app, or a recovery code."""

    code = Text(_l("Code"))


def enter(user: User, target: str | None = None, lasts: bool = True) -> Any:
    """Starts a session and goes where the person was going, by way of the second step where there is one."""
    if not second_steps.is_on(db.session(), user.id):
        identity.sign_in(user.id, clock.now(), lasts=lasts)
        return see_other(target or url_for("organizations.home"))
    shown = {"user": user.id.hex, "state": links.state_of(user), "target": target or "", "lasts": lasts}
    response = see_other(PATH)
    response.set_cookie(
        COOKIE, links.remember(orjson.dumps(shown).decode(), PATH), path=PATH, httponly=True, samesite="Lax",
        secure=identity.is_https(),
    )  # fmt: skip
    return response


@blueprint.route(PATH, methods=["GET", "POST"])
@limits.code_of_person
def show() -> Any:
    """Asks for the code, then signs in."""
    user, shown = _remembered()
    form = CodeForm()
    if form.validate_on_submit():
        with form.refusing():
            second_steps.check(db.session(), user.id, form.code.data, clock.now())
            identity.sign_in(user.id, clock.now(), lasts=bool(shown["lasts"]))
            response = see_other(local(shown["target"]) or url_for("organizations.home"))
            response.delete_cookie(COOKIE, path=PATH)
            return response
    return page("entry/second_step.html", form.status, form=form, user=user)


def _remembered() -> tuple[User, dict[str, Any]]:
    """Who showed the first step in this browser within the hour. Raises BadLink when that no longer fits."""
    kept = links.remembered(request.cookies.get(COOKIE), PATH)
    if kept is None:
        raise BadLink()
    shown = orjson.loads(kept)
    user = db.session().get(User, UUID(shown["user"]))
    if user is None or user.deactivated_at is not None or not links.still_fits(user, shown["state"]):
        raise BadLink()
    return user, shown
