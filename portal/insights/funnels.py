"""How far invitations came, and how long it took until they were accepted: by week, role, team and inviter.

The database counts them by all of these at once, and by the minutes until acceptance; what is left is adding up.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Integer, Select, and_, case, cast, exists, extract, func, literal, or_, select
from sqlalchemy.orm import Session

from .. import permissions
from ..database import Instant
from ..models import RANKS, Invitation, InvitationTeam, Message, Team, User
from ..permissions import Actor
from ..standing import standing_of
from .spans import Span

MOST = 50  # teams and inviters that are told, those with the most invitations
_REACHED = ("sent", "bounced", "complained")  # a mail server took it, whatever it did with it then


@dataclass(slots=True)
class Funnel:
    """How many of some invitations came how far. One that was accepted without its link counts as not viewed; one that
    waits for approval, as accepted when its invitee did so.

    ``key`` is what they have in common: the beginning of a week, a role, the id of a team or person; None for those
    in no team.
    """

    key: Any = None
    name: str = ""
    queued: int = 0
    handed_over: int = 0
    viewed: int = 0
    accepted: int = 0
    minutes: dict[int, int] = field(default_factory=dict, repr=False)

    def add(self, row: Any) -> None:
        """Counts invitations that took equally long, or were not accepted."""
        self.queued += row.queued
        self.handed_over += row.handed_over
        self.viewed += row.viewed
        if row.minutes is not None:
            self.accepted += row.queued
            self.minutes[row.minutes] = self.minutes.get(row.minutes, 0) + row.queued

    @property
    def median(self) -> timedelta | None:
        """In how long half of the accepted ones were, to the minute; None without any."""
        return self._percentile(0.5)

    @property
    def ninetieth(self) -> timedelta | None:
        """In how long nine in ten of them were."""
        return self._percentile(0.9)

    def _percentile(self, share: float) -> timedelta | None:
        """Interpolated between the two nearest, as PostgreSQL's ``percentile_cont`` does."""
        if not self.accepted:
            return None
        place = share * (self.accepted - 1)
        low, high = self._at(int(place)), self._at(min(int(place) + 1, self.accepted - 1))
        return timedelta(minutes=round(low + (high - low) * (place - int(place))))

    def _at(self, place: int) -> int:
        """The minutes of the one at that place, the quickest at 0."""
        passed = 0
        for minutes in sorted(self.minutes):
            passed += self.minutes[minutes]
            if passed > place:
                return minutes
        raise IndexError(place)


@dataclass(slots=True)
class Insights:
    """All of a span's invitations, and the same by group. ``role`` is the reader's own."""

    span: Span
    role: str
    all: Funnel
    weeks: list[Funnel]
    roles: list[Funnel]
    teams: list[Funnel]
    inviters: list[Funnel]


def look(session: Session, actor: Actor, organization_id: UUID, span: Span) -> Insights:
    """What became of the invitations that were made in the span. Raises NotAMember or MayNotInvite.

    Each counts in the week in which it was made; one into two teams, in both. Of teams and inviters, the ``MOST`` with
    the most invitations are told.
    """
    organization = standing_of(session, actor, organization_id)
    permissions.require_invite(organization)
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    found = _added(session.execute(_by_week_role_and_inviter(organization_id, span, is_sqlite)))
    teams = _added(session.execute(_by_team(organization_id, span, is_sqlite)))["team"]
    everything = found["all"].get("", Funnel())
    return Insights(
        span,
        organization.role,
        everything,
        list(_weeks(span, found["week"])),
        [found["role"][role] for role in RANKS if role in found["role"]],
        _named(session, Team, teams),
        _named(session, User, found["inviter"]),
    )


def _added(rows: Iterable[Any]) -> dict[str, dict[Any, Funnel]]:
    """The funnels of all rows, and of each group by its key."""
    found: dict[str, dict[Any, Funnel]] = defaultdict(dict)
    for row in rows:
        keys = {"all": ""} | {name: getattr(row, name) for name in row._fields if name in _GROUPS}
        for group, key in keys.items():
            found[group].setdefault(key, Funnel(key)).add(row)
    return found


