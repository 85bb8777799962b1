"""``flask demo``: what ``make run`` does to the database before it starts."""

from pathlib import Path

import click
from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import clock
from .. import demo as organization
from ..models import User
from .shape import Answer, answers

NO_DEMO = _l("No demo organization was made: PORTAL_MAIL_SERVER would mail the people in it. Use `flask user create`.")


@click.command("demo")
@answers
def demo(session: Session) -> Answer:
    """Brings the database up to date, and fills one that knows nobody with a demo organization."""
    import flask_migrate

    flask_migrate.upgrade()
    if session.scalar(select(User.id).limit(1)) is not None:
        return Answer(_("The database is up to date."), made=False)
    if current_app.config["MAIL_SERVER"]:
        return Answer(str(NO_DEMO), made=False)
    file = organization.sign_in_file(Path(current_app.config["INSTANCE_PATH"]))
    organization.fill(session, clock.now(), file)
    return Answer(_("The demo organization is there; %(file)s holds its owner’s sign-in.", file=file), made=True)


COMMANDS = [demo]
