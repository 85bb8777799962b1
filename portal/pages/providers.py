"""Signing in, joining and connecting with a provider: there, back, and what to do when it did not work."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, render_template, request, session, url_for
from flask_babel import gettext as _

from .. import accounts, clock, connections, invitations, limits, links, providers
from ..connections import Vouched
from ..errors import AccountExists, BadLink, ConnectFirst, NoAccount, NotTheRecipient, PortalError, ProviderFailed
from ..extensions import db
from .base import Here, arrived, local, page, recent, see_other, signed_in
from .entering import enter
from .entry import kept_link
from .forms import ActionForm, pressed

blueprint = Blueprint("providers", __name__)
VOUCHED, FOR = "vouched", 600  # seconds between coming back and pressing the button that connects


@blueprint.get("/sign-in/with/<key>")
@limits.provider_from_here
def start(key: str) -> Any:
    """Off to the provider, to sign in."""
    return providers.start(key, do="sign_in", target=local(request.args.get("next")))


@blueprint.get("/join/with/<key>")
@limits.provider_from_here
def join(key: str) -> Any:
    """Off to the provider, to accept what the invitation's page showed."""
    token = kept_link("/join")
    links.open_invitation(token)
    shown = request.args.get("version", 0, type=int)
    return providers.start(key, do="join", token=token, version=shown if 0 <= shown < 10**9 else 0)


@blueprint.get("/account/providers/<key>/connect")
@signed_in
@recent
def connect(here: Here, key: str) -> Any:
    """Off to the provider, to connect it to this account."""
    return providers.start(key, do="connect", user=str(here.person.id))


@blueprint.get("/sign-in/with/<key>/back")
@limits.provider_from_here
def back(key: str) -> Any:
    """Back from the provider."""
    g.no_referrer = True
    vouched, intent = providers.finish(key)
    if intent["do"] == "connect":
        session[VOUCHED] = {
            "user": intent["user"], "at": clock.now().timestamp(), "provider": key, "issuer": vouched.issuer,
            "subject": vouched.subject, "email": vouched.email,
        }  # fmt: skip
        return see_other(url_for("providers.confirm"))
    if intent["do"] == "join":
        return _join(vouched, intent)
    return enter(connections.sign_in(db.session(), vouched, clock.now()), intent.get("target"))


def _join(vouched: Vouched, intent: dict[str, Any]) -> Any:
    """Accepts; who has an account signs in to it first, and what else is in the way stands on the invitation's page."""
    g.no_referrer = True
    opened = links.open_invitation(intent["token"])
    try:
        answer = invitations.join_vouched(
            db.session(), opened, vouched, intent["version"], clock.now(), ip_address=request.remote_addr
        )
    except AccountExists:
        return enter(connections.sign_in(db.session(), vouched, clock.now()), "/join")
    return enter(accounts.get(db.session(), answer.user_id), arrived(db.session(), answer))


@blueprint.route("/account/providers", methods=["GET"])
@signed_in
def index(here: Here) -> Any:
    """The connected accounts, and what else can be connected."""
    found = connections.of_user(here.session, here.person.id)
    return page("account/providers.html", connections=found, offered=providers.offered(), action=ActionForm())


@blueprint.route("/account/providers/confirm", methods=["GET", "POST"])
@signed_in
@recent
def confirm(here: Here) -> Any:
    """Asks once more which account is connected to which: a page elsewhere may have sent somebody here."""
    said = session.get(VOUCHED, {})
    is_theirs = said.get("user") == str(here.person.id) and here.now.timestamp() - said.get("at", 0) <= FOR
    if not is_theirs or said["provider"] not in providers.offered():
        raise BadLink()
    form, name = ActionForm(), providers.offered()[said["provider"]]
    if form.validate_on_submit():
        with form.refusing():
            vouched = Vouched(said["provider"], said["issuer"], said["subject"], said["email"])
            connections.connect(here.session, here.actor, vouched, here.now)
            session.pop(VOUCHED)
            flash(_("You can sign in with %(provider)s now.", provider=name))
            return see_other(url_for("providers.index"))
    return page("account/connect.html", form.status, form=form, name=name, email=said["email"])


@blueprint.post("/account/providers/<uuid:connection_id>/disconnect")
@signed_in
@recent
def disconnect(here: Here, connection_id: UUID) -> Any:
    """Ends a connection."""
    if pressed():
        connections.disconnect(here.session, here.actor, connection_id, here.now)
        flash(_("It no longer signs you in."))
    return see_other(url_for("providers.index"))


@blueprint.errorhandler(ProviderFailed)
@blueprint.errorhandler(NoAccount)
@blueprint.errorhandler(ConnectFirst)
@blueprint.errorhandler(NotTheRecipient)
def _went_wrong(error: PortalError) -> Any:
    """Why, and another way in as a button."""
    return render_template("entry/provider_failed.html", error=error), error.status
