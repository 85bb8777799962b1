"""A running portal with something on every page, to be looked at."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

from flask import Flask

from portal import clock
from portal.extensions import db
from portal.invitations import Invitee, Offer, invite
from portal.models import User
from tests.conftest import KEY, ended, migrated, started
from tests.provision import ROOT
from tests.world import World, build

LONG = "a.person.with.quite.a.long.address.and.more@subdomain.of.an.organization.example.org"
LONG_NAME = "The Incorporated Society of Wholesale Ironmongers and Allied Trades of Northumberland"
WEB = ("--interface", "wsgi", "--no-ws", "--workers", "1", "--blocking-threads", "1", "--log-level", "critical")


@contextmanager
def running(instance: Path) -> Iterator[tuple[str, Flask]]:
    """Its address, and the application behind it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    app = migrated(started(instance, PUBLIC_URL=url))
    web = subprocess.Popen(
        [sys.executable, "-m", "granian", "--port", str(port), *WEB, "app:app"], cwd=ROOT, start_new_session=True,
        env=os.environ | {
            "PORTAL_SECRET_KEY": KEY, "PORTAL_PUBLIC_URL": url, "PORTAL_INSTANCE_PATH": str(instance),
            "PORTAL_MAIL_CAPTURE": "1", "PORTAL_RATELIMIT_ENABLED": "0", "PORTAL_LOG_LEVEL": "WARNING",
        },
    )  # fmt: skip
    try:
        _wait_for(f"{url}/sign-in")
        yield url, app
    finally:
        os.killpg(web.pid, signal.SIGTERM)
        web.wait(20)
        ended(app)


def _wait_for(url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(url)


def lively() -> World:
    """An organization as it is after some weeks: every state of an invitation, long words, somebody restricted."""
    now = clock.now()
    world = build(db.session(), now - timedelta(days=40), "Northwind", seat_limit=200)
    world.now = now
    for name, said in (("owner", "Ines Almeida"), ("admin", "Ravi Menon"), ("manager", "Maren Holt")):
        world.session.get_one(User, world[name].user_id).name = said
    welcome = "Good to have you on board. Apollo starts on Monday; everything you need is on Docs."
    _at(world, 8, "old.timer@example.org", Offer("member"))
    accepted = _at(world, 6, "member@northwind.example.net", Offer("manager"))
    _at(world, 6, "k.osei@partner.example", Offer("manager", message=welcome))
    _at(world, 3, "lena@example.net", world.full_offer())
    _at(world, 2, LONG, world.full_offer(message=welcome))
    canceled = _at(world, 1, "somebody.else@example.com", Offer("billing_manager"))
    _at(world, 0, "m.fischer@example.org", Offer("admin"))
    _at(world, 0, "tomas.vidal@example.com", world.full_offer(message=welcome), "Tomás Vidal")
    from portal.invitations import cancel

    cancel(world.session, world["owner"], canceled, now)
    world.invitation(accepted).viewed_at = now - timedelta(days=5)
    world.enlist("held_here", "member", (world.sites[0],))
    world.session.commit()
    return world


def _at(world: World, days: int, address: str, offer: Offer, name: str = "") -> object:
    at = world.now - timedelta(days=days, hours=2)
    return invite(world.session, world["owner"], world.id, [Invitee(address, offer, name)], at)[0].invitation_id


def alone() -> World:
    """An organization that was just made."""
    world = build(db.session(), clock.now(), "Solo")
    world.organization().name = LONG_NAME
    world.session.commit()
    return world


def crowded() -> World:
    """An organization with 10,000 people waiting."""
    world = build(db.session(), clock.now(), "Harbor")
    for start in range(0, 10_000, 2_000):
        world.invite(*(f"person{number:05}@example.org" for number in range(start, start + 2_000)))
    return world
