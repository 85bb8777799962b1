"""Headers of every reply: a strict policy on what a page may load, and nothing about people in caches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, g, request
from secure import Secure
from secure.headers import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)
from werkzeug.routing import RequestRedirect

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

YEAR = 31_536_000  # seconds

# Nothing inline, nothing from elsewhere. Form targets stay here, and nobody frames a page of ours but ourselves.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)


def _path(location: str | None) -> str:
    """The router makes its own redirects from the request's Host; a path alone stays here (ATTACKS 23)."""
    parts = urlsplit(location or "/")
    return urlunsplit(("", "", parts.path, parts.query, ""))


class _Fixed:
    """Adds the headers that are the same on every reply, unless the reply has its own."""

    def __init__(self, app: WSGIApplication, headers: dict[str, str]) -> None:
        self.app = app
        self.headers = [(name.lower(), (name, value)) for name, value in headers.items()]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *failed: Any) -> Any:
            own = {name.lower() for name, _ in headers}
            return start_response(status, headers + [pair for name, pair in self.headers if name not in own], *failed)

        return self.app(environ, start)


def init_app(app: Flask) -> None:
    """Puts the headers on every reply; a page that is about a link or about a person is not stored anywhere."""
    https = app.config["PUBLIC_URL"].startswith("https://")
    common = Secure(
        csp=ContentSecurityPolicy().value(POLICY),
        coop=CrossOriginOpenerPolicy().same_origin(),
        permissions=PermissionsPolicy().camera().geolocation().microphone(),
        referrer=ReferrerPolicy().same_origin(),
        xcto=XContentTypeOptions().nosniff(),
        xfo=XFrameOptions().sameorigin(),
        hsts=StrictTransportSecurity().max_age(YEAR) if https else None,
    )
    app.wsgi_app = _Fixed(app.wsgi_app, dict(common.headers))  # type: ignore[method-assign]

    def put(response: Response) -> Response:
        if isinstance(request.routing_exception, RequestRedirect):
            response.location = _path(response.location)
            response.set_data("")
        if g.get("no_referrer"):
            response.headers["Referrer-Policy"] = "no-referrer"
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.after_request(put)
