"""Which face answers for which addresses when something goes wrong before or outside a view.

Each face registers the prefix that is its own; a routing error, a limit, a body that is too large or a fault of ours
is then answered in that face's shape. The pages answer for every other address.
"""

import time
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from flask import Flask, Response, current_app, make_response, request
from flask_limiter import RateLimitExceeded
from pydantic import ValidationError
from redis import RedisError
from werkzeug.exceptions import HTTPException

from . import identity
from .database import is_unavailable
from .errors import PortalError, TooOften
from .extensions import db, limiter

MOST_FLAWS = 100
DRAINED, PIECE = 16 * 2**20, 2**16  # bytes of a body that is too large: read at most, and at a time
RETRY_AFTER = 60  # seconds, when the limiter cannot tell
BACK_AFTER = 5  # seconds after which it is worth asking again a database that does not answer


@dataclass(frozen=True, slots=True)
class Wrong:
    """A request that failed for what HTTP is about: the status, and the field or body problem, where there is one."""

    status: int
    detail: str = ""
    field: str = ""
    flaws: tuple["Flaw", ...] = ()


@dataclass(frozen=True, slots=True)
class Flaw:
    """One of the things that pydantic found: where in which model, what, and pydantic's name of it."""

    model: str
    place: tuple[str | int, ...]
    detail: str
    code: str


class Shape(Protocol):
    """How a face says no."""

    def of_rule(self, error: PortalError) -> Any:
        """A rule refused."""

    def of_http(self, wrong: Wrong) -> Any:
        """HTTP's own errors: 400, 404, 405, 413, 415, 500 and 503."""


def init_app(app: Flask) -> None:
    """Registers the handlers, once for all faces."""
    app.extensions["shapes"] = {}
    app.register_error_handler(PortalError, _of_rule)
    app.register_error_handler(RateLimitExceeded, _of_limit)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _of_fault)


def register(app: Flask, prefix: str, shape: Shape) -> None:
    """Lets ``shape`` answer for the addresses below ``prefix``; an empty one answers for the rest."""
    app.extensions["shapes"][prefix] = shape


def current() -> Shape:
    """The shape of the request's address: that of the longest prefix it lies below."""
    shapes: dict[str, Shape] = current_app.extensions["shapes"]
    fitting = [p for p in shapes if not p or request.path == p or request.path.startswith(f"{p}/")]
    return shapes[max(fitting, key=len)]


def too_large() -> Any:
    """The answer to a body that is too large.

    The body is read to its end first, within reason, and thrown away: most clients send all of it before they look
    for an answer, and take a connection that is closed under them for a fault of the network.
    """
    stream, left = request.environ["wsgi.input"], min(request.content_length or DRAINED, DRAINED)
    while left > 0 and (piece := stream.read(min(left, PIECE))):
        left -= len(piece)
    return make_response(current().of_http(Wrong(413)))


def of_validation(error: ValidationError) -> Any:
    """What pydantic found wrong in a query, path or body: the first thing by its name, and all of them as flaws."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    flaws = tuple(Flaw(error.title, each["loc"], each["msg"], each["type"]) for each in found[:MOST_FLAWS])
    field = ".".join(str(part) for part in found[0]["loc"])
    return make_response(current().of_http(Wrong(400, found[0]["msg"], field, flaws)))


def _of_rule(error: PortalError) -> Any:
    response = make_response(current().of_rule(error))
    if isinstance(error, TooOften):
        response.headers["Retry-After"] = str(error.facts["retry_after"])
    return response


def _of_limit(error: RateLimitExceeded) -> Response:
    limit = limiter.current_limit
    seconds = max(1, int(limit.reset_at - time.time()) + 1) if limit else RETRY_AFTER
    response: Response = _of_rule(TooOften(limit=error.description, retry_after=seconds))
    return response


def _of_http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400 or error.response is not None:
        return error
    if error.code == 413:
        return too_large()
    response = make_response(current().of_http(Wrong(error.code)))
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def _of_fault(error: Exception) -> Any:
    """A fault of ours, or what we stand on being away: said without its inside, which goes to the log."""
    away = isinstance(error, RedisError) or is_unavailable(error)
    log = structlog.get_logger()
    if away:
        log.error("unavailable", error=f"{type(error).__name__}: {getattr(error, 'orig', error)}")
        identity.look_no_further()
    else:
        log.error("unhandled", exc_info=error)
    db.session.rollback()
    response = make_response(current().of_http(Wrong(503 if away else 500)))
    if away:
        response.headers["Retry-After"] = str(BACK_AFTER)
    return response
