"""``flask export``, ``prune``, ``backup`` and ``restore``: what is kept, for how long, and a copy of it."""

import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from .. import backup, clock, exports, retention, tables
from ..extensions import db
from .shape import Answer, Refused, answers, organization

FORMATS = ("jsonl", "csv")


@click.command("export")
@click.argument("org")
@click.option("--what", type=click.Choice(tuple(exports.KINDS)), default="invitations", show_default=True)
@click.option("--format", "form", type=click.Choice(FORMATS), default="jsonl", show_default=True)
@with_appcontext
def export(org: str, what: str, form: str) -> None:
    """Writes what the organization ORG, named by slug or id, holds to stdout, oldest first."""
    session = db.session()
    read, columns = exports.KINDS[what]
    rows = read(session, organization(session, org).id)
    lines = tables.json_lines(rows) if form == "jsonl" else tables.csv_lines(columns, rows)
    try:
        for line in lines:
            sys.stdout.write(line)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has enough, as `head` has
        sys.stderr.close()


@click.command("prune")
@click.option("--history-days", type=click.IntRange(0), help="Instead of PORTAL_KEEP_HISTORY_DAYS.")
@click.option("--ended-days", type=click.IntRange(0), help="Instead of PORTAL_KEEP_ENDED_DAYS.")
@answers
def prune(session: Session, history_days: int | None, ended_days: int | None) -> Answer:
    """Deletes history and ended invitations that have been kept long enough; the worker does so once a day."""
    settings = retention.kept(current_app.config)
    keep = retention.Keep(
        settings.history if history_days is None else history_days, settings.ended if ended_days is None else ended_days
    )
    gone = retention.prune(session, keep, clock.now())
    events, ended = gone["history"], gone["ended"]
    words = _("Deleted: %(events)s of the history, %(ended)s ended invitations.", events=events, ended=ended)
    nothing = _("Everything is kept for ever: nothing to do.")
    return Answer(words if keep.history or keep.ended else nothing, history=events, ended=ended)


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@answers
def write(__: Session, file: Path) -> Answer:
    """Writes a copy of the SQLite database to FILE while the portal runs."""
    if not file.absolute().parent.is_dir():
        raise Refused(
            _("There is no folder %(folder)s.", folder=file.absolute().parent), _("Make it, or name another file.")
        )
    size = backup.write(db.engine, file.absolute())
    words = _("%(file)s holds a copy of the database, %(size)s bytes.", file=file, size=size)
    return Answer(words, file=file, bytes=size)


@click.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@answers
def restore(__: Session, file: Path, yes: bool) -> Answer:
    """Puts the copy in FILE in the place of the SQLite database."""
    if not yes:
        click.confirm(_("What the database holds now will be gone. Go on?"), abort=True, err=True)
    version = backup.restore(db.engine, file)
    words = _(
        "The database is what %(file)s held, at the migration %(version)s. `flask db upgrade` brings it up to date.",
        file=file, version=version,
    )  # fmt: skip
    return Answer(words, file=file, migration=version)


COMMANDS = [export, prune, write, restore]
