"""``flask organization``, ``site``, ``team`` and ``project``: organizations and what they are made of."""

from typing import Any

import click
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from .. import clock, organizations, places
from ..models import Organization
from ..permissions import Actor
from .shape import CHANNEL, Answer, answers, as_owner, organization, person

groups = click.Group("organization", help="Organizations.")
sites = click.Group("site", help="An organization's sites.")
teams = click.Group("team", help="An organization's teams.")
projects = click.Group("project", help="An organization's projects.")
COMMANDS = [groups, sites, teams, projects]


@groups.command("create")
@click.argument("name")
@click.option("--owner", required=True, help="The address of its first owner, who has an account.")
@click.option("--slug", help="Its name in addresses; made from the name if left out.")
@click.option("--seat-limit", type=click.IntRange(1), help="The most members and pending invitations together.")
@click.option("--pending-limit", type=click.IntRange(0), help="The most pending invitations.")
@answers
def create(session: Session, name: str, owner: str, **options: Any) -> Answer:
    """Makes an organization."""
    user = person(session, owner)
    made = organizations.create(session, Actor(user.id, CHANNEL), name, clock.now(), **options)
    return Answer(
        _("%(name)s is there, owned by %(owner)s: %(slug)s", name=made.name, owner=user.email, slug=made.slug),
        id=made.id,
        name=made.name,
        slug=made.slug,
        owner=user.email,
    )


@groups.command("list")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000), help="The most to show.")
@answers
def listed(session: Session, limit: int) -> Answer:
    """Lists organizations by slug, closed ones among them."""
    found = organizations.listed(session, limit)
    return Answer("\n".join(map(_line, found)) or _("There is none."), organizations=[_facts(each) for each in found])


@groups.command("show")
@click.argument("org")
@answers
def show(session: Session, org: str) -> Answer:
    """Shows the organization ORG, named by slug or id, with its counts and limits."""
    found = organization(session, org)
    return Answer(_line(found), **_facts(found))


@groups.command("limit")
@click.argument("org")
@click.option("--seat-limit", type=click.IntRange(0), help="The most members and pending invitations; 0: no limit.")
@click.option("--pending-limit", type=click.IntRange(0), help="The most pending invitations; 0: no limit.")
@answers
def limit(session: Session, org: str, **said: int | None) -> Answer:
    """Sets the limits of the organization ORG, named by slug or id."""
    found = organization(session, org)
    limits = {name: most or None for name, most in said.items() if most is not None}
    if not limits:
        raise click.UsageError("Name --seat-limit, --pending-limit or both.")
    changed = organizations.set_limits(session, as_owner(session, found), found.id, limits, clock.now())
    return Answer(_line(changed), **_facts(changed))


def _line(found: Organization) -> str:
    facts = [
        ngettext("%(num)s member", "%(num)s members", found.member_count),
        ngettext("%(num)s invited", "%(num)s invited", found.pending_count),
        _("no limit on seats")
        if found.seat_limit is None
        else ngettext("%(num)s seat", "%(num)s seats", found.seat_limit),
        _("closed") if found.deactivated_at else "",
    ]
    return f"{found.slug}  {found.name}  {'  '.join(filter(None, facts))}"


def _facts(found: Organization) -> dict[str, Any]:
    names = (
        "id",
        "name",
        "slug",
        "member_count",
        "pending_count",
        "waiting_count",
        "seat_limit",
        "pending_limit",
        "created_at",
    )
    return {name: getattr(found, name) for name in (*names, "deactivated_at")}


@sites.command("create")
@click.argument("org")
@click.argument("name")
@click.option("--domain", required=True, help="Where the site is, such as shop.example.com.")
@answers
def create_site(session: Session, org: str, name: str, domain: str) -> Answer:
    """Makes a site of the organization ORG, named by slug or id."""
    return _create(session, org, "site", name, domain=domain)


@teams.command("create")
@click.argument("org")
@click.argument("name")
@answers
def create_team(session: Session, org: str, name: str) -> Answer:
    """Makes a team of the organization ORG, named by slug or id."""
    return _create(session, org, "team", name)


@projects.command("create")
@click.argument("org")
@click.argument("name")
@answers
def create_project(session: Session, org: str, name: str) -> Answer:
    """Makes a project of the organization ORG, named by slug or id."""
    return _create(session, org, "project", name)


def _create(session: Session, org: str, kind: str, name: str, **more: str) -> Answer:
    found = organization(session, org)
    place = places.create(session, as_owner(session, found), found.id, kind, name, clock.now(), **more)
    facts = {"id": place.id, "name": place.name, "organization_id": found.id}
    if kind == "site":
        facts["domain"] = place.domain
    words = _("%(organization)s has %(name)s: %(id)s", organization=found.name, name=place.name, id=place.id)
    return Answer(words, **facts)
