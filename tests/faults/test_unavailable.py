"""What the portal says while its database is locked, away or has no connection left, and that it then comes back."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from portal import clock, database, identity, sessions
from portal.database import is_unavailable
from portal.extensions import db, limiter
from tests.api.scripts import bearer
from tests.conftest import ended, started
from tests.world import build

CODES = {
    "/api/v1/organizations/{id}/invitations": "unavailable",
    "/manage/api/invitations": "service_unavailable",
    "/organization/{id}/invite": 503,
}


@pytest.fixture
def portal(make_app, monkeypatch):
    """A portal that does not wait for long."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0.05)
    app = make_app()
    with app.app_context():
        app.world = build(db.session(), clock.now())
        app.script = bearer(app, app.world, "owner")
        app.cookie = identity.COOKIE, sessions.start(db.session(), app.world["owner"].user_id, clock.now())
        db.session.remove()
        db.engine.dispose()
    return app


@pytest.fixture
def lock(portal):
    """Takes the write lock of the portal's database, and gives it back when it is closed."""
    holding = sqlite3.connect(Path(portal.config["INSTANCE_PATH"]) / "portal.db", isolation_level=None)
    holding.execute("BEGIN IMMEDIATE")
    yield holding
    holding.close()


def inviting(world, path):
    """What invites by that face."""
    given = {"emails": ["ann@example.com"], "email": "ann@example.com", "role": "member"}
    if path.startswith("/manage"):
        given["organizationId"] = str(world.id)
    if path.startswith("/organization"):
        given |= {"role": "member", "assignments": []}
    return given


@pytest.mark.parametrize("path", CODES)
def test_a_locked_database_is_503_with_when_to_come_back_and_nothing_is_half_done(portal, lock, path, capsys):
    where, body = path.format(id=portal.world.id), inviting(portal.world, path)
    refused = portal.script.post(where, body)
    assert (refused.status_code, refused.json["code"]) == (503, CODES[path])
    assert refused.headers["Retry-After"] == "5"
    assert "cannot answer at the moment" in refused.get_data(as_text=True)
    said = capsys.readouterr().err
    assert "database is locked" in said
    assert "Traceback" not in said
    lock.rollback()
    assert portal.script.post(where, body).status_code in (200, 201)


def test_a_locked_database_is_503_for_who_is_signed_in_and_for_their_browser(portal, lock):
    browser = portal.test_client()
    browser.set_cookie(*portal.cookie)
    body = {"email": "ann@example.com", "role": "member", "organizationId": str(portal.world.id)}
    dialect = browser.post(
        "/api/auth/organization/invite-member", json=body, headers={"Origin": "http://127.0.0.1:8000"}
    )
    assert (dialect.status_code, dialect.json["code"]) == (503, "SERVICE_UNAVAILABLE")
    page = browser.post("/account/sessions/end")
    assert page.status_code == 503
    assert "The portal cannot answer at the moment." in page.get_data(as_text=True)
    assert browser.get("/o/northwind/").status_code == 200  # reading waits for nobody
    lock.rollback()
    assert browser.post("/account/sessions/end").status_code == 303


@pytest.mark.parametrize("path", ["/account", "/api/v1/me", "/api/auth/get-session", "/sign-in"])
def test_a_database_that_is_away_is_503_on_whatever_asks_it(make_app, portal, path):
    away = make_app(SQLALCHEMY_DATABASE_URI="postgresql+psycopg://127.0.0.1:1/none")
    browser = away.test_client()
    browser.set_cookie(*portal.cookie)
    answer = browser.get(path, headers={"Accept-Language": "de"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "127.0.0.1:1" not in answer.get_data(as_text=True)


def test_no_connection_left_is_503(portal):
    with portal.app_context():
        pool = db.engine.pool
        pool._timeout = 0.05
        held = [db.engine.connect() for _ in range(pool.size() + pool._max_overflow)]
        refused = portal.script.get("/api/v1/me")
        assert (refused.status_code, refused.json["code"]) == (503, "unavailable")
        held.pop().close()
        assert portal.script.get("/api/v1/me").status_code == 200
        for each in held:
            each.close()


def test_while_redis_is_away_each_process_counts_for_itself(make_app, monkeypatch):
    monkeypatch.setattr(limiter, "_storage_dead", False)  # is put back
    instance = Path(make_app().config["INSTANCE_PATH"])
    app = started(instance, RATELIMIT_ENABLED=True, RATELIMIT_STORAGE_URI="redis://127.0.0.1:1/0")
    trying, wrong = app.test_client(), {"email": "ann@example.com", "password": "x"}
    said = [trying.post("/api/auth/sign-in/email", json=wrong).status_code for _ in range(11)]
    assert said == [401] * 10 + [429]
    ended(app)


def test_a_statement_that_is_wrong_is_a_fault_of_ours(portal):
    with portal.app_context(), pytest.raises(OperationalError) as wrong:
        db.session.execute(text("SELECT nothing FROM nowhere"))
    assert not is_unavailable(wrong.value)
