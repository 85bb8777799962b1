"""What machines ask: health, readiness and metrics."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from portal.delivery import outbox

LOCAL = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.mark.sqlite
def test_without_a_database_the_process_lives_and_is_not_ready(make_app):
    client = make_app(SQLALCHEMY_DATABASE_URI="sqlite:////nowhere/at/all.db").test_client()
    reply = client.get("/healthz")
    assert (reply.status_code, reply.json, reply.headers["Cache-Control"]) == (200, {"status": "ok"}, "no-store")
    reply = client.get("/readyz")
    assert (reply.status_code, reply.json["checks"]["database"]) == (503, False)


def test_a_portal_that_can_answer_is_ready(client, session):
    reply = client.get("/readyz")
    assert (reply.status_code, reply.json["ready"]) == (200, True)
    assert reply.json["checks"] == {"database": True, "migrations": True, "queue": True}


def test_a_database_that_is_behind_is_not_ready(client, session):
    newest = session.scalar(text("SELECT version_num FROM alembic_version"))
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    session.commit()
    try:
        reply = client.get("/readyz")
    finally:
        session.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest})
        session.commit()
    assert (reply.status_code, reply.json["checks"]["migrations"]) == (503, False)


@pytest.mark.parametrize(("minutes", "status"), [(14, 200), (16, 503)])
def test_a_queue_that_stands_still_is_not_ready(client, session, now, minutes, status):
    due = [outbox.Due("ann@example.com", {"user_id": "0" * 32})]
    outbox.queue(session, "reset", due, None, now - timedelta(minutes=minutes))
    session.commit()
    assert client.get("/readyz").status_code == status


@pytest.mark.sqlite
def test_without_a_way_for_mail_no_queue_stands_still(make_app):
    app = make_app(MAIL_CAPTURE=False)
    assert app.test_client().get("/readyz").status_code == 200


@pytest.mark.sqlite
def test_requests_are_counted_by_endpoint(client, session, now):
    client.get("/sign-in")
    outbox.queue(session, "reset", [outbox.Due("ann@example.com", {"user_id": "0" * 32})], None, now)
    session.commit()
    reply = client.get("/metrics", environ_base=LOCAL)
    assert reply.mimetype == "text/plain"
    assert 'usher_requests_total{endpoint="entry.sign_in",method="GET",status="200"}' in reply.text
    assert 'usher_request_seconds_bucket{endpoint="entry.sign_in",le="0.005"}' in reply.text
    assert "usher_mails_waiting 1.0" in reply.text


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("allowed", "caller", "headers", "status"),
    [
        (["127.0.0.0/8"], "127.0.0.1", {}, 200),
        (["127.0.0.0/8"], "10.1.2.3", {}, 403),
        (["10.0.0.0/8", "fd00::/8"], "10.1.2.3", {}, 200),
        (["10.0.0.0/8", "fd00::/8"], "fd00::1", {}, 200),
        (["10.0.0.0/8"], "fd00::1", {}, 403),
        ([], "127.0.0.1", {}, 403),
        (["127.0.0.0/8"], "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        (["127.0.0.0/8"], "127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 403),
    ],
)
def test_only_the_networks_that_are_named_read_the_metrics(make_app, allowed, caller, headers, status):
    client = make_app(METRICS_FROM=allowed).test_client()
    reply = client.get("/metrics", environ_base={"REMOTE_ADDR": caller}, headers=headers)
    assert reply.status_code == status
    assert ("usher_requests" in reply.text) == (status == 200)
