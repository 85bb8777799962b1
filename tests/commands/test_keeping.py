"""``flask export``, ``prune``, ``backup`` and ``restore``."""

import csv
import io
import json
import sqlite3
import stat
import threading
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import exports, invitations
from portal.extensions import db
from portal.models import Event, Invitation, InvitationTeam, Message
from portal.tables import cell


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_invitations_are_written_with_what_they_offer(world, run):
    world.invited("ann@example.com", world.full_offer())
    ann = json.loads(run("export", world.slug).stdout)
    assert (ann["email"], ann["status"], ann["inviter"]) == ("ann@example.com", "pending", world.email("owner"))
    assert (ann["sites"], ann["restricted"]) == (["Blog", "Shop"], True)
    assert ann["teams"] == ["Platform=developer", "Support=team_manager"]
    assert ann["projects"] == ["Apollo=project_member", "Gemini=project_viewer"]


def test_members_are_written_longest_first_and_by_portions(world, run, monkeypatch):
    monkeypatch.setattr(exports, "PORTION", 2)
    world.enlist("held", "member", sites=tuple(world.sites[:1]))
    rows = read(run("export", world.slug, "--what", "members", "--format", "csv").stdout)
    assert {row["role"] for row in rows} == {"owner", "admin", "manager", "billing_manager", "member"}
    held = next(row for row in rows if row["email"].startswith("held@"))
    assert (held["restricted"], held["sites"], held["verified"]) == ("yes", "Shop", "yes")
    assert len(rows) == 6


def test_the_history_is_written_whole(world, run, session):
    world.invited("ann@example.com")
    lines = run("export", world.slug, "--what", "history").stdout.splitlines()
    count = select(func.count(Event.id)).where(Event.organization_id == world.id)
    assert len(lines) == session.scalar(count)
    assert json.loads(lines[-1])["kind"] == "invitation.created"


@pytest.mark.sqlite
def test_another_organization_stays_out_of_it(world, run):
    other = world.invited("ann@example.com")
    assert str(other) in run("export", world.slug).stdout
    assert "There is no organization" in run("export", "nowhere").stderr


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_no_cell_is_a_formula(text):
    assert cell(text) == f"'{text}"


def ended(world, session, days):
    """An invitation that was revoked so many days ago, and one that still waits."""
    then = world.now - timedelta(days=days)
    gone, waits = world.invited("gone@example.com", world.full_offer(), at=then), world.invited("waits@example.com")
    invitations.cancel(session, world["owner"], gone, then)
    return gone, waits


def test_what_was_kept_long_enough_goes_with_its_grants_and_mails(world, told, session):
    gone, waits = ended(world, session, 31)
    events = session.scalar(select(func.count(Event.id)))
    answer = told("prune", "--ended-days", 30)
    assert answer == {"history": 0, "ended": 1}
    assert list(session.scalars(select(Invitation.id))) == [waits]
    assert session.scalar(select(func.count()).select_from(InvitationTeam)) == 0
    assert session.scalar(select(func.count(Message.id)).where(Message.invitation_id == gone)) == 0
    assert session.scalar(select(func.count(Event.id))) == events
    world.check_counts()


def test_what_is_younger_or_waits_stays(world, told, session):
    ended(world, session, 29)
    assert told("prune", "--ended-days", 30) == {"history": 0, "ended": 0}


def test_old_history_goes_and_new_stays(world, told, session):
    ended(world, session, 40)
    old = session.scalar(select(func.count(Event.id)).where(Event.created_at < world.now - timedelta(days=30)))
    assert old
    assert told("prune", "--history-days", 30) == {"history": old, "ended": 0}
    assert session.scalar(select(func.count(Event.id)).where(Event.created_at < world.now - timedelta(days=30))) == 0
    assert session.scalar(select(func.count(Event.id)))


def test_by_default_everything_is_kept(world, told, run, session):
    ended(world, session, 4000)
    assert told("prune") == {"history": 0, "ended": 0}
    assert "kept for ever" in run("prune").stdout


@pytest.fixture
def portal_of_its_own(make_app):
    """A portal on an SQLite file, and what runs its commands."""
    app = make_app()

    def run(*words):
        return app.test_cli_runner().invoke(args=[*map(str, words)])

    return app, run


def rows(file):
    """Every row of every table."""
    with closing(sqlite3.connect(file)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(map(repr, database.execute(f"SELECT * FROM {name}"))) for name in tables}


def test_a_backup_is_restored_to_the_same_rows(portal_of_its_own, tmp_path):
    app, run = portal_of_its_own
    assert (
        run("user", "create", "ann@example.com", "--name", "Ann", "--password", "correct horse battery").exit_code == 0
    )
    copy, database = tmp_path / "copy.db", app.config["INSTANCE_PATH"] / "portal.db"
    assert run("backup", copy).exit_code == 0
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    before = rows(database)
    assert (
        run("user", "create", "bob@example.com", "--name", "Bob", "--password", "correct horse battery").exit_code == 0
    )
    assert rows(database) != before
    with app.app_context():  # somebody is at it meanwhile
        connection = db.engine.connect()
        assert run("restore", copy, "--yes").exit_code == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM users").scalar() == 1
        connection.close()
    assert rows(database) == before == rows(copy)
    assert "ok" in run("doctor").stdout


def test_a_backup_under_load_is_of_one_moment(portal_of_its_own, tmp_path):
    """Two tables are written in one transaction each; no copy shows one without the other."""
    app, run = portal_of_its_own
    database = app.config["INSTANCE_PATH"] / "portal.db"
    over, begun = threading.Event(), threading.Event()
    with closing(sqlite3.connect(database)) as setting_up:
        setting_up.execute("CREATE TABLE a (n)")
        setting_up.execute("CREATE TABLE b (n)")

    def write():
        with closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as writing:
            number = 0
            while not over.is_set():
                number += 1
                writing.execute("BEGIN IMMEDIATE")
                writing.execute("INSERT INTO a VALUES (?)", (number,))
                writing.execute("INSERT INTO b VALUES (?)", (number,))
                writing.execute("COMMIT")
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(30)
        for number in range(5):
            assert run("backup", tmp_path / f"{number}.db").exit_code == 0
    finally:
        over.set()
        writer.join()
    copies = [rows(tmp_path / f"{number}.db") for number in range(5)]
    assert all(copy["a"] == copy["b"] for copy in copies)
    assert len(copies[-1]["a"]) > len(copies[0]["a"]) > 0


def test_what_is_no_backup_is_not_restored(portal_of_its_own, tmp_path):
    app, run = portal_of_its_own
    database = app.config["INSTANCE_PATH"] / "portal.db"
    before = rows(database)
    (tmp_path / "text.db").write_text("This is no database, though it is long enough to be one." * 100)
    sqlite3.connect(tmp_path / "empty.db").close()
    for name in ("text.db", "empty.db", "missing.db"):
        result = run("restore", tmp_path / name, "--yes")
        assert (result.exit_code, "no sound copy" in result.stderr) == (1, True)
    assert run("restore", tmp_path / "text.db").exit_code == 1
    assert rows(database) == before


def test_a_backup_into_no_folder_is_told(portal_of_its_own, tmp_path):
    _, run = portal_of_its_own
    assert "There is no folder" in run("backup", tmp_path / "nowhere" / "copy.db").stderr


def test_postgresql_is_sent_to_its_own_tools(app, run, tmp_path):
    result = run("backup", tmp_path / "copy.db")
    sqlite = app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite")
    assert (result.exit_code, "pg_dump" in result.stderr) == ((0, False) if sqlite else (1, True))
    assert (tmp_path / "copy.db").exists() == sqlite
