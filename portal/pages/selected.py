"""Several invitations of the list at once: sent again, or revoked after asking once more.

Each is a unit of work of its own, so that one that cannot be done does not hold back the others.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, request
from flask_babel import gettext as _
from flask_babel import ngettext

from .. import invitations, limits
from ..errors import MayNotInvite, NotFound, PortalError, TooOften
from .base import Here, in_organization, local, page, see_other
from .forms import ActionForm, pressed
from .words import listed

blueprint = Blueprint("selected", __name__, url_prefix="/o/<slug>/invitations/selected")
MOST = 100  # more than a page of the list has
Act = Callable[..., Any]


@blueprint.post("/resend")
@in_organization
def resend(here: Here) -> Any:
    """Mails each its link again; the limits on mails count each of them."""
    if not here.may("INVITE"):
        raise MayNotInvite()
    if pressed():
        done, refused = _each(here, _resend)
        if done:
            flash(ngettext("%(num)s invitation was sent again.", "%(num)s invitations were sent again.", len(done)))
        tell(refused)
    return _back(here)


@blueprint.post("/revoke")
@in_organization
def revoke(here: Here) -> Any:
    """Asks once more, with the addresses, then revokes."""
    if not here.may("INVITE"):
        raise MayNotInvite()
    if "sure" not in request.form:
        views = [invitations.detail(here.session, here.actor, here.id, key).view for key in chosen()]
        pending = [view.invitation for view in views if view.invitation.state(here.now) == "pending"]
        if not pending:
            return _back(here)
        return page("invitations/revoke_selected.html", form=ActionForm(formdata=None), pending=pending)
    if pressed():
        done, refused = _each(here, invitations.cancel)
        if done:
            flash(ngettext("%(num)s invitation was revoked.", "%(num)s invitations were revoked.", len(done)))
        tell(refused)
    return _back(here)


def _resend(session: Any, actor: Any, invitation_id: UUID, now: Any) -> Any:
    if not limits.may_resend(invitation_id):
        raise TooOften(limit=_("mails for this invitation, 10 an hour"), retry_after=3600)
    return invitations.resend(session, actor, invitation_id, now)


def _each(here: Here, act: Act) -> tuple[list[str], list[tuple[str, PortalError]]]:
    """The addresses for which it was done, and those for which it was refused, with the reason."""
    done, refused = [], []
    for key in chosen():
        view = invitations.detail(here.session, here.actor, here.id, key).view
        try:
            done.append(act(here.session, here.actor, key, here.now).email)
        except PortalError as error:
            refused.append((view.invitation.email, error))
    return done, refused


def chosen() -> list[UUID]:
    """The invitations that were ticked, each once. Raises NotFound for what is no id."""
    try:
        return [UUID(key) for key in dict.fromkeys(request.form.getlist("invitation"))][:MOST]
    except ValueError:
        raise NotFound() from None


def tell(refused: list[tuple[str, PortalError]]) -> None:
    """Says for which addresses something was not done, and why."""
    for reason in dict.fromkeys(str(error) for _address, error in refused):
        addresses = [address for address, error in refused if str(error) == reason]
        flash(_("Not done for %(addresses)s: %(reason)s", addresses=listed(addresses), reason=reason), "careful")


def _back(here: Here) -> Any:
    """To the list as it was."""
    target = local(request.form.get("back"))
    return see_other(target) if target else here.go("invitations.index")
