"""What HTTP, the token check and JSON add to the core's own call of one invitation, in processor time.

Both are called in turn in one process on one SQLite database, with history, outbox, seats
and limits on, so that the difference is the face's own. The median of the rounds is told, and their spread. For
comparison, an empty Flask application calls the same: less than that no application in Flask can add.

The database lies in memory where there is such a folder: a processor that waited for a disk comes back with cold
caches, which would be counted here as the work of whatever runs next.
"""

import gc
import io
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import flask_migrate
import orjson
from flask import Flask, request

from portal import accounts, clock, config, create_app, invitations, organizations, passwords, tokens
from portal.extensions import db
from portal.invitations import Invitee, Offer
from portal.permissions import Actor

from .databases import Databases
from .told import Figures, Table

ROUNDS, CALLS, WARM = 15, 60, 40
FLOOR, TO_REACH = 0.4, 0.4  # milliseconds of processor: the core's own, and what a face adds
MEMORY = "/dev/shm"  # noqa: S108  (Linux)
CORE, EMPTY = "core", "empty Flask"


def measure(databases: Databases, figures: Figures, quick: bool) -> None:
    """The core, an empty Flask application, and each face."""
    with tempfile.TemporaryDirectory(dir=MEMORY if Path(MEMORY).is_dir() else databases.folder) as folder:
        app = create_app(_settings(Path(folder)))
        with app.app_context():
            flask_migrate.upgrade()
            actor, organization_id, secret = _world()
        faces = {name: _caller(app, path, body, secret) for name, path, body in _requests(organization_id)}
        core = _core(app, actor, organization_id)
        gc.collect()
        gc.freeze()  # as app.py does
        spent = _measured({CORE: core, EMPTY: _empty(core)} | faces, 2 if quick else ROUNDS)
    table = Table("one invitation, milliseconds of processor", ("processor",))
    table.figure("core", spent[CORE], most=FLOOR)
    for name in spent:
        if name != CORE:
            added = [face - own for face, own in zip(spent[name], spent[CORE], strict=True)]
            table.figure(f"added by {name}", added, most=None if name == EMPTY else TO_REACH)
    figures.keep("overhead", "SQLite", table)


def _settings(folder: Path) -> config.Settings:
    return config.Settings(
        SECRET_KEY="a key for a benchmark, thrown away 0123456789", PUBLIC_URL="http://127.0.0.1:8000",
        INSTANCE_PATH=folder, LOG_LEVEL="WARNING", RATELIMIT_ENABLED=False,
    )  # type: ignore[arg-type]  # fmt: skip


def _world() -> tuple[Actor, UUID, str]:
    session, now = db.session(), clock.now()
    secret_word = passwords.accepted("four unrelated words here")
    owner = accounts.create(session, "owner@example.com", "Owner", secret_word, now, verified=True)
    actor = Actor(owner.id)
    organization = organizations.create(session, actor, "Northwind", now, seat_limit=1_000_000)
    _, secret = tokens.create(session, actor, owner.id, now)
    return actor, organization.id, secret


def _requests(organization_id: UUID) -> list[tuple[str, str, Callable[[str], Any]]]:
    team = f"/organization/{organization_id}/invite"
    batch = "/manage/api/invitations"
    native = f"/api/v1/organizations/{organization_id}/invitations"
    return [
        ("team dialect", team, lambda address: {"email": address, "role": "member"}),
        ("batch dialect", batch, lambda address: {
            "emails": [address], "organizationId": str(organization_id), "role": "member"}),
        ("v1", native, lambda address: {"emails": [address], "role": "member"}),
    ]  # fmt: skip


def _core(app: Any, actor: Actor, organization_id: UUID) -> Callable[[str], None]:
    def call(address: str) -> None:
        with app.app_context():
            invitees = [Invitee(address, Offer("member"))]
            invitations.invite(db.session(), actor, organization_id, invitees, clock.now())[0].made()

    return call


def _empty(core: Callable[[str], None]) -> Callable[[str], None]:
    app = Flask("empty")

    @app.post("/<organization_id>")
    def invite(organization_id: str) -> Any:
        core(request.get_json()["email"])
        return {"organization_id": organization_id}

    return _caller(app, "/1", lambda address: {"email": address, "role": "member"}, "")


def _caller(app: Any, path: str, body: Callable[[str], Any], secret: str) -> Callable[[str], None]:
    """A WSGI call as the server makes it, without a socket."""

    def call(address: str) -> None:
        sent = orjson.dumps(body(address))
        environ = {
            "REQUEST_METHOD": "POST", "PATH_INFO": path, "QUERY_STRING": "", "SCRIPT_NAME": "", "SERVER_NAME": "h",
            "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "h",
            "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(sent)), "wsgi.input": io.BytesIO(sent),
            "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http", "HTTP_AUTHORIZATION": f"Bearer {secret}",
        }  # fmt: skip
        status: list[str] = []
        reply = b"".join(app(environ, lambda said, *_: status.append(said)))
        if not status[0].startswith("2"):
            raise SystemExit(f"{path}: {status[0]} {reply[:300]!r}")

    return call


def _measured(calls: dict[str, Callable[[str], None]], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of processor a call, a round each, the calls in turn so that a busy machine is shared fairly."""
    number = 0
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(rounds + 1):
        for name, call in calls.items():
            times = CALLS if turn else WARM
            began = time.process_time()
            for _ in range(times):
                number += 1
                call(f"person{number}@example.com")
            if turn:
                spent[name].append((time.process_time() - began) / times * 1000)
    return spent
