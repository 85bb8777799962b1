"""Sessions: a random value in a cookie, its SHA-256 in the table. Ended one by one, or all at once."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session as Database

from .database import new_id, transaction
from .models import Session
from .statements import session_by_token

LIFETIME = timedelta(days=7)
RENEWED_AFTER = timedelta(days=1)
RECENT = timedelta(minutes=15)
LONGEST_AGENT = 400


def start(
    database: Database,
    user_id: UUID,
    now: datetime,
    *,
    lasts: bool = True,
    ip_address: str | None = None,
    user_agent: str | None = None,
    key: UUID | None = None,
) -> str:
    """Starts a session, with the id ``key`` if one is given, and returns the cookie's value, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    with transaction(database):
        database.add(
            Session(
                id=key or new_id(),
                user_id=user_id,
                token_hash=digest(token),
                lasts=lasts,
                created_at=now,
                renewed_at=now,
                confirmed_at=now,
                expires_at=now + LIFETIME,
                ip_address=ip_address,
                user_agent=(user_agent or "")[:LONGEST_AGENT] or None,
            )
        )
    return token


def find(database: Database, token: str, now: datetime) -> Any | None:
    """The live session behind a cookie's value, with its person; None when it is forged, ended or past its time."""
    if not token.isascii() or len(token) > 200:
        return None
    return session_by_token.first(database, token_hash=digest(token), now=now)


def renew(database: Database, session_id: UUID, now: datetime) -> None:
    """Lets a session in use last another seven days; asked at most daily."""
    with transaction(database):
        database.execute(
            update(Session).where(Session.id == session_id).values(renewed_at=now, expires_at=now + LIFETIME)
        )


def confirm(database: Database, session_id: UUID, now: datetime) -> None:
    """Notes that its person has just shown again who they are."""
    with transaction(database):
        database.execute(update(Session).where(Session.id == session_id).values(confirmed_at=now))


def get(database: Database, session_id: UUID) -> Session:
    """A session by its id, as it is now."""
    return database.get_one(Session, session_id, populate_existing=True)


def open_organization(
    database: Database, session_id: UUID, organization_id: UUID | None, team_id: UUID | None = None
) -> None:
    """Remembers which organization the session works in, and which team of it, if one is said."""
    with transaction(database):
        database.execute(
            update(Session)
            .where(Session.id == session_id)
            .values(active_organization_id=organization_id, active_team_id=team_id)
        )


def of_user(database: Database, user_id: UUID, now: datetime) -> list[Session]:
    """Somebody's live sessions, newest first."""
    query = select(Session).where(Session.user_id == user_id, Session.expires_at > now)
    return list(database.scalars(query.order_by(Session.created_at.desc(), Session.id.desc()).limit(100)))


def end(database: Database, user_id: UUID, session_id: UUID) -> bool:
    """Ends one of somebody's sessions; False when it is not theirs or is gone."""
    with transaction(database):
        ended = database.execute(delete(Session).where(Session.id == session_id, Session.user_id == user_id))
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def end_all(database: Database, user_id: UUID, but: UUID | None = None) -> None:
    """Ends all of somebody's sessions, but for one if it is named."""
    with transaction(database):
        others = delete(Session).where(Session.user_id == user_id)
        database.execute(others.where(Session.id != but) if but else others)


def prune(database: Database, now: datetime) -> None:
    """Deletes the sessions whose time is over."""
    with transaction(database):
        database.execute(delete(Session).where(Session.expires_at <= now))


def digest(token: str) -> bytes:
    """What the table keeps of a cookie's value."""
    return hashlib.sha256(token.encode()).digest()
