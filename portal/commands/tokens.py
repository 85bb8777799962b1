"""``flask token``: API tokens."""

from datetime import timedelta

import click
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
