"""Many machines under load: every kind of node dies again and again, then a version takes the place of another."""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.scale.cluster import Cluster, running
from tests.scale.crowd import Crowd
from tests.scale.events import DEATHS, migrate, next_version, ready, replace

from .machine import happened


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints what came of it; exit status 1 if anything was lost, halved, overdrawn or doubled twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.machines", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="how often each kind of node dies")
    asked = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="usher-machines-"))
    with running(folder, newcomers=2000) as cluster:
        each = f"{asked.rounds} times each kind of node"
        bad = [happened(cluster, each, cluster.ports, lambda _: deaths(cluster, asked.rounds))]
        rolling = partial(upgrade, cluster, folder / "later")
        bad.append(happened(cluster, "rolling upgrade", cluster.ports, rolling, most=0))
    return int(any(bad))


def deaths(cluster: Cluster, rounds: int) -> None:
    for dies in random.sample(DEATHS * rounds, len(DEATHS) * rounds):
        dies(cluster)
        time.sleep(random.uniform(0.2, 1.5))


def upgrade(cluster: Cluster, later: Path, crowd: Crowd) -> None:
    """Migrates while the old version serves; nobody is to notice."""
    migrate(cluster, next_version(later))
    assert all(ready(web) for web in cluster.webs), "old code is not ready on new tables"
    time.sleep(3)
    replace(cluster, later, len(cluster.webs), len(cluster.workers))
    assert all(ready(web) for web in cluster.webs)
    assert not crowd.unanswered, crowd.unanswered[:3]


if __name__ == "__main__":
    sys.exit(main())
