"""``flask doctor``: is everything as it should be, and if not, what to do."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any, NoReturn

import click
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from .shape import Answer, Refused, answers


@click.group("doctor", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Looks at settings, database, migrations, counts, mail and clock. Exit status 1 if something is wrong."""
    if context.invoked_subcommand is None:
        context.invoke(everything, as_json=as_json)


@click.command("everything")
@answers
def everything(session: Session) -> Answer:
    """What ``flask doctor`` by itself looks at."""
    from .. import checkup

    return _told(checkup.examine(current_app._get_current_object(), session))  # type: ignore[attr-defined]


class NameServer(click.ParamType[tuple[str, int]]):
    """A name server: its address, and its port where that is not 53."""

    name = "ADDRESS[:PORT]"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> tuple[str, int]:
        """The address and the port."""
        host, _, port = value.rpartition(":") if value.count(":") == 1 or "]:" in value else (value, "", "53")
        try:
            return str(ip_address(host.strip("[]"))), int(port)
        except ValueError:
            self._refuse(value, parameter, context)

    def _refuse(self, value: str, parameter: click.Parameter | None, context: click.Context | None) -> NoReturn:
        self.fail(f"{value} is no address, such as 9.9.9.9 or 127.0.0.1:5353", parameter, context)


@doctor.command("mail")
@click.option("--sends-from", "hosts", multiple=True, metavar="ADDRESS", help="Where mails leave for the internet.")
@click.option("--nameserver", type=NameServer(), help="Whom to ask, in place of this machine's name server.")
@click.option("--timeout", default=5.0, show_default=True, type=click.FloatRange(0.1, 60), help="Seconds for a name.")
@answers
def mail(__: Session, hosts: tuple[str, ...], nameserver: tuple[str, int] | None, timeout: float) -> Answer:
    """Looks up SPF, DKIM and DMARC, and says what receivers think of the mails and which record to add.

    Mails leave from PORTAL_MAIL_SERVER's own address unless it hands them on; say then from where.
    """
    from .. import sender

    config = current_app.config
    try:
        names = sender.Names(nameserver, timeout)
        return _told(sender.examine(config, names, _leaving(hosts) or sender.leaves_from(config, names)))
    except sender.Unanswered as silence:
        raise Refused(str(silence), _("Name one with --nameserver.")) from None


def _leaving(hosts: Sequence[str]) -> list[Any]:
    try:
        return [ip_address(host) for host in hosts]
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--sends-from") from None


def _told(findings: Sequence[Any]) -> Answer:
    wrong = [finding for finding in findings if not finding.ok]
    problem = _("Something is wrong with: %(what)s.", what=", ".join(each.check for each in wrong)) if wrong else ""
    words = "\n".join(_line(finding._asdict()) for finding in findings)
    return Answer(words, problem=problem, ok=not wrong, checks=[finding._asdict() for finding in findings])


def _line(finding: dict[str, Any]) -> str:
    """One line, and below it, to be copied, the record that belongs into DNS."""
    begin = f"{'ok' if finding['ok'] else 'PROBLEM':8}{finding['check']:11} "
    line = f"{begin}{finding['said']} {finding['remedy']}".rstrip()
    return f"{line}\n{' ' * len(begin)}{finding['record']}" if finding.get("record") else line


COMMANDS = [doctor]
