"""The history of an organization as its owners and admins read it: filtered, by pages, and written out whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Uuid, false, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from . import cursors, permissions
from .addresses import normalise
from .cursors import Place
from .database import Instant
from .errors import NotAnAddress
from .models import Event, User
from .permissions import Actor, Permission
from .standing import standing_of

PAGE = 50
ORDER = "history"
PORTION = 1000  # rows that are read at a time when all are written out
COLUMNS = ("id", "created_at", "kind", "subject_id", "actor", "channel", "ip_address", "details")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show: ``kind`` is whole (`member.changed`) or its subject alone (`member`); ``person`` is the address of
    whoever did it or whom it happened to; from ``since`` on, and before ``until``.
    """

    kind: str = ""
    person: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(slots=True)
class Entry:
    """An event with who did it; ``subject`` is the person that it happened to, if it was a person."""

    event: Event
    actor: User | None
    subject: User | None = None


def page(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    wanted: Wanted,
    *,
    cursor: str | None = None,
    most: int = PAGE,
) -> tuple[list[Entry], str | None]:
    """Newest first, and the cursor of what is older. Raises NotAMember, NotAllowed or BadCursor."""
    require(session, actor, organization_id)
    found = _entries(session, organization_id, wanted, _beyond(cursor), most + 1)
    shown = found[:most]
    _name_subjects(session, shown)
    return shown, _cursor(shown[-1].event) if len(found) > most else None


def require(session: Session, actor: Actor, organization_id: UUID) -> None:
    """Raises NotAMember or NotAllowed unless the actor may read the history."""
    permissions.require(standing_of(session, actor, organization_id).role, Permission.MANAGE_ORGANIZATION)


def rows(session: Session, actor: Actor, organization_id: UUID, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """All of it, newest first, as rows of ``COLUMNS``, read in portions. Raises NotAMember or NotAllowed."""
    require(session, actor, organization_id)
    beyond: tuple[datetime, UUID] | None = None
    while portion := _entries(session, organization_id, wanted, beyond, PORTION):
        for entry in portion:
            yield written(entry)
        last = portion[-1].event
        beyond = (last.created_at, last.id)
        session.expunge_all()


def exported(engine: Engine, actor: Actor, organization_id: UUID, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """The same through a session of their own, for an answer that is sent when the request's has ended."""
    with Session(engine) as session:
        yield from rows(session, actor, organization_id, wanted)


def written(entry: Entry) -> dict[str, Any]:
    """An entry as a row."""
    event = entry.event
    said = {name: getattr(event, name) for name in COLUMNS if name != "actor"}
    return said | {"actor": entry.actor.email if entry.actor else None}


def changes(details: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """What was changed: the name of each thing, and what it was before and after."""
    before, after = details.get("before"), details.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        return [(name, before.get(name), value) for name, value in after.items() if value != before.get(name)]
    if before is not None or after is not None:
        return [("", before, after)]
    pairs = ((name, said) for name, said in details.items() if isinstance(said, list) and len(said) == 2)
    return [(name, said[0], said[1]) for name, said in pairs]


def _entries(
    session: Session, organization_id: UUID, wanted: Wanted, beyond: tuple[datetime, UUID] | None, most: int
) -> list[Entry]:
    query = (
        select(Event, User)
        .outerjoin(User, User.id == Event.actor_id)
        .where(Event.organization_id == organization_id, *_conditions(session, wanted))
        .order_by(Event.created_at.desc(), Event.id.desc())
        .limit(most)
    )
    if beyond is not None:
        key = tuple_(literal(beyond[0], Instant()), literal(beyond[1], Uuid()))
        query = query.where(tuple_(Event.created_at, Event.id) < key)
    return [Entry(event, person) for event, person in session.execute(query)]


def _conditions(session: Session, wanted: Wanted) -> Iterator[Any]:
    if wanted.kind:
        yield or_(Event.kind == wanted.kind, Event.kind.startswith(f"{wanted.kind}.", autoescape=True))
    if wanted.since is not None:
        yield Event.created_at >= wanted.since
    if wanted.until is not None:
        yield Event.created_at < wanted.until
    if wanted.person:
        key = _person(session, wanted.person)
        yield or_(Event.actor_id == key, Event.subject_id == str(key)) if key else false()


def _person(session: Session, address: str) -> UUID | None:
    try:
        return session.scalar(select(User.id).where(User.email == normalise(address)))
    except NotAnAddress:
        return None


def _name_subjects(session: Session, entries: list[Entry]) -> None:
    """Finds the people that the events on members happened to."""
    keys = {UUID(e.event.subject_id) for e in entries if e.event.kind.startswith("member.")}
    people = {person.id: person for person in session.scalars(select(User).where(User.id.in_(list(keys))))}
    for entry in entries:
        if entry.event.kind.startswith("member."):
            entry.subject = people.get(UUID(entry.event.subject_id))


def _cursor(event: Event) -> str:
    return cursors.write(Place(ORDER, event.created_at, event.id))


def _beyond(cursor: str | None) -> tuple[datetime, UUID] | None:
    place = cursors.read(cursor, (ORDER,)) if cursor else None
    return (place.moment, place.key) if place else None
