"""The worker is killed with SIGKILL five times while it hands two thousand mails over."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ended, migrated, started

from .kills import worked

ROWS, KILLS = 2000, 5


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_every_mail_arrives_and_a_kill_doubles_at_most_one_a_connection(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    new_database: Callable[[str], str] | None = (
        request.getfixturevalue("new_database") if database == "postgresql" else None
    )
    connections = 1 if database == "sqlite" else 4
    app = migrated(started(tmp_path, SQLALCHEMY_DATABASE_URI=new_database("kills") if new_database else ""))
    try:
        said = worked(app, ROWS, KILLS, connections)
    finally:
        ended(app)
    assert said.missing == set()
    assert said.other_ids == set()
    assert said.unsettled == 0
    assert max(said.twice.values(), default=0) <= connections
