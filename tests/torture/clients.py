"""Hundreds of slow and half-open clients, and bodies that are too large, through Caddy, while people work."""

import contextlib
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial

from tests.scale.crowd import Crowd, ask
from tests.scale.nodes import Node, until
from tests.test_deploy import caddy_before

from .machine import Machine, happened, machine

EACH = 150
BEGINNINGS = {
    "silent": b"",
    "half a head": b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    "half a body": b"POST /api/auth/sign-in/email HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: 5000\r\n\r\n{",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints what came of it; exit status 1 if anything was lost, unclear, or somebody was held up."""
    with machine("clients", "SQLite", PROXY_HOPS="1") as site, before(site) as port:
        what = f"{EACH} clients each who are silent, or stop in a head or in a body, for 10 s; bodies too large"
        return int(happened(site, what, lambda: [port], partial(crowd_in, port)))


@contextlib.contextmanager
def before(site: Machine) -> Iterator[int]:
    """The Caddy of ``deploy/`` before the portal."""
    command, port = caddy_before(str(site.web.port), site.folder)
    caddy = Node(site.folder / "caddy.log", None, *command)
    try:
        until(lambda: ask(port, "GET", "/healthz").status == 200)
        yield port
    finally:
        caddy.end()


def crowd_in(port: int, crowd: Crowd) -> None:
    """The slow ones drip a byte a second, so that none is merely silent."""
    longest, end = 0.0, time.monotonic() + 10
    with contextlib.ExitStack() as held:
        slow = [_connected(held, port, begins) for begins in BEGINNINGS.values() for _ in range(EACH)]
        while time.monotonic() < end:
            began = time.monotonic()
            assert ask(port, "GET", "/healthz").status == 200
            longest = max(longest, time.monotonic() - began)
            for line in slow[EACH:]:
                with contextlib.suppress(OSError):
                    line.sendall(b"x")
            time.sleep(1)
        large = [
            ask(port, "POST", "/api/auth/sign-in/email", {"email": "x" * size}).status
            for size in (2_000_000, 20_000_000)
        ]
    print(f"  the slowest answer to somebody else took {longest:.2f} s; bodies of 2 and 20 MB got {large} (0: cut off)")
    assert longest < 5, "somebody was held up"
    assert not crowd.unclear()


def _connected(held: contextlib.ExitStack, port: int, begins: bytes) -> socket.socket:
    line = held.enter_context(socket.create_connection(("127.0.0.1", port)))
    line.sendall(begins)
    return line


if __name__ == "__main__":
    sys.exit(main())
