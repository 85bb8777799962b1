"""``flask demo``: what ``make run`` does to the database before it starts."""

from pathlib import Path

import click
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import clock
from .. import demo as organization
from ..models import User
from .shape import Answer, answers

NO_DEMO = "No demo organization was made: PORTAL_MAIL_SERVER would mail the people in it. Use `flask user create`."


@click.command("demo")
@answers
def demo(session: Session) -> Answer:
    """Brings the database up to date, and fills one that knows nobody with a demo organization."""
    import flask_migrate

    flask_migrate.upgrade()
    if session.scalar(select(User.id).limit(1)) is not None:
        return Answer("The database is up to date.", made=False)
    if current_app.config["MAIL_SERVER"]:
        return Answer(NO_DEMO, made=False)
    file = organization.sign_in_file(Path(current_app.config["INSTANCE_PATH"]))
    organization.fill(session, clock.now(), file)
    return Answer(f"The demo organization is there; {file} holds its owner's sign-in.", made=True)


COMMANDS = [demo]
