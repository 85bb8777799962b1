"""Single resources and their versions: ``ETag`` out, ``If-None-Match`` and ``If-Match`` in (RFC 9110).

A tag is strong: a digest of what would be sent, which holds the id, the version and every time of change.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask import current_app, make_response, request

from ...database import transaction
from ...errors import Changed
from ...permissions import Actor
from ...standing import standing_of
from .. import gate


def tag_of(body: dict[str, Any]) -> str:
    """The tag, without its quotes."""
    return hashlib.sha256(current_app.json.dumps(body).encode()).hexdigest()[:32]


def single(body: dict[str, Any]) -> Any:
    """A reply with its tag; 304 where a GET already has it."""
    reply = make_response(body)
    reply.set_etag(tag_of(body))
    if request.method in ("GET", "HEAD") and reply.make_conditional(request).status_code == 304:
        reply.set_data(b"")
    return reply


def created(body: dict[str, Any], location: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """A reply about something new: where it is, and its tag."""
    return body, 201, {"Location": location, "ETag": f'"{tag_of(body)}"'}


def require(body: dict[str, Any]) -> None:
    """Raises Changed when ``If-Match`` names another version than this."""
    if "If-Match" in request.headers and not request.if_match.contains(tag_of(body)):
        raise Changed()


@contextmanager
def unchanged(actor: Actor, organization_id: UUID, read: Callable[[], dict[str, Any]]) -> Iterator[Any]:
    """One unit of work on what is still as ``If-Match`` says; the organization is held, so that it stays so meanwhile.

    Yields the database session. Raises NotAMember or Changed, and what ``read`` raises.
    """
    with transaction(gate.database()) as session:
        standing_of(session, actor, organization_id, lock=True)
        if "If-Match" in request.headers:
            require(read())
        yield session
