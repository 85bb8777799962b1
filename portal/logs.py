"""Logs: one line a request as JSON, with a request id, and without tokens, queries or whole addresses."""

import logging
import re
import sys
import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import Flask, Response, g, request

from .database import new_id
from .tokens import PREFIX

# What follows these in a path opens something, so it is never written down.
_SECRET = re.compile(r"^(/+(?:join|reset|verify|unsubscribe)/+).+")
_ADDRESS = re.compile(r"([A-Za-z0-9])[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]*@(?=[A-Za-z0-9])")
_TOKEN = re.compile(rf"{PREFIX}[0-9A-Za-z]{{20,}}")


def init_app(app: Flask) -> None:
    """Sets up structured logs at the configured level."""
    level = logging.getLevelNamesMapping()[app.config["LOG_LEVEL"]]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _masked,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # stdout is a command's answer
        cache_logger_on_first_use=False,
    )
    app.before_request(_begin)
    app.after_request(_end)
    if level <= logging.INFO:
        app.after_request(_log)


def _masked(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """No line holds a whole e-mail address or an API token, whatever was logged."""
    for name, value in event.items():
        if isinstance(value, str) and ("@" in value or PREFIX in value):
            event[name] = _TOKEN.sub(f"{PREFIX}…", _ADDRESS.sub(r"\1…@", value))
    return event


def redacted(path: str) -> str:
    """A path with the token of a link taken out."""
    return _SECRET.sub(r"\1…", path)


def _begin() -> None:
    g.began, g.request_id = time.perf_counter(), _request_id()


def _request_id() -> str:
    """The caller's request id if it is a plain word, otherwise one of ours."""
    given = request.headers.get("X-Request-ID", "")
    return given if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", given) else str(new_id())


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    return response


def _log(response: Response) -> Response:
    structlog.get_logger().info(
        "request",
        id=g.request_id,
        method=request.method,
        path=redacted(request.path),
        status=response.status_code,
        ms=round((time.perf_counter() - g.began) * 1000, 1),
    )
    return response
