"""Signing in and out, a forgotten password, and proving an address."""

from typing import Any

from flask import Blueprint, current_app, flash, g, make_response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, PasswordField

from .. import accounts, clock, identity, limits, links
from ..errors import BadLink, WrongPassword
from ..extensions import db
from ..links import Kind
from .base import Here, local, page, see_other, signed_in
from .entering import enter
from .forms import ActionForm, Form, Text, pressed

blueprint = Blueprint("entry", __name__)


class SignInForm(Form):
    """An address and a password."""

    email = Text(_l("E-mail address"))
    password = PasswordField(_l("Password"))
    lasts = BooleanField(_l("Keep me signed in on this device"), default=True)


class ForgotForm(Form):
    """The address of an account."""

    email = Text(_l("E-mail address"))


class PasswordForm(Form):
    """A new password."""

    password = PasswordField(_l("New password"))


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limits.sign_in_of_address
@limits.sign_in_from_here
def sign_in() -> Any:
    """Signs in, then goes where the person was going."""
    target = local(request.args.get("next"))
    form = SignInForm()
    if request.method == "GET" and identity.viewer():
        return see_other(target or url_for("organizations.home"))
    if form.validate_on_submit():
        with form.refusing():
            user = accounts.sign_in(db.session(), form.email.data, form.password.data or "")
            accounts.refresh_hash(db.session(), user, form.password.data or "")
            return enter(user, target, lasts=form.lasts.data)
    status = 401 if any(isinstance(error, WrongPassword) for error in form.refused) else form.status
    return page("entry/sign_in.html", status, form=form, target=target, joining=target == "/join")


@blueprint.post("/sign-out")
def sign_out() -> Any:
    """Ends this session, and may come back to a page of ours."""
    if pressed():
        identity.sign_out()
        flash(_("You are signed out."))
        return see_other(local(request.args.get("next")) or url_for("entry.sign_in"))
    return see_other(url_for("organizations.home"))


@blueprint.route("/forgot", methods=["GET", "POST"])
@limits.reset_of_address
@limits.mails_from_here
def forgot() -> Any:
    """Mails the link for a new password; the page says the same whether or not there is such an account."""
    form = ForgotForm()
    if form.validate_on_submit():
        accounts.ask_reset(db.session(), form.email.data, clock.now())
        return page("entry/forgot_sent.html", email=form.email.data)
    return page("entry/forgot.html", form.status, form=form)


@blueprint.post("/verify/ask")
@limits.verify_of_person
@signed_in
def ask_verification(here: Here) -> Any:
    """Mails the signed-in person the link that verifies their address."""
    if pressed():
        user = accounts.by_address(here.session, here.person.email)
        if user:
            accounts.ask_verification(here.session, user, here.now)
        flash(_("We have sent a link to %(address)s.", address=here.person.email))
    return see_other(url_for("account.show"))


@blueprint.get("/reset/<token>")
def reset_link(token: str) -> Any:
    """Moves the token out of the address."""
    return _moved(token, Kind.RESET, "/reset")


@blueprint.get("/verify/<token>")
def verify_link(token: str) -> Any:
    """Moves the token out of the address."""
    return _moved(token, Kind.VERIFY, "/verify")


def _moved(token: str, kind: Kind, path: str) -> Any:
    g.no_referrer = True
    links.open_account(token, kind)
    response = make_response(redirect(path, 303))
    keep_link(response, path, token)
    return response


def keep_link(response: Any, path: str, token: str) -> None:
    """Remembers for an hour, in a signed cookie of that path, which link the page is about. It signs nobody in."""
    response.set_cookie(
        f"usher_link_{path.strip('/')}", links.remember(token, path), max_age=links.HOUR, path=path, httponly=True,
        samesite="Lax", secure=current_app.config["PUBLIC_URL"].startswith("https://"),
    )  # fmt: skip


def kept_link(path: str) -> str | None:
    """The token of the link that the page is about."""
    g.no_referrer = True
    return links.remembered(request.cookies.get(f"usher_link_{path.strip('/')}"), path)


@blueprint.route("/reset", methods=["GET", "POST"])
@limits.mails_from_here
def reset() -> Any:
    """A new password for whoever holds the mailed link."""
    return _new_password(kept_link("/reset"), Kind.RESET, _("Choose a new password"))


@blueprint.route("/verify", methods=["GET", "POST"])
@limits.mails_from_here
def verify() -> Any:
    """Proves an address: with one button for who is signed in to that account, else with a new password."""
    token, person = kept_link("/verify"), identity.viewer()
    user = accounts.from_link(db.session(), token, Kind.VERIFY)
    if person is None or person.id != user.id:
        return _new_password(token, Kind.VERIFY, _("Verify your address"))
    form = ActionForm()
    if form.validate_on_submit():
        accounts.verify(db.session(), token or "", clock.now(), keep=person.session_id)
        flash(_("%(address)s is verified.", address=user.email))
        return see_other(url_for("organizations.home"))
    return page("entry/verify.html", form.status, form=form, user=user)


def _new_password(token: str | None, kind: Kind, title: str) -> Any:
    if token is None:
        raise BadLink()
    user = accounts.from_link(db.session(), token, kind)
    form = PasswordForm()
    if form.validate_on_submit():
        with form.refusing():
            now = clock.now()
            user = accounts.set_password_by_link(db.session(), token, kind, form.password.data or "", now)
            flash(_("Your new password is set. Every other session has ended."))
            return enter(user)
    return page("entry/new_password.html", form.status, form=form, user=user, title=title)
