"""Signing in with a link in a mail: opening it asks, its button signs in, once."""

from typing import Any

from flask import Blueprint, flash, g, make_response, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from .. import accounts, clock, limits, links
from ..errors import BadLink
from ..extensions import db
from ..links import Kind
from .base import page
from .entering import enter
from .entry import keep_link, kept_link
from .forms import ActionForm, Form, Text

blueprint = Blueprint("mailed", __name__)
PATH = "/mailed-sign-in"


class LinkForm(Form):
    """The address of an account."""

    email = Text(_l("E-mail address"))


@blueprint.route("/sign-in/mail", methods=["GET", "POST"])
@limits.link_to_recipient
@limits.mails_from_here
def ask() -> Any:
    """Asks for the mail; the answer is the same whether or not there is such an account."""
    form = LinkForm(email=request.args.get("email", ""))
    if form.validate_on_submit():
        accounts.ask_sign_in(db.session(), form.email.data, clock.now())
        return page("entry/mailed_sent.html", email=form.email.data)
    return page("entry/mailed_ask.html", form.status, form=form)


@blueprint.get(f"{PATH}/<token>")
def follow(token: str) -> Any:
    """Moves the token out of the address. Whatever looks into mails for people may open it."""
    g.no_referrer = True
    links.open_account(token, Kind.SIGN_IN)
    response = make_response(redirect(PATH, 303))
    keep_link(response, PATH, token)
    return response


@blueprint.route(PATH, methods=["GET", "POST"])
@limits.mails_from_here
def show() -> Any:
    """One button that signs in, once."""
    token = kept_link(PATH)
    if token is None:
        raise BadLink()
    user = accounts.from_link(db.session(), token, Kind.SIGN_IN)
    form = ActionForm()
    if form.validate_on_submit():
        taken_over = not user.is_verified
        user = accounts.sign_in_by_link(db.session(), token, clock.now())
        if taken_over:
            flash(
                _("%(address)s is verified. What anybody did with this account before has ended.", address=user.email)
            )
        response = enter(user)
        response.delete_cookie(f"usher_link_{PATH.strip('/')}", path=PATH)
        return response
    return page("entry/mailed.html", form.status, form=form, user=user)
