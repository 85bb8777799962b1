"""Many machines under load: every kind of node dies again and again, then a version takes the place of another."""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.scale.cluster import Cluster, running
from tests.scale.crowd import Crowd, Findings, found
from tests.scale.events import DEATHS, migrate, next_version, ready, replace
from tests.scale.nodes import until


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints what came of it; exit status 1 if anything was lost, halved, overdrawn or doubled twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.machines", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="how often each kind of node dies")
    asked = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="usher-machines-"))
    with running(folder, newcomers=2000) as cluster:
        bad = [happened(cluster, f"{asked.rounds} times each kind of node", lambda _: deaths(cluster, asked.rounds), 1)]
        bad.append(happened(cluster, "rolling upgrade", lambda crowd: upgrade(cluster, crowd, folder / "later"), 0))
    return int(any(bad))


def deaths(cluster: Cluster, rounds: int) -> None:
    for dies in random.sample(DEATHS * rounds, len(DEATHS) * rounds):
        dies(cluster)
        time.sleep(random.uniform(0.2, 1.5))


def upgrade(cluster: Cluster, crowd: Crowd, later: Path) -> None:
    """Migrates while the old version serves; nobody is to notice."""
    migrate(cluster, next_version(later))
    assert all(ready(web) for web in cluster.webs), "old code is not ready on new tables"
    time.sleep(3)
    replace(cluster, later, len(cluster.webs), len(cluster.workers))
    assert all(ready(web) for web in cluster.webs)
    assert not crowd.unanswered, crowd.unanswered[:3]


def happened(cluster: Cluster, what: str, does: Callable[[Crowd], None], most: int) -> bool:
    """Lets people work while it happens, and tells what became of what they were told; whether that was bad."""
    crowd, kills, began = Crowd(cluster.people, cluster.ports), cluster.post.kills, time.monotonic()
    crowd.start()
    until(lambda: len(crowd.invited) > 20)
    does(crowd)
    before = len(crowd.invited)
    until(lambda: len(crowd.invited) > before + 20, what="nobody is served any more")
    crowd.stop()
    cluster.forget_connections()
    missing, findings = cluster.settle(180), found(cluster.app, crowd)
    doubled = {kill: n for kill, n in cluster.doubled().items() if kill >= kills}
    worst, many = max(doubled.values(), default=0), cluster.post.kills - kills
    unavailable = sum(number for (_, status), number in crowd.said.items() if status == 503)
    told = [
        f"{what}: {many} kills in {time.monotonic() - began:.0f} s; {sum(crowd.said.values())} requests",
        f"  acknowledged: {len(crowd.invited)} invitations, {len(crowd.joined)} acceptances, {crowd.setting} settings",
        f"  not: {len(crowd.unanswered)} unanswered, {unavailable} answered 503",
        f"  {findings}",
        f"  mails: {len(missing)} missing, {sum(doubled.values())} twice (at most {worst} a kill), "
        f"{len(cluster.other_ids())} under another Message-ID",
    ]
    print("\n".join(told), flush=True)
    return findings != Findings() or bool(missing or cluster.other_ids()) or worst > most


if __name__ == "__main__":
    sys.exit(main())
