"""One machine: a web server and a mail worker on SQLite or PostgreSQL, with people at work, and what came of that."""

import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.mail.kills import environment
from tests.scale.cluster import Watched
from tests.scale.crowd import Crowd, Findings, found
from tests.scale.nodes import Node, Postgres, Web, until

WORKER = (sys.executable, "-m", "flask", "--app", "app", "worker")


class Machine(Watched):
    """As ``make run`` has it, with one connection to the mail server; ``wrapped`` is more of the environment."""

    def __init__(
        self, folder: Path, postgres: Postgres | None, newcomers: int, wrapped: dict[str, str], **settings: str
    ) -> None:
        super().__init__(folder, postgres.database(folder.name) if postgres else "", newcomers)
        self.postgres = postgres
        self.surroundings = environment(self.app, self.mail.port, MAIL_CONNECTIONS="1", **settings) | wrapped
        self.logs = Path(tempfile.mkdtemp(prefix="usher-logs-"))  # not on a disk that fills up
        self.web = Web(self.logs, self.surroundings, "web")
        self.worker = Node(self.logs / "worker.log", self.surroundings, *WORKER)
        until(self.web.answers)

    @property
    def name(self) -> str:
        return "PostgreSQL" if self.postgres else "SQLite"

    def ports(self) -> Sequence[int]:
        return [self.web.port]

    def close(self) -> None:
        self.end(self.worker, self.web)
        shutil.rmtree(self.logs)


@contextlib.contextmanager
def machine(
    name: str, on: str, newcomers: int = 500, within: Path | None = None, wrapped: dict[str, str] | None = None,
    **settings: str,
) -> Iterator[Machine]:  # fmt: skip
    """A machine on ``SQLite`` or ``PostgreSQL`` in a folder of its own, which is below ``within`` if that is said."""
    above = Path(tempfile.mkdtemp(prefix="usher-torture-", dir=within))
    (folder := above / name).mkdir()
    postgres = Postgres() if on == "PostgreSQL" else None
    try:
        made = Machine(folder, postgres, newcomers, wrapped or {}, **settings)
        try:
            yield made
        finally:
            made.close()
    finally:
        if postgres:
            postgres.close()
        shutil.rmtree(above, ignore_errors=True)


def happened(
    site: Watched, what: str, ports: Callable[[], Sequence[int]], does: Callable[[Crowd], None], most: int = 1
) -> bool:
    """Lets people work while it happens, tells what became of what they were told, and whether that was bad.

    A kill may double ``most`` mails.
    """
    crowd, kills, began = Crowd(site.people, ports), site.post.kills, time.monotonic()
    crowd.start()
    until(lambda: len(crowd.invited) > 20)
    does(crowd)
    before, over = len(crowd.invited), time.monotonic()
    until(lambda: len(crowd.invited) > before + 10, what="nobody is served any more")
    back = time.monotonic() - over
    crowd.stop()
    site.forget_connections()
    missing, findings = site.settle(180), found(site.app, crowd)
    doubled = {kill: n for kill, n in site.doubled().items() if kill >= kills}
    worst, many = max(doubled.values(), default=0), site.post.kills - kills
    unavailable = sum(number for (_, status), number in crowd.said.items() if status == 503)
    told = [
        f"{what}: {many} kills in {over - began:.0f} s, ten more were served {back:.1f} s later",
        f"  of {sum(crowd.said.values())} requests acknowledged: {len(crowd.invited)} invitations, "
        f"{len(crowd.joined)} acceptances, {crowd.setting} settings",
        f"  not: {len(crowd.unanswered)} unanswered, {unavailable} answered 503",
        f"  {findings}",
        f"  mails: {len(missing)} missing, {sum(doubled.values())} twice (at most {worst} a kill), "
        f"{len(site.other_ids())} under another Message-ID",
    ]
    print("\n".join(told), flush=True)
    return findings != Findings() or bool(missing or site.other_ids()) or worst > most
