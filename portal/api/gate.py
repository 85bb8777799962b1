"""What every JSON face does before a view: who calls, then size, type and JSON of the body, in this order.

A caller without credentials never learns what was wrong with the body.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from flask import current_app, g, make_response, request
from flask_openapi3 import APIBlueprint
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from .. import clock, identity, sessions, shapes
from ..errors import ConfirmFirst, Unauthorized
from ..extensions import db
from ..identity import Caller
from ..shapes import Wrong

V = TypeVar("V", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Gate:
    """Which credentials a face takes."""

    cookie: bool
    token: bool

    def guard(self, api: APIBlueprint) -> None:
        """Puts the gate before every view of the face."""
        api.before_request(self._settle)

    def _settle(self) -> Any:
        view = current_app.view_functions[request.endpoint or ""]
        g.now = clock.now()
        g.caller = None if getattr(view, "is_public", False) else self._caller(getattr(view, "scope", None))
        if (proof := getattr(view, "proof", None)) is not None:
            proof()
        elif self.cookie and "Authorization" not in request.headers:
            identity.check_origin()
        return _body_problem(view)

    def _caller(self, scope: str | None) -> Caller:
        if "Authorization" in request.headers:
            if not self.token:
                raise Unauthorized()
            return identity.by_token(scope)
        if not self.cookie:
            raise Unauthorized()
        return identity.by_cookie()


def _body_problem(view: Callable[..., Any]) -> Any:
    """What is wrong with the body of a view that takes one, in the face's shape; None when nothing is."""
    length, longest = request.content_length, current_app.config[getattr(view, "longest", "MAX_CONTENT_LENGTH")]
    request.max_content_length = longest
    if length is not None and length > longest:
        return shapes.too_large()
    if not _takes_body(view):
        return None
    try:
        if length is None and len(request.get_data()) >= longest:  # chunked: Werkzeug cuts it there without a word
            return shapes.too_large()
        if request.mimetype != "application/json":  # Werkzeug would take application/*+json as well
            return make_response(shapes.current().of_http(Wrong(415)))
        body = request.get_json()
    except RequestEntityTooLarge:
        return shapes.too_large()
    except BadRequest:
        return make_response(shapes.current().of_http(Wrong(400, "The body is not JSON.")))
    if not isinstance(body, dict):
        return make_response(shapes.current().of_http(Wrong(400, "The body is not a JSON object.")))
    return None


@cache
def _takes_body(view: Callable[..., Any]) -> bool:
    return "body" in inspect.signature(view).parameters


def public(view: V) -> V:
    """Marks a view that anyone may call."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def proved_by(proof: Callable[[], None]) -> Callable[[V], V]:
    """Marks a view whose caller is known by something else than our credentials; ``proof`` raises where it is not."""

    def mark(view: V) -> V:
        view.is_public, view.proof = True, proof  # type: ignore[attr-defined]
        return view

    return mark


def scope(name: str) -> Callable[[V], V]:
    """Marks a view with the scope that a token needs for it; a session has them all."""

    def mark(view: V) -> V:
        view.scope = name  # type: ignore[attr-defined]
        return view

    return mark


def longest(setting: str) -> Callable[[V], V]:
    """Marks a view whose body may be as large as another setting says."""

    def mark(view: V) -> V:
        view.longest = setting  # type: ignore[attr-defined]
        return view

    return mark


def caller() -> Caller:
    """Who calls; views behind the gate have one."""
    found: Caller | None = g.caller
    if found is None:
        raise Unauthorized()
    return found


def require_recent() -> None:
    """Raises ConfirmFirst when a session's person has not shown who they are for a while; a token has its scopes."""
    session = caller().session
    if session is not None and g.now - session.confirmed_at > sessions.RECENT:
        raise ConfirmFirst()


def require_recent_for_owner(*roles: str) -> None:
    """The same, where somebody else becomes an owner or is one no longer: ``roles`` are theirs before and after."""
    if "owner" in roles:
        require_recent()


def database() -> Any:
    """The request's database session."""
    return db.session()
