"""Finding invitations by a part of their address; ``models.parts`` says what it stands on.

A part that many addresses hold is found among the newest rows; one that few hold, through its trigrams.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, cast, column, func, select, table, text, union_all
from sqlalchemy.orm import Session
from sqlalchemy.types import Uuid

from ..database import transaction
from ..models import SHORTEST_PART, Invitation
from ..statements import invitations_filed, invitations_in_window

AT_ONCE = 10_000  # rows that the worker files in one unit of work
SETTLED = timedelta(minutes=1)  # after which no older id comes any more

_filed = table("invitation_parts", column("rowid"), column("invitation_id", Uuid()))
_last = select(_filed.c.invitation_id).order_by(_filed.c.rowid.desc()).limit(1).scalar_subquery()


def is_part(said: str) -> bool:
    """Whether it is long enough to be looked for within addresses."""
    return len(said) >= SHORTEST_PART


def rows_with(
    session: Session,
    part: str,
    state: str,
    conditions: list[Any],
    by_address: bool,
    older: bool,
    values: dict[str, Any],
) -> list[Any]:
    """As ``statements.invitations_filtered``, of those whose address holds ``part``."""
    holding = [Invitation.email.contains(part, autoescape=True), *conditions]
    found = list(session.execute(invitations_in_window(state, holding, by_address, older), values))
    if len(found) == values["most"]:
        return found
    holding.append(within(session, values["organization_id"], part))
    return list(session.execute(invitations_filed(state, holding, by_address, older), values))


def within(session: Session, organization_id: UUID, part: str) -> Any:
    """The condition that every trigram of ``part`` is in the address."""
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    return (_in_postgresql if on_postgresql else _in_sqlite)(organization_id, part)


def _trigrams(part: str) -> list[str]:
    return list(dict.fromkeys(part[i : i + 3] for i in range(len(part) - 2)))


def _in_postgresql(organization_id: UUID, part: str) -> Any:
    wanted = [str(organization_id)[-4:] + trigram for trigram in _trigrams(part)]
    filed = func.usher_trigrams(Invitation.organization_id, Invitation.email)
    return filed.op("@>")(cast(wanted, ARRAY(Text())))


def _in_sqlite(organization_id: UUID, part: str) -> Any:
    filed = select(_filed.c.invitation_id).where(text("invitation_parts MATCH :parts").bindparams(
        bindparam("parts", _matching(organization_id, part))
    ))  # fmt: skip
    unfiled = select(Invitation.id).where(Invitation.id > func.coalesce(_last, ""))
    return Invitation.id.in_(union_all(filed, unfiled.correlate(None)))


def _matching(organization_id: UUID, part: str) -> str:
    """What FTS5 is asked: every trigram, each in quotes."""
    quoted = [trigram.replace('"', '""') for trigram in _trigrams(part)]
    here = f'organization : "{organization_id.hex[-3:]}"'
    return " AND ".join([here, *(f'email : "{trigram}"' for trigram in quoted)])


def keep_parts(session: Session, now: datetime) -> int:
    """Files the addresses that were not there yet; how many. PostgreSQL files them by itself."""
    if session.get_bind().dialect.name == "postgresql":
        return 0
    before, filed = f"{int((now - SETTLED).timestamp() * 1000):012x}", 0
    while True:
        with transaction(session):
            new: int = session.execute(_FILE, {"before": before, "most": AT_ONCE}).rowcount  # type: ignore[attr-defined]
        filed += new
        if new < AT_ONCE:
            return filed


_FILE = text("""
    INSERT INTO invitation_parts (email, organization, invitation_id)
    SELECT email, substr(organization_id, -3), id FROM invitations
    WHERE id > coalesce((SELECT invitation_id FROM invitation_parts ORDER BY rowid DESC LIMIT 1), '') AND id < :before
    ORDER BY id LIMIT :most""")


def refile(session: Session, invitation: Invitation, former: str) -> None:
    """Files an invitation under its new address, as part of the unit of work at hand."""
    if session.get_bind().dialect.name == "postgresql" or not is_part(former):
        return
    parts = _matching(invitation.organization_id, former)
    session.execute(_REFILE, {"email": invitation.email, "parts": parts, "id": invitation.id.hex})


_REFILE = text("""
    UPDATE invitation_parts SET email = :email WHERE rowid IN (
        SELECT rowid FROM invitation_parts WHERE invitation_parts MATCH :parts AND invitation_id = :id)""")


def forget_parts(session: Session) -> int:
    """Takes out what was filed of invitations that are gone; how many."""
    if session.get_bind().dialect.name == "postgresql":
        return 0
    gone = list(session.scalars(_GONE))
    for begun in range(0, len(gone), AT_ONCE):
        with transaction(session):
            for rowid in gone[begun : begun + AT_ONCE]:
                session.execute(_FORGET, {"rowid": rowid})
    return len(gone)


_GONE = text("SELECT rowid FROM invitation_parts WHERE NOT EXISTS (SELECT 1 FROM invitations WHERE id = invitation_id)")
_FORGET = text("DELETE FROM invitation_parts WHERE rowid = :rowid")
