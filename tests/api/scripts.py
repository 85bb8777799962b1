"""Scripts that call the portal: each with its token, and nothing else of a browser."""

import base64
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask, has_app_context
from sqlalchemy import select, update

from portal import clock, sessions, tokens
from portal.database import Base
from portal.extensions import db
from portal.models import ApiToken, Session, User
from portal.permissions import Actor
from tests.world import World

NEVER = UUID("01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f")
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIMES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Script:
    """Calls with these headers, from a client that keeps no cookies."""

    def __init__(self, app: Flask, **headers: str) -> None:
        self.app = app
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def call(self, method: str, path: str, body: Any = None, raw: bytes | None = None, **headers: str) -> Any:
        """The reply; ``body`` goes as JSON, ``raw`` as it is."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None or raw is not None:
            said.setdefault("Content-Type", "application/json")
        data = raw if raw is not None else (json.dumps(body).encode() if body is not None else None)
        client = self.app.test_client(use_cookies=False)
        reply = client.open(path, method=method, data=data, headers=self.headers | said)
        if has_app_context():
            db.session.rollback()  # the test's own session, so that it reads what the call wrote
        return reply

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.call("DELETE", path, **headers)


def secret_of(world: World, who: Any, **options: Any) -> str:
    """The secret of a new token of somebody of the world, or of an account."""
    key = world[who].user_id if isinstance(who, str) else who.id if isinstance(who, User) else who
    assert key is not None
    return tokens.create(world.session, Actor(key), key, world.now, **options)[1]


def bearer(app: Flask, world: World, who: Any, **options: Any) -> Script:
    """A script with a new token."""
    return Script(app, Authorization=f"Bearer {secret_of(world, who, **options)}")


def cookie_of(world: World, who: Any) -> str:
    """A session cookie, as a script sends it."""
    key = world[who].user_id if isinstance(who, str) else who.id
    assert key is not None
    return f"better-auth.session_token={sessions.start(world.session, key, clock.now())}"


def leave_open(world: World) -> None:
    """Lets so much time pass since everybody signed in that what matters asks again who they are."""
    world.session.execute(update(Session).values(confirmed_at=clock.now() - sessions.RECENT - timedelta(seconds=1)))
    world.session.commit()


def bad_credentials(world: World, who: str = "owner") -> dict[str, str]:
    """Authorization headers that are no good, by what is wrong with them."""
    live = secret_of(world, who)
    lapsed = secret_of(world, who, life=timedelta(hours=1))
    world.session.query(ApiToken).filter(ApiToken.expires_at.is_not(None)).update({"expires_at": world.now})
    revoked = secret_of(world, who, name="revoked")
    gone = world.session.scalars(select(ApiToken).where(ApiToken.name == "revoked")).one()
    tokens.revoke(world.session, world[who], gone.id, world.now)
    return {
        "garbled": f"Bearer {live[:-1]}{'a' if live[-1] != 'a' else 'b'}",
        "expired": f"Bearer {lapsed}",
        "revoked": f"Bearer {revoked}",
        "cut": f"Bearer {live[:20]}",
        "empty": "Bearer ",
        "no scheme": live,
        "another scheme": f"Basic {base64.b64encode(live.encode()).decode()}",
        "two": f"Bearer {live} {live}",
    }


def snapshot(app: Flask, *but: str) -> dict[str, list[str]]:
    """The whole database as text, but for when a token was last used."""
    with app.app_context(), db.engine.connect() as connection:
        tables = [table for table in Base.metadata.sorted_tables if table.name not in (*but, "api_tokens")]
        return {table.name: sorted(map(repr, connection.execute(table.select()))) for table in tables}


def plain(reply: Any) -> tuple[int, str, str]:
    """A reply without ids and times, to be compared byte by byte with another."""
    text = TIMES.sub("TIME", IDS.sub("ID", reply.get_data(as_text=True)))
    return reply.status_code, reply.mimetype, text


def secrets_of(world: World, mailed: Callable[[UUID], str], invitations: list[UUID]) -> list[str]:
    """Everything in the database that no reply may hold, in each form that it could be written in."""
    kept: list[str] = [mailed(invitation) for invitation in invitations]
    for user in world.session.scalars(select(User)):
        kept += [user.password_hash] if user.password_hash else []
    hashes = [*world.session.scalars(select(ApiToken.token_hash)), *world.session.scalars(select(Session.token_hash))]
    for digest in hashes:
        kept += [digest.hex(), base64.b64encode(digest).decode(), base64.urlsafe_b64encode(digest).decode()]
    return kept
