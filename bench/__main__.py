"""``python -m bench [--quick] [PART …]``: measures, prints tables, writes ``bench/results.json``."""

import argparse
import importlib
import sys

from . import databases
from .told import Figures

PARTS = {
    "overhead": "api_overhead", "comparison": "compare", "growth": "growth", "mail": "mail", "mixed": "mixed",
    "upkeep": "upkeep", "pages": "pages", "insights": "insights",
}  # fmt: skip


def main() -> int:
    """Exit status 1 when a figure was not reached."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to measure: {', '.join(PARTS)} (all)")
    parser.add_argument("--quick", action="store_true", help="one short round of everything, to see that it works")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    figures = Figures(kept=not asked.quick)
    for part in asked.parts or PARTS:
        figures.begin(part)
        with databases.opened() as made:
            importlib.import_module(f"bench.{PARTS[part]}").measure(made, figures, asked.quick)
    return 1 if figures.missed else 0


if __name__ == "__main__":
    sys.exit(main())
