"""An organization's invitations: the list, inviting, one with its history, and what can be done to it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, request
from flask_babel import gettext as _
from flask_babel import ngettext

from .. import invitations, limits, links, permissions, settings
from ..addresses import pasted
from ..clock import rfc3339
from ..errors import MayNotInvite, NotFound, TooOften
from ..invitations import Change, Invitee, Offer, Outcome, Wanted
from ..links import Kind
from ..models import ROLES, STATUSES
from . import sample
from .base import Here, in_organization, page
from .errors import wait
from .forms import ActionForm, pressed
from .invitation_forms import EditForm, InviteForm

blueprint = Blueprint("invitations", __name__, url_prefix="/o/<slug>/invitations")


@blueprint.get("")
@in_organization
def index(here: Here) -> Any:
    """The list: by state, role and a part of an address, in one of three orders."""
    wanted = {name: request.args.get(name, "") for name in ("state", "q", "role", "sort")}
    offered = {"state": (*STATUSES, invitations.UNREACHED), "role": ROLES, "sort": invitations.SORTS}
    wanted |= {name: "" for name, values in offered.items() if wanted[name] not in values}
    return page("invitations/index.html", found=_found(here, wanted), wanted=wanted, action=ActionForm())


def _found(here: Here, wanted: dict[str, str]) -> invitations.Page:
    """A page of the list: both ways in the usual order, onward in another."""
    cursor = request.args.get("at")
    if wanted["state"] != invitations.UNREACHED and (wanted["role"] or wanted["sort"] not in ("", "newest")):
        narrowed = Wanted(wanted["state"], wanted["q"], wanted["role"] or None)
        sort = wanted["sort"] or "newest"
        results = invitations.search(here.session, here.actor, here.id, narrowed, here.now, sort=sort, cursor=cursor)
        return invitations.Page(results.rows, results.next, None)
    return invitations.page(
        here.session, here.actor, here.id, here.now, state=wanted["state"], search=wanted["q"], cursor=cursor
    )


@blueprint.route("/new", methods=["GET", "POST"])
@limits.invite_by_person
@in_organization
def new(here: Here) -> Any:
    """Inviting: many addresses, one offer. What could not be invited stays in the form, with the reason."""
    if not here.may("INVITE"):
        raise MayNotInvite()
    form = InviteForm().offering(here)
    if request.method == "GET":
        form.role.data = settings.default_role(here.session, here.actor, here.id)
    if not form.validate_on_submit():
        return _form(here, form, form.status)
    outcomes: list[Outcome] = []
    try:
        with form.refusing():
            outcomes = limits.invite(here.session, here.actor, here.id, form.invitees(here.now), here.now)
    except TooOften as error:  # what was typed stays, unlike on the page that other limits answer with
        form.people.errors = [f"{error} {wait(error)}"]
        return *_form(here, form, error.status), {"Retry-After": str(error.facts["retry_after"])}
    sent = [outcome for outcome in outcomes if outcome.invitation_id]
    left = [outcome for outcome in outcomes if outcome.error]
    if sent and not left:
        flash(_sent(len(sent)))
        return here.go("invitations.index")
    if outcomes:
        form.keep(outcomes)
    return _form(here, form, 200 if sent else 422, outcomes=left, sent=sent)


@blueprint.post("/check")
@limits.check_by_person
@in_organization
def check(here: Here) -> Any:
    """The form as it was filled in, with what would become of each address and the mail as it would look."""
    if not here.may("INVITE"):
        raise MayNotInvite()
    form = InviteForm().offering(here)
    form.validate_on_submit()
    invitees = [Invitee(written.address, Offer("member")) for written in pasted(form.people.data)]
    foreseen = invitations.foresee(here.session, here.actor, here.id, invitees, here.now)
    return _form(here, form, foreseen=foreseen)


def _form(here: Here, form: InviteForm, status: int = 200, **said: Any) -> Any:
    context = {"outcomes": [], "sent": [], "foreseen": None} | said
    return page("invitations/new.html", status, form=form, mail=sample.mail(here, form), **context)


def _sent(number: int) -> str:
    return str(ngettext("%(num)s invitation is on its way.", "%(num)s invitations are on their way.", number))


@blueprint.get("/<uuid:invitation_id>")
@in_organization
def show(here: Here, invitation_id: UUID) -> Any:
    """One invitation: what happened, what is offered, its link, and what can be done."""
    found = invitations.detail(here.session, here.actor, here.id, invitation_id)
    invitation = found.view.invitation
    state = invitation.state(here.now)
    ranked = permissions.may_offer(here.role, invitation.role)
    link = links.invitation_link(invitation.id, invitation.generation, Kind.COPIED) if state == "pending" else None
    return page(
        "invitations/show.html", found=found, view=found.view, invitation=invitation, state=state, may_act=ranked,
        link=link if ranked else None, action=ActionForm(),
    )  # fmt: skip


@blueprint.post("/<uuid:invitation_id>/resend")
@limits.resend_of_invitation
@limits.resend_by_person
@in_organization
def resend(here: Here, invitation_id: UUID) -> Any:
    """Mails the same link again, with a new expiry."""
    _in_here(here, invitation_id)
    if pressed():
        invitation = invitations.resend(here.session, here.actor, invitation_id, here.now)
        flash(_("The invitation was sent to %(address)s again.", address=invitation.email))
    return here.go("invitations.show", invitation_id=invitation_id)


@blueprint.post("/<uuid:invitation_id>/remind")
@limits.resend_of_invitation
@limits.resend_by_person
@in_organization
def remind(here: Here, invitation_id: UUID) -> Any:
    """Mails a reminder with the same link."""
    _in_here(here, invitation_id)
    if pressed():
        invitation = invitations.remind(here.session, here.actor, invitation_id, here.now)
        flash(_("A reminder is on its way to %(address)s.", address=invitation.email))
    return here.go("invitations.show", invitation_id=invitation_id)


@blueprint.route("/<uuid:invitation_id>/link", methods=["GET", "POST"])
@limits.resend_of_invitation
@limits.resend_by_person
@in_organization
def new_link(here: Here, invitation_id: UUID) -> Any:
    """Asks once more, then makes a new link, which ends the older ones."""
    found = _in_here(here, invitation_id)
    form = ActionForm()
    if form.validate_on_submit():
        invitation = invitations.new_link(here.session, here.actor, invitation_id, here.now)
        flash(_("A new link is on its way to %(address)s. Older links no longer work.", address=invitation.email))
        return here.go("invitations.show", invitation_id=invitation_id)
    return page("invitations/new_link.html", form.status, view=found.view, form=form)


@blueprint.route("/<uuid:invitation_id>/edit", methods=["GET", "POST"])
@limits.edit_of_invitation
@in_organization
def edit(here: Here, invitation_id: UUID) -> Any:
    """Changes what is offered, to whom and until when, without breaking the link."""
    found = _in_here(here, invitation_id)
    form = EditForm().offering(here)
    if request.method == "GET":
        form.show(found.view)
    if form.validate_on_submit():
        with form.refusing():
            offer = form.offer(here.now, found.view.invitation)
            change = Change(offer, form.email.data, form.name.data, seen=form.seen)
            invitation = invitations.edit(here.session, here.actor, invitation_id, change, here.now)
            flash(_("The invitation of %(address)s was changed.", address=invitation.email))
            return here.go("invitations.show", invitation_id=invitation_id)
    if form.overtaken:
        form.version.data = rfc3339(found.view.invitation.updated_at)
    return page("invitations/edit.html", form.status, form=form, view=found.view)


@blueprint.route("/<uuid:invitation_id>/revoke", methods=["GET", "POST"])
@in_organization
def revoke(here: Here, invitation_id: UUID) -> Any:
    """Asks once more, then revokes."""
    found = _in_here(here, invitation_id)
    form = ActionForm()
    if form.validate_on_submit():
        invitation = invitations.cancel(here.session, here.actor, invitation_id, here.now)
        flash(_("The invitation of %(address)s was revoked.", address=invitation.email))
        return here.go("invitations.index")
    return page("invitations/revoke.html", form.status, view=found.view, form=form)


def _in_here(here: Here, invitation_id: UUID) -> invitations.Found:
    """The invitation, of this very organization and not another that the person is also in. Raises NotFound."""
    found = invitations.detail(here.session, here.actor, here.id, invitation_id)
    if found.view.invitation.organization_id != here.id:
        raise NotFound()
    return found
