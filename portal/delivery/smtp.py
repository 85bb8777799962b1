"""Handing a mail over: to an SMTP server, or, on a loopback address, to a folder that ``/dev/mail`` shows.

Flask-Mail as it comes has no timeout, takes any certificate at STARTTLS, and raises when a server that has taken
the mail drops the line before QUIT, so that a retry would send it twice. The subclasses here mend that, keep what the
server said, and use one connection for many mails.
"""

import contextlib
import os
import smtplib
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from flask import Flask, current_app
from flask_mail import Connection, Mail

from ..text import one_line
from .letters import Letter

TIMEOUT = 30  # seconds for each answer of a server, unless PORTAL_MAIL_TIMEOUT says otherwise
LOST = (smtplib.SMTPServerDisconnected, ConnectionError)
CLOSING = 421  # the server's word that it ends the session (RFC 5321, 3.8)


class Refused(Exception):
    """The mail was not taken; ``permanent`` when trying again is of no use."""

    def __init__(self, reply: str, permanent: bool) -> None:
        super().__init__(reply)
        self.permanent = permanent


class ServerAway(Exception):
    """The server itself does not take mail now: it says nothing about any one of them, and all wait."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A mail as it goes out: from and to whom on the envelope, and its bytes. One recipient each."""

    sender: str
    recipient: str
    content: bytes
    letter: Letter

    @property
    def domain(self) -> str:
        """The recipient's domain."""
        return self.recipient.rpartition("@")[2]


class Transport(Protocol):
    """Something that takes mails, one after the other."""

    def send(self, parcel: Parcel) -> str:
        """Hands one mail over and returns what the other side said. Raises Refused or ServerAway."""

    def close(self) -> None:
        """Ends what is held open."""


class CarefulConnection(Connection):
    """A connection that times out, checks certificates, and does not mind how the server says goodbye."""

    def configure_host(self) -> smtplib.SMTP | smtplib.SMTP_SSL:
        """An open, signed-in connection to the configured server."""
        mail, context = self.mail, ssl.create_default_context()
        timeout = getattr(mail, "timeout", TIMEOUT)
        if mail.use_ssl:
            host: smtplib.SMTP = smtplib.SMTP_SSL(mail.server, mail.port, timeout=timeout, context=context)
        else:
            host = smtplib.SMTP(mail.server, mail.port, timeout=timeout)
        try:
            if mail.use_tls:
                host.starttls(context=context)
            if mail.username and mail.password:
                host.login(mail.username, mail.password)
        except BaseException:
            host.close()
            raise
        return host

    def __exit__(self, *_: Any) -> None:
        if self.host is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self.host.quit()

    def begin(self, parcel: Parcel) -> None:
        """Begins a transaction. Raises smtplib's errors; one that lost the connection has lost nothing else."""
        assert self.host is not None
        self.host.ehlo_or_helo_if_needed()
        _expect(self.host.mail(parcel.sender))

    def hand_over(self, parcel: Parcel) -> str:
        """Ends the transaction that ``begin`` began. Returns the server's last word; raises smtplib's errors."""
        assert self.host is not None
        _expect(self.host.rcpt(parcel.recipient))
        return _expect(self.host.data(parcel.content))


def _expect(answer: tuple[int, bytes]) -> str:
    code, said = answer
    if code >= 400:
        raise smtplib.SMTPResponseException(code, said)
    return _reply(code, said)


class CarefulMail(Mail):
    """Flask-Mail with careful connections."""

    def connect(self) -> CarefulConnection:
        """A connection to be used as a context manager."""
        return CarefulConnection(current_app.extensions["mail"])


mail = CarefulMail()


class Smtp:
    """Hands mails to the configured server over one connection, which is opened when the first one comes."""

    def __init__(self, state: Any) -> None:
        self.state = state
        self.connection: CarefulConnection | None = None

    def send(self, parcel: Parcel) -> str:
        """Raises Refused, permanent for a 5xx, or ServerAway when no connection is to be had."""
        try:
            self._begin(parcel)
            assert self.connection is not None
            return self.connection.hand_over(parcel)
        except smtplib.SMTPResponseException as refused:
            raise self._refused(refused) from refused
        except (smtplib.SMTPException, OSError) as failure:  # what the server made of the mail is not known
            self.close()
            raise Refused(_words(failure), permanent=False) from failure

    def _begin(self, parcel: Parcel) -> None:
        """On the connection that is open, or on a new one: a server may end one that is idle."""
        if self.connection is not None:
            try:
                self.connection.begin(parcel)
                return
            except LOST:
                self.close()
        self._opened().begin(parcel)

    def _refused(self, refused: smtplib.SMTPResponseException) -> Exception:
        """What the server's no means; the connection is fit for the next mail, or closed."""
        reply = _reply(refused.smtp_code, refused.smtp_error)
        if refused.smtp_code == CLOSING:
            self.close()
            return ServerAway(reply)
        try:
            if self.connection is not None and self.connection.host is not None:
                self.connection.host.rset()
        except (smtplib.SMTPException, OSError):
            self.close()
        return Refused(reply, permanent=500 <= refused.smtp_code < 600)

    def _opened(self) -> CarefulConnection:
        try:
            self.connection = CarefulConnection(self.state).__enter__()
        except smtplib.SMTPResponseException as refused:
            raise ServerAway(_reply(refused.smtp_code, refused.smtp_error)) from refused
        except (smtplib.SMTPException, OSError) as failure:
            raise ServerAway(_words(failure)) from failure
        return self.connection

    def close(self) -> None:
        """Says goodbye to the server, whatever it answers."""
        if self.connection is not None:
            self.connection.__exit__(None, None, None)
            self.connection = None


def _reply(code: int, said: bytes | str) -> str:
    """What the server said, in one line."""
    return one_line(f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}")


def _words(failure: Exception) -> str:
    said = getattr(failure, "strerror", None) or str(failure)
    return one_line(str(said)) or type(failure).__name__


class Capture:
    """Writes mails as files that only this user reads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, parcel: Parcel) -> str:
        """Writes ``<message id>.eml`` whole or not at all, so that a second sending replaces the first."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = parcel.letter.message_id.strip("<>").partition("@")[0]
        partial = self.folder / f".{name}.part"
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(parcel.content)
        partial.rename(self.folder / f"{name}.eml")
        return "Captured"

    def close(self) -> None:
        """Nothing is held open."""


def transport(app: Flask) -> Transport | None:
    """What this portal's settings hand mails to, or None where there is no mail."""
    if app.config["MAIL_SERVER"]:
        state = app.extensions["mail"]
        state.timeout = app.config["MAIL_TIMEOUT"]
        return Smtp(state)
    return Capture(captured(app)) if app.config["MAIL_CAPTURE"] else None


def captured(app: Flask) -> Path:
    """The folder of captured mails."""
    return Path(app.config["INSTANCE_PATH"]) / "mail"
