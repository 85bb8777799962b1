"""What is locked: the packages of a requirements file, and the scripts in ``static/vendor``."""

import re
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = re.compile(
    r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)([^\n]*)((?:\n\s+--hash=sha256:[0-9a-f]{64}[ \\]*)*)", re.M
)
_SCRIPT = re.compile(r"(\d+\.\d+\.\d+)")
# Where each folder of static/vendor comes from: its name at npm, its licence, and the file that says its version.
VENDORED = {"chartjs": ("chart.js", "MIT", "chart.umd.min.js"), "htmx": ("htmx.org", "0BSD", "htmx.min.js")}


@dataclass(frozen=True, slots=True)
class Locked:
    """A package in one version, with the hashes of its files."""

    name: str
    version: str
    hashes: tuple[str, ...] = ()


def packages(file: Path) -> list[Locked]:
    """The packages of a locked file, for whichever Python and system."""
    found = _PACKAGE.findall(file.read_text())
    return [
        Locked(name, version, tuple(re.findall(r"sha256:([0-9a-f]{64})", hashes))) for name, version, _, hashes in found
    ]


def scripts(folder: Path) -> dict[str, tuple[Locked, str, Path]]:
    """The vendored scripts by their name at npm: each with its licence and its file."""
    found = {}
    for place, (name, licence, file) in VENDORED.items():
        path = folder / place / file
        said = _SCRIPT.search(path.read_text())
        assert said, path
        found[name] = (Locked(name, said[1]), licence, path)
    return found
