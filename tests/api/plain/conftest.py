"""The portal as it runs: a server process, and people of a world of their own for each test."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from flask import Flask

from portal import clock
from portal.extensions import db
from tests.conftest import KEY, ended, started
from tests.world import World, build

ROOT = Path(__file__).resolve().parents[3]
NUMBERS = count(1)


@dataclass
class Served:
    """A portal that listens, and the same one in this process, over the same database."""

    url: str
    port: int
    app: Flask


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/manage/api/invitations/verify", timeout=5):
            return True
    except urllib.error.HTTPError as refused:
        refused.close()
        return True
    except OSError:
        return False


@pytest.fixture(scope="session")
def served(sqlite_portal: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The portal under the server that it ships with."""
    instance = tmp_path_factory.mktemp("served")
    with sqlite_portal.app_context():
        db.engine.dispose()
    shutil.copy(Path(sqlite_portal.config["INSTANCE_PATH"]) / "portal.db", instance / "portal.db")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")} | {
        "PORTAL_SECRET_KEY": KEY, "PORTAL_PUBLIC_URL": url, "PORTAL_INSTANCE_PATH": str(instance),
        "PORTAL_LOG_LEVEL": "ERROR",
    }  # fmt: skip
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen([*command, "--log-level", "critical", "app:app"], cwd=ROOT, env=environment)
    app = started(instance, PUBLIC_URL=url)
    try:
        deadline = time.monotonic() + 60
        while not _answers(url):
            assert process.poll() is None, "the server has ended"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)
        yield Served(url, port, app)
    finally:
        process.terminate()
        process.wait(20)
        ended(app)


@pytest.fixture
def there(served: Served) -> Iterator[World]:
    """An organization of its own in the portal that listens."""
    with served.app.app_context():
        yield build(db.session(), clock.now(), f"Plain{next(NUMBERS)}")
        db.session.remove()
