"""``make torture``: runs every part, prints its figures, and keeps them in ``docs/reliability.md``.

``python -m tests.torture mail`` runs one part, ``--list`` names them, ``--keep`` writes what a part printed into the
book. The exit status is 1 when a part saw something lost, doubled or left broken.
"""

import argparse
import contextlib
import importlib
import io
import os
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from .parts import PARTS

BOOK = Path(__file__).parents[2] / "docs" / "reliability.md"


class Tee(io.TextIOBase):
    """Shows what is printed and keeps it."""

    def __init__(self, shown: TextIO) -> None:
        self.shown, self.kept = shown, io.StringIO()

    def write(self, text: str) -> int:
        self.shown.write(text)
        self.shown.flush()
        return self.kept.write(text)


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to run: {', '.join(PARTS)} (all)")
    parser.add_argument("--list", action="store_true", help="name the parts and end")
    parser.add_argument("--keep", action="store_true", help="write the figures into docs/reliability.md")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if asked.list:
        print("\n".join(f"{name:10} {part.about}" for name, part in PARTS.items()))
        return 0
    bad = [name for name in asked.parts or PARTS if not passed(name, asked.keep)]
    print(f"Not as it should be: {', '.join(bad)}." if bad else "Everything held.")
    return int(bool(bad))


def passed(name: str, keep: bool) -> bool:
    """Runs a part; whether everything in it held."""
    print(f"== {name}: {PARTS[name].about}", flush=True)
    began, told = time.monotonic(), Tee(sys.stdout)
    with contextlib.redirect_stdout(told):
        status = importlib.import_module(PARTS[name].module).main([])
    print(f"-- {time.monotonic() - began:.0f} s", flush=True)
    if keep and not status:
        BOOK.write_text(noted(BOOK.read_text(), name, told.kept.getvalue()))
    return not status


def noted(book: str, name: str, told: str) -> str:
    """The book with a part's figures in the place that is marked for them."""
    head = f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {os.cpu_count()} processors."
    block = f"<!-- {name} -->\n{head}\n\n```\n{told.strip()}\n```\n<!-- /{name} -->"
    place = re.compile(rf"<!-- {name} -->.*?<!-- /{name} -->", re.S)
    assert place.search(book), f"docs/reliability.md has no place for {name}"
    return place.sub(lambda _: block, book)


if __name__ == "__main__":
    sys.exit(main())
