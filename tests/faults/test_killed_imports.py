"""A worker that is killed with SIGKILL in the middle of a list: the next one goes on, and nothing happens twice."""

import pytest

from tests.conftest import ended, migrated, started

from .killed_imports import carried_out

ROWS, KILLS = 3000, 1


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_list_is_carried_out_once_whoever_is_killed(database, tmp_path, request):
    made = request.getfixturevalue("new_database")("imports") if database == "postgresql" else ""
    app = migrated(started(tmp_path, SQLALCHEMY_DATABASE_URI=made))
    try:
        said = carried_out(app, ROWS, KILLS)
    finally:
        ended(app)
    assert (said.status, said.finished) == ("done", 1)
    assert (said.invited, said.invitations, said.mails, said.events) == (ROWS, ROWS, ROWS, ROWS)
    assert said.kills >= 1  # while it was running
