"""What every page costs the server on the demo's data, and how soon an invitee can use theirs on a slow line.

Milliseconds of processor of each page that links lead an owner to, one for each endpoint, asked in turn in one process
without a socket, as the median of some rounds. The invitee's page is opened by Chromium at 1.6 Mbit/s with 150 ms
there and back, nothing cached; it can be used once everything that it loads with has run.
"""

import gc
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask_migrate
from flask import Flask
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from portal import clock, config, create_app, demo, identity, links, sessions
from portal.extensions import db
from portal.links import Kind
from portal.models import Invitation, Membership, Organization
from tests.provision import chromium

from .contenders import Portal, running
from .databases import SQLITE, Databases
from .told import Figures, Table

ROUNDS, WARM = 15, 3
MOST = 30.0  # milliseconds of processor
SOON, LIGHT, FEW = 1.5, 30.0, 4.0  # seconds, KB over the wire, requests
LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 200_000}  # bytes a second
FILES = ("export", "result", "template", "static", "data", "document")
OUTSIDE = ("/sign-in", "/forgot", "/sign-in/mail", "/nowhere")
HREF = re.compile(r'href="(/[^"#]*)')
LOADED = """() => ({
  seconds: performance.getEntriesByType("navigation")[0].loadEventStart / 1000,
  entries: [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .map(entry => entry.transferSize),
})"""


def measure(databases: Databases, figures: Figures, quick: bool) -> None:
    """Each page in process, then the invitee's in a browser."""
    rounds = 2 if quick else ROUNDS
    with tempfile.TemporaryDirectory(dir=databases.folder) as folder:
        app = _filled(Path(folder))
        table = Table("a page, milliseconds of processor", ("processor",))
        for name, ask in _pages(app):
            table.figure(name, _spent(ask, rounds), most=MOST)
        figures.keep("pages", "server", table)
    _line(databases, figures, 1 if quick else 5)


def _filled(folder: Path) -> Flask:
    """A portal with the demo's organization in it, with everything on that costs."""
    app = create_app(config.Settings(
        SECRET_KEY="a key for a benchmark, thrown away 0123456789", PUBLIC_URL="http://127.0.0.1:8000",
        INSTANCE_PATH=folder, LOG_LEVEL="WARNING", RATELIMIT_ENABLED=False, MAIL_CAPTURE=True, SIGN_UP="open",
    ))  # type: ignore[arg-type]  # fmt: skip
    with app.app_context():
        flask_migrate.upgrade()
        demo.fill(db.session(), clock.now(), folder / "owner.txt")
    gc.collect()
    gc.freeze()  # as app.py does
    return app


def _pages(app: Flask) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each page by the name of its endpoint, and what asks for it."""
    owner, stranger = app.test_client(), app.test_client()
    with app.app_context():
        organization = db.session().scalars(select(Organization)).one()
        first = select(Membership.user_id).where(Membership.role == "owner").limit(1)
        user_id = db.session().scalars(first).one()
        owner.set_cookie(identity.cookie_name(), sessions.start(db.session(), user_id, clock.now()))
        start = f"/o/{organization.slug}/"
        link = _link()
    for name, path in sorted(_crawled(app, owner, start).items()):
        yield name, lambda path=path: owner.get(path)  # type: ignore[misc]
    stranger.get(link)
    for path in (*OUTSIDE, "/join", "/join/decline"):
        yield f"{path}, not signed in", lambda path=path: stranger.get(path)  # type: ignore[misc]


def _link() -> str:
    """Where the mail of an invitation that waits leads to."""
    waiting = select(Invitation).where(Invitation.status == "pending", Invitation.expires_at > clock.now())
    pending = db.session().scalars(waiting.order_by(Invitation.expires_at.desc()).limit(1)).one()
    return f"/join/{links.invitation_token(pending.id, pending.generation, Kind.MAILED)}"


def _crawled(app: Flask, client: Any, start: str) -> dict[str, str]:
    """A path for each endpoint and kind of place that links lead to."""
    router, todo, found = app.url_map.bind("localhost"), [start], dict[str, str]()
    while todo:
        path = todo.pop(0)
        try:
            endpoint, values = router.match(path.partition("?")[0])
        except HTTPException:
            continue
        name = " ".join([endpoint, *filter(None, [values.get("kinds")])])
        if name in found or any(word in endpoint for word in FILES):
            continue
        answer = client.get(path)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            found[name] = path
            todo += [href.replace("&amp;", "&") for href in HREF.findall(answer.text)]
    return found


def _spent(ask: Callable[[], Any], rounds: int) -> list[float]:
    """Milliseconds of processor of each round."""
    for _ in range(WARM):
        ask()
    times = []
    for _ in range(rounds):
        began = time.process_time()
        ask()
        times.append((time.process_time() - began) * 1000)
    return times


def _line(databases: Databases, figures: Figures, rounds: int) -> None:
    """The invitee's page on a slow line."""
    portal = Portal(databases.make(SQLITE, "line"), databases.folder / "line", MAIL_CAPTURE="1")
    with portal.app.app_context():
        demo.fill(db.session(), clock.now(), databases.folder / "owner.txt")
        link = _link()
    with running(portal), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium()), args=["--no-sandbox"])
        visits = [_visit(browser.new_page(base_url=portal.url), link) for _ in range(rounds)]
        browser.close()
    table = Table("the invitee's page at 1.6 Mbit/s and 150 ms", ("measured",))
    table.figure("seconds until it can be used", [seconds for seconds, _ in visits], most=SOON)
    table.figure("KB over the wire", [sum(sizes) / 1000 for _, sizes in visits], most=LIGHT)
    table.figure("requests", [float(len(sizes)) for _, sizes in visits], most=FEW)
    figures.keep("pages", "slow line", table)


def _visit(page: Page, path: str) -> tuple[float, list[int]]:
    """Seconds from the click on the link, its redirect included, and the bytes of each answer."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", LINE)
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(path, wait_until="load")
    seen = page.evaluate(LOADED)
    page.close()
    return float(seen["seconds"]), [int(size) for size in seen["entries"]]
