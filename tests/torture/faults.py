"""What the portal stands on fails while people work: the database, Redis, the disk; and it comes back by itself."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import psycopg

from tests.scale.crowd import Crowd
from tests.scale.nodes import Redis, until

from .machine import Machine, happened, machine

DISK = "48m"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints what came of each; exit status 1 if anything was lost, unclear, or did not come back."""
    bad = []
    with machine("faults", "PostgreSQL") as site:
        for what, does in (("stopped and started five times", stop), ("without a connection left for 5 s", crowd_out)):
            bad.append(happened(site, f"PostgreSQL, {what}", site.ports, partial(does, site)))
    with machine("faults", "SQLite") as site:
        bad.append(happened(site, "SQLite, locked for ten seconds", site.ports, partial(lock, site)))
    with small_disk() as disk:
        if disk is None:
            print("No small disk could be made here (it takes root): a full disk was not tried.")
        else:
            with machine("disk", "SQLite", within=disk) as site:
                bad.append(happened(site, "SQLite, disk full for 5 s", site.ports, partial(fill, disk)))
    return int(any([*bad, redis()]))


def redis() -> bool:
    folder = Path(tempfile.mkdtemp(prefix="usher-redis-"))
    counting = Redis(folder)
    with machine("redis", "SQLite", RATELIMIT_STORAGE_URI=counting.url) as site:
        what = "Redis, wiped five times, killed, and hanging for 5 s"
        bad = happened(site, what, site.ports, partial(harm, counting))
    counting.kill()
    shutil.rmtree(folder, ignore_errors=True)
    return bad


def stop(site: Machine, _: Crowd) -> None:
    assert site.postgres is not None
    for _round in range(5):
        site.postgres.kill()
        site.post.kills += 1
        time.sleep(1)
        site.postgres.start()
        time.sleep(2)


def crowd_out(site: Machine, _: Crowd) -> None:
    """Somebody else ends the portal's connections and takes all that are free, again and again."""
    assert site.postgres is not None
    end = time.monotonic() + 5
    with contextlib.ExitStack() as held:
        uri = site.postgres.server.get_uri()
        one = held.enter_context(psycopg.connect(uri, autocommit=True))
        while time.monotonic() < end:
            one.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'faults'")
            with contextlib.suppress(psycopg.OperationalError):  # there are no more
                while True:
                    held.enter_context(psycopg.connect(uri))
            time.sleep(0.2)


def lock(site: Machine, _: Crowd) -> None:
    """Somebody else holds the write lock, as a careless backup might."""
    holding = sqlite3.connect(site.folder / "portal.db", isolation_level=None, timeout=30)
    holding.execute("BEGIN IMMEDIATE")
    time.sleep(10)
    holding.close()


@contextlib.contextmanager
def small_disk() -> Iterator[Path | None]:
    """A disk of its own in memory; None where none can be made."""
    folder = Path(tempfile.mkdtemp(prefix="usher-disk-"))
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    try:
        yield folder if made.returncode == 0 else None
    finally:
        if made.returncode == 0:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


def fill(disk: Path, _: Crowd) -> None:
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as opened:
        while opened.write(b"\0" * 4096):
            pass
    time.sleep(5)
    ballast.unlink()


def harm(counting: Redis, _: Crowd) -> None:
    for _round in range(5):
        counting.wipe()
        time.sleep(0.5)
    counting.kill()
    time.sleep(3)
    counting.start()
    until(counting.answers)
    os.kill(counting.process.pid, signal.SIGSTOP)
    time.sleep(5)
    os.kill(counting.process.pid, signal.SIGCONT)


if __name__ == "__main__":
    sys.exit(main())
