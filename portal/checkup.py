"""Is the portal well? One finding for each thing looked at, with what to do where something is wrong."""

import smtplib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import func, or_, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from . import clock
from .config import is_loopback
from .delivery import outbox
from .delivery.smtp import mail
from .models import Event, Invitation, Membership, Message, Organization

STUCK = timedelta(minutes=15)  # for a mail to be due, before somebody has to look
LATE = timedelta(minutes=5)  # for a mail to be waiting, with a worker running
APART = timedelta(seconds=5)  # for two clocks


class Finding(NamedTuple):
    """What was found out about one thing. ``remedy`` is empty where there is nothing to do."""

    check: str
    ok: bool
    said: str
    remedy: str = ""


class Wrong(Exception):
    """Something is not as it should be: the sentence, and what to do."""

    def __init__(self, said: str, remedy: str) -> None:
        super().__init__(said)
        self.said, self.remedy = said, remedy


def examine(app: Flask, session: Session) -> list[Finding]:
    """Looks at everything, one thing after the other."""
    return [_finding(check, look, app, session) for check, look in _CHECKS.items()]


def ready(app: Flask, session: Session) -> list[Finding]:
    """Whether requests can be answered and mail is on its way: database, migrations, and the age of the queue."""
    looks = {name: _CHECKS[name] for name in ("database", "migrations")} | {"queue": _queue}
    return [_finding(check, look, app, session) for check, look in looks.items()]


def _finding(check: str, look: Callable[[Flask, Session], str], app: Flask, session: Session) -> Finding:
    try:
        return Finding(check, True, look(app, session))
    except Wrong as wrong:
        return Finding(check, False, wrong.said, wrong.remedy)
    except SQLAlchemyError as failure:
        session.rollback()
        first = str(getattr(failure, "orig", failure)).strip().splitlines()[0]
        return Finding(check, False, f"The database says: {first}.", "Look at PORTAL_SQLALCHEMY_DATABASE_URI.")


def _settings(app: Flask, _: Session) -> str:
    url = app.config["PUBLIC_URL"]
    if not is_loopback(url) and not app.config["SESSION_COOKIE_SECURE"]:
        raise Wrong(f"{url} is not encrypted.", "Put TLS before the portal and say https in PORTAL_PUBLIC_URL.")
    return f"Every link begins with {url}."


def _database(_: Flask, session: Session) -> str:
    version = session.scalar(text("SELECT sqlite_version()" if _is_sqlite(session) else "SHOW server_version"))
    if not _is_sqlite(session):
        return f"PostgreSQL {version} answers."
    mode = session.scalar(text("PRAGMA journal_mode"))
    if mode != "wal":
        raise Wrong(f"SQLite runs in the mode {mode}, not in WAL.", "Put the database on a local disk.")
    return f"SQLite {version} answers, in WAL mode."


def _migrations(app: Flask, session: Session) -> str:
    newest = _newest(app.extensions["migrate"].directory)
    current = MigrationContext.configure(session.connection()).get_current_revision()
    if current and newest and current > newest:  # they are numbered, and add: in a rolling upgrade old code goes on
        return f"The database is at {current}, newer than this code, which ends at {newest}."
    if current != newest:
        raise Wrong(f"The database is at {current or 'nothing'}, the code at {newest}.", "Run `flask db upgrade`.")
    return f"The database is at the newest, {newest}."


@cache
def _newest(directory: str) -> str | None:
    return ScriptDirectory(directory).get_current_head()


def _counts(_: Flask, session: Session) -> str:
    """The counts that organizations keep, against the rows that they count."""
    of, role = Membership.organization_id == Organization.id, Membership.role == "owner"
    invited = Invitation.organization_id == Organization.id
    rows = {
        Organization.member_count: select(func.count()).select_from(Membership).where(of),
        Organization.owner_count: select(func.count()).select_from(Membership).where(of, role),
    } | {
        count: select(func.count()).select_from(Invitation).where(invited, Invitation.status == status)
        for count, status in ((Organization.pending_count, "pending"), (Organization.waiting_count, "waiting"))
    }
    wrong = select(Organization.slug).order_by(Organization.slug)
    differing = [count != counted.scalar_subquery() for count, counted in rows.items()]
    slugs = session.scalars(wrong.where(or_(*differing)).limit(10)).all()
    if slugs:
        raise Wrong(f"The counts of {', '.join(slugs)} differ from what is there.", "Report it, with a copy.")
    return f"They are right, in each organization ({session.scalar(select(func.count(Organization.id)))})."


def _mail(app: Flask, session: Session) -> str:
    waiting = _late_mail(session, clock.now())
    if app.config["MAIL_SERVER"]:
        _greet_server()
        way = f"{app.config['MAIL_SERVER']} takes mail."
    elif app.config["MAIL_CAPTURE"]:
        way = "Mails are captured, and shown at /dev/mail."
    else:
        raise Wrong("No mail server is set, so mails stay queued.", "Set PORTAL_MAIL_SERVER.")
    if waiting:
        raise Wrong(f"{way} But {waiting} mails wait that should have gone.", "Start `flask worker`.")
    return way


def _queue(app: Flask, session: Session) -> str:
    """How long the oldest mail waits that is due; without a way for mail, none is."""
    if not (app.config["MAIL_SERVER"] or app.config["MAIL_CAPTURE"]):
        return "Mail is not set up."
    _, age = outbox.waiting(session, clock.now())
    if age > STUCK:
        raise Wrong(f"The oldest mail has been due for {int(age.total_seconds())} seconds.", "Start `flask worker`.")
    return f"The oldest mail has been due for {int(age.total_seconds())} seconds."


def _late_mail(session: Session, now: datetime) -> int:
    late = Message.status.in_(["queued", "sending"]) & (Message.available_at <= now - LATE)
    return session.scalar(select(func.count(Message.id)).where(late)) or 0


def _greet_server() -> None:
    """Connects as the worker does, certificate and password included."""
    try:
        with mail.connect() as connection:
            if connection.host is not None:
                connection.host.noop()
    except (smtplib.SMTPException, OSError) as failure:
        raise Wrong(f"The mail server does not take mail: {failure}.", "Look at the PORTAL_MAIL_ settings.") from None


def _clock(_: Flask, session: Session) -> str:
    """The machine's clock, against the database's own where it has one, and against what it has written already."""
    now = clock.now()
    others = [session.scalar(select(func.max(Event.created_at)))]
    if not _is_sqlite(session):
        there: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        if abs(there - now) > APART:
            raise Wrong(f"The database's clock is {there - now} ahead.", "Let both machines keep time by NTP.")
    if any(other is not None and other - now > APART for other in others):
        raise Wrong("The history holds things from the future.", "Set this machine's clock, by NTP.")
    return f"It is {now.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC."


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


_CHECKS: dict[str, Callable[[Flask, Session], str]] = {
    "settings": _settings,
    "database": _database,
    "migrations": _migrations,
    "counts": _counts,
    "mail": _mail,
    "clock": _clock,
}
