"""What tests of the session dialect share: people who call it with their cookie, and the shape of its errors."""

from typing import Any

import pytest
from flask import Flask

from portal.api.session.errors import CODES
from tests.api.scripts import Script, cookie_of
from tests.world import World, build, person

PREFIX = "/api/auth"


class Caller:
    """Calls the dialect with these headers, and no others."""

    def __init__(self, app: Flask, **headers: str) -> None:
        self.script = Script(app, **headers)

    def raw(self, method: str, call: str, *args: Any, **headers: Any) -> Any:
        """The whole reply."""
        return self.script.call(method, f"{PREFIX}{call}", *args, **headers)

    def get(self, call: str, **query: Any) -> Any:
        """What a call that reads said, when it went well."""
        said = "&".join(f"{name}={value}" for name, value in query.items())
        return well(self.raw("GET", f"{call}?{said}"))

    def post(self, call: str, **body: Any) -> Any:
        """What a call that changes something said, when it went well."""
        return well(self.raw("POST", call, body))

    def refused(self, call: str, **body: Any) -> str:
        """The code of the refusal, once its status and shape are right."""
        return code(self.raw("POST", call, body))

    def unread(self, call: str, **query: Any) -> str:
        """The same for a call that reads."""
        said = "&".join(f"{name}={value}" for name, value in query.items())
        return code(self.raw("GET", f"{call}?{said}"))


def well(reply: Any) -> Any:
    assert reply.status_code == 200, reply.get_data(as_text=True)
    return reply.json


def code(reply: Any) -> str:
    assert set(reply.json) == {"code", "message"}, reply.json
    said: str = reply.json["code"]
    if said in CODES:
        assert reply.status_code == CODES[said][0]
    assert reply.json["message"]
    return said


@pytest.fixture
def at(app: Flask, world: World) -> Any:
    """Somebody of the world, or an account, who calls with a session of theirs; it works in no organization yet."""

    def enter(who: Any, **headers: str) -> Caller:
        return Caller(app, Cookie=cookie_of(world, who), **headers)

    return enter


@pytest.fixture
def owner(at: Any) -> Caller:
    return at("owner")


@pytest.fixture
def nobody(app: Flask) -> Caller:
    return Caller(app)


@pytest.fixture
def account(world: World) -> Any:
    """Makes an account that is a member of nothing yet."""
    return lambda address, **given: person(world.session, address, world.now, **given)


@pytest.fixture
def another(world: World) -> World:
    """Another organization."""
    return build(world.session, world.now, "Southwind")
