"""What each kind of mail says: composed when it is sent, from the outbox row's kind and arguments.

A mail whose reason has gone (an invitation that was revoked, a link that a newer one replaced) is dropped instead.
Each kind has a folder in ``templates/mail`` with ``subject.txt``, ``body.txt`` and ``body.html``.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app
from sqlalchemy.orm import Session

from .. import accounts, invitations, links, permissions
from ..database import new_id
from ..delivery import signing
from ..delivery.letters import Letter, address_in
from ..delivery.smtp import Parcel
from ..models import Invitation, Message, Organization, User
from ..permissions import Permission
from ..statements import grantor_role
from ..text import one_line
from .ahead import Ahead, read_ahead
from .words import rendered

Composed = dict[str, Any]
MOST_NAMED = 50  # in one mail


class NoLongerTrue(Exception):
    """The mail's reason has gone; the argument says which."""


def compose(session: Session, message: Message, now: datetime, ahead: Ahead | None = None) -> Parcel:
    """What goes out for an outbox row. Raises NoLongerTrue when it should not be sent any more, or BadHeaderError."""
    context = _KINDS[message.kind](session, message, ahead or read_ahead(session, [message], now))
    language = context.pop("language", None) or "en"
    reply_to, headers = context.pop("reply_to", None), context.pop("headers", {})
    subject, text, html = rendered(message.kind, language, context)
    letter = Letter(
        message_id=message_id(message.id),
        subject=one_line(subject),
        sender=current_app.config["MAIL_DEFAULT_SENDER"],
        recipient=message.recipient,
        date=message.created_at,
        text=text,
        html=html,
        reply_to=reply_to or "",
        headers={"Auto-Submitted": "auto-generated"} | headers,
    )
    return _parcel(letter, _returns_to(message, letter))


def trial(address: str, now: datetime) -> Parcel:
    """A mail that an operator sends to see whether mail goes out. Raises BadHeaderError."""
    letter = Letter(
        message_id=message_id(new_id()),
        subject="Usher: a test",
        sender=current_app.config["MAIL_DEFAULT_SENDER"],
        recipient=address,
        date=now,
        text=f"This mail was sent by `flask mail test` from {current_app.config['PUBLIC_URL']}.\n",
        headers={"Auto-Submitted": "auto-generated"},
    )
    return _parcel(letter, address_in(letter.sender))


def _parcel(letter: Letter, returns_to: str) -> Parcel:
    return Parcel(returns_to, letter.recipient, signing.signed(letter.as_bytes(), current_app.config), letter)


def _returns_to(message: Message, letter: Letter) -> str:
    """The envelope's sender: a signed address of its own where reports are taken (VERP), otherwise the mail's."""
    local, _, domain = current_app.config["MAIL_BOUNCE_ADDRESS"].rpartition("@")
    return f"{local}+{links.return_token(message.id)}@{domain}" if local else address_in(letter.sender)


def message_id(key: UUID) -> str:
    """The Message-ID of an outbox row, so that a second sending after a crash can be told as the same mail."""
    return f"<{key}@{urlsplit(current_app.config['PUBLIC_URL']).hostname}>"


