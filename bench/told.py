"""What was measured: printed as tables, and kept in ``results.json`` with versions and machine."""

import importlib.metadata
import os
import platform
import sqlite3
import statistics
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

RESULTS = Path(__file__).parent / "results.json"


class Table:
    """Rows of figures, each with the highest or lowest value that is to be reached."""

    def __init__(self, title: str, columns: tuple[str, ...]) -> None:
        self.title, self.columns = title, columns
        self.rows: list[dict[str, Any]] = []

    def compare(
        self, name: str, mine: list[float], theirs: list[float], to_reach: float | None, less_is_better: bool = False
    ) -> None:
        """A row of two contenders' rounds, and how many times better the first is."""
        pairs = [(b, a) if less_is_better else (a, b) for a, b in zip(mine, theirs, strict=True)]
        times = statistics.median(a / b for a, b in pairs)
        self._add(name, to_reach, to_reach is None or times >= to_reach, {
            "Usher": _of(mine), "better-auth": _of(theirs), "times": round(times, 1)
        })  # fmt: skip

    def figure(self, name: str, rounds: list[float], most: float | None = None, least: float | None = None) -> None:
        """A row of one figure that is to be ``most`` at most, or ``least`` at least."""
        median = statistics.median(rounds)
        reached = (most is None or median <= most) and (least is None or median >= least)
        self._add(name, most if least is None else least, reached, {self.columns[0]: _of(rounds)})

    def grown(self, name: str, rounds: list[list[float]], flat: float, most: float | None = None) -> None:
        """A row of the same work on more and more; the last is to cost ``flat`` times the first at most."""
        medians = [statistics.median(each) for each in rounds]
        times = statistics.median(b / a for a, b in zip(rounds[0], rounds[-1], strict=True))
        reached = times <= flat and (most is None or max(medians) <= most)
        figures: dict[str, Any] = {column: _of(each) for column, each in zip(self.columns, rounds, strict=True)}
        self._add(name, most, reached, figures | {"times": round(times, 2)})

    def across(self, name: str, rounds: list[list[float]], chosen: int, most: float | None = None) -> None:
        """A row of one figure in several ways; the one in place ``chosen`` is to be ``most`` at most."""
        reached = most is None or statistics.median(rounds[chosen]) <= most
        self._add(name, most, reached, {column: _of(each) for column, each in zip(self.columns, rounds, strict=True)})

    def _add(self, name: str, to_reach: float | None, reached: bool, figures: dict[str, Any]) -> None:
        self.rows.append({"name": name, **figures, "to reach": to_reach, "reached": reached})
        print(f"  {name:<44}" + "".join(f"{_text(value):>26}" for value in figures.values()), end="")
        print(f"{'' if to_reach is None else f'{to_reach:g}':>10}  {'' if reached else 'not reached'}", flush=True)


class Figures:
    """All that was measured. Parts that were left out of this run keep what an earlier one found."""

    def __init__(self, kept: bool = True) -> None:
        self.kept = kept
        self.all: dict[str, Any] = orjson.loads(RESULTS.read_bytes()) if RESULTS.is_file() else {}
        self.missed = 0

    def begin(self, part: str) -> None:
        """Forgets what an earlier run found of a part."""
        self.all[part] = {"measured": datetime.now(UTC).isoformat(timespec="seconds"), "machine": _machine()}
        print(f"\n{part}")

    def keep(self, part: str, name: str, table: Table) -> None:
        """Keeps a table, in the file as well unless this is only a try."""
        self.all[part][name] = {"title": table.title, "rows": table.rows}
        self.missed += sum(not row["reached"] for row in table.rows)
        if self.kept:
            RESULTS.write_bytes(orjson.dumps(self.all, option=orjson.OPT_INDENT_2) + b"\n")


def _of(rounds: list[float]) -> dict[str, float]:
    return {"median": _short(statistics.median(rounds)), "lowest": _short(min(rounds)), "highest": _short(max(rounds))}


def _short(number: float) -> float:
    return round(number, 3 if abs(number) < 10 else 1)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['median']:,g} ({value['lowest']:,g}–{value['highest']:,g})"
    return f"{value}×"


def _machine() -> dict[str, Any]:
    names = ("flask", "sqlalchemy", "psycopg", "granian", "orjson", "flask-openapi3")
    return {
        "processors": os.cpu_count(),
        "processor": _processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "node": _said("node", "--version"),
        **{name: importlib.metadata.version(name) for name in names},
        **_node_packages(),
    }


def _node_packages() -> dict[str, str]:
    package = orjson.loads((Path(__file__).parent / "better_auth" / "package.json").read_bytes())
    return dict(package["dependencies"])


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return "none"
