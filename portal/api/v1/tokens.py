"""The caller's own API tokens."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import g
from pydantic import BaseModel, Field, StrictInt

from ... import tokens
from ...clock import rfc3339
from ...models import ApiToken
from .. import gate
from . import etags
from .operations import Resource, actor
from .types import Name, Secret, patterned

resource = Resource("tokens", "The caller's own API tokens. A token sees, makes and revokes what may no more than it.")
Scope = Literal[
    "invitations:read",
    "invitations:write",
    "members:read",
    "members:write",
    "organization:read",
    "organization:write",
    "account:read",
    "account:write",
]
EXAMPLE = {
    "id": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f", "name": "Nightly import", "hint": "usher_AbCdEf",
    "scopes": ["invitations:read", "invitations:write"], "organization_id": None,
    "created_at": "2026-07-03T12:00:00.000Z", "expires_at": None, "last_used_at": None,
}  # fmt: skip


class OfToken(BaseModel):
    """A token of the caller's."""

    token_id: UUID


class TokenResource(BaseModel):
    """A token, without its secret."""

    model_config = patterned(EXAMPLE)
    id: UUID
    name: str
    hint: str = Field(description="The secret's first characters.")
    scopes: list[Scope]
    organization_id: UUID | None = Field(
        description="The only organization that it acts in; null: all of its person's."
    )
    created_at: str
    expires_at: str | None
    last_used_at: str | None


class TokenMade(TokenResource):
    """A new token with its secret, which is shown this once: a replay has null."""

    model_config = patterned(EXAMPLE | {"secret": "usher_AbCdEf…"})
    secret: str | None


class TokenList(BaseModel):
    """The caller's live tokens, newest first."""

    model_config = patterned({"tokens": [EXAMPLE]})
    tokens: list[TokenResource]


class TokenCreate(BaseModel):
    """What it may and where. Without scopes, all that the caller has."""

    model_config = patterned({"name": "Nightly import", "scopes": ["invitations:write"], "expires_in_days": 90})
    name: Name = "API token"
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)] | None = None
    organization_id: UUID | None = None
    expires_in_days: Annotated[StrictInt, Field(ge=1, le=3650)] | None = None


@resource.operation("GET", "/tokens", answer=TokenList)
def list_tokens() -> Any:
    """Lists the caller's live tokens."""
    found = tokens.of_actor(gate.database(), actor(), g.now, gate.caller().scopes)
    return {"tokens": [_said(token) for token in found]}


@resource.operation("POST", "/tokens", answer=TokenMade, status=201, refusals={404: "not_a_member"})
def create_token(body: TokenCreate) -> Any:
    """Makes a token. Its secret is in this answer and nowhere else.

    A session older than 15 minutes signs in again first.
    """
    gate.require_recent()
    held = gate.caller().scopes
    scopes: Sequence[str] = body.scopes or (tokens.SCOPES if held is None else sorted(held))
    life = timedelta(days=body.expires_in_days) if body.expires_in_days else None
    token, secret = tokens.create(
        gate.database(), actor(), gate.caller().user_id, g.now, name=body.name, scopes=scopes,
        organization_id=body.organization_id, life=life, held=held,
    )  # fmt: skip
    return etags.created(_said(token) | {"secret": Secret(secret)}, f"/api/v1/tokens/{token.id}")


@resource.operation("GET", "/tokens/<token_id>", answer=TokenResource, single=True)
def get_token(path: OfToken) -> Any:
    """Reads one token."""
    return etags.single(_said(tokens.get(gate.database(), actor(), path.token_id, g.now, gate.caller().scopes)))


@resource.operation("DELETE", "/tokens/<token_id>", answer=None, status=204)
def revoke_token(path: OfToken) -> Any:
    """Ends a token at once, also the one that is used for it."""
    tokens.revoke(gate.database(), actor(), path.token_id, g.now, gate.caller().scopes)
    return "", 204


def _said(token: ApiToken) -> dict[str, Any]:
    return {
        "id": token.id, "name": token.name, "hint": token.hint, "scopes": token.scopes.split(),
        "organization_id": token.organization_id, "created_at": rfc3339(token.created_at),
        "expires_at": rfc3339(token.expires_at) if token.expires_at else None,
        "last_used_at": rfc3339(token.last_used_at) if token.last_used_at else None,
    }  # fmt: skip
