"""Everything at once: invitations while people sign in, somebody exports the history and the worker sends mails.

It is measured with several numbers of threads a process, round about, and says what the number that the portal is
started with comes to.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import orjson

from portal import clock
from portal.invitations import Invitee, Offer, invite
from portal.launch.run import THREADS

from . import load
from .contenders import ROOT, Portal, address
from .databases import POSTGRESQL, SQLITE, Databases
from .told import Figures, Table

TRIED = (1, 2, 4, 8)
CONNECTIONS = 16
SIGN_IN_EVERY, EXPORT_EVERY = 0.5, 2.0  # seconds from an answer to the next
HISTORY = 10_000  # events that each export writes out
INVITED, SIGNED_IN, EXPORTED = "invitations", "sign-ins", "exports"
PASSWORD = "four unrelated words here"  # noqa: S105


def measure(databases: Databases, figures: Figures, quick: bool) -> None:
    """On both databases."""
    rounds, seconds = (1, 3.0) if quick else (3, 8.0)
    for kind in (SQLITE, POSTGRESQL):
        portal = Portal(databases.make(kind, "mixed"), databases.folder / f"mixed-{kind}", MAIL_CAPTURE="1")
        organization = _filled(portal)
        done: dict[int, list[dict[str, load.Load]]] = {threads: [] for threads in TRIED}
        for _ in range(rounds):
            for threads in TRIED:
                done[threads].append(_round(portal, organization, threads, seconds))
        table = Table(f"{kind}: all at once", tuple(f"{n} thread{'s'[: n > 1]}" for n in TRIED))
        _tell(table, done)
        figures.keep("mixed", kind, table)


def _filled(portal: Portal) -> str:
    organization = portal.organization()
    with portal.app.app_context():
        actor, key = portal.actor_in(organization)
        invitees = [Invitee(address(), Offer("member")) for _ in range(HISTORY)]
        invite(portal.session(), actor, key, invitees, clock.now())
    return organization


def _round(portal: Portal, organization: str, threads: int, seconds: float) -> dict[str, load.Load]:
    """The answers of one number of threads, by what was asked."""
    slug = portal.slug(organization)
    who = orjson.dumps({"email": portal.email, "password": PASSWORD})
    signing_in = load.request("POST", "/api/auth/sign-in/email", {}, who)
    export = load.request("GET", f"/o/{slug}/history/export.csv", {"Cookie": portal.cookie})
    streams: dict[str, tuple[Iterator[bytes], int]] = {
        INVITED: (portal.invitation(organization).sent(portal.port), CONNECTIONS),
        SIGNED_IN: (_every(SIGN_IN_EVERY, signing_in), 1),
        EXPORTED: (_every(EXPORT_EVERY, export), 1),
    }
    portal.start(threads)
    sending = [sys.executable, "-m", "flask", "--app", "app", "worker"]
    worker = subprocess.Popen(sending, cwd=ROOT, env=portal.environment())  # noqa: S603
    try:
        load.run(portal.port, portal.invitation(organization).sent(portal.port), CONNECTIONS, 1.0)  # to warm it
        return _together({name: _sending(portal.port, *stream, seconds) for name, stream in streams.items()})
    finally:
        for process in (worker, portal.process):
            process.terminate()
            process.wait()


def _every(seconds: float, request: bytes) -> Iterator[bytes]:
    """The same request again and again, with a pause before each."""
    while True:
        time.sleep(seconds)
        yield request


def _sending(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Callable[[], load.Load]:
    return lambda: load.run(port, requests, connections, seconds)


def _together(work: dict[str, Callable[[], load.Load]]) -> dict[str, load.Load]:
    done: dict[str, load.Load] = {}

    def go(name: str) -> None:
        done[name] = work[name]()

    running = [threading.Thread(target=go, args=(name,)) for name in work]
    for each in running:
        each.start()
    for each in running:
        each.join()
    for name in work:
        if name not in done or done[name].failed:
            raise SystemExit(f"mixed, {name}: {done[name].failed[0] if name in done else 'no answer'}")
    return done


def _tell(table: Table, done: dict[int, list[dict[str, load.Load]]]) -> None:
    chosen = TRIED.index(THREADS)

    def of(figure: Callable[[dict[str, load.Load]], float]) -> list[list[float]]:
        return [[figure(each) for each in done[threads]] for threads in TRIED]

    table.across("an invitation, p99, ms", of(lambda said: said[INVITED].p99), chosen, most=50)
    table.across("an invitation, median, ms", of(lambda said: said[INVITED].median), chosen)
    longest = of(lambda said: max(max(each.taken) for name, each in said.items() if name != EXPORTED))
    table.across("the slowest request but for exports, ms", longest, chosen, most=1000)
    table.across("the slowest export, ms", of(lambda said: max(said[EXPORTED].taken)), chosen, most=1000)
    for name in (INVITED, SIGNED_IN, EXPORTED):
        table.across(f"{name} a second", of(lambda said, name=name: said[name].rate), chosen)  # type: ignore[misc]
