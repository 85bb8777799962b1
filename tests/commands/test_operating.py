"""``flask mail``, ``flask doctor`` and ``flask demo``."""

import json
import stat
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from portal import accounts, clock, demo
from portal.delivery import outbox
from portal.launch.prepared import newest
from portal.models import Invitation, Message, Organization, Site, User
from portal.worker import run_once


@pytest.mark.sqlite
def test_mails_are_listed_newest_first(told, run, session, now):
    for minutes, recipient in ((2, "old@example.com"), (1, "new@example.com")):
        due = [outbox.Due(recipient, {"user_id": "0" * 32})]
        outbox.queue(session, "reset", due, None, now - timedelta(minutes=minutes))
    session.commit()
    assert [mail["recipient"] for mail in told("mail", "list")["messages"]] == ["new@example.com", "old@example.com"]
    assert told("mail", "list", "--status", "sent") == {"messages": []}
    assert len(told("mail", "list", "--limit", 1)["messages"]) == 1
    assert "queued   reset          new@example.com" in run("mail", "list").stdout


def test_the_demo_is_made_once(told, run, session, now, app):
    assert told("demo") == {"made": True}
    assert told("demo") == {"made": False}
    organization = session.scalars(select(Organization)).one()
    assert (organization.slug, organization.member_count, organization.seat_limit) == ("northwind", 19, 200)
    assert session.scalar(select(func.count(Site.id))) == 9
    states = {invitation.state(now) for invitation in session.scalars(select(Invitation))}
    assert states == {"pending", "accepted", "rejected", "canceled", "expired"}


@pytest.mark.sqlite
def test_the_demos_owner_signs_in_with_what_is_kept(told, session, app):
    told("demo")
    file = demo.sign_in_file(app.config["INSTANCE_PATH"])
    email, password = file.read_text().split()
    assert accounts.sign_in(session, email, password).name == "Ines Almeida"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.sqlite
def test_no_demo_where_mail_would_leave(make_app):
    app = make_app(MAIL_CAPTURE=False, MAIL_SERVER="mail.example.com")
    result = app.test_cli_runner().invoke(args=["demo"])
    assert "PORTAL_MAIL_SERVER would mail the people in it" in result.stdout


def test_a_demo_that_is_interrupted_leaves_nothing(session, now, tmp_path, monkeypatch):
    monkeypatch.setattr(demo._Demo, "leave_invitations", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        demo.fill(session, now, tmp_path / "demo-owner.txt")
    assert session.scalar(select(func.count(User.id))) == 0
    assert not (tmp_path / "demo-owner.txt").exists()


def findings(result):
    return {finding["check"]: finding for finding in json.loads(result.stdout)["checks"]}


@pytest.fixture
def healthy(told, session, app):
    """The demo organization, with no mail left waiting."""
    told("demo")
    session.execute(Message.__table__.update().values(status="sent"))
    session.commit()


def test_a_healthy_portal_is_told_so(told, healthy):
    answer = told("doctor")
    assert answer["ok"] is True
    checks = ["settings", "database", "migrations", "counts", "mail", "clock"]
    assert [check["check"] for check in answer["checks"]] == checks


def test_a_count_that_differs_is_found(run, healthy, session):
    session.execute(text("UPDATE organizations SET pending_count = pending_count + 1"))
    session.commit()
    result = run("doctor", "--json")
    assert result.exit_code == 1
    assert findings(result)["counts"]["said"] == "The counts of northwind differ from what is there."
    assert result.stderr == "Something is wrong with: counts.\n"


def test_mail_that_waits_is_found(run, healthy, session):
    session.execute(Message.__table__.update().values(status="queued"))
    session.commit()
    assert findings(run("doctor", "--json"))["mail"]["remedy"] == "Start `flask worker`."


def test_a_database_behind_the_code_is_found(run, healthy, session):
    stamp = text("UPDATE alembic_version SET version_num = :version")
    session.execute(stamp, {"version": "0000"})
    session.commit()
    try:
        assert findings(run("doctor", "--json"))["migrations"]["remedy"] == "Run `flask db upgrade`."
    finally:
        session.execute(stamp, {"version": newest()})
        session.commit()


def test_a_database_before_the_code_is_none_to_upgrade(run, healthy, session):
    stamp = text("UPDATE alembic_version SET version_num = :version")
    session.execute(stamp, {"version": "9999"})
    session.commit()
    try:
        finding = findings(run("doctor", "--json"))["migrations"]
        assert (finding["ok"], finding["said"]) == (
            True,
            f"The database is at 9999, newer than this code, which ends at {newest()}.",
        )
    finally:
        session.execute(stamp, {"version": newest()})
        session.commit()


def test_a_clock_that_went_back_is_found(run, healthy, session, monkeypatch):
    early = clock.now() - timedelta(days=1)
    monkeypatch.setattr("portal.checkup.clock.now", lambda: early)
    assert findings(run("doctor", "--json"))["clock"]["ok"] is False


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"MAIL_CAPTURE": False}, "No mail server is set, so mails stay queued."),
        ({"MAIL_CAPTURE": False, "MAIL_SERVER": "127.0.0.1", "MAIL_PORT": 1}, "The mail server does not take mail"),
    ],
)
def test_mail_that_cannot_leave_is_found(make_app, given, said):
    result = make_app(**given).test_cli_runner().invoke(args=["doctor", "--json"])
    assert findings(result)["mail"]["said"].startswith(said)


@pytest.mark.sqlite
def test_an_address_without_tls_is_found(make_app):
    app = make_app(MAIL_CAPTURE=False, PUBLIC_URL="http://invite.example.com")
    result = app.test_cli_runner().invoke(args=["doctor", "--json"])
    assert findings(result)["settings"]["ok"] is False


@pytest.mark.sqlite
def test_the_demos_mails_can_all_be_sent_or_dropped(told, session, app):
    from portal.delivery.smtp import transport

    told("demo")
    while run_once(session, transport(app), clock.now()):
        pass
    due = select(Message.status).where(Message.kind != "lapsed")  # which is due in the morning
    assert set(session.scalars(due)) == {"sent", "bounced"}  # some are told as come back
