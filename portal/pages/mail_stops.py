"""The addresses that an organization no longer mails to, and mailing to them again."""

from typing import Any

from flask import Blueprint, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from .. import returns
from .base import Here, in_organization, page
from .forms import Form, Text, pressed

blueprint = Blueprint("mail_stops", __name__)

WHAT = {
    "complaint": _l("Nothing is mailed there: the recipient complained."),
    "reminders": _l("No reminders are mailed there: the recipient asked for that."),
}


class LiftForm(Form):
    """The address whose stop ends."""

    email = Text()


@blueprint.get("/o/<slug>/mail-stops")
@in_organization
def index(here: Here) -> Any:
    """Each address with what is not mailed there and since when, newest first."""
    found = returns.stopped(here.session, here.actor, here.id)
    return page("mail_stops/index.html", stops=found, what=WHAT)


@blueprint.post("/o/<slug>/mail-stops/lift")
@in_organization
def lift(here: Here) -> Any:
    """Ends what stops mail to one address."""
    if pressed():
        address = LiftForm().email.data
        returns.lift(here.session, here.actor, here.id, address, here.now)
        flash(_("Mail to %(address)s goes out again.", address=address))
    return here.go("mail_stops.index")
