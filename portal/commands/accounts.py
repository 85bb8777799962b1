"""``flask user``: people's accounts."""

import sys
from typing import Any

import click
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from .. import accounts, clock, memberships, passwords, second_steps, sessions
from ..addresses import normalise
from ..models import User
from ..permissions import Actor
from ..text import clean_name
from .shape import CHANNEL, Answer, answers, person

users = click.Group("user", help="People's accounts.")
COMMANDS = [users]
OPERATOR = Actor(None, CHANNEL)


def _from_stdin(_: click.Context, __: click.Parameter, said: str) -> str:
    if said != "-":
        return said
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.BadParameter("what stdin holds is not UTF-8. Nothing was done.") from None


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
    made = _("%(name)s <%(address)s> has an account, not verified.", name=user.name, address=user.email)
    if verified:
        made = _("%(name)s <%(address)s> has an account, verified.", name=user.name, address=user.email)
    return Answer(
        made,
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
    return Answer(_("%(address)s is verified.", address=user.email), id=user.id, email=user.email, verified=True)


@users.command("list")
@click.option("--search", default="", help="Only addresses that begin with this.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000), help="The most to show.")
@answers
def listed(session: Session, search: str, limit: int) -> Answer:
    """Lists accounts by address."""
    found = accounts.listed(session, search.strip().lower(), limit + 1)
    shown, more = found[:limit], len(found) > limit
    lines = [f"{user.email}  {user.name}  {_state(user)}" for user in shown]
    if more:
        lines.append(_("… and more: --limit %(limit)s or --search shows them.", limit=min(limit * 10, 10_000)))
    return Answer("\n".join(lines) or _("There is no such account."), users=[_facts(user) for user in shown], more=more)


@users.command("show")
@click.argument("email")
@answers
def show(session: Session, email: str) -> Answer:
    """Shows an account, where it belongs, and how many sessions it has."""
    user = person(session, email)
    member = memberships.of_user(session, user.id)
    live = len(sessions.of_user(session, user.id, clock.now()))
    lines = [
        f"{user.name} <{user.email}>  {_state(user)}",
        ngettext("%(num)s live session", "%(num)s live sessions", live),
    ]
    lines += [f"{each.organization.slug}: {each.role}" for each in member]
    places = [{"organization": each.organization.slug, "role": each.role} for each in member]
    return Answer("\n".join(lines), **_facts(user), sessions=live, memberships=places)


@users.command("deactivate")
@click.argument("email")
@answers
def deactivate(session: Session, email: str) -> Answer:
    """Shuts an account: nobody signs in to it. Nothing in it is lost."""
    user = person(session, email)
    accounts.deactivate(session, user, OPERATOR, clock.now())
    return Answer(_("%(address)s is shut; its sessions have ended.", address=user.email), **_facts(user))


@users.command("reactivate")
@click.argument("email")
@answers
def reactivate(session: Session, email: str) -> Answer:
    """Opens a shut account again."""
    user = person(session, email)
    accounts.reactivate(session, user, OPERATOR, clock.now())
    return Answer(_("%(address)s is open again.", address=user.email), **_facts(user))


@users.command("sign-out")
@click.argument("email")
@answers
def sign_out(session: Session, email: str) -> Answer:
    """Ends every session of an account; API tokens go on."""
    user = person(session, email)
    live = len(sessions.of_user(session, user.id, clock.now()))
    sessions.end_all(session, user.id)
    words = ngettext(
        "%(num)s session of %(address)s has ended.", "%(num)s sessions of %(address)s have ended.", live,
        address=user.email,
    )  # fmt: skip
    return Answer(words, id=user.id, email=user.email, ended=live)


@users.command("no-second-step")
@click.argument("email")
@answers
def no_second_step(session: Session, email: str) -> Answer:
    """Ends the second step of somebody who has lost app and codes. Make sure that it is them."""
    user = person(session, email)
    second_steps.turn_off(session, OPERATOR, user.id, clock.now())
    words = _("%(address)s signs in without a second step now.", address=user.email)
    return Answer(words, id=user.id, email=user.email)


def _state(user: User) -> str:
    if user.deactivated_at is not None:
        return str(_("shut"))
    return str(_("verified") if user.is_verified else _("not verified"))


def _facts(user: User) -> dict[str, Any]:
    names = ("id", "email", "name", "created_at", "verified_at", "deactivated_at")
    return {name: getattr(user, name) for name in names}
