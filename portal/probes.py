"""What machines ask: does the process live, can it answer requests, and what has it counted."""

from ipaddress import ip_address, ip_network
from typing import Any

from flask import Blueprint, Flask, current_app, request

from . import metrics
from .extensions import db, limiter

blueprint = Blueprint("probes", __name__)
FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded")


def init_app(app: Flask) -> None:
    """Adds the probes, which no limit counts."""
    limiter.exempt(blueprint)
    app.register_blueprint(blueprint)
    metrics.init_app(app)


@blueprint.get("/healthz")
def health() -> Any:
    """The process answers; nothing else is asked."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def readiness() -> Any:
    """Database, migrations and the age of the queue: 200 when all are well, otherwise 503.

    Which are not is said to everybody; what exactly is wrong, to the operator through ``flask doctor``.
    """
    from . import checkup

    findings = checkup.ready(current_app._get_current_object(), db.session())  # type: ignore[attr-defined]
    ok = all(finding.ok for finding in findings)
    return {"ready": ok, "checks": {finding.check: finding.ok for finding in findings}}, 200 if ok else 503


@blueprint.get("/metrics")
def counted() -> Any:
    """The metrics in Prometheus' text format, for the networks that may read them."""
    if not _may_read():
        return {"error": "This address may not read the metrics."}, 403
    return metrics.exposition(db.session()), 200, {"Content-Type": metrics.MEDIA}


def _may_read() -> bool:
    """Whether the caller's network is allowed; one behind a proxy that is not configured is not known at all."""
    if not current_app.config["PROXY_HOPS"] and any(name in request.headers for name in FORWARDED):
        return False
    try:
        caller = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    return any(caller in ip_network(network) for network in current_app.config["METRICS_FROM"])
