"""``flask organization``, ``site``, ``team`` and ``project``: organizations and what they are made of."""

from typing import Any

import click
from sqlalchemy.orm import Session

from .. import clock, organizations, places
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
        f"{made.name} is there, owned by {user.email}: {made.slug}",
        id=made.id,
        name=made.name,
        slug=made.slug,
        owner=user.email,
    )


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
    return Answer(f"{found.name} has the {kind} {place.name}: {place.id}", **facts)
