"""The inbox of an organization: who accepted and waits for approval, and who asks for a new link.

Each decision is a unit of work of its own, so that one that cannot be done does not hold back the others.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, request, url_for
from flask_babel import ngettext

from .. import invitations, permissions
from ..errors import MayNotInvite, PortalError
from ..models import Invitation
from ..permissions import Permission
from .base import Here, in_organization, page, see_other
from .forms import ActionForm, pressed
from .selected import MOST, chosen, tell

blueprint = Blueprint("inbox", __name__, url_prefix="/o/<slug>/inbox")


@blueprint.get("")
@in_organization
def index(here: Here) -> Any:
    """What waits for whoever looks: approvals for who approves, asked-for links for who invites."""
    approves, invites = here.may("APPROVE"), here.may("INVITE")
    if not approves and not invites:
        raise MayNotInvite()
    cursor = request.args.get("at")
    found = invitations.waiting(here.session, here.actor, here.id, here.now, cursor=cursor) if approves else None
    asked = invitations.asked_for_new(here.session, here.actor, here.id, MOST) if invites else []
    return page("inbox/index.html", found=found, asked=asked, continued=bool(cursor))


@blueprint.post("/approve")
@in_organization
def approve(here: Here) -> Any:
    """Lets in each that was chosen. Before one becomes an owner, it asks again who lets them in."""
    permissions.require(here.role, Permission.APPROVE)
    if pressed():
        if not here.person.is_recent(here.now) and any(_one(here, key).role == "owner" for key in chosen()):
            return see_other(url_for("confirm.show", next=url_for("inbox.index", slug=here.place.slug)))
        done = _each(here, invitations.approve)
        if done:
            flash(ngettext("%(num)s person is in now.", "%(num)s people are in now.", len(done)))
    return here.go("inbox.index")


@blueprint.post("/decline")
@in_organization
def decline(here: Here) -> Any:
    """Asks once more, with the addresses, then declines."""
    permissions.require(here.role, Permission.APPROVE)
    if "sure" not in request.form:
        waiting = [found for key in chosen() if (found := _one(here, key)).status == "waiting"]
        if not waiting:
            return here.go("inbox.index")
        return page("inbox/decline.html", form=ActionForm(formdata=None), waiting=waiting)
    if pressed():
        done = _each(here, invitations.refuse)
        if done:
            flash(ngettext("%(num)s person was declined.", "%(num)s people were declined.", len(done)))
    return here.go("inbox.index")


def _one(here: Here, key: UUID) -> Invitation:
    return invitations.waiting_one(here.session, here.actor, here.id, key)


def _each(here: Here, decide: Callable[..., Invitation]) -> list[UUID]:
    """Those that were decided; for the others the reason is told."""
    done, refused = [], []
    for key in chosen():
        email = _one(here, key).email
        try:
            done.append(decide(here.session, here.actor, here.id, key, here.now).id)
        except PortalError as error:
            refused.append((email, error))
    tell(refused)
    return done
