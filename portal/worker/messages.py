"""What each kind of mail says: composed when it is sent, from the outbox row's kind and arguments.

A mail whose reason has gone (an invitation that was revoked, a link that a newer one replaced) is dropped instead.
Each kind has a folder in ``templates/mail`` with ``subject.txt``, ``body.txt`` and ``body.html``.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app, render_template
from flask_babel import force_locale
from flask_mail import Message as Mail
from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import accounts, invitations, links
from ..database import new_id
from ..delivery import signing, stops
from ..delivery.smtp import Parcel, check_headers, written
from ..models import Invitation, Message, Organization, User
from ..text import one_line

Composed = dict[str, Any]


class NoLongerTrue(Exception):
    """The mail's reason has gone; the argument says which."""


def compose(session: Session, message: Message, now: datetime) -> Parcel:
    """What goes out for an outbox row. Raises NoLongerTrue when it should not be sent any more, or BadHeaderError."""
    mail = _mail(session, message, now)
    return _parcel(mail, message.recipient, _sender(message, mail))


def read_ahead(session: Session, claimed: Sequence[Message]) -> list[Any]:
    """Reads at once what several mails are about. The session asks for none of it again while the list is held."""
    wanted = {message.invitation_id for message in claimed if message.invitation_id is not None}
    read: list[Any] = list(session.scalars(select(Invitation).where(Invitation.id.in_(wanted)))) if wanted else []
    inviters, of = {each.inviter_id for each in read}, {each.organization_id for each in read}
    read += session.scalars(select(User).where(User.id.in_(inviters))) if inviters else []
    read += session.scalars(select(Organization).where(Organization.id.in_(of))) if of else []
    return read


def _mail(session: Session, message: Message, now: datetime) -> Mail:
    context = _KINDS[message.kind](session, message, now)
    language = context.pop("language", None) or "en"
    reply_to, headers = context.pop("reply_to", None), context.pop("headers", {})
    with force_locale(language):
        parts = {
            part: render_template(f"mail/{message.kind}/{part}", language=language, **context)
            for part in ("subject.txt", "body.txt", "body.html")
        }
    mail = Mail(
        subject=one_line(parts["subject.txt"]),
        recipients=[message.recipient],
        body=parts["body.txt"],
        html=parts["body.html"],
        reply_to=reply_to,
        date=message.created_at.timestamp(),
        extra_headers={"Auto-Submitted": "auto-generated"} | headers,
    )
    mail.msgId = message_id(message.id)
    return mail


def trial(address: str, now: datetime) -> Parcel:
    """A mail that an operator sends to see whether mail goes out. Raises BadHeaderError."""
    mail = Mail(
        subject="Usher: a test",
        recipients=[address],
        body=f"This mail was sent by `flask mail test` from {current_app.config['PUBLIC_URL']}.",
        date=now.timestamp(),
        extra_headers={"Auto-Submitted": "auto-generated"},
    )
    mail.msgId = message_id(new_id())
    return _parcel(mail, address, parseaddr(str(mail.sender))[1])


def _parcel(mail: Mail, recipient: str, sender: str) -> Parcel:
    check_headers(mail)
    return Parcel(sender, recipient, signing.signed(written(mail), current_app.config), mail)


def _sender(message: Message, mail: Mail) -> str:
    """The envelope's sender: a signed address of its own where reports are taken (VERP), otherwise the mail's."""
    local, _, domain = current_app.config["MAIL_BOUNCE_ADDRESS"].rpartition("@")
    return f"{local}+{links.return_token(message.id)}@{domain}" if local else parseaddr(str(mail.sender))[1]


def message_id(key: UUID) -> str:
    """The Message-ID of an outbox row, so that a second sending after a crash can be told as the same mail."""
    return f"<{key}@{urlsplit(current_app.config['PUBLIC_URL']).hostname}>"


