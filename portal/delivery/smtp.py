"""Handing a mail over: to an SMTP server, or, on a loopback address, to a folder that ``/dev/mail`` shows.

Flask-Mail as it comes has no timeout, takes any certificate at STARTTLS, and raises when a server that has taken
the mail drops the line before QUIT, so that a retry would send it twice. The subclasses here mend that.
"""

import contextlib
import os
import smtplib
import ssl
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Protocol

from flask import Flask, current_app
from flask_mail import BadHeaderError, Connection, Mail, Message

from ..text import one_line

TIMEOUT = 30  # seconds for each answer of a server


class Refused(Exception):
    """The mail was not taken; ``permanent`` when trying again is of no use."""

    def __init__(self, reply: str, permanent: bool) -> None:
        super().__init__(reply)
        self.permanent = permanent


class Transport(Protocol):
    """Something that takes mails."""

    def send(self, mail: Message) -> str:
        """Hands one mail over and returns what the other side said. Raises Refused."""


class CarefulConnection(Connection):
    """A connection that times out, checks certificates, and does not mind how the server says goodbye."""

    def configure_host(self) -> smtplib.SMTP | smtplib.SMTP_SSL:
        """An open, signed-in connection to the configured server."""
        mail, context = self.mail, ssl.create_default_context()
        if mail.use_ssl:
            host: smtplib.SMTP = smtplib.SMTP_SSL(mail.server, mail.port, timeout=TIMEOUT, context=context)
        else:
            host = smtplib.SMTP(mail.server, mail.port, timeout=TIMEOUT)
        if mail.use_tls:
            host.starttls(context=context)
        if mail.username and mail.password:
            host.login(mail.username, mail.password)
        return host

    def __exit__(self, *_: Any) -> None:
        if self.host is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self.host.quit()


class CarefulMail(Mail):
    """Flask-Mail with careful connections."""

    def connect(self) -> CarefulConnection:
        """A connection to be used as a context manager."""
        return CarefulConnection(current_app.extensions["mail"])


mail = CarefulMail()


class Smtp:
    """Hands mails to the configured server, one recipient each."""

    def send(self, message: Message) -> str:
        """Raises Refused: permanent for a 5xx, otherwise worth another try."""
        check_headers(message)
        try:
            with mail.connect() as connection:
                connection.send(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = next(iter(refused.recipients.values()))
            raise Refused(_reply(code, said), permanent=500 <= code < 600) from refused
        except smtplib.SMTPResponseException as refused:
            permanent = 500 <= refused.smtp_code < 600 and not isinstance(refused, smtplib.SMTPAuthenticationError)
            raise Refused(_reply(refused.smtp_code, refused.smtp_error), permanent) from refused
        except (smtplib.SMTPException, OSError) as failure:
            raise Refused(str(failure) or type(failure).__name__, permanent=False) from failure
        return "Taken by the mail server"


def _reply(code: int, said: bytes | str) -> str:
    """What the server said, in one line."""
    return one_line(f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}")


class Capture:
    """Writes mails as files that only this user reads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: Message) -> str:
        """Writes ``<message id>.eml`` whole or not at all, so that a second sending replaces the first."""
        check_headers(message)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = message.msgId.strip("<>").partition("@")[0]
        partial = self.folder / f".{name}.part"
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(message.as_bytes())
        partial.rename(self.folder / f"{name}.eml")
        return "Captured"


def check_headers(message: Message) -> None:
    """Raises BadHeaderError for a line break in any header; Flask-Mail looks at some of them only."""
    extra = message.extra_headers or {}
    headers = [
        message.subject,
        message.msgId,
        message.sender,
        message.reply_to,
        *message.recipients,
        *extra,
        *extra.values(),
    ]
    if any(c in str(header) for header in headers if header for c in "\r\n\0"):
        raise BadHeaderError
    if len(message.recipients) != 1 or not parseaddr(str(message.recipients[0]))[1]:
        raise BadHeaderError


def transport(app: Flask) -> Transport | None:
    """What this portal's settings hand mails to, or None where there is no mail."""
    if app.config["MAIL_SERVER"]:
        return Smtp()
    return Capture(captured(app)) if app.config["MAIL_CAPTURE"] else None


def captured(app: Flask) -> Path:
    """The folder of captured mails."""
    return Path(app.config["INSTANCE_PATH"]) / "mail"
