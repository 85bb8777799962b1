"""The portal's web server as a process, on a free port."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from .provision import ROOT

WEB = ("--interface", "wsgi", "--no-ws", "--workers", "1", "--blocking-threads", "1", "--log-level", "critical")


def free_port() -> int:
    """A port of this machine that nothing listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def served(port: int, environment: dict[str, str]) -> Iterator[None]:
    """The web server while it answers at that port."""
    command = [sys.executable, "-m", "granian", "--port", str(port), *WEB, "app:app"]
    web = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz")
        yield
    finally:
        os.killpg(web.pid, signal.SIGTERM)
        web.wait(20)


def wait_for(url: str, log: Path | None = None) -> None:
    """Returns once it answers. Raises TimeoutError with what the log says, if there is one."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(log.read_text() if log else url)
