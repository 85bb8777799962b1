"""The history by the native API: pages, filters, and all of it as a file."""

import csv
import io
import json

import pytest

from portal import audit, places
from portal.models import ROLES

from .calls import problem

pytestmark = pytest.mark.sqlite


@pytest.fixture
def happened(world):
    """A team made by the admin, with a name that a spreadsheet would run."""
    places.create(world.session, world["admin"], world.id, "team", "=1+1", world.now)
    return world


def test_all_of_it_is_sent_as_json_lines_as_the_pages_of_the_list_have_it(happened, owner, here, monkeypatch):
    monkeypatch.setattr(audit, "PORTION", 2)
    reply = owner.get(f"{here}/history/export")
    assert (reply.status_code, reply.mimetype) == (200, "application/jsonl")
    lines = [json.loads(line) for line in reply.get_data(as_text=True).splitlines()]
    assert lines == owner.get(f"{here}/history?limit=200").json["history"]
    assert len(lines) > 4


def test_it_is_sent_as_csv_with_formulas_made_harmless(happened, owner, here):
    reply = owner.get(f"{here}/history/export?format=csv&kind=team.created&person=admin@northwind.example.com")
    assert reply.content_type == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(reply.get_data(as_text=True)))
    assert tuple(row) == audit.COLUMNS
    assert (row["kind"], row["actor"]) == ("team.created", "admin@northwind.example.com")
    assert "=1+1" in row["details"]
    assert not row["details"].startswith("=")


def test_the_filters_narrow_both_alike(happened, owner, here):
    for filters in (
        "kind=team",
        "since=2999-01-01T00:00:00Z",
        "until=1999-01-01T00:00:00Z",
        "person=nobody@example.com",
    ):
        listed = owner.get(f"{here}/history?{filters}").json["history"]
        lines = owner.get(f"{here}/history/export?{filters}").get_data(as_text=True).splitlines()
        assert [json.loads(line)["id"] for line in lines] == [entry["id"] for entry in listed], filters


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", ["history", "history/export", "history/export?format=csv"])
def test_attack_4_the_history_is_for_owners_and_admins(happened, script, here, role, path):
    reply = script(role).get(f"{here}/{path}")
    if role in ("owner", "admin"):
        assert reply.status_code == 200
    else:
        problem(reply, 403, "not_allowed")


def test_what_is_no_format_is_refused(owner, here):
    problem(owner.get(f"{here}/history/export?format=xls"), 400, "invalid_query")
