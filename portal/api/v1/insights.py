"""What becomes of an organization's invitations, and those of them that are stuck."""

from typing import Any, Literal
from uuid import UUID

from flask import g
from pydantic import BaseModel, Field

from ... import insights, invitations
from ...clock import rfc3339
from ...insights import Funnel
from .. import gate
from .invitation_answers import InvitationPage, said
from .operations import Resource, actor
from .types import Cursor, InOrganization, Moment, Role, Size, patterned

resource = Resource("insights", "How far invitations came, how long it took, and which are stuck.")
READ = "invitations:read"
ALL = "/organizations/<organization_id>/insights"
ID, TIME = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f", "2026-06-29T00:00:00.000Z"
COUNTED = {
    "queued": 12, "handed_over": 12, "viewed": 9, "accepted": 7, "median_minutes": 340, "percentile_90_minutes": 2900,
}  # fmt: skip
EXAMPLE = {
    "since": TIME, "until": "2026-07-06T00:00:00.000Z", "all": COUNTED, "weeks": [COUNTED | {"since": TIME}],
    "roles": [COUNTED | {"role": "member"}], "teams": [COUNTED | {"team_id": ID, "name": "Platform"}],
    "inviters": [COUNTED | {"user_id": ID, "name": "Ines"}],
    "stuck": {"asked": 0, "unreached": 1, "unsent": 0, "unanswered": 1, "unviewed": 2, "expired": 1},
}  # fmt: skip
Kind = Literal["asked", "unreached", "unsent", "unanswered", "unviewed", "expired"]


class SpanQuery(BaseModel):
    """Which invitations, by when they were made: the last twelve weeks unless said; at most 260 weeks."""

    since: Moment | None = None
    until: Moment | None = None


class StuckQuery(SpanQuery):
    """Which kind of them, how many, and from where on."""

    kind: Kind = Field(
        description="`asked` for a new one, `unreached` by mail, `unsent` for an hour, `unanswered` for three days "
        "though viewed, `unviewed` for three days, `expired` without an answer.",
        json_schema_extra={"example": "unviewed"},
    )
    limit: Size = 50
    cursor: Cursor | None = None


class Counted(BaseModel):
    """How many came how far. A viewed link is no person: mail scanners view links too."""

    model_config = patterned(COUNTED)
    queued: int
    handed_over: int = Field(description="A mail server took the mail.")
    viewed: int = Field(description="Something asked for the link.")
    accepted: int
    median_minutes: int | None = Field(description="In which half of the accepted ones were; null without any.")
    percentile_90_minutes: int | None = Field(description="In which nine in ten of them were.")


class CountedWeek(Counted):
    """Those that were made in a week, which begins on Monday, in UTC."""

    since: str


class CountedRole(Counted):
    """Those that offer a role."""

    role: Role


class CountedTeam(Counted):
    """Those into a team; null: into none."""

    team_id: UUID | None
    name: str


class CountedInviter(Counted):
    """Those of one inviter."""

    user_id: UUID
    name: str


class StuckCounts(BaseModel):
    """How many are stuck, by kind; each counts once."""

    model_config = patterned(EXAMPLE["stuck"])
    asked: int
    unreached: int
    unsent: int
    unanswered: int
    unviewed: int
    expired: int


class InsightsAnswer(BaseModel):
    """What became of the invitations that were made from `since` on and before `until`.

    One into two teams counts in both. Of teams and inviters, the 50 with the most invitations are told.
    """

    model_config = patterned(EXAMPLE)
    since: str
    until: str
    all: Counted
    weeks: list[CountedWeek]
    roles: list[CountedRole]
    teams: list[CountedTeam]
    inviters: list[CountedInviter]
    stuck: StuckCounts


@resource.operation("GET", ALL, scope=READ, answer=InsightsAnswer)
def get_insights(path: InOrganization, query: SpanQuery) -> Any:
    """Tells how far invitations came, how long it took until they were accepted, and how many are stuck."""
    span = insights.between(query.since, query.until, g.now)
    found = insights.look(gate.database(), actor(), path.organization_id, span)
    return {
        "since": rfc3339(span.since), "until": rfc3339(span.until), "all": _counted(found.all),
        "weeks": [_counted(funnel) | {"since": rfc3339(funnel.key)} for funnel in found.weeks],
        "roles": [_counted(funnel) | {"role": funnel.key} for funnel in found.roles],
        "teams": [_counted(funnel) | {"team_id": funnel.key, "name": funnel.name} for funnel in found.teams],
        "inviters": [_counted(funnel) | {"user_id": funnel.key, "name": funnel.name} for funnel in found.inviters],
        "stuck": insights.counted(gate.database(), actor(), path.organization_id, span, g.now),
    }  # fmt: skip


@resource.operation("GET", f"{ALL}/stuck", scope=READ, answer=InvitationPage)
def list_stuck_invitations(path: InOrganization, query: StuckQuery) -> Any:
    """Lists the invitations that are stuck in one way, newest first. What helps each are calls on invitations."""
    span = insights.between(query.since, query.until, g.now)
    found = insights.stuck(
        gate.database(), actor(), path.organization_id, span, query.kind, g.now, cursor=query.cursor, most=query.limit
    )
    ids = [invitation.id for invitation in found.invitations]
    rows, role = invitations.rows_of(gate.database(), actor(), path.organization_id, ids, g.now)
    return {"invitations": [said(row, role) for row in rows], "next_cursor": found.next}


def _counted(funnel: Funnel) -> dict[str, Any]:
    times = {"median_minutes": funnel.median, "percentile_90_minutes": funnel.ninetieth}
    return {
        "queued": funnel.queued, "handed_over": funnel.handed_over, "viewed": funnel.viewed,
        "accepted": funnel.accepted,
    } | {name: None if took is None else int(took.total_seconds() // 60) for name, took in times.items()}  # fmt: skip
