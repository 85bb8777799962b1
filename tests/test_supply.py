"""The audit of what is installed, against an index of the test's own; the bill of materials, against its schema."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from .provision import ROOT
from .supply.audit import audit
from .supply.locked import Locked, packages, scripts
from .supply.sbom import bill

FAULT = {
    "id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "details": "It lets anyone in.\nMore.", "fixed_in": ["2.0"],
    "link": "https://osv.dev/vulnerability/PYSEC-2026-1", "summary": None, "withdrawn": None,
}  # fmt: skip
GOOD, BAD, MENDED, ABSENT = (Locked(name, "1.0") for name in ("good", "bad", "mended", "absent"))
SAID = {
    "good": b'{"vulnerabilities": []}', "bad": json.dumps({"vulnerabilities": [FAULT]}).encode(),
    "mended": json.dumps({"vulnerabilities": [FAULT | {"withdrawn": "2026-02-01T00:00:00Z"}]}).encode(),
    "other": b"<html>", "silent": b"{}",
}  # fmt: skip


@pytest.fixture(scope="module")
def index() -> Iterator[str]:
    """A package index that knows a few packages."""

    class Index(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.split("/")[2]
            assert self.path == f"/pypi/{name}/1.0/json"
            self.send_response(200 if name in SAID else 404)
            self.end_headers()
            self.wfile.write(SAID.get(name, b""))

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_nothing_known_is_0(index, capsys):
    assert audit(index, [GOOD, MENDED]) == 0
    assert capsys.readouterr().out == f"2 packages, 2 answered for by {index}: 0 with known faults.\n"


def test_something_known_is_1_and_told_with_what_mends_it(index, capsys):
    assert audit(index, [GOOD, BAD, ABSENT]) == 1
    assert capsys.readouterr().out.startswith(
        "bad 1.0: PYSEC-2026-1, CVE-2026-1. It lets anyone in. Mended in: 2.0. https://osv.dev/"
    )


@pytest.mark.parametrize(("name", "reason"), [("absent", "HTTP 404"), ("other", "Expecting value"), ("silent", "vuln")])
def test_an_index_that_does_not_answer_is_2_never_0(index, capsys, name, reason):
    assert audit(index, [GOOD, Locked(name, "1.0")]) == 2
    told = capsys.readouterr().out
    assert "2 packages, 1 answered for" in told
    assert reason in told
    assert told.endswith(f": {name}\n")


def test_an_index_that_cannot_be_reached_is_2(capsys):
    assert audit("http://127.0.0.1:1", [GOOD]) == 2
    assert "NOT KNOWN for 1, since the index did not answer" in capsys.readouterr().out


def test_every_locked_package_is_asked_about():
    files = sorted(ROOT.glob("requirements*.txt"))
    assert len(files) >= 2
    for file in files:
        lines = [line for line in file.read_text().splitlines() if "==" in line and line[0].isalnum()]
        found = packages(file)
        assert [f"{each.name}=={each.version}" for each in found] == [line.split()[0].rstrip(";") for line in lines]
        assert all(each.hashes for each in found)


def test_the_bill_names_every_package_and_script_with_its_licence_and_is_valid():
    written = bill(ROOT)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(written) is None
    said = json.loads(written)
    names = {each["name"] for each in said["components"]}
    assert names == {each.name for each in packages(ROOT / "requirements.txt")} | {"chart.js", "htmx.org"}
    here = [each for each in said["components"] if each["name"] in ("flask", "sqlalchemy", "chart.js")]
    assert all(each["licenses"] and each["externalReferences"][0]["hashes"] for each in here)
    needs = {each["ref"]: each.get("dependsOn", []) for each in said["dependencies"]}
    (flask,) = (ref for ref in needs if ref.startswith("pkg:pypi/flask@"))
    assert any(ref.startswith("pkg:pypi/werkzeug@") for ref in needs[flask])


def test_every_vendored_script_is_in_the_bill_with_its_licence_beside_it():
    folders = {folder.name for folder in (ROOT / "static" / "vendor").iterdir()}
    assert folders == {path.parent.name for _, _, path in scripts(ROOT / "static" / "vendor").values()}
    assert all((ROOT / "static" / "vendor" / folder / "LICENSE").exists() for folder in folders)
