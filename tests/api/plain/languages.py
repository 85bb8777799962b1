"""The languages that the requests are sent from, as far as this machine has them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.provision import node

PROGRAMS = Path(__file__).parent / "programs"
Command = Callable[[str, str, str, str], list[str]]


def _curl(method: str, url: str, credential: str, body: str) -> list[str]:
    headers = ["-H", credential] if credential else []
    given = ["-H", "Content-Type: application/json", "-d", body] if body else []
    return ["curl", "-s", "-X", method, url, *headers, *given, "-w", r"\n%{http_code}"]


def _program(name: str, *command: str) -> Command:
    return lambda *given: [*command, str(PROGRAMS / name), *given]


def known() -> dict[str, Command | None]:
    """Every language with how a request is sent from it; None for one that this machine does not have."""
    found: dict[str, Command | None] = {"curl": _curl if shutil.which("curl") else None}
    found["python"] = _program("call.py", sys.executable)
    found["node"] = _program("call.mjs", str(node()))
    for name, program, *words in (("php", "call.php"), ("ruby", "call.rb"), ("go", "call.go", "run")):
        there = shutil.which(name)
        found[name] = _program(program, there, *words) if there else None
    return found


PRESENT = {name: command for name, command in known().items() if command}


def sent(language: str, method: str, url: str, credential: str = "", body: Any = None) -> tuple[int, Any]:
    """Status and JSON of the reply to a request with that credential, that body and nothing else."""
    text = json.dumps(body) if body is not None else ""
    command = PRESENT[language](method, url, credential, text)
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    if language == "curl":
        said, _, status = done.stdout.rpartition("\n")
    else:
        status, _, said = done.stdout.partition("\n")
    return int(status), json.loads(said)
