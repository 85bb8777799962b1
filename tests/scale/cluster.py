"""Many machines on one: web servers, Celery's workers and beat, PostgreSQL, Redis and a mail server."""

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from portal.extensions import db
from tests.conftest import ended, migrated, started
from tests.mail.kills import Counting, environment
from tests.mail.servers import Server

from .crowd import on_its_way, pending, people
from .nodes import Node, Postgres, Redis, Web, beat, until, worker


class Watched:
    """A portal with people in it, and a mail server that counts what comes, and after how many kills."""

    def __init__(self, folder: Path, uri: str, newcomers: int) -> None:
        self.folder = folder
        self.app = migrated(started(folder, SQLALCHEMY_DATABASE_URI=uri))
        self.people = people(self.app, newcomers)
        self.mail = Server(post := Counting())
        self.post = post
        self.mail.start()

    def invite(self, addresses: Iterable[str]) -> None:
        """Invites by the rules, past the web nodes."""
        with self.app.app_context():
            world = self.people.world
            world.session = db.session()
            world.invite(*addresses)
            db.session.remove()

    def killed(self, node: Node) -> None:
        """Kills a node; what was sent by then is counted to this kill."""
        node.kill()
        self.post.kills += 1

    def doubled(self) -> Counter[int]:
        """How many mails came twice because of each kill."""
        first: dict[str, int] = {}
        doubled: Counter[int] = Counter()
        for address, _, kills in self.post.copies:
            if address in first:
                doubled[first[address]] += 1
            first.setdefault(address, kills)
        return doubled

    def other_ids(self) -> set[str]:
        """Addresses whose mail came under several Message-IDs."""
        keys: dict[str, set[str]] = {}
        for address, key, _ in self.post.copies:
            keys.setdefault(address, set()).add(key)
        return {address for address, several in keys.items() if len(several) > 1}

    def settle(self, seconds: float = 90) -> set[str]:
        """Waits until all mail is sent; returns the addresses that none came to."""
        until(lambda: not on_its_way(self.app), seconds, "mail is left")
        return pending(self.app) - {address for address, *_ in self.post.copies}

    def forget_connections(self) -> None:
        """The test's own connections, after the database died."""
        with self.app.app_context():
            db.engine.dispose()

    def end(self, *nodes: Node) -> None:
        """Ends the nodes, all at once, and then the mail server."""
        for node in nodes:
            node.process.terminate()
        for node in nodes:
            node.end()
        self.mail.stop()
        ended(self.app)


class Cluster(Watched):
    """The machines. Each worker holds one connection to the mail server, so that a kill doubles one mail at most."""

    def __init__(self, folder: Path, webs: int = 2, workers: int = 3, newcomers: int = 60) -> None:
        self.postgres, self.redis = Postgres(), Redis(folder)
        super().__init__(folder, self.postgres.database("cluster"), newcomers)
        self.surroundings = environment(
            self.app, self.mail.port, MAIL_CONNECTIONS="1", CELERY_BROKER_URL=self.redis.url,
            RATELIMIT_STORAGE_URI=self.redis.url,
        )  # fmt: skip
        self.webs = [self.web(f"web{n}") for n in range(webs)]
        self.workers = [worker(folder, self.surroundings, f"worker{n}") for n in range(workers)]
        self.beat = beat(folder, self.surroundings)
        for web in self.webs:
            until(web.answers)

    def web(self, name: str) -> Web:
        return Web(self.folder, self.surroundings, name)

    def ports(self) -> list[int]:
        """Where somebody answers; whoever stands before the nodes leaves a dead one out after a moment."""
        return [web.port for web in self.webs]

    def close(self) -> None:
        self.end(self.beat, *self.workers, *self.webs)
        self.redis.kill()
        self.postgres.close()


@contextlib.contextmanager
def running(folder: Path, **given: int) -> Iterator[Cluster]:
    cluster = Cluster(folder, **given)
    try:
        yield cluster
    finally:
        cluster.close()
