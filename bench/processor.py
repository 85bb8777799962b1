"""Seconds of processor that processes took so far, as the system counts them; zeros where it has no ``/proc``."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def seconds(pid: int) -> float:
    """Of one process."""
    try:
        user, system = _stat(pid)[11:13]
    except (OSError, ValueError):
        return 0.0
    return (int(user) + int(system)) / TICKS


def with_children(pid: int) -> float:
    """Of a process and all below it."""
    return seconds(pid) + sum(with_children(child) for child in _children(pid))


def memory(pid: int) -> float:
    """Megabytes that a process holds of its own, its share of what it shares included."""
    file = Path(f"/proc/{pid}/smaps_rollup")
    lines = file.read_text().splitlines() if file.is_file() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def heaviest(pid: int) -> float:
    """The megabytes of the process that holds most, of a process and all below it."""
    return max([memory(pid), *(heaviest(child) for child in _children(pid))])


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _children(pid: int) -> list[int]:
    file = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in file.read_text().split()] if file.is_file() else []
