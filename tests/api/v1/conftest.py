"""What tests of the native API share: scripts, another organization, and every operation with how to call it."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import pytest
from flask import Flask

from portal import imports, organizations, placements, sessions, tokens
from portal.database import new_id
from portal.delivery import stops
from tests.api import scripts
from tests.api.scripts import Script
from tests.world import World, build, person

from .calls import Call, calls

PREFIX = "/api/v1"


@pytest.fixture
def script(app: Flask, world: World) -> Callable[..., Script]:
    """A script with a token of somebody of the world, or of an account."""
    return partial(scripts.bearer, app, world)


@pytest.fixture
def owner(script: Callable[..., Script]) -> Script:
    """The owner's script."""
    return script("owner")


@pytest.fixture
def here(world: World) -> str:
    """The address of the organization."""
    return f"{PREFIX}/organizations/{world.id}"


@pytest.fixture
def another(world: World) -> World:
    """Another organization."""
    return build(world.session, world.now, "Southwind")


def session_of(world: World) -> UUID:
    """A session of the owner's."""
    key = new_id()
    sessions.start(world.session, world["owner"].user_id, world.now, key=key)
    return key


@pytest.fixture
def every(world: World) -> dict[str, Call]:
    """Every operation, by its name, as the owner may call it; each changes something that is there."""
    mia = person(world.session, "mia@example.com", world.now)
    elsewhere = build(world.session, world.now, "Eastwind")
    for kind, place, role in (
        ("team", world.teams[1], "developer"), ("project", world.projects[1], "project_member")
    ):  # fmt: skip
        placements.add(world.session, world["owner"], world.id, kind, place, world["manager"].user_id, role, world.now)
    closed = organizations.create(world.session, world["owner"], "Closedwind", world.now)
    organizations.close(world.session, world["owner"], closed.id, world.now)
    stops.put(world.session, world.id, "stopped@example.com", "complaint", world.now)
    ids = {
        "closed": closed.id,
        "organization": world.id, "invitation": world.invited("invited@example.com"), "site": world.sites[0],
        "waiting": world.waits("waiting@example.com")[0],
        "team": world.teams[0], "full_team": world.teams[1], "project": world.projects[0],
        "full_project": world.projects[1], "member": world["member"].user_id, "manager": world["manager"].user_id,
        "own": elsewhere.invited("owner@northwind.example.com"), "mia": mia.id,
        "token": tokens.create(world.session, world["owner"], world["owner"].user_id, world.now)[0].id,
        "import": imports.plan(world.session, world["owner"], world.id, "email\nlisted@example.com\n", world.now).id,
        "email": world.email("owner"), "session": session_of(world),
    }  # fmt: skip
    return calls(ids)
