"""``flask invite``: one call of the rule for all the addresses named."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import click
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from .. import clock, invitations, places
from ..invitations import Invitee, Offer, Outcome
from ..models import PROJECT_ROLES, ROLES, TEAM_ROLES
from ..permissions import Actor
from .shape import CHANNEL, Answer, Refused, answers, organization, person

Named = tuple[str, str]


def _with_role(roles: Sequence[str]) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], list[Named]]:
    """Reads ``NAME=ROLE``, where the name may hold an equals sign too."""

    def read(_: click.Context, __: click.Parameter, said: tuple[str, ...]) -> list[Named]:
        pairs = [(name, role) for name, _, role in (each.rpartition("=") for each in said)]
        if any(not name or role not in roles for name, role in pairs):
            raise click.BadParameter(f"say NAME=ROLE with one of the roles {', '.join(roles)}.")
        return pairs

    return read


@click.command("invite")
@click.argument("org")
@click.argument("emails", nargs=-1, required=True, metavar="EMAIL...")
@click.option("--role", required=True, type=click.Choice(ROLES), help="The role in the organization.")
@click.option("--as", "inviter", required=True, metavar="EMAIL", help="The address of the member who invites.")
@click.option(
    "--site", "sites", multiple=True, metavar="NAME", help="Restrict to this site, by name or id. May repeat."
)
@click.option("--team", "teams", multiple=True, metavar="NAME=ROLE", callback=_with_role(TEAM_ROLES),
              help="Put in this team with a role. May repeat.")  # fmt: skip
@click.option("--project", "projects", multiple=True, metavar="NAME=ROLE", callback=_with_role(PROJECT_ROLES),
              help="Put in this project with a role. May repeat.")  # fmt: skip
@click.option("--message", default="", help="A personal message in the mail.")
@click.option("--expires-in", type=click.IntRange(1, 365), metavar="DAYS", help="Days until it expires.")
@answers
def invite(session: Session, org: str, emails: tuple[str, ...], inviter: str, **offered: Any) -> Answer:
    """Invites each EMAIL to the organization ORG, named by slug or id, and says what became of each."""
    now, found = clock.now(), organization(session, org)
    actor = Actor(person(session, inviter).id, CHANNEL)
    offer = _offer(session, actor, found.id, expires_in=offered.pop("expires_in"), now=now, **offered)
    outcomes = invitations.invite(session, actor, found.id, [Invitee(email, offer) for email in emails], now)
    invited = sum(outcome.error is None for outcome in outcomes)
    return Answer(
        "\n".join(_line(outcome) for outcome in outcomes),
        problem="" if invited else _("Nobody was invited. What kept each address from it stands beside it."),
        organization_id=found.id,
        invited=invited,
        outcomes=[_facts(outcome) for outcome in outcomes],
    )


COMMANDS = [invite]


def _offer(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    *,
    role: str,
    sites: Sequence[str],
    teams: list[Named],
    projects: list[Named],
    message: str,
    expires_in: int | None,
    now: Any,
) -> Offer:
    """The offer, with sites, teams and projects found by name or id. Raises Refused for one that is not there."""

    def ids(kind: str, names: Sequence[str]) -> list[Any]:
        return _found(places.listed(session, actor, organization_id, kind), kind, names) if names else []

    return Offer(
        role=role,
        restricted=bool(sites),
        sites=tuple(ids("site", sites)),
        teams=tuple(zip(ids("team", [n for n, _ in teams]), [r for _, r in teams], strict=True)),
        projects=tuple(zip(ids("project", [n for n, _ in projects]), [r for _, r in projects], strict=True)),
        message=message,
        expires_at=now + timedelta(days=expires_in) if expires_in else None,
    )


def _found(listed: Sequence[Any], kind: str, names: Sequence[str]) -> list[Any]:
    known = {str(place.id): place.id for place in listed} | {place.name: place.id for place in listed}
    for name in names:
        if name not in known:
            raise Refused(
                _("There is no “%(name)s”.", name=name),
                _("Make it with `flask %(kind)s create`, or correct the name.", kind=kind),
            )
    return [known[name] for name in names]


def _line(outcome: Outcome) -> str:
    if outcome.error:
        said = {"address": outcome.address, "error": outcome.error, "remedy": outcome.error.remedy}
        return str(_("%(address)s: not invited. %(error)s %(remedy)s", **said))
    until = f"{outcome.expires_at:%Y-%m-%d %H:%M} UTC"
    return str(_("%(address)s: invited until %(when)s", address=outcome.address, when=until))


def _facts(outcome: Outcome) -> dict[str, Any]:
    facts: dict[str, Any] = {"email": outcome.address, "outcome": outcome.code}
    if outcome.error:
        return facts | {"reason": str(outcome.error), "remedy": str(outcome.error.remedy)}
    return facts | {"id": outcome.invitation_id, "expires_at": outcome.expires_at}
