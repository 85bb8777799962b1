"""A process that is started here, ends on its own terms, and never outlives us."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress

GRACE = 30  # seconds to finish what is in flight

# Reads until our end of the pipe closes, however we ended, and then ends the child as ``end`` would.
_GUARD = f"""
cat > /dev/null
kill -s TERM "$1"
waited=0
while kill -s 0 "$1" && [ $waited -lt {GRACE} ]; do sleep 1; waited=$((waited + 1)); done
kill -s KILL -- "-$1"
"""


class Child:
    """A command in a session of its own, so that a terminal's Ctrl-C reaches us alone and is passed on once."""

    def __init__(self, name: str, *command: str) -> None:
        self.name = name
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
        self.guard = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", _GUARD, "guard", str(self.process.pid)],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def status(self) -> int | None:
        """The exit status, or None while it runs."""
        return self.process.poll()

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self.started_at

    def ask_to_end(self) -> None:
        """Lets it finish what is in flight."""
        if self.status is None:
            self.process.terminate()

    def clear(self) -> None:
        """Kills what is left of it, and lets its guard go."""
        with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of the dead
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.guard.kill()
        self.guard.communicate()


def end(children: Iterable[Child], grace: float = GRACE) -> None:
    """Ends them all at once, and waits for each to finish, but not for ever."""
    children = list(children)
    for child in children:
        child.ask_to_end()
    deadline = time.monotonic() + grace
    while any(child.status is None for child in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    for child in children:
        child.clear()
