"""``flask user``: people's accounts."""

import sys

import click
from sqlalchemy.orm import Session

from .. import accounts, clock, passwords
from ..addresses import normalise
from ..permissions import Actor
from ..text import clean_name
from .shape import CHANNEL, Answer, answers, person

users = click.Group("user", help="People's accounts.")
COMMANDS = [users]
OPERATOR = Actor(None, CHANNEL)


def _from_stdin(_: click.Context, __: click.Parameter, said: str) -> str:
    return sys.stdin.readline().rstrip("\r\n") if said == "-" else said


@users.command("create")
@click.argument("email")
@click.option("--name", required=True, help="What the person is called.")
@click.option("--password", required=True, callback=_from_stdin, help="The password, or - to read it from stdin.")
@click.option("--verified", is_flag=True, help="The address is known to be theirs.")
@answers
def create(session: Session, email: str, name: str, password: str, verified: bool) -> Answer:
    """Makes an account."""
    password_hash = passwords.accepted(password, normalise(email), clean_name(name))
    user = accounts.create(session, email, name, password_hash, clock.now(), verified=verified, actor=OPERATOR)
    state = "verified" if verified else "not verified"
    return Answer(
        f"{user.name} <{user.email}> has an account, {state}.",
        id=user.id,
        email=user.email,
        name=user.name,
        verified=user.is_verified,
    )


@users.command("verify")
@click.argument("email")
@answers
def verify(session: Session, email: str) -> Answer:
    """Marks an address as verified, on the operator's word."""
    user = person(session, email)
    accounts.mark_verified(session, user, OPERATOR, clock.now())
    return Answer(f"{user.email} is verified.", id=user.id, email=user.email, verified=True)
