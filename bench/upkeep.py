"""What the portal takes to be there: the second start, and the memory of a process that has worked."""

import time

from . import load, processor
from .contenders import Portal, running
from .databases import SQLITE, Databases
from .told import Figures, Table

MOST_SECONDS, MOST_MEGABYTES = 2.0, 120.0


def measure(databases: Databases, figures: Figures, quick: bool) -> None:
    """The web server alone, as ``make run`` starts it."""
    portal = Portal(databases.make(SQLITE, "usher"), databases.folder / "instance")
    table = Table("the web server", ("measured",))
    taken, spent, held = [], [], []
    for _ in range(1 if quick else 5):
        began = time.perf_counter()
        with running(portal):
            taken.append(time.perf_counter() - began)
            spent.append(processor.with_children(portal.process.pid))
            for asked in (portal.session_check(), portal.invitation(portal.organization())):
                load.repeat(portal.port, asked, 16, 2)
            held.append(processor.heaviest(portal.process.pid))
    table.figure("second start until it answers, seconds", taken, most=MOST_SECONDS)
    table.figure("second start, seconds of processor", spent)
    table.figure("memory of the process that answers, megabytes", held, most=MOST_MEGABYTES)
    figures.keep("upkeep", SQLITE, table)
