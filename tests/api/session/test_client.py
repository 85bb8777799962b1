"""A real, unmodified better-auth JavaScript client walks through the portal."""

import hashlib
import json
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from portal import accounts, clock, passwords
from portal.extensions import db
from tests.provision import TOOLS, node

HERE = Path(__file__).parent / "client"
PASSWORD = "a long enough phrase"


def npm():
    """The command of the npm that belongs to Node."""
    bundled = node().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    found = shutil.which("npm")
    return [str(node()), str(bundled)] if bundled.is_file() or not found else [found]


@pytest.fixture(scope="module")
def client_folder():
    """The client's packages as locked, installed once for each lock, outside of the repository's own files."""
    lock = (HERE / "package-lock.json").read_bytes()
    folder = TOOLS / f"session-client-{hashlib.sha256(lock).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "walk.mjs"):
        shutil.copy(HERE / name, folder / name)
    if not (folder / "installed").is_file():
        command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        (folder / "installed").touch()
    return folder


@pytest.fixture
def portal(make_app):
    """A portal that listens, with three people whose addresses are proved, each of them in nothing."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = make_app(PUBLIC_URL=f"http://127.0.0.1:{port}")
    with app.app_context():
        for name in ("ines", "new", "no"):
            password_hash = passwords.accepted(PASSWORD)
            accounts.create(db.session(), f"{name}@example.com", name, password_hash, clock.now(), verified=True)
        db.session.remove()
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield app.config["PUBLIC_URL"]
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_unmodified_better_auth_client_does_what_people_do_with_it(client_folder, portal):
    command = [str(node()), "walk.mjs", portal, PASSWORD]
    walked = subprocess.run(command, cwd=client_folder, capture_output=True, text=True, timeout=120)
    assert walked.returncode == 0, walked.stderr
    assert walked.stdout.strip() == "walked"


def test_the_lock_names_no_registry():
    lock = json.loads((HERE / "package-lock.json").read_text())
    assert lock["packages"]["node_modules/better-auth"]["version"].startswith("1.7.")
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
