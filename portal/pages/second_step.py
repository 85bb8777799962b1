"""Setting up, renewing and ending the second step of one's own account; demanding it in an organization."""

from typing import Any

import segno
from flask import Blueprint, flash, url_for
from flask_babel import gettext as _

from .. import limits, permissions, second_steps
from ..permissions import Permission
from .base import Here, in_organization, page, recent, see_other, signed_in
from .entering import CodeForm
from .forms import ActionForm, pressed

blueprint = Blueprint("second_step", __name__)


@blueprint.route("/account/second-step", methods=["GET", "POST"])
@limits.code_of_person
@signed_in
@recent
def show(here: Here) -> Any:
    """What there is; while it is set up, the picture for the app and room for its first code."""
    form = CodeForm()
    step = second_steps.of_user(here.session, here.person.id)
    if form.validate_on_submit():
        with form.refusing():
            codes = second_steps.confirm(here.session, here.actor, form.code.data, here.now)
            return page("account/recovery_codes.html", codes=codes)
    if step is None or step.confirmed_at is not None:
        left = second_steps.codes_left(here.session, here.person.id) if step else 0
        return page("account/second_step.html", form.status, step=step, left=left, action=ActionForm())
    address, secret = second_steps.address_of(step, here.person.email)
    picture = segno.make(address, error="m").svg_data_uri(scale=4, border=3, light="#fff")
    return page("account/second_step_setup.html", form.status, form=form, picture=picture, secret=secret)


@blueprint.post("/account/second-step/begin")
@signed_in
@recent
def begin(here: Here) -> Any:
    """Makes the secret for the app."""
    if pressed():
        second_steps.begin(here.session, here.actor, here.now)
    return see_other(url_for("second_step.show"))


@blueprint.post("/account/second-step/codes")
@signed_in
@recent
def codes(here: Here) -> Any:
    """New recovery codes, on the reply and nowhere else."""
    if not pressed():
        return see_other(url_for("second_step.show"))
    made = second_steps.renew_codes(here.session, here.actor, here.now)
    return page("account/recovery_codes.html", codes=made)


@blueprint.post("/account/second-step/off")
@signed_in
@recent
def off(here: Here) -> Any:
    """Ends it."""
    if pressed():
        second_steps.turn_off(here.session, here.actor, here.person.id, here.now)
        flash(_("The second step is off."))
    return see_other(url_for("second_step.show"))


@blueprint.route("/o/<slug>/second-step", methods=["GET", "POST"])
@in_organization
def demand(here: Here) -> Any:
    """Asks once more, then demands it of everybody in the organization, or no longer."""
    permissions.require(here.role, Permission.MANAGE_ORGANIZATION)
    form, demanded = ActionForm(), not here.place.second_step
    if form.validate_on_submit():
        with form.refusing():
            second_steps.demand(here.session, here.actor, here.id, demanded, here.now)
            flash(
                _("Everybody here needs a second step now.") if demanded else _("A second step is optional here now.")
            )
            return here.go("organizations.overview")
    return page("organizations/second_step.html", form.status, form=form, demanded=demanded)
