"""The history's page and files."""

import csv
import io

import orjson
import pytest

from portal import places

pytestmark = pytest.mark.sqlite


def test_the_page_names_who_did_what_and_keeps_its_filters(world, at):
    places.create(world.session, world["admin"], world.id, "team", "=HYPERLINK()", world.now)
    page = at("owner").open("/o/northwind/history?kind=team&person=admin@northwind.example.com&since=2020-01-01")
    assert world.email("admin") in page.text
    assert "=HYPERLINK()" in page.text
    assert "Nothing found" in at("owner").open("/o/northwind/history?until=2020-01-01&kind=site").text
    assert at("owner").open("/o/northwind/history?since=x&until=9999-12-31").status == 200


def test_the_files_hold_what_the_filters_leave_and_no_formula(world, at):
    places.create(world.session, world["admin"], world.id, "team", "Newest", world.now)
    client = at("owner").client
    written = client.get("/o/northwind/history/export.csv?kind=team.created&person=admin@northwind.example.com")
    assert written.headers["Content-Disposition"] == 'attachment; filename="northwind-history.csv"'
    [row] = csv.DictReader(io.StringIO(written.text))
    assert (row["kind"], row["actor"]) == ("team.created", world.email("admin"))
    lines = client.get("/o/northwind/history/export.jsonl?kind=team").text.splitlines()
    assert orjson.loads(lines[0])["details"] == {"name": "Newest"}
    assert len(lines) == 3


@pytest.mark.parametrize("path", ["", "/export.csv", "/export.jsonl"])
def test_attack_26_nobody_else_reads_it_and_nobody_writes_it(world, at, another, path):
    for who, status in (("admin", 200), ("manager", 403), ("member", 403), (another["owner"].user_id, 404)):
        assert at(who).client.get(f"/o/northwind/history{path}").status_code == status
    assert at("owner").client.post(f"/o/northwind/history{path}").status_code in (404, 405)
