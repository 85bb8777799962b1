"""Who acts: read from the request once, before anything else looks at it.

One cookie signs in to pages and to the session dialect alike. ``Authorization`` present means that the cookie is
ignored. Everything to the right of this module takes who acts as an argument.
"""

from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from flask import Flask, Request, Response, current_app, g, request
from flask_login import UserMixin, current_user

from . import clock, sessions
from .extensions import db, login_manager
from .permissions import Actor

COOKIE = "better-auth.session_token"


class Viewer(UserMixin):  # type: ignore[misc]
    """The signed-in person and the session that they came with."""

    def __init__(self, found: Any) -> None:
        self.found = found
        self.id: UUID = found.user_id
        self.email: str = found.email
        self.name: str = found.name
        self.language: str | None = found.language
        self.session_id: UUID = found.id
        self.active_organization_id: UUID | None = found.active_organization_id

    @cached_property
    def is_verified(self) -> bool:
        """Whether the address has been proved."""
        return self.found.verified_at is not None

    def get_id(self) -> str:
        """Flask-Login's name for the id."""
        return str(self.id)


def cookie_name() -> str:
    """``__Secure-`` before the name where the public address is HTTPS."""
    return f"__Secure-{COOKIE}" if is_https() else COOKIE


def is_https() -> bool:
    """Whether people reach the portal over TLS."""
    return bool(current_app.config["PUBLIC_URL"].startswith("https://"))


def viewer() -> Viewer | None:
    """The signed-in person, or None."""
    return current_user if current_user.is_authenticated else None


def actor(channel: str = "page") -> Actor:
    """Who acts in this request; nobody when not signed in."""
    person = viewer()
    return Actor(person.id if person else None, channel, request.remote_addr)


def _session_token(asked: Request) -> str | None:
    """The session cookie's value.

    Over HTTPS the plain name counts only from a script: no prefixed cookie and no Origin beside it.
    """
    prefixed = asked.cookies.get(cookie_name())
    if prefixed is None and is_https() and "Origin" not in asked.headers:
        return asked.cookies.get(COOKIE)
    return prefixed


def _from_request(asked: Request) -> Viewer | None:
    token = None if "Authorization" in asked.headers else _session_token(asked)
    if not token:
        return None
    now = clock.now()
    found = sessions.find(db.session(), token, now)
    if found is None:
        return None
    if now - found.renewed_at >= sessions.RENEWED_AFTER:
        sessions.renew(db.session(), found.id, now)
        if found.lasts:
            g.renewed_session = (token, True)
    return Viewer(found)


def sign_in(user_id: UUID, now: datetime, lasts: bool = True) -> None:
    """Starts a new session for this browser, ending the one that it came with; the cookie goes out with the reply."""
    person = viewer()
    if person is not None:
        sessions.end(db.session(), person.id, person.session_id)
    agent = request.headers.get("User-Agent")
    token = sessions.start(db.session(), user_id, now, lasts=lasts, ip_address=request.remote_addr, user_agent=agent)
    g.renewed_session = (token, lasts)


def sign_out() -> None:
    """Ends this browser's session, on the server and in the cookie."""
    person = viewer()
    if person is not None:
        sessions.end(db.session(), person.id, person.session_id)
    g.renewed_session = ("", False)


def _send_cookie(response: Response) -> Response:
    token, lasts = g.pop("renewed_session", (None, False))
    if token:
        response.set_cookie(
            cookie_name(),
            token,
            max_age=sessions.LIFETIME if lasts else None,
            path="/",
            secure=is_https(),
            httponly=True,
            samesite="Lax",
        )
    elif token == "":
        response.delete_cookie(cookie_name(), path="/", secure=is_https(), httponly=True, samesite="Lax")
    return response


def init_app(app: Flask) -> None:
    """Reads who acts from every request, through Flask-Login, and sends the cookie of a new session."""
    login_manager.session_protection = None  # nothing of its own in Flask's cookie
    login_manager.init_app(app)
    login_manager.request_loader(_from_request)
    app.after_request(_send_cookie)
