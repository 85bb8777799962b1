"""The portal beside better-auth: the same requests to both, one process each, in rounds that alternate."""

from collections.abc import Callable

from . import load, processor
from .contenders import BetterAuth, Contender, Portal, running
from .databases import POSTGRESQL, SQLITE, Databases
from .told import Figures, Table

PEOPLE = 40  # who accept, a round


def measure(databases: Databases, figures: Figures, quick: bool) -> None:
    """Every row of the comparison, on both databases."""
    for kind in (SQLITE, POSTGRESQL):
        portal = Portal(databases.make(kind, "usher"), databases.folder / "instance")
        other = BetterAuth(databases.make(kind, "better-auth"))
        with running(portal, other):
            _Comparison(portal, other, kind, figures, quick, databases).go()


class _Comparison:
    """One pair of servers on one kind of database."""

    def __init__(
        self, portal: Portal, other: BetterAuth, kind: str, figures: Figures, quick: bool, databases: Databases
    ) -> None:
        self.portal, self.other, self.kind, self.figures, self.databases = portal, other, kind, figures, databases
        self.rounds, self.seconds = (1, 1.0) if quick else (3, 2.0)
        self.quick = quick

    def go(self) -> None:
        """Each row in turn."""
        self._warm()
        table = Table(f"{self.kind}: a second, one process each", ("Usher", "better-auth", "times", "to reach"))
        for connections in (1, 16, 64):
            self._rates(table, f"session check, {connections}", connections, lambda c: c.session_check(), 5)
        for connections in (1, 16, 64):
            self._rates(table, f"invite, {connections}", connections, lambda c: c.invitation(c.organization()), 6)
        for number in (50, 1000):
            self._bulk(table, number)
        self._accept(table)
        self.figures.keep("comparison", self.kind, table)
        lists = Table(f"{self.kind}: a list of 1,000, milliseconds", ("Usher", "better-auth", "times", "to reach"))
        self._lists(lists)
        self.figures.keep("comparison", f"{self.kind}, lists", lists)

    def _warm(self) -> None:
        for contender in (self.portal, self.other):
            load.repeat(contender.port, contender.session_check(), 1, 1)
            load.repeat(contender.port, contender.invitation(contender.organization()), 4, 1)

    def _rates(
        self, table: Table, name: str, connections: int, work: Callable[[Contender], load.Asked], to_reach: float
    ) -> None:
        loads: dict[str, list[load.Load]] = {self.portal.name: [], self.other.name: []}
        spent: list[list[float]] = [[], []]
        for _ in range(self.rounds):
            for place, contender in enumerate((self.portal, self.other)):
                asked, began = work(contender), self._spent(contender)
                done = load.repeat(contender.port, asked, connections, self.seconds)
                _good(contender.name, name, done)
                loads[contender.name].append(done)
                spent[place].append((self._spent(contender) - began) / (done.rate * done.seconds) * 1000)
        table.compare(f"{name}: processor, ms", *spent, to_reach, less_is_better=True)
        rates = [[each.rate for each in loads[c.name]] for c in (self.portal, self.other)]
        table.compare(name, *rates, to_reach)
        if connections == 64 and to_reach == 6:
            late = [[each.p99 for each in loads[c.name]] for c in (self.portal, self.other)]
            table.compare(f"{name}: p99, ms", *late, 5, less_is_better=True)

    def _spent(self, contender: Contender) -> float:
        """Seconds of processor so far: the server's, and that of PostgreSQL's processes for it."""
        serving = self.databases.serving(contender.uri)
        own = processor.with_children(contender.process.pid)
        return own + sum(processor.seconds(pid) for pid in serving)

    def _bulk(self, table: Table, number: int) -> None:
        """Invitations a second when that many are invited: in one call here, one by one at 16 connections there."""
        mine, theirs = [], []
        for _ in range(self.rounds):
            calls = iter(
                [self.portal.bulk(self.portal.organization(), number) for _ in range(20 if number < 100 else 5)]
            )
            done = load.run(self.portal.port, calls, 1)
            _good("Usher", "bulk", done)
            mine.append(done.rate * number)
            requests = self.other.invitation(self.other.organization()).sent(self.other.port)
            few = iter([next(requests) for _ in range(number)])
            done = load.run(self.other.port, few, 16)
            _good("better-auth", "bulk", done)
            theirs.append(done.rate)
        table.compare(f"invite {number:,} in bulk", mine, theirs, 60)

    def _accept(self, table: Table) -> None:
        taken: list[list[float]] = [[], []]
        for _ in range(self.rounds):
            for place, contender in enumerate((self.portal, self.other)):
                requests = contender.acceptances(contender.organization(), 10 if self.quick else PEOPLE)
                done = load.run(contender.port, requests, 1)
                _good(contender.name, "accept", done)
                taken[place].append(done.median)
        table.compare("accept, ms", *taken, 4, less_is_better=True)

    def _lists(self, table: Table) -> None:
        """All of a list of 1,000: as better-auth answers, in one piece, and the portal's own page of 50."""
        contenders: tuple[Contender, ...] = (self.portal, self.other)
        where = []
        for contender in contenders:
            organization = contender.organization()
            requests = contender.invitation(organization).sent(contender.port)
            if isinstance(contender, Portal):
                requests = iter([contender.bulk(organization, 1000)])
            done = load.run(contender.port, (r for _, r in zip(range(1000), requests, strict=False)), 16)
            _good(contender.name, "filling", done)
            where.append(organization)
        wanted = [c.list_all(organization) for c, organization in zip(contenders, where, strict=True)]
        taken: list[list[float]] = [[], [], []]
        for _ in range(self.rounds):
            for place, (contender, asked) in enumerate(
                [(self.portal, wanted[0]), (self.other, wanted[1]), (self.portal, self.portal.page(where[0]))]
            ):
                done = load.run(contender.port, iter([asked] * 30), 1)
                _good(contender.name, "list", done)
                taken[place].append(done.median)
        table.compare("all 1,000, as better-auth lists", taken[0], taken[1], None, less_is_better=True)
        table.compare("a page of 50 of them", taken[2], taken[1], None, less_is_better=True)


def _good(name: str, what: str, done: load.Load) -> None:
    """A figure of refusals would be none."""
    if done.failed or not done.rate:
        raise SystemExit(f"{name}, {what}: {len(done.failed)} failed, {len(done.taken)} did not: {done.failed[:1]}")
