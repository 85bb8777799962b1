"""Lists of 100,000 rows: how long and in how much memory, and with their worker killed again and again."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from flask import Flask

from portal import clock
from portal.extensions import db
from tests.conftest import ended, migrated, started
from tests.faults.killed_imports import Outcome, carried_out, listed
from tests.mail.kills import ROOT, databases, environment
from tests.world import build

MORE = 64  # MiB that ten times the rows may take on top


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints what came of it; exit status 1 if a row was lost or doubled, or if memory grows with the list."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.imports", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=20)
    asked = parser.parse_args(arguments)
    bad = False
    for name, place in databases():
        few, many = (measured(name, place(), rows) for rows in (asked.rows // 10, asked.rows))
        bad |= few is None or many is None or many > few + MORE
        app = portal(place())
        said = carried_out(app, asked.rows, asked.kills, 600)
        gone(app)
        print(
            f"{name}: {asked.rows} rows, {said.kills} kills, {said.seconds:.0f} s: "
            f"{asked.rows - said.invited} missing, "
            f"{said.invitations - said.invited} invited twice, {said.mails - said.invited} mailed twice",
            flush=True,
        )
        bad |= not whole(said, asked.rows)
    return int(bad)


def portal(address: str) -> Flask:
    """An empty portal."""
    folder = Path(tempfile.mkdtemp(prefix="usher-imports-"))
    return migrated(started(folder, SQLALCHEMY_DATABASE_URI=address))


def gone(app: Flask) -> None:
    """Its end."""
    ended(app)
    shutil.rmtree(app.config["INSTANCE_PATH"])


def whole(said: Outcome, rows: int) -> bool:
    """Whether everything happened, once."""
    return (said.invited, said.invitations, said.mails, said.events) == (rows,) * 4 and said.finished == 1


def measured(name: str, address: str, rows: int) -> int | None:
    """The most memory that ``flask import`` held with so many rows, in MiB; None where it failed."""
    app = portal(address)
    with app.app_context():
        world = build(db.session(), clock.now())
        slug, owner = world.slug, world.email("owner")
        db.session.remove()
    file = Path(app.config["INSTANCE_PATH"]) / "people.csv"
    file.write_text(listed(rows))
    command = [sys.executable, "-m", "flask", "--app", "app", "import", slug, str(file), "--as", owner]
    began = time.monotonic()
    child = subprocess.Popen(command, cwd=ROOT, env=environment(app, 25, MAIL_SERVER=""), stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    gone(app)
    peak = used.ru_maxrss // 1024 if sys.platform == "linux" else used.ru_maxrss // 1024 // 1024
    print(
        f"{name}: {rows} rows in {time.monotonic() - began:.1f} s, {used.ru_utime + used.ru_stime:.1f} s of processor, "
        f"{peak} MiB at most, exit status {child.returncode}",
        flush=True,
    )
    return peak if child.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(main())
