"""What the books say is there: files, settings, tests; and what `deploy/` holds is taken by the programs it is for."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from portal import catalogs
from portal.config import Settings

from .mutate.guards import GUARDS

ROOT = Path(__file__).parent.parent
BOOKS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
UNITS = sorted((ROOT / "deploy").glob("*.service"))
named = {"ids": lambda path: path.name}


@pytest.mark.parametrize("book", BOOKS, **named)
def test_what_a_book_links_to_or_names_is_there(book):
    text = book.read_text()
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#([^)]+))?\)", text)
    for target, anchor in links:
        there = (book.parent / target).resolve()
        assert there.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", there.read_text(), re.M)
            assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    for path in re.findall(r"`((?:portal|tests|deploy|templates|docs)/[\w/.-]+)`", text):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("book", [*BOOKS, ROOT / "deploy" / "usher.env", ROOT / "deploy" / "compose.yaml"], **named)
def test_every_setting_that_is_named_is_one(book):
    known = {f"PORTAL_{name}" for name in Settings.model_fields}
    assert set(re.findall(r"\bPORTAL_[A-Z_]+[A-Z]\b", book.read_text())) <= known


@pytest.mark.parametrize("book", BOOKS, **named)
def test_every_make_target_that_is_named_is_one(book):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"`make ([a-z]+)", book.read_text())) <= targets


def test_the_book_of_security_lists_every_attack_with_tests_that_carry_its_number():
    rows = re.findall(r"^\| (\d+) \|.*`(tests/[^`]+)` \|$", (ROOT / "docs/security.md").read_text(), re.M)
    for number, file in rows:
        assert re.search(rf"def test_attack_(\d+_and_)?0?{number}_", (ROOT / file).read_text()), (number, file)
    assert {guard.attack for guard in GUARDS} <= {int(number) for number, _ in rows}


def test_systemd_takes_the_units(tmp_path):
    if (systemd := shutil.which("systemd-analyze")) is None:
        pytest.skip("systemd-analyze is not here")
    programs = tmp_path / "bin"
    programs.mkdir()
    for unit in UNITS:
        text = unit.read_text()
        for program in re.findall(r"/opt/usher/\.venv/bin/(\w+)", text):
            (programs / program).write_text("#!/bin/sh\n")
            (programs / program).chmod(0o755)
        (tmp_path / unit.name).write_text(text.replace("/opt/usher/.venv/bin", str(programs)))
    units = [str(tmp_path / unit.name) for unit in UNITS]
    checked = subprocess.run([systemd, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    complaints = [line for line in checked.stderr.splitlines() if "usher" in line]
    assert (complaints, len(units)) == ([], 4), checked.stderr


def test_what_the_owners_book_calls_by_name_is_called_so_on_the_pages():
    named = set(re.findall(r"\*\*([^*]+)\*\*", (ROOT / "docs/owners.md").read_text()))
    said = {str(message.id) for message in catalogs.said() if message.id}
    assert {" ".join(name.split()) for name in named} - said == {"bold"}
