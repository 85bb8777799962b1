"""``python -m tests.supply audit`` and ``sbom [FILE]``."""

import os
import sys
from pathlib import Path

from tests.provision import ROOT

from .audit import audit
from .locked import packages
from .sbom import bill

INDEX = os.environ.get("AUDIT_INDEX") or "https://pypi.org"


def main(words: list[str]) -> int:
    """Does what the first word says."""
    if words[:1] == ["audit"]:
        every = {package for file in ROOT.glob("requirements*.txt") for package in packages(file)}
        return audit(INDEX, sorted(every, key=lambda package: package.name))
    file = Path(words[1] if len(words) > 1 else "sbom.cdx.json")
    file.write_text(bill(ROOT) + "\n")
    print(f"{file} says what an installation consists of, as CycloneDX 1.6.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
