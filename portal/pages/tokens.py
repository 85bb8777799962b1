"""The person's API tokens: made, shown once, revoked."""

from datetime import timedelta
from typing import Any, Self
from uuid import UUID

from flask import Blueprint, flash, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, SelectMultipleField
from wtforms.fields import SelectChoice

from .. import memberships, tokens
from ..errors import NotFound
from .base import Here, page, recent, see_other, signed_in
from .forms import ActionForm, Form, Text, pressed

blueprint = Blueprint("tokens", __name__, url_prefix="/account/tokens")

LIVES = {"30": _l("In 30 days"), "90": _l("In 90 days"), "365": _l("In a year"), "": _l("Never")}


class TokenForm(Form):
    """What a token is called, where it acts, what it may do, and until when."""

    name = Text(_l("Name"))
    organization = SelectField(_l("Organization"), validate_choice=False)
    scopes = SelectMultipleField(_l("What it may do"), choices=tokens.SCOPES, validate_choice=False)
    expires = SelectField(
        _l("Expires"), choices=[SelectChoice(*life) for life in LIVES.items()], default="90", validate_choice=False
    )

    def offering(self, names: dict[UUID, str]) -> Self:
        """The organizations that the person has."""
        theirs = [SelectChoice(str(key), name) for key, name in names.items()]
        self.organization.choices = [SelectChoice("", _("All of yours")), *theirs]
        return self

    @property
    def life(self) -> timedelta | None:
        """How long it lasts; a choice that was not offered is the shortest."""
        chosen = self.expires.data
        return None if chosen == "" else timedelta(days=int(chosen) if chosen in LIVES else 30)


@blueprint.route("", methods=["GET", "POST"])
@signed_in
@recent
def index(here: Here) -> Any:
    """The list, and a form for a new one; the secret stands on the reply to the form and nowhere else."""
    names = {m.organization_id: m.organization.name for m in memberships.of_user(here.session, here.person.id)}
    form = TokenForm().offering(names)
    secret = None
    if form.validate_on_submit():
        with form.refusing():
            _token, secret = tokens.create(
                here.session, here.actor, here.person.id, here.now, name=form.name.data, scopes=form.scopes.data or [],
                organization_id=_key(form.organization.data), life=form.life,
            )  # fmt: skip
            form = TokenForm(formdata=None).offering(names)
    if form.scopes.data is None and not form.errors:
        form.scopes.data = list(tokens.SCOPES)
    found = tokens.of_user(here.session, here.person.id, here.now)
    return page(
        "account/tokens.html", form.status, form=form, secret=secret, tokens=found, names=names, action=ActionForm()
    )


def _key(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound() from None


@blueprint.post("/<uuid:token_id>/revoke")
@signed_in
def revoke(here: Here, token_id: UUID) -> Any:
    """Ends a token at once."""
    if pressed():
        tokens.revoke(here.session, here.actor, token_id, here.now)
        flash(_("The token was revoked."))
    return see_other(url_for("tokens.index"))
