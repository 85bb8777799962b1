"""What grows: the same work with 1,000, 100,000 and 1,000,000 invitations, in rounds that alternate between them.

Told in milliseconds of processor, the database server's own included, so that a busy disk or neighbour counts little.
"""

import base64
import itertools
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from portal import clock, invitations
from portal.invitations import Invitee, Offer, Wanted

from . import processor
from .contenders import Portal
from .databases import POSTGRESQL, SQLITE, Databases
from .told import Figures, Table

SIZES = (1_000, 100_000, 1_000_000)
QUICK = (1_000, 10_000)
AT_ONCE = 10_000
FLAT = 1.3
PART = 25.0  # milliseconds that looking for a part of an address may take
STATES = ("accepted", "rejected", "canceled", "expired")


def measure(databases: Databases, figures: Figures, quick: bool) -> None:
    """Every row that is to stay flat, on both databases."""
    for kind in (SQLITE, POSTGRESQL):
        grounds = [Ground(databases, kind, size) for size in (QUICK if quick else SIZES)]
        table = Table(f"{kind}: milliseconds of processor", tuple(f"{ground.size:,}" for ground in grounds))
        print(f"  {kind}, with " + ", ".join(table.columns) + " invitations")
        most = 1.0 if kind == SQLITE else 2.0
        for name, work, to_reach in _works(most):
            _row(table, name, grounds, work, to_reach, 2 if quick else 7)
        figures.keep("growth", kind, table)
        for ground in grounds:
            ground.close()


class Ground:
    """A portal whose one organization has many invitations, seven in ten of them pending."""

    def __init__(self, databases: Databases, kind: str, size: int) -> None:
        self.kind, self.size = kind, size
        self.portal = Portal(databases.make(kind, f"grown-{size}"), databases.folder / f"grown-{size}")
        self.organization = UUID(self.portal.organization())
        self.numbers = itertools.count(1)
        self._fill()

    def _fill(self) -> None:
        for begun in range(0, self.size, AT_ONCE):
            with self.portal.app.app_context():
                self.invite(min(AT_ONCE, self.size - begun))
        with self.portal.app.app_context():
            session = self.portal.session()
            for place, state in enumerate(STATES):
                session.execute(text(_ENDED[state]), {"digit": f"%{place}@example.com"})
            counted = "(SELECT count(*) FROM invitations i WHERE i.organization_id = organizations.id AND "
            session.execute(text(f"UPDATE organizations SET pending_count = {counted} i.status = 'pending')"))  # noqa: S608
            session.commit()
            connection = session.connection()
            connection.exec_driver_sql("ANALYZE")
            session.commit()
            invitations.keep_parts(session, clock.now() + timedelta(hours=1))

    def invite(self, many: int) -> None:
        """Invites as many new people."""
        invitees = [Invitee(f"person{next(self.numbers)}@example.com", Offer("member")) for _ in range(many)]
        invitations.invite(self.portal.session(), self.portal.actor, self.organization, invitees, clock.now())

    def page(self, **given: Any) -> Any:
        """A page of 50 of the list."""
        return invitations.page(self.portal.session(), self.portal.actor, self.organization, clock.now(), **given)

    def search(self, sort: str = "newest", **wanted: Any) -> Any:
        """A page of 50 of those that are as wanted."""
        session, now = self.portal.session(), clock.now()
        return invitations.search(session, self.portal.actor, self.organization, Wanted(**wanted), now, sort=sort)

    def deep(self) -> str:
        """The cursor of a page half-way down the list."""
        statement = "SELECT created_at, id FROM invitations ORDER BY created_at, id LIMIT 1 OFFSET :half"
        session = self.portal.session()
        row = session.execute(text(statement), {"half": self.size // 2}).one()
        return _cursor(row)

    def spent(self) -> float:
        """Seconds of processor so far: this process's, and that of the database's servers for it."""
        with self.portal.app.app_context():
            servers = self._servers()
        return time.process_time() + sum(processor.seconds(pid) for pid in servers)

    def _servers(self) -> list[int]:
        if self.kind == SQLITE:
            return []
        session = self.portal.session()
        found = session.scalars(text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()"))
        pids = [int(pid) for pid in found]
        session.rollback()
        return pids

    def close(self) -> None:
        """Lets its connections go."""
        with self.portal.app.app_context():
            self.portal.session().get_bind().dispose()


_ENDED = {
    state: f"UPDATE invitations SET status = '{state}', ended_at = created_at"  # noqa: S608
    + (", accepted_by = inviter_id" if state == "accepted" else "")
    + " WHERE email LIKE :digit"
    for state in STATES
}


def _cursor(row: Any) -> str:
    moment = row.created_at if isinstance(row.created_at, str) else clock.rfc3339(row.created_at)
    key = row.id if isinstance(row.id, str) else row.id.hex
    return base64.urlsafe_b64encode(orjson.dumps(["o", moment, key])).decode().rstrip("=")


Work = Callable[[Ground], Callable[[], Any]]


def _works(page: float) -> Iterator[tuple[str, Work, float | None]]:
    yield "invite one", lambda g: lambda: g.invite(1), 0.4 if page == 1 else None
    yield "list, first page", lambda g: g.page, page
    yield "list, a page half-way down", lambda g: _with(g.page, cursor=g.deep()), page
    yield "list, by state", lambda g: _with(g.page, state="accepted"), page
    yield "list, by the beginning of an address", lambda g: _with(g.search, email="person1", sort="email"), page
    yield "list, expired", lambda g: _with(g.page, state="expired"), page
    yield "search, by role", lambda g: _with(g.search, role="member"), None
    yield "search, a part that many hold", lambda g: _with(g.search, part="example"), PART
    yield "search, a part that one in 100 holds", lambda g: _with(g.search, part="55@ex"), PART
    yield "search, a part that few hold", lambda g: _with(g.search, part=f"n{g.size // 2 + 1}@"), PART
    yield "search, a part that one in ten holds, none of them new", lambda g: _with(g.search, part="person1"), None
    yield "search, a part that nobody holds", lambda g: _with(g.search, part="nobody"), PART


def _with(work: Callable[..., Any], **given: Any) -> Callable[[], Any]:
    return lambda: work(**given)


def _row(table: Table, name: str, grounds: list[Ground], work: Work, to_reach: float | None, rounds: int) -> None:
    taken: list[list[float]] = [[] for _ in grounds]
    for turn, (place, ground) in itertools.product(range(rounds + 1), enumerate(grounds)):
        with ground.portal.app.app_context():
            call = work(ground)
            call()
        began, calls = ground.spent(), 50
        for _ in range(calls):
            with ground.portal.app.app_context():
                call()
        if turn:
            taken[place].append((ground.spent() - began) / calls * 1000)
    table.grown(name, taken, FLAT, to_reach)
