"""What the portal counts, for Prometheus: requests by endpoint, and, when it is asked, mail that waits.

The client library is imported with the first request that is counted; it would take a fifteenth of every start.
"""

import os
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask, Response, g, request
from sqlalchemy.orm import Session

from . import clock
from .delivery import outbox

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
MEDIA = "text/plain; version=0.0.4; charset=utf-8"


class Meters(NamedTuple):
    """Where requests are counted."""

    requests: "Counter"
    seconds: "Histogram"


def init_app(app: Flask) -> None:
    """Counts every request, if anybody may read the count."""
    if folder := app.config["METRICS_FOLDER"]:
        Path(folder).mkdir(parents=True, exist_ok=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    if app.config["METRICS_FROM"]:
        app.after_request(_count)


def exposition(session: Session) -> str:
    """Everything counted so far, by every process that shares the folder, and the mail that waits now."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    _collect(registry)
    count, age = outbox.waiting(session, clock.now())
    Gauge("usher_mails_waiting", "Mails that are to be sent.", registry=registry, multiprocess_mode="max").set(count)
    Gauge(
        "usher_mails_oldest_due_seconds",
        "For how long the mail that has been due the longest has been due.",
        registry=registry,
        multiprocess_mode="max",
    ).set(age.total_seconds())
    return generate_latest(registry).decode()


def _collect(registry: "CollectorRegistry") -> None:
    from prometheus_client import multiprocess

    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return
    for meter in _meters():
        registry.register(meter)


@cache
def _meters() -> Meters:
    from prometheus_client import Counter, Histogram

    return Meters(
        Counter("usher_requests", "Requests answered.", ("endpoint", "method", "status"), registry=None),
        Histogram("usher_request_seconds", "How long answers took.", ("endpoint",), buckets=BOUNDS, registry=None),
    )


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    meters = _meters()
    meters.requests.labels(endpoint, request.method, response.status_code).inc()
    meters.seconds.labels(endpoint).observe(time.perf_counter() - g.began)
    return response
