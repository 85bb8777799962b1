"""``make audit``: what the package index knows against each locked package in its very version.

Ends with 0 where nothing is known, with 1 where something is, and with 2 where the index did not answer for all of
them, since then nobody knows.
"""

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from .locked import Locked

TIMEOUT = 20  # seconds
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """What the index said of a package: its known vulnerabilities, or why it said nothing."""

    package: Locked
    vulnerabilities: tuple[dict[str, Any], ...] = ()
    silence: str = ""


def ask(index: str, package: Locked) -> Answer:
    """The index's own words, as its JSON API has them; what was withdrawn is none."""
    try:
        with urlopen(f"{index}/pypi/{package.name}/{package.version}/json", timeout=TIMEOUT) as reply:
            said = json.load(reply)["vulnerabilities"]
    except HTTPError as refused:
        return Answer(package, silence=f"HTTP {refused.code}")
    except (URLError, TimeoutError, ValueError, KeyError) as failed:
        return Answer(package, silence=str(getattr(failed, "reason", failed)) or type(failed).__name__)
    return Answer(package, tuple(each for each in said if not each.get("withdrawn")))


def audit(index: str, packages: Iterable[Locked]) -> int:
    """Asks for each, tells, and returns the exit status."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda package: ask(index.rstrip("/"), package), packages))
    for answer in answers:
        for known in answer.vulnerabilities:
            print(_told(answer.package, known))
    silent = [answer for answer in answers if answer.silence]
    bad = [answer for answer in answers if answer.vulnerabilities]
    print(
        f"{len(answers)} packages, {len(answers) - len(silent)} answered for by {index}: {len(bad)} with known faults."
    )
    if silent:
        reasons = ", ".join(sorted({answer.silence for answer in silent}))
        names = ", ".join(answer.package.name for answer in silent)
        print(f"NOT KNOWN for {len(silent)}, since the index did not answer ({reasons}): {names}")
    return 1 if bad else 2 if silent else 0


def _told(package: Locked, known: dict[str, Any]) -> str:
    names = ", ".join([known["id"], *known.get("aliases", [])])
    fixed = ", ".join(known.get("fixed_in") or []) or "no version yet"
    said = (known.get("summary") or known.get("details") or "").strip().split("\n")[0][:200]
    return f"{package.name} {package.version}: {names}. {said} Mended in: {fixed}. {known.get('link', '')}".rstrip()
