"""Takes mail servers' reports by LMTP (RFC 2033) or SMTP, and writes down what they say."""

import asyncio
import signal
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from .. import clock, returns
from ..delivery import reports
from ..extensions import db

log = structlog.get_logger()


def take(session: Session, report: reports.Report, now: datetime) -> bool:
    """Writes down what a report says. False when it is about no mail that is out, or says nothing final."""
    if report.what not in ("delivered", "bounced", "complained"):
        return False
    return returns.told(session, report.message_id, report.what, report.words, now)  # type: ignore[arg-type]


class Taking:
    """What an aiosmtpd server does with each mail: what is no report is taken and forgotten."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        """Answers once it is written down, and asks for another try while the database is away."""
        try:
            return await asyncio.to_thread(self._take, bytes(envelope.content or b""))
        except OperationalError:
            return "451 4.3.0 Try again later"

    def _take(self, content: bytes) -> str:
        with self.app.app_context():
            report = reports.read(content)
            known = report is not None and take(db.session(), report, clock.now())
        return "250 2.0.0 Written down" if known else "250 2.0.0 Nothing to write down"


def serve(app: Flask, address: str) -> None:
    """Listens at ``lmtp://host:port`` or ``smtp://host:port`` until TERM or INT."""
    asyncio.run(_serve(app, address))


async def _serve(app: Flask, address: str) -> None:
    parts, taking = urlsplit(address), Taking(app)
    kind = LMTP if parts.scheme == "lmtp" else SMTP
    loop, ending = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    made = lambda: kind(taking, data_size_limit=reports.LARGEST, loop=loop)  # noqa: E731
    server = await loop.create_server(made, parts.hostname, parts.port or 0)
    async with server:
        log.info("taking reports", at=address)
        await ending.wait()
