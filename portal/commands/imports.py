"""``flask import``: invites a list, in one go, with a bar that shows how far it is."""

import sys
from pathlib import Path

import click
from flask import current_app
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
        raise Refused(f"{file} is larger than {largest} bytes.", "Divide it, or raise PORTAL_IMPORT_MAX_BYTES.")
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
        length=planned.total, label="Inviting", file=sys.stderr, hidden=not sys.stderr.isatty()
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
    lines = [
        f"{of.encoding}, {of.total} rows. {'Would be invited' if good == 'ready' else 'Invited'}: {counts.get(good, 0)}"
    ]
    left = [row for row in imports.every(session, of) if row.error]
    for row in left[:20]:
        error = imports.reason(row.error, row.facts)
        lines.append(f"row {row.number}: {row.address}: {error} {error.remedy if error else ''}")
    if len(left) > 20:
        lines.append(f"… and {len(left) - 20} more rows.")
    stopped = imports.reason(of.reason, {})
    problem = f"It was stopped. {stopped} {stopped.remedy}" if stopped else ""
    return Answer(
        "\n".join(lines), problem=problem, id=of.id, status=of.status, encoding=of.encoding, rows=of.total,
        columns=of.columns, ignored=of.ignored, outcomes=counts,
    )  # fmt: skip


COMMANDS = [import_list]
