"""A portal that hands its mail to a real server on loopback."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portal import clock
from portal.delivery.crew import Crew
from portal.delivery.smtp import Smtp
from portal.extensions import db
from portal.worker import Post as Office
from tests.world import World, build

from .servers import Post, Server


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts servers, and ends them."""
    running: list[Server] = []

    def start(post: Post, **options: Any) -> Server:
        running.append(Server(post, **options))
        running[-1].start()
        return running[-1]

    yield start
    for server in running:
        with contextlib.suppress(RuntimeError):  # a test has ended it
            server.stop(no_assert=True)


class Portal:
    """A portal with a world in it, and the worker's part of its mail."""

    def __init__(self, app: Any, hands: int = 4, per_domain: int = 2) -> None:
        self.app = app
        self.world: World = build(db.session(), clock.now())
        app.extensions["mail"].timeout = app.config["MAIL_TIMEOUT"]
        self.crew = Crew(lambda: Smtp(app.extensions["mail"]), hands, per_domain)
        self.office = Office(self.crew)

    def work(self, seconds: float = 10, until: Callable[[], bool] | None = None) -> None:
        """Works as the worker does, until all is settled, or until what is given holds."""
        end = clock.now().timestamp() + seconds
        while clock.now().timestamp() < end:
            busy = self.office.step(db.session(), clock.now(), wait=0.05)
            if until is not None and until():
                return
            if until is None and not busy and not self.crew.out:
                return
        assert until is None, "it did not come to that"

    def states(self) -> dict[str, tuple[str, str]]:
        """What became of each mail: its status and the server's words, by recipient."""
        db.session.rollback()
        db.session.expire_all()
        return {mail.recipient: (mail.status, mail.reply) for mail in self.world.mails()}


@pytest.fixture
def portal_at(make_app: Callable[..., Any]) -> Iterator[Callable[..., Portal]]:
    """Makes a portal whose mail goes to this server."""
    portals: list[tuple[Portal, Any]] = []

    def make(server: Server, hands: int = 4, per_domain: int = 2, **settings: Any) -> Portal:
        given = {"MAIL_CAPTURE": False, "MAIL_SERVER": "127.0.0.1", "MAIL_PORT": server.port, "MAIL_TIMEOUT": 2}
        app = make_app(**given | settings)
        context = app.app_context()
        context.push()
        app.extensions["mail"].suppress = False
        portals.append((Portal(app, hands, per_domain), context))
        return portals[-1][0]

    yield make
    for portal, context in portals:
        portal.crew.recall()
        portal.crew.close()
        db.session.remove()
        context.pop()
