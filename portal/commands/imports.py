"""``flask import``: invites a list, in one go, with a bar that shows how far it is."""

import sys
from pathlib import Path

import click
from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from .. import clock, imports
from ..models import ROLES, Import
from ..permissions import Actor
from .shape import CHANNEL, Answer, Refused, answers, organization, person


@click.command("import")
@click.argument("org")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "inviter", required=True, metavar="EMAIL", help="The address of the member who invites.")
@click.option("--role", type=click.Choice(ROLES), default="member", show_default=True, help="Where a row names none.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of each row.")
@answers
def import_list(session: Session, org: str, file: Path, inviter: str, role: str, dry_run: bool) -> Answer:
    """Invites everybody in the CSV list FILE to the organization ORG, named by slug or id."""
    found, actor = organization(session, org), Actor(person(session, inviter).id, CHANNEL)
    largest = current_app.config["IMPORT_MAX_BYTES"]
    if file.stat().st_size > largest:
        raise Refused(
            _("%(file)s is larger than %(largest)s bytes.", file=file, largest=largest),
            _("Divide it, or raise PORTAL_IMPORT_MAX_BYTES."),
        )
    planned = imports.plan(
        session, actor, found.id, file.read_bytes(), clock.now(), role=role, file_name=file.name
    )  # fmt: skip
    if not dry_run:
        imports.start(session, actor, found.id, planned.id, clock.now())
        _carry_out(session, planned)
    return _told(session, actor, imports.one(session, actor, found.id, planned.id))


def _carry_out(session: Session, planned: Import) -> None:
    """Goes through the list; a worker that runs beside it takes pieces too."""
    with click.progressbar(
        length=planned.total, label=_("Inviting"), file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        done = 0
        while imports.step(session, clock.now(), planned.id):
            session.refresh(planned)
            bar.update(planned.done - done)
            done = planned.done
        bar.update(planned.total - done)


def _told(session: Session, actor: Actor, of: Import) -> Answer:
    counts = imports.outcomes(session, of)
    good = "ready" if of.status == "planned" else "invited"
    said = {"rows": of.total, "encoding": of.encoding, "invited": counts.get(good, 0)}
    lines = [_("%(rows)s rows, read as %(encoding)s. Invited: %(invited)s", **said)]
    if good == "ready":
        lines = [_("%(rows)s rows, read as %(encoding)s. Would be invited: %(invited)s", **said)]
    left = [row for row in imports.every(session, of) if row.error]
    for row in left[:20]:
        error = imports.reason(row.error, row.facts)
        about = {"number": row.number, "address": row.address, "error": error, "remedy": error.remedy if error else ""}
        lines.append(_("row %(number)s: %(address)s: %(error)s %(remedy)s", **about))
    if len(left) > 20:
        lines.append(ngettext("… and %(num)s more row.", "… and %(num)s more rows.", len(left) - 20))
    stopped = imports.reason(of.reason, {})
    problem = f"{stopped} {stopped.remedy}" if stopped else ""
    return Answer(
        "\n".join(lines), problem=problem, id=of.id, status=of.status, encoding=of.encoding, rows=of.total,
        columns=of.columns, ignored=of.ignored, outcomes=counts,
    )  # fmt: skip


COMMANDS = [import_list]
