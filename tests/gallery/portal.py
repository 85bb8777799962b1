"""A running portal to be looked at: one that works, one whose limits are used up, and one that is broken."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
from flask import Flask

from tests.conftest import KEY, ended, migrated, started
from tests.processes import WEB, free_port, wait_for
from tests.provision import ROOT

PROVIDERS = {
    "example": {
        "name": "Example ID",
        "issuer": "https://id.example.com",
        "client_id": "usher",
        "client_secret": "not a secret",
    }
}


@dataclass(frozen=True)
class Site:
    """Where the portal answers, and its application. ``strict`` limits everybody; ``broken`` has no tables."""

    url: str
    strict: str
    broken: str
    app: Flask


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """The three of them, each a process on a free port."""
    whole, empty = folder / "whole", folder / "empty"
    for instance in (whole, empty):
        instance.mkdir()
    ports = [free_port() for _ in range(3)]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    app = migrated(started(whole, PUBLIC_URL=urls[0], SIGN_UP="open", PROVIDERS=PROVIDERS))
    with ExitStack() as stack:
        stack.callback(ended, app)
        stack.enter_context(_serving(ports[0], whole, RATELIMIT_ENABLED="0"))
        stack.enter_context(_serving(ports[1], whole, RATELIMIT_ENABLED="1"))
        stack.enter_context(_serving(ports[2], empty, RATELIMIT_ENABLED="0"))
        for url in urls:
            wait_for(f"{url}/healthz")
        yield Site(urls[0], urls[1], urls[2], app)


@contextmanager
def _serving(port: int, instance: Path, **settings: str) -> Iterator[None]:
    said = {
        "SECRET_KEY": KEY, "PUBLIC_URL": f"http://127.0.0.1:{port}", "INSTANCE_PATH": str(instance), "SIGN_UP": "open",
        "MAIL_CAPTURE": "1", "LOG_LEVEL": "ERROR", "PROVIDERS": orjson.dumps(PROVIDERS).decode(),
    }  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    web = subprocess.Popen(
        [sys.executable, "-m", "granian", "--port", str(port), *WEB, "app:app"], cwd=ROOT, start_new_session=True,
        env=kept | {f"PORTAL_{name}": value for name, value in (said | settings).items()},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,  # the broken one says a great deal
    )  # fmt: skip
    try:
        yield
    finally:
        os.killpg(web.pid, signal.SIGTERM)
        web.wait(20)
