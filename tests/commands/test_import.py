"""``flask import``: a list from a file, in one go."""

import pytest

from portal.models import Invitation
from tests.world import build

pytestmark = pytest.mark.sqlite
OWNER = ("--as", "owner@northwind.example.com")


@pytest.fixture
def people(tmp_path):
    file = tmp_path / "people.csv"
    file.write_bytes("E-Mail;Rolle\nann@example.com;Mitglied\nJörg;Mitglied\n".encode("cp1252"))
    return file


def test_a_dry_run_invites_nobody(told, world, people, session):
    answer = told("import", "northwind", people, *OWNER, "--dry-run")
    assert (answer["status"], answer["encoding"]) == ("planned", "Windows-1252")
    assert answer["outcomes"] == {"ready": 1, "not_an_address": 1}
    session.rollback()
    assert session.query(Invitation).count() == 0


def test_a_list_is_invited_and_what_was_wrong_is_said(run, world, people, session):
    result = run("import", "northwind", people, *OWNER)
    assert (result.exit_code, result.stdout.splitlines()) == (0, [
        "2 rows, read as Windows-1252. Invited: 1",
        "row 2: Jörg: “Jörg” is not an e-mail address. Correct it and send again.",
    ])  # fmt: skip
    session.rollback()
    assert [made.email for made in session.query(Invitation)] == ["ann@example.com"]


def test_who_may_not_invite_may_not_import(refused, world, people, session, now):
    assert "does not allow inviting" in refused("import", "northwind", people, "--as", "member@northwind.example.com")
    build(session, now, "Southwind")
    assert refused("import", "northwind", people, "--as", "owner@southwind.example.com")


def test_a_list_that_is_too_large_is_refused(app, refused, world, people, monkeypatch):
    monkeypatch.setitem(app.config, "IMPORT_MAX_BYTES", 10)
    assert "larger than 10 bytes" in refused("import", "northwind", people, *OWNER)
