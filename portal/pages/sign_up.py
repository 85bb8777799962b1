"""Making an account without an invitation, where the settings allow it."""

from typing import Any

from flask import Blueprint, current_app
from flask_babel import lazy_gettext as _l

from .. import accounts, clock, limits
from ..errors import SignUpClosed
from ..extensions import db
from .base import page
from .forms import Form, Text

blueprint = Blueprint("sign_up", __name__)


class SignUpForm(Form):
    """A name and an address; the password is chosen by whoever opens the mailed link."""

    name = Text(_l("Your name"))
    email = Text(_l("E-mail address"))


@blueprint.route("/sign-up", methods=["GET", "POST"])
@limits.sign_up_of_address
@limits.mails_from_here
def show() -> Any:
    """Asks for the mail; a taken address is answered like a free one."""
    if current_app.config["SIGN_UP"] == "closed":
        raise SignUpClosed()
    form = SignUpForm()
    if form.validate_on_submit():
        with form.refusing():
            asked = accounts.ask_account(db.session(), form.email.data, form.name.data, None, clock.now())
            return page("entry/sign_up_sent.html", email=asked.email)
    domains = current_app.config["SIGN_UP_DOMAINS"] if current_app.config["SIGN_UP"] == "domains" else []
    return page("entry/sign_up.html", form.status, form=form, domains=domains)
