"""Holding the web server and the mail worker until told to end."""

import http.client
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from . import child
from .checks import Listening
from .child import Child
from .made import captures
from .prepared import is_prepared

SIGN_IN = "demo-owner.txt"
THREADS = 4  # a web process; docs/performance.md says why
PATIENCE = 120  # seconds for the web server's first answer
STEADY = 60  # seconds after which a worker that ends was a good one, so that the next starts soon


class Run:
    """One run of the portal."""

    def __init__(self, instance: Path, listening: Listening, url: str) -> None:
        self.instance, self.listening, self.url = instance, listening, url
        self.ending = threading.Event()
        self.children: list[Child] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # which is what nohup asks for
            signal.signal(signal.SIGHUP, self._end)

    def _end(self, _: int, __: FrameType | None) -> None:
        self.ending.set()

    def go(self) -> int:
        """Runs until told to end. Returns the exit status."""
        try:
            if not is_prepared(self.instance, os.environ) and not self.prepare():
                return 0 if self.ending.is_set() else 1
            return self.serve()
        finally:
            child.end(self.children)

    def prepare(self) -> bool:
        """Migrates the database, and fills an empty one. False when that did not come to its end."""
        print("Preparing the database …", flush=True)
        preparing = self._start("preparation", "flask", "--app", "app", "demo")
        while preparing.status is None and not self.ending.is_set():
            self.ending.wait(0.05)
        return preparing.status == 0

    def serve(self) -> int:
        """Holds the web server and the worker."""
        listening = self.listening
        where = ("--host", listening.address, "--port", str(listening.port))
        settled = ("--interface", "wsgi", "--workers", "1", "--blocking-threads", str(THREADS), "--no-ws")
        web = self._start("web server", "granian", *settled, "--log-level", "critical", *where, "app:app")
        if not self._answers(web):
            return self._unanswered(web)
        print(self.greeting(), flush=True)
        return self.hold(web)

    def _start(self, name: str, *module: str) -> Child:
        started = Child(name, sys.executable, "-m", *module)
        self.children.append(started)
        return started

    def _answers(self, web: Child) -> bool:
        while web.status is None and web.age < PATIENCE and not self.ending.is_set():
            asking = http.client.HTTPConnection(self.listening.near, self.listening.port, timeout=0.5)
            try:
                asking.request("HEAD", "/")
                asking.getresponse()
                return True
            except (OSError, http.client.HTTPException):
                self.ending.wait(0.02)
            finally:
                asking.close()
        return False

    def _unanswered(self, web: Child) -> int:
        if self.ending.is_set():
            return 0
        if web.status != 1:  # with 1, it has said why itself
            say(f"The web server did not answer (status {web.status}).")
        return 1

    def hold(self, web: Child) -> int:
        """Watches both until told to end. A worker that ends is started again, a web server ends the run."""
        worker, again = self._start("worker", "flask", "--app", "app", "worker"), 0.5
        while not self.ending.wait(0.1):
            if web.status is not None:
                say(f"The web server ended by itself (status {web.status}), so everything ends.")
                return 1
            if worker.status is None:
                continue
            again = 1 if worker.age > STEADY else min(again * 2, 60)
            say(f"The mail worker ended by itself (status {worker.status}); it starts again in {again:.0f} s.")
            worker.clear()
            self.children.remove(worker)
            self.ending.wait(again)
            worker = self._start("worker", "flask", "--app", "app", "worker")
        say("Ending, once what is in flight is finished.")
        return 0

    def greeting(self) -> str:
        """Where the portal answers, and how to get in."""
        lines = ["", f"  Usher answers at  {self.url}"]
        file = self.instance / SIGN_IN
        if file.is_file():
            email, password = file.read_text().split()
            lines += [f"  Sign in as        {email}", f"  Password          {password}   (kept in {file})"]
        if captures(self.listening, self.url, os.environ):
            lines.append(f"  Captured mail     {self.url}/dev/mail")
        return "\n".join([*lines, "  Ctrl-C ends it.", ""])


def say(sentence: str) -> None:
    """Tells whoever runs it."""
    print(sentence, file=sys.stderr, flush=True)
