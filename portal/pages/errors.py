"""What went wrong, as a page with a way on. An API prefix will answer in its own shape, a page in ours."""

from typing import Any

from flask import Flask, Response, make_response, render_template
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import HTTPException

from ..errors import PortalError, TooOften
from ..extensions import db, limiter
from .base import page

RETRY_AFTER = 60


def init_app(app: Flask) -> None:
    """Registers the handlers."""
    app.register_error_handler(PortalError, of_rule)
    app.register_error_handler(RateLimitExceeded, of_limit)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(Exception, of_server)


def of_rule(error: PortalError) -> Any:
    """A rule said no where no form could show it."""
    return page("errors/error.html", error.status, title=str(error), remedy=str(error.remedy), number=error.status)


def of_limit(error: RateLimitExceeded) -> Response:
    """429, with the name of the limit and when to try again."""
    current = limiter.current_limit
    seconds = max(1, int(current.reset_at - _time())) if current else RETRY_AFTER
    too_often = TooOften(limit=error.description)
    wait = _("Try again in %(minutes)s min.", minutes=-(-seconds // 60))
    body, status = page("errors/error.html", 429, title=str(too_often), remedy=wait, number=429)
    return make_response(body, status, {"Retry-After": str(seconds)})


def _time() -> float:
    import time

    return time.time()


def of_http(error: HTTPException) -> Any:
    """404, 405, 413 and their like."""
    code = error.code or 500
    if code < 400 or error.response is not None:
        return error
    title, remedy = _SAID().get(code, (_("This cannot be done."), _("Go back and try another way.")))
    body, status = page("errors/error.html", code, title=title, remedy=remedy, number=code)
    kept = {name: value for name, value in error.get_headers() if name.lower() == "allow"}
    return make_response(body, status, kept)


def _SAID() -> dict[int, tuple[str, str]]:  # noqa: N802 - a table, made anew in each reader's language
    return {
        404: (_("This page is not here."), _("Check the address, or start from the overview.")),
        405: (_("This address is not for that."), _("Go back and use the button on the page.")),
        413: (_("That was too much at once."), _("Send less, or in several parts.")),
    }


def of_server(error: Exception) -> Any:
    """A fault of ours: said without its inside, which goes to the log."""
    import structlog

    structlog.get_logger().error("unhandled", exc_info=error)
    db.session.rollback()
    title, remedy = _("Something broke on our side."), _("Nothing was changed. Try again in a moment.")
    return render_template("errors/bare.html", title=title, remedy=remedy, number=500), 500
