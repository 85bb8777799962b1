"""What every command shares: its answer, its refusals, and whom it acts for."""

import os
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

import click
import orjson
from flask.cli import with_appcontext
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from .. import accounts, languages, organizations
from ..addresses import normalise
from ..clock import rfc3339
from ..errors import PortalError
from ..extensions import db
from ..models import Membership, Organization, User
from ..permissions import Actor

CHANNEL = "command"
DATABASE_REMEDY = "See what `flask doctor` says of it; `flask db upgrade` brings its tables up to date."


class Refused(click.ClickException):
    """Something that is not done, and what to do next. Exit status 1."""

    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(f"{sentence} {remedy}")

    def show(self, file: Any = None) -> None:
        """The sentence alone, on stderr."""
        click.echo(self.message, err=True)


class Answer:
    """What a command prints: facts for ``--json``, words for people. ``problem`` makes the exit status 1."""

    def __init__(self, words: str, problem: str = "", **facts: Any) -> None:
        self.words, self.problem, self.facts = words, problem, facts


def answers(command: Callable[..., Answer]) -> Callable[..., None]:
    """Runs a command inside the application with a database session first, and prints its answer."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @with_appcontext
    @wraps(command)
    def run(*args: Any, as_json: bool, **options: Any) -> None:
        _refuse_broken_text(options)
        with force_locale(languages.of_operator(os.environ)):
            try:
                answer = command(db.session(), *args, **options)
            except PortalError as error:
                raise Refused(str(error), str(error.remedy)) from error
            except DBAPIError as error:
                raise Refused(f"The database says: {_first_line(error)}.", DATABASE_REMEDY) from error
        _print(answer, as_json)
        if answer.problem:
            click.echo(answer.problem, err=True)
            click.get_current_context().exit(1)

    return run


def _first_line(error: DBAPIError) -> str:
    return str(error.orig or error).strip().partition("\n")[0].rstrip(".")


def _refuse_broken_text(said: Any) -> None:
    """Bytes that are no UTF-8 came in as lone surrogates, which nothing can store or print. Raises UsageError."""
    match said:
        case str() if any("\ud800" <= letter <= "\udfff" for letter in said):
            raise click.UsageError(f"{said!a} is not UTF-8. Nothing was done.")
        case dict():
            _refuse_broken_text(list(said.values()))
        case list() | tuple():
            for each in said:
                _refuse_broken_text(each)


def _print(answer: Answer, as_json: bool) -> None:
    if as_json:
        click.echo(orjson.dumps(answer.facts, default=_written, option=orjson.OPT_PASSTHROUGH_DATETIME))
    elif answer.words:
        click.echo(answer.words)


def _written(value: Any) -> str:
    return rfc3339(value) if isinstance(value, datetime) else str(value)


def person(session: Session, email: str) -> User:
    """The account with this address. Raises NotAnAddress or Refused."""
    user = accounts.by_address(session, address := normalise(email))
    if user is None:
        raise Refused(
            _("Nobody has an account with %(address)s.", address=address), _("Make one with `flask user create`.")
        )
    return user


def organization(session: Session, named: str) -> Organization:
    """The organization with this slug or id. Raises Refused."""
    found = organizations.find(session, named)
    if found is None:
        raise Refused(
            _("There is no organization “%(name)s”.", name=named), _("Make one with `flask organization create`.")
        )
    return found


def as_owner(session: Session, of: Organization) -> Actor:
    """The longest-standing owner, for whom the operator makes sites, teams and projects."""
    owners = select(Membership.user_id).where(Membership.organization_id == of.id, Membership.role == "owner")
    return Actor(session.scalars(owners.order_by(Membership.created_at, Membership.id).limit(1)).one(), CHANNEL)
