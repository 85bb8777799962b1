"""The signed-in person: their account, sessions and password, and the invitations that wait for them."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField

from .. import accounts, identity, invitations, limits, second_steps, sessions
from ..errors import NotFound, NotTheRecipient, PortalError, WrongPassword
from ..models import User
from .answer_forms import AnswerForm, DeclineForm
from .base import Here, arrived, page, see_other, signed_in
from .forms import ActionForm, Form, pressed

blueprint = Blueprint("account", __name__)


class ChangePasswordForm(Form):
    """The old password and a new one."""

    old = PasswordField(_l("Current password"))
    password = PasswordField(_l("New password"))

    def refuse(self, error: PortalError) -> None:
        """A wrong password can only be the current one here."""
        if isinstance(error, WrongPassword):
            self.old.errors = [_("This is not your current password.")]
        else:
            super().refuse(error)


@blueprint.route("/account", methods=["GET", "POST"])
@limits.sign_in_from_here
@signed_in
def show(here: Here) -> Any:
    """The account: address, password, sessions. A new password ends every session and starts this one anew."""
    user = here.session.get_one(User, here.person.id)
    form = ChangePasswordForm()
    if form.is_submitted() and user.password_hash is None and not here.person.is_recent(here.now):
        return see_other(url_for("confirm.show", next=url_for("account.show")))
    if form.validate_on_submit():
        with form.refusing():
            accounts.change_password(here.session, user, form.old.data or "", form.password.data or "", here.now)
            identity.sign_in(user.id, here.now)
            flash(_("Your new password is set. Every other session has ended."))
            return see_other(url_for("account.show"))
    live = sessions.of_user(here.session, user.id, here.now)
    return page(
        "account/show.html",
        form.status,
        form=form,
        user=user,
        has_step=second_steps.is_on(here.session, user.id),
        sessions=live,
        action=ActionForm(),
    )


@blueprint.post("/account/sessions/<uuid:session_id>/end")
@signed_in
def end_session(here: Here, session_id: UUID) -> Any:
    """Ends one session."""
    if pressed():
        if session_id == here.person.session_id:
            identity.sign_out()
            return see_other(url_for("entry.sign_in"))
        if not sessions.end(here.session, here.person.id, session_id):
            raise NotFound()
        flash(_("That session has ended."))
    return see_other(url_for("account.show"))


@blueprint.post("/account/sessions/end")
@signed_in
def end_sessions(here: Here) -> Any:
    """Ends every session but this one."""
    if pressed():
        sessions.end_all(here.session, here.person.id, but=here.person.session_id)
        flash(_("Every other session has ended."))
    return see_other(url_for("account.show"))


@blueprint.get("/invitations")
@signed_in
def own(here: Here) -> Any:
    """The invitations that wait for this person."""
    views = invitations.own(here.session, here.person.id, here.now)
    waiting = invitations.waiting_of(here.session, here.person.id)
    return page("account/invitations.html", views=views, waiting=waiting, action=ActionForm())


@blueprint.post("/invitations/<uuid:invitation_id>/accept")
@limits.join_from_here
@signed_in
def accept(here: Here, invitation_id: UUID) -> Any:
    """Accepts what was shown: another role or other grants meanwhile show the page anew."""
    form = AnswerForm()
    if not form.validate_on_submit():
        return see_other(url_for("account.own"))
    try:
        answer = invitations.accept(here.session, here.actor, invitation_id, here.now, version=form.shown)
    except NotTheRecipient:
        raise NotFound() from None  # somebody else's invitation reads as none (ATTACKS 15)
    if not answer.waits:
        sessions.open_organization(here.session, here.person.session_id, answer.organization_id)
    return see_other(arrived(here.session, answer))


@blueprint.route("/invitations/<uuid:invitation_id>/decline", methods=["GET", "POST"])
@limits.join_from_here
@signed_in
def decline(here: Here, invitation_id: UUID) -> Any:
    """Asks once more, with room for a reason, then declines."""
    views = {view.invitation.id: view for view in invitations.own(here.session, here.person.id, here.now)}
    if invitation_id not in views:
        raise NotFound()
    form = DeclineForm()
    if form.validate_on_submit():
        invitations.reject(here.session, here.actor, invitation_id, here.now, reason=form.reason.data)
        flash(_("You have declined."))
        return see_other(url_for("account.own"))
    return page("join/decline.html", form.status, form=form, view=views[invitation_id], back=url_for("account.own"))
