"""The portal as processes, web and worker, and a real Chromium that looks at it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright

from portal import clock
from portal.extensions import db
from tests.conftest import KEY, ended, migrated, started
from tests.processes import wait_for
from tests.provision import ROOT, chromium
from tests.world import World, build

THREADS = ("--workers", "1", "--blocking-threads", "1", "--log-level", "critical")
NARROW, WIDE = 375, 1280
NAMES = (f"Harbor{number}" for number in count(1))


@dataclass
class Site:
    """The running portal: where it answers, and its application, to prepare what is looked at."""

    url: str
    app: Flask


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The web server and the mail worker, as an operator runs them, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    instance, url = tmp_path_factory.mktemp("browsed"), f"http://127.0.0.1:{port}"
    app = migrated(started(instance, PUBLIC_URL=url))
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--no-ws", *THREADS, "app:app"]
    worker = [sys.executable, "-m", "flask", "--app", "app", "worker"]
    log = (instance / "log").open("wb")
    running = [
        subprocess.Popen(
            command, cwd=ROOT, env=_environment(instance, url), stdout=log, stderr=log, start_new_session=True
        )
        for command in (web, worker)
    ]
    try:
        wait_for(f"{url}/sign-in", instance / "log")
        yield Site(url, app)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            _wait_to_end(process)
        log.close()
        ended(app)


def _wait_to_end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment(instance: Path, url: str) -> dict[str, str]:
    settings = {
        "SECRET_KEY": KEY, "PUBLIC_URL": url, "INSTANCE_PATH": str(instance), "MAIL_CAPTURE": "1",
        "RATELIMIT_ENABLED": "0", "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return kept | {f"PORTAL_{name}": value for name, value in settings.items()}


@pytest.fixture(scope="package")
def chrome() -> Iterator[Browser]:
    """Chromium."""
    expect.set_options(timeout=10_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium()), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def world(site: Site) -> Iterator[World]:
    """An organization of this test's own."""
    with site.app.app_context():
        yield build(db.session(), clock.now(), next(NAMES))
        db.session.remove()


@dataclass
class Watched:
    """What a browser complained about, and whom it asked besides the portal."""

    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


@pytest.fixture
def visitor(site: Site, chrome: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a browser of its own: ``visitor(scripts=False, width=375)``. Nothing may have gone wrong in it."""
    watched, contexts = Watched(), []

    def watch(page: Page) -> None:
        page.on("console", lambda said: watched.complaints.append(said.text) if _is_complaint(said) else None)
        page.on("pageerror", lambda error: watched.complaints.append(str(error)))
        page.on("request", lambda request: watched.elsewhere.append(request.url) if _is_elsewhere(request) else None)

    def _is_complaint(said: Any) -> bool:
        """A page that says 404 on purpose is none; a file that is not there is."""
        meant = said.text.startswith("Failed to load resource") and "/static/" not in said.location["url"]
        return said.type in ("error", "warning") and not meant

    def _is_elsewhere(request: Any) -> bool:
        return urlsplit(request.url).netloc != urlsplit(site.url).netloc and not request.url.startswith("data:")

    def enter(scripts: bool = True, width: int = WIDE) -> Page:
        context = chrome.new_context(
            base_url=site.url, java_script_enabled=scripts, viewport={"width": width, "height": 800},
            permissions=["clipboard-read", "clipboard-write"],
        )  # fmt: skip
        contexts.append(context)
        context.on("page", watch)
        return context.new_page()

    yield enter
    for context in contexts:
        context.close()
    assert watched == Watched()


def open_mail(page: Page, address: str) -> None:
    """Opens the newest captured mail to that address, once the worker has sent it."""
    row = page.get_by_role("row").filter(has_text=f"to {address}").first
    for _ in range(50):
        page.goto("/dev/mail")
        if row.count():
            break
        page.wait_for_timeout(200)
    row.get_by_role("link").click()


def sign_in(page: Page, address: str, password: str) -> None:
    """Signs in through the form."""
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(address)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def is_too_wide(page: Page) -> bool:
    """Whether the page has to be moved sideways to be read."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
