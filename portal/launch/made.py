"""The key and the address that ``make run`` makes, kept where every command of this checkout reads them."""

import os
import secrets
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from .checks import CannotStart, Listening

KEY, URL, CAPTURE = "PORTAL_SECRET_KEY", "PORTAL_PUBLIC_URL", "PORTAL_MAIL_CAPTURE"
_HEAD = "# Made by `make run`; every command of this checkout reads it. Delete it to start with a new key."


def settle(instance: Path, listening: Listening, environment: Mapping[str, str]) -> str:
    """Writes ``run.env`` for where the portal listens now, and returns the public address.

    The key stays from run to run. What the environment says wins, and a key from there is not written down. Raises
    CannotStart when the address cannot be told.
    """
    file = instance / "run.env"
    made = {}
    if key := _kept(file).get(KEY) or ("" if environment.get(KEY) else secrets.token_urlsafe(48)):
        made[KEY] = key
    made[URL] = environment.get(URL) or _url(listening)
    if not listening.is_loopback:
        made[CAPTURE] = "0"  # /dev/mail would show every mail to the network
    _write(file, "\n".join([_HEAD, *(f"{name}={value}" for name, value in made.items()), ""]))
    return made[URL]


def captures(listening: Listening, url: str, environment: Mapping[str, str]) -> bool:
    """Whether mails are captured and shown at ``/dev/mail``, as far as it is for ``make run`` to decide."""
    said = environment.get(CAPTURE, "1").lower() in {"1", "true", "yes", "on", "t", "y"}
    return said and listening.is_loopback and _is_near(url) and not environment.get("PORTAL_MAIL_SERVER")


def _is_near(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _url(listening: Listening) -> str:
    if listening.is_everywhere:
        raise CannotStart(
            f"HOST={listening.host} is every address of this machine: say in {URL} which one people open."
        )
    return listening.url


def _kept(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    lines = [line.partition("=") for line in file.read_text().splitlines() if not line.startswith("#")]
    return {name.strip(): value.strip() for name, _, value in lines}


def _write(file: Path, text: str) -> None:
    """Writes it whole or not at all, for this user only."""
    partial = file.with_suffix(".part")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        opened.write(text)
    partial.replace(file)
