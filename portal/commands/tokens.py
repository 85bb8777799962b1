"""``flask token``: API tokens."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import click
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from .. import clock, tokens
from ..permissions import Actor
from .shape import CHANNEL, Answer, answers, organization, person

api_tokens = click.Group("token", help="API tokens.")
COMMANDS = [api_tokens]


@api_tokens.command("create")
@click.option("--user", "email", required=True, help="Whose token it is: an address.")
@click.option("--organization", "where", help="The one organization that it acts in; without it, all of the person's.")
@click.option("--scope", "scopes", multiple=True, help="What it may do; without any, everything. Can be said again.")
@click.option("--expires", "days", type=click.IntRange(1, 3650), help="In how many days it ends; without it, never.")
@click.option("--name", default="Made on the command line", help="What it is called in the list.")
@answers
def create(
    session: Session, email: str, where: str | None, scopes: tuple[str, ...], days: int | None, name: str
) -> Answer:
    """Makes a token and prints it, once."""
    user = person(session, email)
    token, secret = tokens.create(
        session, Actor(None, CHANNEL), user.id, clock.now(), name=name, scopes=scopes or tokens.SCOPES,
        organization_id=organization(session, where).id if where else None,
        life=timedelta(days=days) if days else None,
    )  # fmt: skip
    return Answer(secret, id=token.id, token=secret, scopes=token.scopes.split(), expires_at=token.expires_at)


@api_tokens.command("list")
@click.option("--user", "email", required=True, help="Whose tokens: an address.")
@answers
def listed(session: Session, email: str) -> Answer:
    """Lists somebody's live tokens, newest first, without their secrets."""
    found = tokens.of_user(session, person(session, email).id, clock.now())
    lines = [f"{token.id}  {token.hint}…  {token.name}  {_until(token)}  {token.scopes}" for token in found]
    names = ("id", "name", "hint", "organization_id", "created_at", "expires_at", "last_used_at")
    facts = [{name: getattr(token, name) for name in names} | {"scopes": token.scopes.split()} for token in found]
    return Answer("\n".join(lines) or _("There is none."), tokens=facts)


def _until(token: Any) -> str:
    return str(_("until %(when)s", when=f"{token.expires_at:%Y-%m-%d}") if token.expires_at else _("without end"))


@api_tokens.command("revoke")
@click.argument("token_id", type=click.UUID)
@click.option("--user", "email", required=True, help="Whose token it is: an address.")
@answers
def revoke(session: Session, token_id: UUID, email: str) -> Answer:
    """Ends a token at once."""
    tokens.revoke(session, Actor(person(session, email).id, CHANNEL), token_id, clock.now())
    return Answer(_("The token %(id)s is revoked.", id=token_id), id=token_id, revoked=True)
