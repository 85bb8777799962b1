"""``python -m portal.launch``, which ``make run`` ends in. HOST and PORT say where to listen."""

import os
import sys
from pathlib import Path

from . import made
from .checks import CannotStart, free, usable, writable
from .run import Run, say

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    """Checks, prepares, runs. Returns the exit status."""
    os.umask(0o077)  # the database and the mails are this user's alone
    os.chdir(ROOT)
    os.environ.setdefault("PORTAL_LOG_LEVEL", "WARNING")
    instance = Path(os.environ.get("PORTAL_INSTANCE_PATH") or ROOT / "instance").absolute()
    try:
        writable(instance)
        for left in ("run.env", "portal.db"):
            usable(instance / left)
        listening = free(os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000")
        url = made.settle(instance, listening, os.environ)
    except CannotStart as reason:
        say(str(reason))
        return 1
    return Run(instance, listening, url).go()


if __name__ == "__main__":
    sys.exit(main())
