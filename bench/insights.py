"""What the page of insights costs: it reads every invitation of its weeks, so it grows with them.

None of the mails was handed over, so that each invitation is looked up in the outbox: the worst that can be.
"""

from collections.abc import Callable
from typing import Any

from portal import clock, insights

from .databases import POSTGRESQL, SQLITE, Databases
from .growth import Ground
from .told import Figures, Table

SIZES = (1_000, 100_000)
QUICK = (1_000, 10_000)
MOST = 1000.0  # milliseconds of processor, for the larger


def measure(databases: Databases, figures: Figures, quick: bool) -> None:
    """Each of its parts, on both databases."""
    for kind in (SQLITE, POSTGRESQL):
        grounds = [Ground(databases, kind, size) for size in (QUICK if quick else SIZES)]
        table = Table(f"{kind}: milliseconds of processor", tuple(f"{ground.size:,}" for ground in grounds))
        print(f"  {kind}, with " + ", ".join(table.columns) + " invitations in the last twelve weeks")
        for name, work in WORKS.items():
            taken = [_rounds(ground, work, 2 if quick else 7) for ground in grounds]
            table.across(name, taken, chosen=1, most=MOST)
        figures.keep("insights", kind, table)
        for ground in grounds:
            ground.close()


def _look(ground: Ground) -> Any:
    span = insights.weeks(12, clock.now())
    return insights.look(ground.portal.session(), ground.portal.actor, ground.organization, span)


def _count(ground: Ground) -> Any:
    now = clock.now()
    span = insights.weeks(12, now)
    return insights.counted(ground.portal.session(), ground.portal.actor, ground.organization, span, now)


WORKS: dict[str, Callable[[Ground], Any]] = {
    "how far they came, and how long it took": _look,
    "how many are stuck": _count,
}


def _rounds(ground: Ground, work: Callable[[Ground], Any], rounds: int) -> list[float]:
    taken = []
    for _ in range(rounds + 1):
        began = ground.spent()
        with ground.portal.app.app_context():
            work(ground)
        taken.append((ground.spent() - began) * 1000)
    return taken[1:]
