"""``flask doctor``: is everything as it should be, and if not, what to do."""

import click
from flask import current_app
from sqlalchemy.orm import Session

from .shape import Answer, answers


@click.command("doctor")
@answers
def doctor(session: Session) -> Answer:
    """Looks at settings, database, migrations, counts, mail and clock. Exit status 1 if something is wrong."""
    from .. import checkup

    findings = checkup.examine(current_app._get_current_object(), session)  # type: ignore[attr-defined]
    wrong = [finding for finding in findings if not finding.ok]
    lines = [f"{'ok' if f.ok else 'PROBLEM':8}{f.check:11} {f.said} {f.remedy}".rstrip() for f in findings]
    problem = f"Something is wrong with: {', '.join(finding.check for finding in wrong)}." if wrong else ""
    return Answer("\n".join(lines), problem=problem, ok=not wrong, checks=[finding._asdict() for finding in findings])


COMMANDS = [doctor]
