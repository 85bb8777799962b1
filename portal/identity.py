"""Who acts: read from the request once, before anything else looks at it.

One cookie signs in to pages and to the session dialect alike; scripts send an API token. ``Authorization`` present
means that the cookie is ignored. Everything to the right of this module takes who acts as an argument.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from authlib.oauth2 import OAuth2Error, ResourceProtector
from authlib.oauth2.rfc6750 import BearerTokenValidator, InsufficientScopeError, InvalidTokenError
from flask import Flask, Request, Response, current_app, g, request
from flask_login import LoginManager, UserMixin, current_user

from . import clock, sessions, tokens
from .database import new_id
from .errors import ForeignOrigin, ScopeMissing, Unauthorized
from .extensions import db
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
        self.time_zone: str | None = found.time_zone
        self.session_id: UUID = found.id
        self.active_organization_id: UUID | None = found.active_organization_id

    @cached_property
    def is_verified(self) -> bool:
        """Whether the address has been proved."""
        return self.found.verified_at is not None

    def is_recent(self, now: datetime) -> bool:
        """Whether they showed who they are a short while ago, as what cannot be undone asks for."""
        return bool(now - self.found.confirmed_at <= sessions.RECENT)

    def get_id(self) -> str:
        """Flask-Login's name for the id."""
        return str(self.id)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls an API, and with what: a session, or a token with its scopes and perhaps its one organization."""

    user_id: UUID
    email: str
    name: str
    is_verified: bool
    session: Any | None = None
    scopes: frozenset[str] | None = None
    only_in: UUID | None = None

    def actor(self, channel: str) -> Actor:
        """The caller as the rules take it; ``channel`` names the face in the history."""
        return Actor(self.user_id, channel, request.remote_addr, self.only_in)


class _Tokens(BearerTokenValidator):  # type: ignore[misc]
    """Authlib's check of a bearer token, over our table."""

    def authenticate_token(self, token_string: str) -> Any:
        """The live token, or None."""
        return tokens.find(db.session(), token_string, clock.now())

    def validate_token(self, token: Any, scopes: list[str] | None, _: Any) -> None:
        """Raises InvalidTokenError or InsufficientScopeError; what is expired or revoked is not found at all."""
        if token is None:
            raise InvalidTokenError()
        if self.scope_insufficient(token.scopes, scopes):
            raise InsufficientScopeError()


_protector = ResourceProtector()
_protector.register_token_validator(_Tokens())


def by_token(scope: str | None) -> Caller:
    """Who the API token in ``Authorization`` belongs to. Raises Unauthorized or ScopeMissing."""
    try:
        found = _protector.validate_request([scope] if scope else None, request)
    except InsufficientScopeError:
        raise ScopeMissing(scope=scope) from None
    except OAuth2Error:
        raise Unauthorized() from None
    return Caller(
        found.user_id, found.email, found.name, found.verified_at is not None,
        scopes=frozenset(found.scopes.split()), only_in=found.organization_id,
    )  # fmt: skip


def by_cookie() -> Caller:
    """Who the session cookie belongs to, where no ``Authorization`` came along. Raises Unauthorized."""
    person = viewer()
    if person is None:
        raise Unauthorized()
    return Caller(person.id, person.email, person.name, person.is_verified, session=person.found)


def check_origin() -> None:
    """Raises ForeignOrigin when a state-changing request with a cookie was made by another site's page.

    A browser always says where a request comes from; one without any of these headers is a script.
    """
    if request.method in ("GET", "HEAD", "OPTIONS") or not request.cookies:
        return
    origin = request.headers.get("Origin")
    if origin == "null":
        raise ForeignOrigin(null=True)
    said = origin if origin is not None else _origin_of(request.headers.get("Referer"))
    trusted = {current_app.config["PUBLIC_URL"], *current_app.config["TRUSTED_ORIGINS"]}
    if (said is not None and said.lower() not in trusted) or request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise ForeignOrigin()


def _origin_of(url: str | None) -> str | None:
    if not url:
        return None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def cookie_name() -> str:
    """``__Secure-`` before the name where the public address is HTTPS."""
    return f"__Secure-{COOKIE}" if is_https() else COOKIE


def is_https() -> bool:
    """Whether people reach the portal over TLS."""
    return bool(current_app.config["PUBLIC_URL"].startswith("https://"))


def viewer() -> Viewer | None:
    """The signed-in person, or None."""
    person = current_user._get_current_object()
    return person if isinstance(person, Viewer) else None


def look_no_further() -> None:
    """Whoever was not looked up by now is nobody for the rest of the request: the database does not answer."""
    if not hasattr(g, "_login_user"):
        current_app.login_manager._update_request_context_with_user()  # type: ignore[attr-defined]


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
        found = sessions.find(db.session(), token, now) or found
        if found.lasts:
            g.renewed_session = (token, True)
    return Viewer(found)


def sign_in(user_id: UUID, now: datetime, lasts: bool = True) -> UUID:
    """Starts a new session for this browser, ending the one that it came with; the cookie goes out with the reply.

    Returns the session's public id, which signs nobody in.
    """
    person = viewer()
    if person is not None:
        sessions.end(db.session(), person.id, person.session_id)
    agent = request.headers.get("User-Agent")
    key = new_id()
    token = sessions.start(
        db.session(), user_id, now, lasts=lasts, ip_address=request.remote_addr, user_agent=agent, key=key
    )
    g.renewed_session = (token, lasts)
    return key


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


class Login(LoginManager):  # type: ignore[misc]
    """Flask-Login without its own cookie, for which it would otherwise hash address and browser on every request."""

    def _load_user(self) -> None:
        self._update_request_context_with_user(self._load_user_from_request(request))


def init_app(app: Flask) -> None:
    """Reads who acts from every request, through Flask-Login, and sends the cookie of a new session."""
    login_manager = Login()
    app.login_manager = login_manager  # type: ignore[attr-defined]  # its init_app would look into Flask's cookie
    login_manager.request_loader(_from_request)
    app.after_request(_send_cookie)