_GROUPS = ("week", "role", "inviter", "team")


def _weeks(span: Span, found: dict[int, Funnel]) -> Iterator[Funnel]:
    """Every week of the span in order, also those without any."""
    for number, begun in enumerate(span.mondays):
        funnel = found.get(number, Funnel())
        funnel.key = begun
        yield funnel


def _named(session: Session, model: Any, found: dict[Any, Funnel]) -> list[Funnel]:
    """Those with the most invitations, each with the name of the team or person."""
    largest = sorted(found.values(), key=lambda funnel: (-funnel.queued, str(funnel.key)))[:MOST]
    keys = [funnel.key for funnel in largest if funnel.key]
    names = {row.id: row.name for row in session.execute(select(model.id, model.name).where(model.id.in_(keys)))}
    for funnel in largest:
        funnel.name = names.get(funnel.key, "")
    return largest


def _by_week_role_and_inviter(organization_id: UUID, span: Span, is_sqlite: bool) -> Select[Any]:
    week, minutes = (_on_sqlite if is_sqlite else _on_postgresql)(span)
    groups = (week.label("week"), Invitation.role, Invitation.inviter_id.label("inviter"), minutes.label("minutes"))
    return _within(select(*groups, *_stages()), organization_id, span).group_by(*groups)


def _by_team(organization_id: UUID, span: Span, is_sqlite: bool) -> Select[Any]:
    _, minutes = (_on_sqlite if is_sqlite else _on_postgresql)(span)
    groups = (InvitationTeam.team_id.label("team"), minutes.label("minutes"))
    counted = select(*groups, *_stages()).select_from(Invitation)
    counted = counted.outerjoin(InvitationTeam, InvitationTeam.invitation_id == Invitation.id)
    return _within(counted, organization_id, span).group_by(*groups)


def _within(counted: Select[Any], organization_id: UUID, span: Span) -> Select[Any]:
    here = Invitation.organization_id == organization_id
    return counted.where(here, Invitation.created_at >= span.since, Invitation.created_at < span.until)


def _stages() -> list[Any]:
    """How many there are, and how many of them came to each stage."""
    handed_over = or_(Invitation.delivery.in_(_REACHED), _was_handed_over())
    counted = {"handed_over": handed_over, "viewed": Invitation.viewed_at.is_not(None)}
    sums = [func.sum(case((reached, 1), else_=0)).label(name) for name, reached in counted.items()]
    return [func.count().label("queued"), *sums]


def _was_handed_over() -> Any:
    """Whether a mail server took a mail to its address at any time: its newest may be another."""
    taken = and_(
        Message.invitation_id == Invitation.id, Message.recipient == Invitation.email, Message.status.in_(_REACHED)
    )
    return exists().where(taken).correlate(Invitation)


def _on_postgresql(span: Span) -> tuple[Any, Any]:
    """The number of the week in which it was made, and the minutes until it was accepted."""
    age = extract("epoch", Invitation.created_at - literal(span.monday, Instant()))
    took = extract("epoch", Invitation.ended_at - Invitation.created_at)
    return cast(func.floor(age / 604_800), Integer), _if_accepted(cast(func.floor(took / 60), BigInteger))


def _on_sqlite(span: Span) -> tuple[Any, Any]:
    """The same by Julian days: floating-point numbers, exact to less than a millisecond."""
    made = func.julianday(Invitation.created_at)
    age = made - func.julianday(literal(span.monday, Instant()))
    took = (func.julianday(Invitation.ended_at) - made) * 1440 + 1e-5  # a minute is not to miss its own by rounding
    return cast(age / 7, Integer), _if_accepted(cast(took, BigInteger))


def _if_accepted(minutes: Any) -> Any:
    return case((Invitation.status.in_(["accepted", "waiting"]), minutes))
