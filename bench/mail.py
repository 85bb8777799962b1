"""The outbox into a mail server on this machine, beside bare smtplib with the same bytes.

The worker runs as ``flask worker`` with the settings as they come. It and smtplib take turns, so that a busy machine
slows both. Seconds count from the first mail that the server took to the last, since nobody starts a worker for each.
"""

import itertools
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import orjson

from portal import clock, invitations
from portal.invitations import Invitee, Offer

from . import processor
from .contenders import ROOT, Portal
from .databases import POSTGRESQL, SQLITE, Databases
from .sink import HOST
from .told import Figures, Table

A_SECOND, OF_SMTPLIB = 500, 0.8  # what one worker is to reach: one or the other
QUEUED, QUEUE_SECONDS = 10_000, 1.5
IDLE_PERCENT, LEAVES_WITHIN = 1.0, 1.0
MAILS, DOMAINS = 1_500, 8
PATIENCE = 120.0  # seconds for one round


def measure(databases: Databases, figures: Figures, quick: bool) -> None:
    """Handing over on both databases; queueing, idling and the first mail on SQLite."""
    mails, rounds = (200, 1) if quick else (MAILS, 3)
    with sink() as server:
        for kind in (SQLITE, POSTGRESQL):
            office = Office(databases, kind, server)
            table = Table(f"{kind}: mails", ("measured",))
            print(f"  {kind}")
            if kind == SQLITE:
                _waiting(table, office, 3 if quick else 20)  # before there is anything that a sweep has to do
            _rates(table, office, mails, rounds)
            if kind == SQLITE:
                _queueing(table, office, rounds)
            figures.keep("mail", kind, table)


class Sink:
    """The server that takes the mails, in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.port = int(self._line())

    def ask(self, word: str = "") -> Any:
        """What it has taken; ``begin`` forgets it."""
        assert self.process.stdin
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        return orjson.loads(self._line())

    def wait(self, count: int) -> Any:
        """What it has taken once that is as many. Raises SystemExit when it takes too long."""
        end = time.monotonic() + PATIENCE
        while (said := self.ask())["count"] < count:
            if time.monotonic() > end:
                raise SystemExit(f"only {said['count']} of {count} mails came in {PATIENCE:.0f} seconds")
            time.sleep(0.005)
        return said

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()


@contextmanager
def sink() -> Iterator[Sink]:
    """A server that takes mails while it is needed."""
    command = [sys.executable, "-m", "bench.sink"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603
        try:
            yield Sink(process)
        finally:
            process.terminate()


class Office:
    """A portal whose mail goes to the sink, and its worker."""

    def __init__(self, databases: Databases, kind: str, server: Sink) -> None:
        mail = {"MAIL_SERVER": HOST, "MAIL_PORT": str(server.port)}
        self.server, self.folder = server, databases.folder / f"mail-{kind}"
        self.portal = Portal(databases.make(kind, "mail"), self.folder, **mail)
        self.numbers = itertools.count(1)
        self.organization = UUID(self.portal.organization())

    def invite(self, many: int) -> float:
        """Invites as many, which queues their mails. Returns how many seconds that took."""
        names = [f"person{number}@d{number % DOMAINS}.example.com" for number in itertools.islice(self.numbers, many)]
        with self.portal.app.app_context():
            began = time.perf_counter()
            invitees = [Invitee(name, Offer("member")) for name in names]
            invitations.invite(self.portal.session(), self.portal.actor, self.organization, invitees, clock.now())
            return time.perf_counter() - began

    @contextmanager
    def worker(self) -> Iterator[int]:
        """A worker, as its process id."""
        command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
        with subprocess.Popen(command, cwd=ROOT, env=self.portal.environment()) as process:  # noqa: S603
            try:
                yield process.pid
            finally:
                process.terminate()


def _rates(table: Table, office: Office, mails: int, rounds: int) -> None:
    worker, bare, spent = [], [], []
    for _ in range(rounds):
        office.invite(mails)
        office.server.ask("begin")
        with office.worker() as pid:
            said = office.server.wait(1)
            before, already = processor.seconds(pid), said["count"]
            said = office.server.wait(mails)
            spent.append((processor.seconds(pid) - before) / (mails - already) * 1000)
        worker.append((mails - 1) / (said["last"] - said["first"]))
        bare.append(_by_smtplib(office.server, mails, said["newest"].encode()))
    ratios = [mine / theirs for mine, theirs in zip(worker, bare, strict=True)]
    reached = sorted(ratios)[len(ratios) // 2] >= OF_SMTPLIB
    table.figure("handed over a second by one worker", worker, least=None if reached else A_SECOND)
    table.figure("handed over a second by bare smtplib", bare)
    table.figure("the worker, as a part of smtplib", ratios)
    table.figure("one mail in the worker, ms of processor", spent)


def _by_smtplib(server: Sink, mails: int, content: bytes) -> float:
    """Mails a second over one connection, with nothing else done."""
    server.ask("begin")
    with smtplib.SMTP(HOST, server.port) as host:
        for number in range(mails):
            host.sendmail("invitations@example.com", [f"person{number}@example.com"], content.removesuffix(b".\r\n"))
    said = server.wait(mails)
    return float((mails - 1) / (said["last"] - said["first"]))


def _queueing(table: Table, office: Office, rounds: int) -> None:
    taken = [office.invite(QUEUED) for _ in range(rounds)]
    table.figure(f"queueing {QUEUED:,} invitations with mails, seconds", taken, most=QUEUE_SECONDS)


def _waiting(table: Table, office: Office, tries: int) -> None:
    """An idle worker, and how soon it sends what comes."""
    office.server.ask("begin")
    with office.worker() as pid:
        office.invite(1)
        office.server.wait(1)
        before, began = processor.seconds(pid), time.monotonic()
        time.sleep(tries)
        idle = (processor.seconds(pid) - before) / (time.monotonic() - began) * 100
        waited = []
        for _ in range(tries):
            office.server.ask("begin")
            office.invite(1)
            made = time.monotonic()
            waited.append(office.server.wait(1)["last"] - made)
    table.figure("an idle worker, percent of a processor", [idle], most=IDLE_PERCENT)
    table.figure("a new invitation's mail leaves after, seconds", waited)
    table.figure("the slowest of these", [max(waited)], most=LEAVES_WITHIN)
