"""The WSGI application's class: Flask's, without the work that no request here needs."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_openapi3 import OpenAPI


class FormCookie(SecureCookieSessionInterface):
    """Flask's own cookie, which holds form tokens and messages; scripts and links come without it."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie says; empty without one."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Sends the cookie if the request looked at it."""
        if session.accessed or session.modified:
            super().save_session(app, session, response)


class Portal(OpenAPI):
    """Flask by way of flask-openapi3."""

    session_interface = FormCookie()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: none here is asynchronous, and Flask would ask each a dozen times a request."""
        return func
