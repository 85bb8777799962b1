"""``flask worker``, killed at random while it carries a list out; another goes on behind it."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import func, select

from portal import clock, imports
from portal.extensions import db
from portal.models import Event, Import, ImportRow, Invitation, Message
from tests.mail.kills import ROOT, environment
from tests.world import World, build


@dataclass
class Outcome:
    """How many of the list were invited, how many invitations, mails and events there are, and how it ended."""

    status: str
    invited: int
    invitations: int
    mails: int
    events: int
    finished: int
    kills: int
    seconds: float


def listed(rows: int) -> str:
    """A list of so many people."""
    return "email,name\n" + "".join(f"p{n}@d{n % 50}.example.com,Person {n}\n" for n in range(rows))


def carried_out(app: Flask, rows: int, kills: int, patience: float = 120) -> Outcome:
    """Starts a list of so many rows, kills its worker that often, and lets the last one finish."""
    with app.app_context():
        world = build(db.session(), clock.now())
        made = imports.plan(db.session(), world["owner"], world.id, listed(rows), clock.now())
        imports.start(db.session(), world["owner"], world.id, made.id, clock.now())
        surroundings = environment(app, 25, MAIL_SERVER="")
        began, worker, killed = time.monotonic(), _start(surroundings), 0
        try:
            for mark in sorted(random.sample(range(1, rows * 3 // 4), kills)):
                _until(lambda mark=mark: _done(made) >= mark, patience)
                time.sleep(random.uniform(0, 0.03))
                killed += made.status == "running"
                worker.kill()
                worker.wait()
                worker = _start(surroundings)
            _until(lambda: _done(made) >= rows and made.status != "running", patience)
        finally:
            worker.terminate()
            worker.wait(20)
        said = _outcome(world, made, killed, time.monotonic() - began)
        world.check_counts()
        db.session.remove()
    return said


def _start(surroundings: dict[str, str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
    return subprocess.Popen(command, cwd=ROOT, env=surroundings)


def _until(done: Callable[[], bool], patience: float) -> None:
    end = time.monotonic() + patience
    while not done() and time.monotonic() < end:
        time.sleep(0.005)


def _done(made: Import) -> int:
    """How far it is, by the database."""
    db.session.rollback()
    db.session.refresh(made)
    return made.done


def _outcome(world: World, made: Import, killed: int, seconds: float) -> Outcome:
    db.session.rollback()

    def count(model: type, *conditions: object) -> int:
        return db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0

    return Outcome(
        made.status,
        count(ImportRow, ImportRow.import_id == made.id, ImportRow.outcome == "invited"),
        count(Invitation, Invitation.organization_id == world.id),
        count(Message, Message.kind == "invitation"),
        count(Event, Event.kind == "invitation.created"),
        count(Event, Event.kind == "import.finished"),
        killed,
        seconds,
    )