def _invitation(session: Session, message: Message, ahead: Ahead) -> Composed:
    if (view := ahead.views.get(message.id)) is None:
        raise NoLongerTrue("there is no such invitation")
    invitation = view.invitation
    if invitation.email != message.recipient:
        raise NoLongerTrue("the address was changed")
    if view.obstacle is not None:
        raise NoLongerTrue(view.obstacle.code)
    if ahead.is_stopped(message):
        raise NoLongerTrue("stopped")
    return {
        "view": view,
        "link": links.invitation_link(invitation.id, message.arguments["generation"], links.Kind.MAILED),
        "stop": (stop := links.public(f"/unsubscribe/{links.mail_token(message.id)}")),
        "language": invitation.language,
        "reply_to": view.organization.reply_to or (view.inviter.email if view.inviter.is_verified else None),
        "headers": {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    }


def _lapsed(session: Session, message: Message, _: Ahead) -> Composed:
    """What lapsed since the summary before, for its inviter; none where all was renewed meanwhile."""
    user, organization = _user(session, message), session.get_one(Organization, message.organization_id)
    since = datetime.fromisoformat(message.arguments["since"])
    lapsed = invitations.lapsed_since(session, organization.id, user.id, since)
    if not lapsed or organization.deactivated_at is not None:
        raise NoLongerTrue("nothing has lapsed")
    link = links.public(f"/o/{organization.slug}/invitations?state=expired")
    return {"lapsed": lapsed, "organization": organization, "user": user, "link": link, "language": user.language}


def _for_inviter(session: Session, message: Message, _: Ahead) -> Composed:
    invitation = session.get_one(Invitation, message.invitation_id)
    organization = session.get_one(Organization, invitation.organization_id)
    user = _user(session, message)
    link = links.public(f"/o/{organization.slug}/invitations/{invitation.id}")
    return {
        "invitation": invitation,
        "organization": organization,
        "user": user,
        "link": link,
        "language": user.language,
    }


def _approval_needed(session: Session, message: Message, _: Ahead) -> Composed:
    """Who waits for approval by now, for one who can approve; none where all was decided meanwhile."""
    user, organization = _user(session, message), session.get_one(Organization, message.organization_id)
    role = grantor_role.first(session, organization_id=organization.id, user_id=user.id)
    if role is None or not permissions.allows(role.role, Permission.APPROVE):
        raise NoLongerTrue("no longer approves")
    people = invitations.waiting_named(session, organization.id, MOST_NAMED)
    if not people or organization.deactivated_at is not None:
        raise NoLongerTrue("nobody waits")
    link = links.public(f"/o/{organization.slug}/inbox")
    return {
        "people": people, "count": organization.waiting_count, "organization": organization, "user": user, "link": link,
        "language": user.language,
    }  # fmt: skip


def _decided(session: Session, message: Message, _: Ahead) -> Composed:
    """To somebody who waited for approval: whether they are in."""
    invitation = session.get_one(Invitation, message.invitation_id)
    if invitation.status != ("accepted" if message.kind == "approved" else "canceled"):
        raise NoLongerTrue("it was decided otherwise")
    organization, user = session.get_one(Organization, invitation.organization_id), _user(session, message)
    return {
        "organization": organization, "user": user, "inviter": session.get_one(User, invitation.inviter_id),
        "link": links.public(f"/o/{organization.slug}/" if message.kind == "approved" else "/invitations"),
        "language": user.language,
    }  # fmt: skip


def _verify(session: Session, message: Message, _: Ahead) -> Composed:
    user = _user(session, message)
    if user.is_verified:
        raise NoLongerTrue("already verified")
    link = links.public(f"/verify/{links.account_token(user, links.Kind.VERIFY)}")
    return {"user": user, "link": link, "language": user.language}


def _sign_in(session: Session, message: Message, _: Ahead) -> Composed:
    user = accounts.by_address(session, message.recipient)
    if user is None or user.deactivated_at is not None:
        raise NoLongerTrue("no such account")
    link = links.public(f"/mailed-sign-in/{links.account_token(user, links.Kind.SIGN_IN)}")
    return {"user": user, "link": link, "language": user.language}


def _reset(session: Session, message: Message, _: Ahead) -> Composed:
    user = accounts.by_address(session, message.recipient)
    if user is None or user.deactivated_at is not None:
        raise NoLongerTrue("no such account")
    link = links.public(f"/reset/{links.account_token(user, links.Kind.RESET)}")
    return {"user": user, "link": link, "language": user.language}


def _address_proof(session: Session, message: Message, _: Ahead) -> Composed:
    """To the new address of an account: the link that proves it. Dropped where the address has an account."""
    user = session.get(User, UUID(message.arguments["user_id"]))
    if user is None or user.deactivated_at is not None or user.email != message.arguments["old"]:
        raise NoLongerTrue("the account has changed")
    if accounts.by_address(session, message.recipient) is not None:
        raise NoLongerTrue("the address has an account")
    link = links.public(f"/new-address/{links.address_token(user, message.recipient)}")
    return {"user": user, "link": link, "language": user.language}


def _address_told(session: Session, message: Message, _: Ahead) -> Composed:
    """To the old address, when another is asked for; to both, when it is changed."""
    user = session.get(User, UUID(message.arguments["user_id"]))
    if user is None or user.deactivated_at is not None:
        raise NoLongerTrue("the account has changed")
    said = {name: message.arguments[name] for name in ("old", "new")}
    return said | {"user": user, "link": links.public("/account"), "language": user.language}


def _sign_up(session: Session, message: Message, _: Ahead) -> Composed:
    """Somebody asked for an account: a link to choose its password, or, where there is one, where to sign in."""
    user = accounts.by_address(session, message.recipient)
    if user is None or user.deactivated_at is not None:
        raise NoLongerTrue("no such account")
    path = "/sign-in" if user.is_verified else f"/verify/{links.account_token(user, links.Kind.VERIFY)}"
    return {"user": user, "link": links.public(path), "language": user.language}


def _user(session: Session, message: Message) -> User:
    user = session.get(User, UUID(message.arguments["user_id"]))
    if user is None or user.email != message.recipient or user.deactivated_at is not None:
        raise NoLongerTrue("the account has changed")
    return user


_KINDS: dict[str, Callable[[Session, Message, Ahead], Composed]] = {
    "invitation": _invitation,
    "reminder": _invitation,
    "lapsed": _lapsed,
    "declined": _for_inviter,
    "renewal_asked": _for_inviter,
    "approval_needed": _approval_needed,
    "approved": _decided,
    "not_approved": _decided,
    "verify": _verify,
    "reset": _reset,
    "sign_in": _sign_in,
    "sign_up": _sign_up,
    "address_proof": _address_proof,
    "address_asked": _address_told,
    "address_changed": _address_told,
}
KINDS = tuple(_KINDS)
