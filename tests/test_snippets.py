"""The commands and snippets of the books, run in their order against a portal as `make run` has it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from portal import clock, demo
from portal.extensions import db
from tests.conftest import KEY, ended, migrated, started

from .processes import free_port, served
from .provision import ROOT

BOOKS = ("README.md", "docs/api.md", "docs/operators.md")
LANGUAGES = ("sh", "python")

# Blocks that are not run here, by the first line of each: where else, or why not.
ELSEWHERE = {
    "make run     # http://127.0.0.1:8000, with a demo organization; prints how to sign in": "tests/test_run.py",
    "make run PORT=8001": "tests/test_run.py",
    "pip install --require-hashes -r requirements.txt": "portal/launch/install.sh",
    "# 1. a pipe, as in Postfix' /etc/aliases:   bounces: \"|/srv/usher/.venv/bin/flask --app /srv/usher/app.py mail "
    'bounce"': "tests/commands/test_operating.py",
    "openssl genrsa -out dkim.pem 2048": "tests/mail",
}


@dataclass(frozen=True)
class Block:
    """A block of a book that can be run."""

    language: str
    text: str

    @property
    def first(self) -> str:
        return self.text.partition("\n")[0]


@dataclass(frozen=True)
class Place:
    """Where the snippets run: a portal that answers, and the environment of its operator."""

    folder: Path
    url: str
    environment: dict[str, str]


def blocks(book: str) -> list[Block]:
    found = re.findall(r"^```(\w+)\n(.*?)^```", (ROOT / book).read_text(), re.M | re.S)
    return [Block(language, text) for language, text in found if language in LANGUAGES]


def script(book: str, place: Place) -> str:
    """All that is run of a book, as one shell script: what a block sets, the next ones have."""
    chosen = [block for block in blocks(book) if block.first not in ELSEWHERE]
    python = "".join(block.text for block in chosen if block.language == "python")
    last = next((block for block in reversed(chosen) if block.language == "python"), None)
    parts = [
        block.text if block.language == "sh" else f"{sys.executable} - <<'END'\n{python}END\n" if block is last else ""
        for block in chosen
    ]
    text = "set -euo pipefail\n" + "".join(parts)
    for said, meant in (
        ("http://127.0.0.1:8000", place.url), (".venv/bin/flask", "flask"), ("/var/backups", str(place.folder)),
        ("ann@example.com", "jonas@example.org") if book == "docs/operators.md" else ("", ""),
    ):  # fmt: skip
        text = text.replace(said, meant) if said else text
    return text


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A portal with the demo organization, and its web server."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    app = migrated(started(tmp_path, PUBLIC_URL=url))
    with app.app_context():
        demo.fill(db.session(), clock.now() - timedelta(minutes=1), demo.sign_in_file(tmp_path))
        db.session.remove()
    email, password = demo.sign_in_file(tmp_path).read_text().split()
    environment = {name: said for name, said in os.environ.items() if not name.startswith("PORTAL_")} | {
        "PORTAL_SECRET_KEY": KEY, "PORTAL_PUBLIC_URL": url, "PORTAL_INSTANCE_PATH": str(tmp_path),
        "PORTAL_MAIL_CAPTURE": "1", "PORTAL_LOG_LEVEL": "WARNING", "FLASK_APP": str(ROOT / "app.py"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "EMAIL": email, "PASSWORD": password,
    }  # fmt: skip
    with served(port, environment):
        yield Place(tmp_path, url, environment)
    ended(app)


@pytest.mark.parametrize("book", BOOKS)
def test_the_snippets_of_a_book_run_as_they_stand(book, place):
    if shutil.which("curl") is None:
        pytest.skip("curl is not here")
    ran = subprocess.run(
        ["bash", "-c", script(book, place)], cwd=place.folder, env=place.environment, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, (ran.stdout[-1500:], ran.stderr[-1500:])


def test_every_block_that_is_left_out_is_there_and_run_elsewhere():
    firsts = {block.first for book in BOOKS for block in blocks(book)}
    assert set(ELSEWHERE) <= firsts
    assert all((ROOT / where).exists() for where in ELSEWHERE.values())
