"""The load: requests over kept connections, each sent when the one before it was answered; no more in flight.

Where there is wrk it sends them, since it takes far less processor than a client in Python, which would slow the
faster of two servers more than the slower.
"""

import itertools
import json
import selectors
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
PATIENCE = 60  # seconds for one answer
SKIPPED = 200_000  # numbers that wrk may use up
NUMBERS = itertools.count(1)


@dataclass(slots=True)
class Load:
    """What came of it: the time each answer took, in milliseconds, and how long all of it took, in seconds."""

    taken: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0
    many: int = 0
    late: float = 0.0

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return (self.many or len(self.taken)) / self.seconds if self.seconds else 0.0

    @property
    def p99(self) -> float:
        """The milliseconds that 99 in 100 of the answers took at most."""
        return sorted(self.taken)[int(len(self.taken) * 0.99)] if self.taken else self.late

    @property
    def median(self) -> float:
        """The milliseconds of the answer in the middle."""
        return statistics.median(self.taken) if self.taken else 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is sent again and again; NUMBER in its body is another number each time."""

    method: str
    path: str
    cookie: str
    body: str = ""

    def sent(self, port: int) -> Iterator[bytes]:
        """The requests, without end."""
        headers = {"Cookie": self.cookie, "Origin": f"http://{HOST}:{port}"}
        while True:
            yield request(self.method, self.path, headers, self.body.replace("NUMBER", str(next(NUMBERS))).encode())


def repeat(port: int, asked: Asked, connections: int, seconds: float) -> "Load":
    """Sends it for that long."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return run(port, asked.sent(port), connections, seconds)
    script = Path(__file__).with_name("load.lua")
    command = [
        wrk, "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "-s", str(script), f"http://{HOST}:{port}", "--",
        asked.method, asked.path, asked.cookie, f"http://{HOST}:{port}", str(next(NUMBERS)), asked.body,
    ]  # fmt: skip
    for _ in range(SKIPPED):
        next(NUMBERS)
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    said = json.loads(output.splitlines()[-1])
    load = Load(seconds=said["seconds"], many=said["requests"], late=said["p99"])
    load.failed = [output[-400:]] * said["failed"]
    return load


class _Line:
    """One connection, and the request that is in flight on it."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self.read = b""

    def send(self, request: bytes) -> None:
        self.read, self.began = b"", time.perf_counter()
        self.socket.sendall(request)

    def answer(self) -> bytes | None:
        """The whole answer; None while it is not all there."""
        piece = self.socket.recv(1 << 20)
        if not piece:
            raise ConnectionError("the server hung up")
        self.read += piece
        return self.read if _is_whole(self.read) else None


def _is_whole(answer: bytes) -> bool:
    head, gap, body = answer.partition(b"\r\n\r\n")
    if not gap:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line[15:])
        if line == b"transfer-encoding: chunked":
            return body.endswith(b"0\r\n\r\n")
    return True


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def run(port: int, requests: Iterator[bytes], connections: int, seconds: float = float("inf")) -> Load:
    """Sends until the time is over or the requests are; then waits for what is in flight."""
    load, choosing = Load(), selectors.DefaultSelector()
    began = time.perf_counter()
    until, in_flight = began + seconds, 0
    for _ in range(connections):
        line = _Line(port)
        if (first := next(requests, None)) is not None:
            line.send(first)
            choosing.register(line.socket, selectors.EVENT_READ, line)
            in_flight += 1
    while in_flight:
        for key, _ in choosing.select(PATIENCE):
            if (answer := key.data.answer()) is None:
                continue
            now = time.perf_counter()
            _note(load, answer, (now - key.data.began) * 1000)
            following = next(requests, None) if now < until else None
            if following is None:
                choosing.unregister(key.fileobj)
                key.data.socket.close()
                in_flight -= 1
            else:
                key.data.send(following)
    load.seconds = time.perf_counter() - began
    return load


def _note(load: Load, answer: bytes, taken: float) -> None:
    if answer[9:10] in b"23":
        load.taken.append(taken)
    else:
        load.failed.append(answer[:400].decode(errors="replace"))
