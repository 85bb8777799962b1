"""``flask mail`` and ``flask worker``: mail on its way, and what comes back."""

import sys
from typing import Any
from uuid import UUID

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from .. import clock
from ..addresses import normalise
from ..delivery import outbox, reports
from ..delivery.smtp import Refused as SmtpRefused
from ..delivery.smtp import ServerAway, transport
from ..models import Message
from ..models.words import MAIL_STATES
from ..worker import intake, messages
from .shape import Answer, Refused, answers

mails = click.Group("mail", help="Mail on its way.")


@mails.command("list")
@click.option("--status", type=click.Choice(MAIL_STATES), help="Only these.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000), help="The most to show.")
@answers
def listed(session: Session, status: str | None, limit: int) -> Answer:
    """Lists the newest messages of the outbox, newest first."""
    messages = outbox.newest(session, limit, status)
    lines = [f"{m.created_at:%Y-%m-%d %H:%M} {m.status:8} {m.kind:14} {m.recipient}  {m.reply}" for m in messages]
    words = "\n".join(line.rstrip() for line in lines) or _("The outbox holds no such message.")
    return Answer(words, messages=[_facts(message) for message in messages])


@mails.command("show")
@click.argument("mail_id", type=click.UUID)
@answers
def show(session: Session, mail_id: UUID) -> Answer:
    """Shows one mail of the outbox, and what became of it."""
    found = _found(session, mail_id)
    lines = [f"{name:14}{value}" for name, value in _facts(found).items()]
    return Answer("\n".join(lines), **_facts(found))


@mails.command("retry")
@click.argument("mail_id", type=click.UUID)
@answers
def retry(session: Session, mail_id: UUID) -> Answer:
    """Queues a mail that failed, bounced or was put off again, due at once."""
    message = _found(session, mail_id)
    if not outbox.requeue(session, message.id, clock.now()):
        raise Refused(
            _("A mail in the state “%(status)s” is not tried again.", status=message.status),
            _("Send its invitation again instead."),
        )
    words = _("The mail to %(address)s is due now.", address=message.recipient)
    return Answer(words, id=mail_id, status="queued")


@mails.command("test")
@click.argument("address")
@answers
def test(__: Session, address: str) -> Answer:
    """Sends a short mail to ADDRESS at once, and says what the mail server said."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    to = transport(app)
    if to is None:
        raise Refused(_("No mail server is set."), _("Set PORTAL_MAIL_SERVER."))
    try:
        reply = to.send(messages.trial(normalise(address), clock.now()))
    except (SmtpRefused, ServerAway) as failure:
        raise Refused(
            _("It was not taken: %(reply)s.", reply=failure), _("Look at the PORTAL_MAIL_ settings.")
        ) from None
    finally:
        to.close()
    return Answer(_("Taken: %(reply)s", reply=reply), recipient=address, reply=reply)


@mails.command("bounce")
@answers
def bounce(session: Session) -> Answer:
    """Reads one report of a mail server from stdin, as a pipe of that server gives it, and writes down what it says."""
    report = reports.read(sys.stdin.buffer.read(reports.LARGEST + 1))
    if report is None:
        return Answer(_("This is no report about a mail of ours: nothing was written down."), found=False)
    told = intake.take(session, report, clock.now())
    return Answer(f"{report.what}: {report.words}", found=told, mail=report.message_id, what=report.what)


@mails.command("intake")
@with_appcontext
def listen() -> None:
    """Takes reports by LMTP or SMTP at PORTAL_MAIL_INTAKE, until told to end."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if not app.config["MAIL_INTAKE"]:
        raise Refused("PORTAL_MAIL_INTAKE is not set.", "Say lmtp://127.0.0.1:8024, or smtp://….")
    intake.serve(app, app.config["MAIL_INTAKE"])


@click.command("worker")
@with_appcontext
def work() -> None:
    """Sends the mail that is due, until told to end."""
    from ..worker import Worker

    Worker(current_app._get_current_object()).run()  # type: ignore[attr-defined]


COMMANDS = [mails, work]


def _found(session: Session, mail_id: UUID) -> Message:
    message = session.get(Message, mail_id)
    if message is None:
        raise Refused(_("There is no mail %(mail)s.", mail=mail_id), _("Look for it with `flask mail list`."))
    return message


def _facts(message: Message) -> dict[str, Any]:
    names = ("id", "kind", "recipient", "status", "attempts", "reply", "invitation_id", "created_at", "updated_at")
    return {name: getattr(message, name) for name in names}
