"""The caller's own account: what it says, where it is signed in, all that is kept about it."""

from typing import Annotated, Any
from uuid import UUID

from flask import g
from pydantic import BaseModel, Field

from ... import accounts, dossiers, profiles, sessions
from ...clock import rfc3339
from ...errors import NotFound
from ...models import User
from .. import gate
from . import etags
from .operations import Resource, actor
from .types import Name, patterned, unsaid

resource = Resource("account", "The caller's own account. A password and an address are changed on the pages.")
Said = Annotated[str, Field(max_length=100)]
READ, WRITE = "account:read", "account:write"
ID = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"
EXAMPLE = {
    "id": ID, "email": "ines@example.com", "name": "Ines Okoye", "verified": True, "language": "en",
    "time_zone": "Europe/Paris", "created_at": "2026-07-03T12:00:00.000Z",
}  # fmt: skip
SESSION = {
    "id": ID, "ip_address": "203.0.113.7", "user_agent": "Mozilla/5.0 … Firefox/140.0", "current": False,
    "created_at": "2026-07-03T12:00:00.000Z", "expires_at": "2026-07-10T12:00:00.000Z",
}  # fmt: skip


class Me(BaseModel):
    """The caller's account."""

    model_config = patterned(EXAMPLE)
    id: UUID
    email: str
    name: str
    verified: bool = Field(description="Whether the address has been proved.")
    language: str | None = Field(description="null: as the browser asks.")
    time_zone: str | None = Field(description="Its IANA name; null: UTC.")
    created_at: str


class MePatch(BaseModel):
    """What to change; what is not named stays. An empty language or time zone forgets it."""

    model_config = patterned({"name": "Ines Okoye", "time_zone": "Europe/Paris"})
    name: Name = unsaid()
    language: Said = unsaid()
    time_zone: Said = unsaid()


class MySession(BaseModel):
    """A browser where the caller is signed in."""

    model_config = patterned(SESSION)
    id: UUID
    ip_address: str | None
    user_agent: str | None
    current: bool = Field(description="Whether it is the one that asks.")
    created_at: str
    expires_at: str


class MySessions(BaseModel):
    """The caller's live sessions, newest first."""

    model_config = patterned({"sessions": [SESSION]})
    sessions: list[MySession]


class OfSession(BaseModel):
    """A session of the caller's."""

    session_id: UUID


class Dossier(BaseModel):
    """All that is kept about the caller; no secret, no hash."""

    model_config = patterned({
        "account": EXAMPLE, "memberships": [], "invitations_received": [], "invitations_sent": [], "sessions": [],
        "connections": [], "tokens": [], "history": [],
    })  # fmt: skip
    account: dict[str, Any]
    memberships: list[dict[str, Any]]
    invitations_received: list[dict[str, Any]]
    invitations_sent: list[dict[str, Any]]
    sessions: list[dict[str, Any]]
    connections: list[dict[str, Any]]
    tokens: list[dict[str, Any]]
    history: list[dict[str, Any]]


@resource.operation("GET", "/me", scope=READ, answer=Me, single=True)
def get_me() -> Any:
    """Reads the caller's account."""
    return etags.single(_said(accounts.get(gate.database(), gate.caller().user_id)))


@resource.operation("PATCH", "/me", scope=WRITE, answer=Me)
def change_me(body: MePatch) -> Any:
    """Changes name, language or time zone."""
    said = {name: getattr(body, name) for name in body.model_fields_set}
    return _said(profiles.describe(gate.database(), actor(), g.now, **said))


@resource.operation("GET", "/me/data", scope=READ, answer=Dossier)
def get_my_data() -> Any:
    """Reads everything that is kept about the caller."""
    gate.require_recent()
    return dossiers.of_person(gate.database(), gate.caller().user_id, g.now)


@resource.operation("GET", "/me/sessions", scope=READ, answer=MySessions)
def list_my_sessions() -> Any:
    """Lists where the caller is signed in."""
    caller = gate.caller()
    current = caller.session.id if caller.session is not None else None
    found = sessions.of_user(gate.database(), caller.user_id, g.now)
    return {
        "sessions": [
            {
                "id": live.id, "ip_address": live.ip_address, "user_agent": live.user_agent,
                "current": live.id == current, "created_at": rfc3339(live.created_at),
                "expires_at": rfc3339(live.expires_at),
            }
            for live in found
        ]
    }  # fmt: skip


@resource.operation("DELETE", "/me/sessions/<session_id>", scope=WRITE, answer=None, status=204)
def end_my_session(path: OfSession) -> Any:
    """Ends one of them at once."""
    if not sessions.end(gate.database(), gate.caller().user_id, path.session_id):
        raise NotFound()
    return "", 204


def _said(user: User) -> dict[str, Any]:
    return {
        "id": user.id, "email": user.email, "name": user.name, "verified": user.is_verified,
        "language": user.language, "time_zone": user.time_zone, "created_at": rfc3339(user.created_at),
    }  # fmt: skip
