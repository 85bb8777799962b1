"""What tests of the pages share: people at their browsers, the mail that was sent, and the database as a whole."""

import re
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest
from flask import Flask

from portal import clock, links
from portal.database import Base
from portal.delivery.smtp import captured, transport
from portal.extensions import db
from portal.links import Kind
from portal.worker import run_once
from tests.world import World, build, person

from .reading import Browser


@pytest.fixture(autouse=True)
def csrf(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms are sent from the page that they stand on, with their token."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


@pytest.fixture
def stranger(app: Flask) -> Callable[[], Browser]:
    """A browser where nobody is signed in."""
    return lambda: Browser(app.test_client())


@pytest.fixture
def at(app: Flask, world: World, sign_in: Callable[..., Any]) -> Callable[..., Browser]:
    """A browser where somebody of the world, or an account, is signed in."""

    def enter(who: Any, **options: Any) -> Browser:
        return Browser(sign_in(app.test_client(), world[who].user_id if isinstance(who, str) else who, **options))

    return enter


@pytest.fixture
def another(world: World) -> World:
    """Another organization."""
    return build(world.session, world.now, "Southwind")


@pytest.fixture
def account(world: World) -> Callable[..., Any]:
    """Makes an account that is a member of nothing yet."""
    return lambda address, **given: person(world.session, address, world.now, **given)


@pytest.fixture
def link(world: World) -> Callable[..., str]:
    """The path of an invitation's newest link; mailed unless said otherwise."""

    def make(invitation_id: Any, kind: Kind = Kind.MAILED, generation: int | None = None) -> str:
        world.session.rollback()
        newest = generation or world.invitation(invitation_id).generation
        return f"/join/{links.invitation_token(invitation_id, newest, kind)}"

    return make


@pytest.fixture
def mails(app: Flask) -> Callable[..., list[EmailMessage]]:
    """Lets the worker send what is due; returns all mails to that address so far, oldest first."""

    def read(to: str = "") -> list[EmailMessage]:
        with app.app_context():
            while run_once(db.session(), transport(app), clock.now()):
                pass
            files = sorted(captured(app).glob("*.eml"))
        parser = BytesParser(_class=EmailMessage, policy=policy.default)
        sent = [parser.parsebytes(file.read_bytes()) for file in files]
        return [mail for mail in sent if to in mail["To"]]

    return read


def link_in(mail: EmailMessage) -> str:
    """The path of the link in a mail."""
    return re.search(r"http://127\.0\.0\.1:8000(/\S+)", mail.get_body(("plain",)).get_content())[1]


@pytest.fixture
def everything(app: Flask) -> Callable[..., dict[str, list[str]]]:
    """The whole database, as text."""

    def read(*but: str) -> dict[str, list[str]]:
        with app.app_context(), db.engine.connect() as connection:
            tables = [table for table in Base.metadata.sorted_tables if table.name not in but]
            return {table.name: sorted(map(repr, connection.execute(table.select()))) for table in tables}

    return read
