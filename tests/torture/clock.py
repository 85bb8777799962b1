"""The clock of the web server and the worker is set back and forward by two hours while people work (libfaketime)."""

import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.scale.crowd import Crowd

from .machine import happened, machine

PLACES = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime")
STEPS = ("-2h", "+2h", "+0")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints what came of it; exit status 1 if anything was lost, unclear, or did not come back."""
    if (library := found()) is None:
        print("libfaketime is not here (Debian and Ubuntu: apt install libfaketime): the clock was not set.")
        return 0
    bad = []
    for database in ("SQLite", "PostgreSQL"):
        says = Path(tempfile.mkdtemp(prefix="usher-clock-")) / "clock"
        says.write_text("+0")
        faked = {
            "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(says), "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip
        with machine("clock", database, wrapped=faked) as site:
            what = f"{database}, clock two hours back, then forward, then right"
            bad.append(happened(site, what, site.ports, partial(turn, says)))
    return int(any(bad))


def found() -> Path | None:
    """The library that answers in the clock's place."""
    for place in PLACES:
        for library in sorted(Path("/").glob(f"{place.lstrip('/')}/libfaketimeMT.so.1")):
            return library
    return None


def turn(says: Path, crowd: Crowd) -> None:
    for step in STEPS:
        before = len(crowd.invited)
        says.write_text(step)
        time.sleep(6)
        assert len(crowd.invited) > before, f"nobody is served with the clock at {step}"


if __name__ == "__main__":
    sys.exit(main())
