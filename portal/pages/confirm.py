"""Asking again who it is, before what cannot be undone or gives others a way in."""

from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField

from .. import accounts, limits, sessions
from .base import Here, local, page, see_other, signed_in
from .forms import Form

blueprint = Blueprint("confirm", __name__)


class ConfirmForm(Form):
    """The password once more."""

    password = PasswordField(_l("Password"))


@blueprint.route("/confirm", methods=["GET", "POST"])
@limits.confirm_of_person
@signed_in
def show(here: Here) -> Any:
    """Takes the password, then goes on to the page that asked for it."""
    target = local(request.args.get("next")) or url_for("account.show")
    user = accounts.get(here.session, here.person.id)
    form = ConfirmForm()
    if form.validate_on_submit():
        with form.refusing():
            accounts.check_password(user, form.password.data or "")
            sessions.confirm(here.session, here.person.session_id, here.now)
            return see_other(target)
    return page("entry/confirm.html", form.status, form=form, user=user, target=target)
