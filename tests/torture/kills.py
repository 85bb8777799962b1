"""Web server and mail worker of one machine, killed with SIGKILL at random while people work, on both databases."""

import argparse
import random
import sys
import time
from collections.abc import Sequence
from functools import partial

from tests.scale.crowd import Crowd
from tests.scale.nodes import until

from .machine import Machine, happened, machine


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints what came of it; exit status 1 if anything was lost, halved, overdrawn or doubled twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    asked = parser.parse_args(arguments)
    bad = []
    for database in ("SQLite", "PostgreSQL"):
        with machine("kills", database, newcomers=3000) as site:
            bad.append(happened(site, database, site.ports, partial(kill, site, asked.kills)))
    return int(any(bad))


def kill(site: Machine, times: int, _: Crowd) -> None:
    for node in random.choices((site.web, site.worker), k=times):
        time.sleep(random.uniform(0.1, 1))
        site.killed(node)
        time.sleep(0.05)  # the mail server has read what was sent before
        node.start()
        until(site.web.answers)


if __name__ == "__main__":
    sys.exit(main())
