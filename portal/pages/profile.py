"""What somebody says of themselves: name, language, time zone, address; their data; and leaving for good."""

from typing import Any

import orjson
from flask import Blueprint, Response, flash, g, make_response, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields import SelectChoice

from .. import accounts, clock, dossiers, identity, languages, limits, links, profiles
from .base import Here, page, recent, see_other, signed_in
from .entry import keep_link, kept_link
from .forms import ActionForm, Form, Text

blueprint = Blueprint("profile", __name__)


class ProfileForm(Form):
    """A name, and how pages and mails are written."""

    name = Text(_l("Your name"))
    language = SelectField(_l("Language"), validate_choice=False)
    time_zone = SelectField(_l("Time zone"), validate_choice=False)

    def offering(self) -> "ProfileForm":
        """The languages that the portal speaks, by their own names, and every time zone."""
        spoken = (SelectChoice(*pair) for pair in languages.spoken().items())
        self.language.choices = [SelectChoice("", _l("As my browser asks")), *spoken]
        self.time_zone.choices = [SelectChoice("", "UTC"), *(SelectChoice(z, z) for z in profiles.time_zones()[1:])]
        return self


class AddressForm(Form):
    """The address to change to."""

    email = Text(_l("New e-mail address"))


class DeleteForm(Form):
    """The account's address, written once more."""

    email = Text(_l("Your e-mail address"))


@blueprint.route("/account/profile", methods=["GET", "POST"])
@signed_in
def edit(here: Here) -> Any:
    """Changes name, language and time zone."""
    user = accounts.get(here.session, here.person.id)
    form = ProfileForm(obj=user).offering()
    if form.validate_on_submit():
        with form.refusing():
            profiles.describe(
                here.session, here.actor, here.now,
                name=form.name.data, language=form.language.data or "", time_zone=form.time_zone.data or "",
            )  # fmt: skip
            flash(_("Your account was changed."))
            return see_other(url_for("account.show"))
    return page("account/profile.html", form.status, form=form)


@blueprint.route("/account/address", methods=["GET", "POST"])
@limits.address_of_person
@limits.address_to_recipient
@signed_in
@recent
def address(here: Here) -> Any:
    """Asks for another address: its mailbox gets a link, the old one is told."""
    form = AddressForm()
    if form.validate_on_submit():
        with form.refusing():
            asked = profiles.ask_address(here.session, here.actor, form.email.data, here.now)
            return page("account/address_asked.html", asked=asked)
    return page("account/address.html", form.status, form=form)


@blueprint.get("/new-address/<token>")
def address_link(token: str) -> Any:
    """Moves the token out of the address."""
    g.no_referrer = True
    links.open_address(token)
    response = make_response(redirect("/new-address", 303))
    keep_link(response, "/new-address", token)
    return response


@blueprint.route("/new-address", methods=["GET", "POST"])
@signed_in
def confirm_address(here: Here) -> Any:
    """Changes the address, with one button, for whoever holds the link and is signed in to the account."""
    token = kept_link("/new-address")
    user, new = profiles.address_asked(here.session, token)
    form = ActionForm()
    if user.id != here.person.id:
        return page("account/address_of_other.html", 403, new=new)
    if form.validate_on_submit():
        with form.refusing():
            profiles.change_address(here.session, here.actor, token, here.now, keep=here.person.session_id)
            flash(_("Your address is %(address)s now.", address=new))
            return see_other(url_for("account.show"))
    return page("account/new_address.html", form.status, form=form, old=user.email, new=new)


@blueprint.get("/account/data")
@signed_in
@recent
def data(here: Here) -> Any:
    """Everything that the portal holds about this person, as a JSON file."""
    found = dossiers.of_person(here.session, here.person.id, here.now)
    written = orjson.dumps(found, default=_written, option=orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_DATETIME)
    response = Response(written, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="usher-{here.now:%Y-%m-%d}.json"'
    return response


def _written(value: Any) -> str:
    return clock.rfc3339(value)


@blueprint.route("/account/delete", methods=["GET", "POST"])
@signed_in
@recent
def delete(here: Here) -> Any:
    """Deletes the account, once its address is written; a last owner hands over first."""
    alone = profiles.owned_alone(here.session, here.person.id)
    form = DeleteForm()
    if form.validate_on_submit():
        with form.refusing():
            profiles.delete(here.session, here.actor, form.email.data, here.now)
            identity.sign_out()
            flash(_("Your account is deleted."))
            return see_other(url_for("entry.sign_in"))
    return page("account/delete.html", form.status, form=form, alone=alone)
