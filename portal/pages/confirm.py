"""Asking again who it is, before what cannot be undone or gives others a way in."""

from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField

from .. import accounts, limits, second_steps, sessions
from .base import Here, local, page, see_other, signed_in
from .forms import Form, Text

blueprint = Blueprint("confirm", __name__)


class ConfirmForm(Form):
    """The password once more, and a code where there is a second step."""

    password = PasswordField(_l("Password"))
    code = Text(_l("Code"))


@blueprint.route("/confirm", methods=["GET", "POST"])
@limits.confirm_of_person
@signed_in
def show(here: Here) -> Any:
    """Takes password and code, then goes on to the page that asked for it."""
    target = local(request.args.get("next")) or url_for("account.show")
    user = accounts.get(here.session, here.person.id)
    has_step = second_steps.is_on(here.session, user.id)
    form = ConfirmForm()
    if form.validate_on_submit():
        with form.refusing():
            if user.password_hash is not None or not has_step:
                accounts.check_password(user, form.password.data or "")
            if has_step:
                second_steps.check(here.session, user.id, form.code.data, here.now)
            sessions.confirm(here.session, here.person.session_id, here.now)
            return see_other(target)
    return page("entry/confirm.html", form.status, form=form, user=user, has_step=has_step, target=target)
