"""What tests of the team dialect share."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask

from portal import links
from portal.links import Kind
from tests.api import scripts
from tests.api.scripts import Script
from tests.world import World, build

PREFIX = "/organization"


@pytest.fixture
def script(app: Flask, world: World) -> Callable[..., Script]:
    """A script with a token of somebody of the world, or of an account."""
    return partial(scripts.bearer, app, world)


@pytest.fixture
def another(world: World) -> World:
    """Another organization."""
    return build(world.session, world.now, "Southwind")


@pytest.fixture
def body() -> Callable[..., dict[str, Any]]:
    """The body that invites one person as a member, with changes."""
    return lambda **given: {"email": "mia@example.com", "role": "member"} | given


@pytest.fixture
def token(world: World) -> Callable[..., str]:
    """The token of an invitation's link."""

    def make(invitation_id: Any, kind: Kind = Kind.MAILED) -> str:
        world.session.rollback()
        return links.invitation_token(invitation_id, world.invitation(invitation_id).generation, kind)

    return make
