"""``flask mail list`` and ``flask worker``: mail on its way."""

from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from ..delivery import outbox
from ..models import Message
from ..models.words import MAIL_STATES
from .shape import Answer, answers

mails = click.Group("mail", help="Mail on its way.")


@mails.command("list")
@click.option("--status", type=click.Choice(MAIL_STATES), help="Only these.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000), help="The most to show.")
@answers
def listed(session: Session, status: str | None, limit: int) -> Answer:
    """Lists the newest messages of the outbox, newest first."""
    messages = outbox.newest(session, limit, status)
    lines = [f"{m.created_at:%Y-%m-%d %H:%M} {m.status:8} {m.kind:14} {m.recipient}  {m.reply}" for m in messages]
    words = "\n".join(line.rstrip() for line in lines) or "The outbox holds no such message."
    return Answer(words, messages=[_facts(message) for message in messages])


@click.command("worker")
@with_appcontext
def work() -> None:
    """Sends the mail that is due, until told to end."""
    from ..worker import Worker

    Worker(current_app._get_current_object()).run()  # type: ignore[attr-defined]


COMMANDS = [mails, work]


def _facts(message: Message) -> dict[str, Any]:
    names = ("id", "kind", "recipient", "status", "attempts", "reply", "invitation_id", "created_at", "updated_at")
    return {name: getattr(message, name) for name in names}
