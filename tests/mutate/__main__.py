"""``make mutate``: takes the guards out one by one, in a copy, and sees that the tests named for each fail.

``python -m tests.mutate 16 18`` tries those of some attacks only, ``mail`` those of mail on its way. The exit status is
1 when a guard is not missed.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .guards import GUARDS, Guard
from .mail import MAIL_GUARDS

ROOT = Path(__file__).parents[2]


def copied(folder: Path) -> None:
    """The files that git knows, as they are now."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def tested(folder: Path, guard: Guard) -> int:
    """Pytest's exit status: 0 when all passed, 1 when one failed."""
    named = " or ".join(spelled(guard.named))
    command = [sys.executable, "-B", "-m", "pytest", "-qx", "-p", "no:cacheprovider", "-k", named, *guard.tests]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode


def spelled(named: str) -> list[str]:
    """An attack's number with and without its zero."""
    return list(dict.fromkeys([named, named.replace("attack_0", "attack_")]))


def taken_out(folder: Path, guard: Guard) -> dict[Path, str]:
    """Takes the guard out of the copy; returns how the files were."""
    before: dict[Path, str] = {}
    for edit in guard.edits:
        file = folder / edit.file
        text = file.read_text()
        before.setdefault(file, text)
        if text.count(edit.text) != 1:
            raise SystemExit(f"{edit.file} does not hold this guard once: {edit.text}")
        file.write_text(text.replace(edit.text, edit.instead))
    return before


def tried(folder: Path, guard: Guard) -> bool:
    """Whether the guard is missed: its tests pass with it and fail without it."""
    began = time.monotonic()
    whole = tested(folder, guard)
    before = taken_out(folder, guard)
    without = tested(folder, guard)
    for file, text in before.items():
        file.write_text(text)
    missed = (whole, without) == (0, 1)
    verdict = "missed" if missed else f"NOT MISSED (with it {whole}, without it {without})"
    print(f"{guard.attack or '':2}  {guard.what}: {verdict}, {time.monotonic() - began:.0f} s", flush=True)
    return missed


def main() -> None:
    """Tries all of them, or those of the attacks that are named."""
    asked = set(sys.argv[1:])
    named = [(str(guard.attack), guard) for guard in GUARDS] + [("mail", guard) for guard in MAIL_GUARDS]
    chosen = [guard for name, guard in named if not asked or name in asked]
    with tempfile.TemporaryDirectory(prefix="usher-mutate-") as name:
        copied(Path(name))
        missed = sum([tried(Path(name), guard) for guard in chosen])
    print(f"{missed} of {len(chosen)} guards are missed when they are taken out")
    raise SystemExit(missed < len(chosen))


if __name__ == "__main__":
    main()
