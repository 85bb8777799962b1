"""Real SMTP servers on loopback, each with manners of its own."""

import asyncio
import ipaddress
import ssl
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Say = Callable[["Post", str], str | None]


class Post:
    """What a server took, and what it says to each recipient and at the end of each mail."""

    def __init__(self, to_recipient: Say | None = None, at_end: Say | None = None, hang: str = "") -> None:
        self.to_recipient, self.at_end, self.hang = to_recipient, at_end, hang
        self.taken: list[Any] = []
        self.asked: Counter[str] = Counter()
        self.sessions: set[Any] = set()
        self.at_once: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, _: list[str]) -> str:
        self.sessions.add(session.peer)
        self.asked[address] += 1
        if self.hang and address.startswith(self.hang):
            await asyncio.sleep(30)
        said = self.to_recipient(self, address) if self.to_recipient else None
        if said is None or said.startswith("2"):
            envelope.rcpt_tos.append(address)
        return said or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        (address,) = envelope.rcpt_tos
        domain = address.rpartition("@")[2]
        self.at_once[domain] += 1
        self.most_at_once[domain] = max(self.most_at_once[domain], self.at_once[domain])
        await asyncio.sleep(0.01)
        self.at_once[domain] -= 1
        said = self.at_end(self, address) if self.at_end else None
        if said is None or said.startswith("2") or said == "drop":
            self.taken.append(envelope)
        if said == "drop":
            server.transport.close()
        return said or "250 Taken as 42"

    @property
    def mails(self) -> list[Any]:
        """The mails taken, read."""
        return [message_from_bytes(envelope.content, policy=policy.default) for envelope in self.taken]


class Rude(SMTP):
    """Drops the line at a command instead of answering."""

    at = "QUIT"

    async def _drop(self, arg: str) -> None:
        self.transport.close()


class RudeAtQuit(Rude):
    smtp_QUIT = Rude._drop


class RudeAtData(Rude):
    smtp_DATA = Rude._drop


class RudeAtMail(Rude):
    """Takes one mail a connection, and drops the line when another is begun."""

    begun = False

    async def smtp_MAIL(self, arg: str) -> None:
        if self.begun:
            self.transport.close()
            return
        self.begun = True
        await super().smtp_MAIL(arg)


class Server(Controller):
    """A server on a port of its own."""

    def __init__(self, post: Post, kind: type[SMTP] = SMTP, **options: Any) -> None:
        self.kind = kind
        super().__init__(post, hostname="127.0.0.1", port=0, **options)

    def factory(self) -> SMTP:
        return self.kind(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        """The port is the kernel's choice, so it is known once the server listens."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def certificate(folder: Path, host: str = "127.0.0.1") -> tuple[ssl.SSLContext, Path]:
    """A server's context with a self-signed certificate for that address, and the file to trust it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem, private = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, private)
    return context, pem
