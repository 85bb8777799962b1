"""What the crossing tests share."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.world import World, person

from .faces import ADDRESS, Around


@pytest.fixture(autouse=True)
def csrf(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms are sent from the page that they stand on, with their token."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


@pytest.fixture
def around(app: Flask, world: World, sign_in: Callable[..., Any]) -> Around:
    """The portal, an organization, and an invitee whose address is proved."""
    return Around(app, world, person(world.session, ADDRESS, world.now), sign_in)