def _invitation(session: Session, message: Message, now: datetime) -> Composed:
    invitation = session.get_one(Invitation, message.invitation_id)
    generation = message.arguments["generation"]
    if invitation.email != message.recipient:
        raise NoLongerTrue("the address was changed")
    view = invitations.look(session, links.Opened(invitation.id, generation, links.Kind.MAILED), now)
    if view.obstacle is not None:
        raise NoLongerTrue(view.obstacle.code)
    _check_stops(session, message)
    return {
        "view": view,
        "link": links.invitation_link(invitation.id, generation, links.Kind.MAILED),
        "stop": (stop := links.public(f"/unsubscribe/{links.mail_token(message.id)}")),
        "language": invitation.language,
        "reply_to": view.organization.reply_to or (view.inviter.email if view.inviter.is_verified else None),
        "headers": {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    }


def _check_stops(session: Session, message: Message) -> None:
    """After a complaint nothing goes to the address any more; a wish for no reminders stops those."""
    assert message.organization_id is not None
    kind = None if message.kind == "reminder" else "complaint"
    if stops.among(session, message.organization_id, [message.recipient], kind):
        raise NoLongerTrue("stopped")


def _lapsed(session: Session, message: Message, now: datetime) -> Composed:
    """What lapsed since the summary before, for its inviter; none where all was renewed meanwhile."""
    user, organization = _user(session, message), session.get_one(Organization, message.organization_id)
    since = datetime.fromisoformat(message.arguments["since"])
    lapsed = invitations.lapsed_since(session, organization.id, user.id, since)
    if not lapsed or organization.deactivated_at is not None:
        raise NoLongerTrue("nothing has lapsed")
    link = links.public(f"/o/{organization.slug}/invitations?state=expired")
    return {"lapsed": lapsed, "organization": organization, "user": user, "link": link, "language": user.language}


def _for_inviter(session: Session, message: Message, _: datetime) -> Composed:
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


def _verify(session: Session, message: Message, _: datetime) -> Composed:
    user = _user(session, message)
    if user.is_verified:
        raise NoLongerTrue("already verified")
    link = links.public(f"/verify/{links.account_token(user, links.Kind.VERIFY)}")
    return {"user": user, "link": link, "language": user.language}


def _sign_in(session: Session, message: Message, _: datetime) -> Composed:
    user = accounts.by_address(session, message.recipient)
    if user is None or user.deactivated_at is not None:
        raise NoLongerTrue("no such account")
    link = links.public(f"/mailed-sign-in/{links.account_token(user, links.Kind.SIGN_IN)}")
    return {"user": user, "link": link, "language": user.language}


def _reset(session: Session, message: Message, _: datetime) -> Composed:
    user = accounts.by_address(session, message.recipient)
    if user is None or user.deactivated_at is not None:
        raise NoLongerTrue("no such account")
    link = links.public(f"/reset/{links.account_token(user, links.Kind.RESET)}")
    return {"user": user, "link": link, "language": user.language}


def _address_proof(session: Session, message: Message, _: datetime) -> Composed:
    """To the new address of an account: the link that proves it. Dropped where the address has an account."""
    user = session.get(User, UUID(message.arguments["user_id"]))
    if user is None or user.deactivated_at is not None or user.email != message.arguments["old"]:
        raise NoLongerTrue("the account has changed")
    if accounts.by_address(session, message.recipient) is not None:
        raise NoLongerTrue("the address has an account")
    link = links.public(f"/new-address/{links.address_token(user, message.recipient)}")
    return {"user": user, "link": link, "language": user.language}


def _address_told(session: Session, message: Message, _: datetime) -> Composed:
    """To the old address, when another is asked for; to both, when it is changed."""
    user = session.get(User, UUID(message.arguments["user_id"]))
    if user is None or user.deactivated_at is not None:
        raise NoLongerTrue("the account has changed")
    said = {name: message.arguments[name] for name in ("old", "new")}
    return said | {"user": user, "link": links.public("/account"), "language": user.language}


def _sign_up(session: Session, message: Message, _: datetime) -> Composed:
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


_KINDS: dict[str, Callable[[Session, Message, datetime], Composed]] = {
    "invitation": _invitation,
    "reminder": _invitation,
    "lapsed": _lapsed,
    "declined": _for_inviter,
    "renewal_asked": _for_inviter,
    "verify": _verify,
    "reset": _reset,
    "sign_in": _sign_in,
    "sign_up": _sign_up,
    "address_proof": _address_proof,
    "address_asked": _address_told,
    "address_changed": _address_told,
}
KINDS = tuple(_KINDS)
