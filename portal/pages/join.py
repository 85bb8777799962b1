"""Where an invitation's link leads: what is offered, and one button. Every dead end says what to do next."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Blueprint, current_app, g, make_response, redirect, render_template, request, url_for
from flask_babel import refresh

from .. import accounts, clock, identity, invitations, limits, links, memberships, sessions
from ..errors import AccountExists, AlreadyMember, BadLink, NotPending, OfferChanged, PortalError
from ..extensions import db
from ..invitations import Answer, Joiner, View
from ..links import Opened
from ..permissions import Actor
from .answer_forms import AnswerForm, DeclineForm, JoinForm
from .base import arrived, see_other
from .entry import keep_link, kept_link
from .forms import ActionForm, pressed

blueprint = Blueprint("join", __name__)
PATH = "/join"


@dataclass
class Visit:
    """A link that was followed: what it opens, and who looks at it."""

    opened: Opened
    view: View
    person: identity.Viewer | None

    @cached_property
    def way(self) -> str:
        """What this visitor may do: ``accept``, ``join``, ``sign_in``, ``mail`` or ``switch``, as it was at first."""
        address = self.view.invitation.email
        if self.person is not None and self.person.email != address:
            return "switch"
        if self.person is not None and self.person.is_verified:
            return "accept"
        if not self.opened.proves_mailbox and self.person is not None:
            return "mail"  # an account is there already, and a copied link proves nothing for it
        if not self.opened.proves_mailbox:
            # The same for every address, so that the page does not tell who has an account.
            return "join" if current_app.config["UNPROVEN_JOIN"] else "mail"
        account = accounts.by_address(db.session(), address)
        return "sign_in" if account is not None and account.is_verified else "join"


@blueprint.get(f"{PATH}/<path:token>")
def follow(token: str) -> Any:
    """Checks the link and moves its token out of the address, into a cookie that signs nobody in."""
    g.no_referrer = True
    links.open_invitation(token)
    response = make_response(redirect(PATH, 303))
    keep_link(response, PATH, token)
    return response


def _visit() -> Visit:
    """The visit that this page is about. Raises BadLink."""
    g.no_referrer = True
    opened = links.open_invitation(kept_link(PATH) or "")
    view = invitations.look(db.session(), opened, clock.now())
    g.invitation_language = view.invitation.language
    refresh()
    return Visit(opened, view, identity.viewer())


@blueprint.route(PATH, methods=["GET", "POST"])
@limits.join_from_here
def show() -> Any:
    """What is offered, to whom, until when; and, posted, the answer yes."""
    visit = _visit()
    if visit.view.obstacle is not None:
        return _dead_end(visit.view.obstacle, visit)
    if request.method == "POST":
        return _answer(visit)
    invitations.mark_viewed(db.session(), visit.view.invitation, clock.now())
    return _offer(visit, _form(visit))


def _form(visit: Visit) -> AnswerForm:
    form: AnswerForm = JoinForm() if visit.way == "join" else AnswerForm()
    if request.method == "GET" and isinstance(form, JoinForm):
        form.name.data = visit.view.invitation.name
    return form


def _offer(visit: Visit, form: Any, changed: bool = False, status: int | None = None) -> Any:
    form.version.data = str(visit.view.invitation.version)
    html = render_template(
        "join/offer.html", visit=visit, view=visit.view, form=form, changed=changed, action=ActionForm()
    )
    return html, status or form.status


def _answer(visit: Visit) -> Any:
    form = _form(visit)
    if visit.way not in ("accept", "join"):
        return _offer(visit, form, status=403)
    if not form.validate_on_submit():
        return _offer(visit, form)
    try:
        return _enter(visit, _accepted(visit, form))
    except OfferChanged:
        return _offer(_visit(), form, changed=True, status=409)
    except AccountExists:
        return see_other(url_for("entry.sign_in", next=PATH))
    except PortalError as error:
        if error.field in form:
            form.refuse(error)
            return _offer(visit, form)
        return _dead_end(error, _visit())


def _accepted(visit: Visit, form: Any) -> Answer:
    session, now, invitation = db.session(), clock.now(), visit.view.invitation
    if visit.way == "accept":
        return invitations.accept(
            session, identity.actor(), invitation.id, now, generation=visit.opened.generation, version=form.shown
        )
    joiner = Joiner(form.name.data, form.password.data or "")
    return invitations.join(session, visit.opened, joiner, form.shown, now, ip_address=request.remote_addr)


def _enter(visit: Visit, answer: Answer) -> Any:
    if visit.way == "join":
        identity.sign_in(answer.user_id, clock.now())
    elif visit.person is not None and not answer.waits:
        sessions.open_organization(db.session(), visit.person.session_id, answer.organization_id)
    response = see_other(arrived(db.session(), answer))
    response.delete_cookie("usher_link_join", path=PATH)
    return response


@blueprint.route(f"{PATH}/decline", methods=["GET", "POST"])
@limits.join_from_here
def decline() -> Any:
    """Asks once more, with room for a reason, then declines. A copied link alone may not."""
    visit = _visit()
    if visit.view.obstacle is not None:
        return _dead_end(visit.view.obstacle, visit)
    if not visit.opened.proves_mailbox and visit.way != "accept":
        return _offer(visit, _form(visit), status=403)
    form = DeclineForm()
    if form.validate_on_submit():
        actor = identity.actor() if visit.way == "accept" else Actor(None, "page", request.remote_addr)
        opened = visit.opened if visit.opened.proves_mailbox else None
        invitations.reject(
            db.session(), actor, visit.view.invitation.id, clock.now(), opened=opened, reason=form.reason.data
        )
        return render_template("join/declined.html", view=visit.view)
    return render_template("join/decline.html", form=form, view=visit.view, back=PATH), form.status


@blueprint.post(f"{PATH}/mail")
@limits.join_from_here
@limits.mails_from_here
@limits.mails_of_link
def mail() -> Any:
    """Mails the invited address its own link, for whoever holds a copied one."""
    visit = _visit()
    if not pressed():
        return see_other(PATH)
    invitations.mail_own_link(db.session(), visit.opened, clock.now())
    return render_template("join/mailed.html", view=visit.view)


@blueprint.post(f"{PATH}/ask")
@limits.join_from_here
def ask() -> Any:
    """Tells the inviter that a new invitation is wanted."""
    visit = _visit()
    if not pressed():
        return see_other(PATH)
    invitations.ask_for_new(db.session(), visit.opened, clock.now())
    return render_template("join/asked.html", view=visit.view)


@blueprint.post(f"{PATH}/switch")
def switch() -> Any:
    """Signs out of the wrong account and comes back to the invitation."""
    if pressed():
        identity.sign_out()
    return see_other(PATH)


@blueprint.errorhandler(BadLink)
def _dead_end(error: PortalError, visit: Visit | None = None) -> Any:
    """A page that says what is the matter and has the next step as a button."""
    mine = gone = False
    if visit is not None and visit.person is not None:
        invitation = visit.view.invitation
        used = isinstance(error, NotPending) and invitation.accepted_by == visit.person.id
        gone = used and invitation.status == "accepted" and not _is_in(visit)
        mine = isinstance(error, AlreadyMember) or (used and not gone)
    return render_template(
        "join/dead_end.html", error=error, view=visit.view if visit else None, mine=mine, gone=gone,
        person=identity.viewer(), action=ActionForm(),
    ), 404 if isinstance(error, BadLink) else 410 if isinstance(error, NotPending) else error.status  # fmt: skip


def _is_in(visit: Visit) -> bool:
    """Whether whoever used the invitation is still a member."""
    assert visit.person is not None
    return any(
        mine.organization_id == visit.view.organization.id
        for mine in memberships.of_user(db.session(), visit.person.id)
    )
