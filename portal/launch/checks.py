"""What has to be true before anything starts. What is not is said in one sentence."""

import errno
import os
import socket
import tempfile
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple


class CannotStart(Exception):
    """The portal cannot start; the message says why and what to do."""


class Listening(NamedTuple):
    """Where the web server listens: the host as said, the address that it stands for, and the port."""

    host: str
    address: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine gets there."""
        return ip_address(self.address).is_loopback

    @property
    def is_everywhere(self) -> bool:
        """Whether it listens on every address of this machine, so that none of them is the one."""
        return ip_address(self.address).is_unspecified

    @property
    def near(self) -> str:
        """An address at which this machine reaches it."""
        if not self.is_everywhere:
            return self.address
        return "::1" if ":" in self.address else "127.0.0.1"

    @property
    def url(self) -> str:
        """Its address in a browser."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}" if self.port == 80 else f"http://{host}:{self.port}"


def writable(folder: Path) -> Path:
    """The folder, made if it was not there. Raises CannotStart when nothing can be written to it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as refused:
        said = os.strerror(refused.errno or 0)
        raise CannotStart(
            f"Nothing can be written to {folder} ({said}): make it a folder of yours, or name another in "
            "PORTAL_INSTANCE_PATH."
        ) from None
    return folder


def usable(file: Path) -> None:
    """Raises CannotStart when a file that an earlier run left belongs to somebody else."""
    if file.exists() and not os.access(file, os.R_OK | os.W_OK):
        raise CannotStart(f"{file} cannot be read and written: it belongs to whoever ran the portal before.")


def free(host: str, port: str) -> Listening:
    """Where to listen. Raises CannotStart when the address is not this machine's or the port is taken."""
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise CannotStart(f"PORT={port} is not a port: choose a number from 1 to 65535.")
    family, where = _resolved(host, int(port))
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(where)
        except OSError as refused:
            raise CannotStart(_why(refused, host, int(port))) from None
    return Listening(host, where[0], int(port))


def _resolved(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    try:
        family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):
        raise CannotStart(f"HOST={host} is not an address of this machine: leave it out, or say 127.0.0.1.") from None
    return family, (str(where[0]), port)


def _why(refused: OSError, host: str, port: int) -> str:
    if refused.errno == errno.EADDRINUSE:
        return f"Port {port} is taken: stop what listens there, or choose another one, as in `make run PORT=8001`."
    if refused.errno == errno.EADDRNOTAVAIL:
        return f"HOST={host} is not an address of this machine: leave it out, or say 127.0.0.1."
    return f"The portal cannot listen on {host}, port {port}: {os.strerror(refused.errno or 0)}."
