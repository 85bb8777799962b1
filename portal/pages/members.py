"""The members of an organization: who is in, what they reach, another role, removal, leaving."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import RadioField
from wtforms.fields import SelectChoice

from .. import invitations, memberships, permissions, places, reach
from ..errors import NotFound
from ..memberships import Access
from ..models import RANKS
from ..permissions import Permission
from .base import Here, asked_again, in_organization, page, recent, see_other
from .forms import ActionForm, Form, Sites, all_or_some
from .words import ROLES, ROLES_MAY

blueprint = Blueprint("members", __name__, url_prefix="/o/<slug>/members")


class AccessForm(Form):
    """A member's role and sites."""

    role = RadioField(_l("Role"), validate_choice=False)
    restricted = RadioField(_l("Sites"), choices=all_or_some(), validate_choice=False)
    sites = Sites(_l("Sites"))

    def access(self) -> Access:
        """What the rules take; a site list only goes with the role member, as the rules will say."""
        role = self.role.data or ""
        if self.restricted.data == "some":
            chosen = tuple(self.sites.data or ())
            return Access(role, chosen or None)
        return Access(role, () if self.restricted.data == "all" else None)


@blueprint.get("")
@in_organization
def index(here: Here) -> Any:
    """Everybody, in the order they joined."""
    after, search = request.args.get("after", ""), request.args.get("q", "")
    found = memberships.page(
        here.session, here.actor, here.id, after=_key(after) if after else None, search=search,
        most=memberships.PAGE + 1,
    )  # fmt: skip
    shown = found[: memberships.PAGE]
    following = shown[-1].id if len(found) > memberships.PAGE else None
    return page(
        "members/index.html", members=shown, following=following, search=search,
        seen=memberships.seen(here.session, here.id, shown),
        sites=memberships.sites_among(here.session, here.id, shown),
    )  # fmt: skip


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound() from None


@blueprint.route("/<uuid:user_id>", methods=["GET", "POST"])
@in_organization
def show(here: Here, user_id: UUID) -> Any:
    """One member: what they reach, and for who may, another role or other sites."""
    member = memberships.get(here.session, here.actor, here.id, user_id)
    form = AccessForm()
    _offer_choices(here, form, member)
    if form.is_submitted():
        permissions.require_manage(here.role, member.role)
        if "owner" in (form.role.data, member.role) and (asking := asked_again(here)):
            return asking  # who owns an organization is not changed from a browser that was left open
    if form.validate_on_submit():
        with form.refusing():
            canceled = memberships.change(here.session, here.actor, here.id, user_id, form.access(), here.now)
            flash(_("The access of %(name)s was changed.", name=member.user.name))
            _tell(canceled)
            return here.go("members.show", user_id=user_id)
    if form.errors or form.refused:  # what was read before was rolled back with what was refused
        member = memberships.get(here.session, here.actor, here.id, user_id)
    return page(
        "members/show.html", form.status, member=member, form=form, reach=reach.all_of(here.session, user_id, here.id),
        may_manage=permissions.may_manage(here.role, member.role), lost=_lost(here, member), roles_may=ROLES_MAY,
        sites=places.listed(here.session, here.actor, here.id, "site"),
    )  # fmt: skip


def _offer_choices(here: Here, form: AccessForm, member: Any) -> None:
    given = [role for role in RANKS if permissions.may_give(here.role, member.role, role)]
    form.role.choices = [SelectChoice(role, ROLES[role]) for role in reversed(given)]
    if request.method == "GET":
        form.role.data = member.role
        form.restricted.data = "some" if member.restricted else "all"
        form.sites.data = memberships.sites_of(here.session, member)


def _lost(here: Here, member: Any) -> dict[str, str]:
    """What each lower role would cancel of this member's pending invitations, said before it is chosen."""
    lower = [role for role in RANKS if RANKS[role] < RANKS[member.role]]
    counts = invitations.lost(here.session, here.id, member.user_id, lower)
    return {
        role: ngettext("Cancels %(num)s pending invitation.", "Cancels %(num)s pending invitations.", count)
        for role, count in counts.items()
        if role and count
    }


def _tell(canceled: int) -> None:
    """Says how many invitations went with it."""
    if canceled:
        flash(_("Pending invitations canceled with it: %(count)s.", count=canceled), "careful")


@blueprint.route("/<uuid:user_id>/remove", methods=["GET", "POST"])
@in_organization
def remove(here: Here, user_id: UUID) -> Any:
    """Says what goes with the member, then removes them; for oneself it is leaving."""
    member = memberships.get(here.session, here.actor, here.id, user_id)
    form = ActionForm()
    leaving = user_id == here.person.id
    if member.role == "owner" and not leaving and (asking := asked_again(here)):
        return asking
    if form.validate_on_submit():
        canceled = memberships.remove(here.session, here.actor, here.id, user_id, here.now)
        if leaving:
            flash(_("You have left %(organization)s.", organization=here.place.name))
            return see_other(url_for("organizations.home"))
        flash(_("%(name)s is no longer a member.", name=member.user.name))
        _tell(canceled)
        return here.go("members.index")
    if not leaving:
        permissions.require_manage(here.role, member.role)
    lost = invitations.lost(here.session, here.id, user_id, [None])[None]
    return page("members/remove.html", form.status, member=member, form=form, lost=lost, leaving=leaving)


@blueprint.route("/<uuid:user_id>/transfer", methods=["GET", "POST"])
@in_organization
@recent
def transfer(here: Here, user_id: UUID) -> Any:
    """Says what it means, then makes the member an owner and oneself an administrator."""
    permissions.require(here.role, Permission.DELETE_ORGANIZATION)
    member = memberships.get(here.session, here.actor, here.id, user_id)
    form, name = ActionForm(), member.user.name
    if form.validate_on_submit():
        canceled = memberships.transfer(here.session, here.actor, here.id, user_id, here.now)
        flash(_("%(name)s is an owner now, and you are an administrator.", name=name))
        _tell(canceled)
        return here.go("members.index")
    lost = invitations.lost(here.session, here.id, here.person.id, ["admin"])["admin"]
    return page("members/transfer.html", form.status, member=member, form=form, lost=lost)
