"""The history of an organization, by pages."""

from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Response
from pydantic import BaseModel, Field

from ... import audit
from ...audit import Wanted
from ...clock import rfc3339
from ...extensions import db
from ...tables import csv_lines, json_lines
from .. import gate
from .operations import Resource, actor
from .types import Cursor, InOrganization, Moment, Size, patterned

resource = Resource("history", "What happened in an organization. Nothing here can be changed.")
EXAMPLE = {
    "id": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f", "kind": "member.changed",
    "subject_id": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f", "actor": "ines@example.com", "channel": "page",
    "ip_address": "192.0.2.7", "details": {"before": {"role": "member"}, "after": {"role": "manager"}},
    "created_at": "2026-07-03T12:00:00.000Z",
}  # fmt: skip


class HistoryFilter(BaseModel):
    """What of it."""

    kind: Annotated[str, Field(max_length=60, description="`member.changed`, or `member` for all about members.")] = ""
    person: Annotated[str, Field(max_length=254, description="The address of who did it, or to whom.")] = ""
    since: Moment | None = None
    until: Moment | None = None

    def wanted(self) -> Wanted:
        """The same, as the rule takes it."""
        return Wanted(self.kind, self.person, self.since, self.until)


class HistoryQuery(HistoryFilter):
    """What of it, how many, and from where on."""

    limit: Size = 50
    cursor: Cursor | None = None


class HistoryExport(HistoryFilter):
    """What of it, and as what: CSV, or a JSON object on each line."""

    format: Literal["csv", "jsonl"] = "jsonl"


class HistoryEntry(BaseModel):
    """Something that happened: who did it, through what and from where; `details` say what was before and after."""

    model_config = patterned(EXAMPLE)
    id: UUID
    kind: str
    subject_id: str
    actor: str | None = Field(description="The address of who did it; null: the portal itself.")
    channel: str
    ip_address: str | None
    details: dict[str, Any]
    created_at: str


class HistoryPage(BaseModel):
    """Newest first; `next_cursor` leads on, and is null at the end."""

    model_config = patterned({"history": [EXAMPLE], "next_cursor": None})
    history: list[HistoryEntry]
    next_cursor: str | None


@resource.operation("GET", "/organizations/<organization_id>/history", scope="organization:read", answer=HistoryPage)
def list_history(path: InOrganization, query: HistoryQuery) -> Any:
    """Lists what happened, newest first. Owners and admins may."""
    entries, older = audit.page(
        gate.database(), actor(), path.organization_id, query.wanted(), cursor=query.cursor, most=query.limit
    )
    found = [audit.written(entry) for entry in entries]
    return {"history": [row | {"created_at": rfc3339(row["created_at"])} for row in found], "next_cursor": older}


@resource.operation(
    "GET", "/organizations/<organization_id>/history/export", scope="organization:read", answer=None,
    files=("application/jsonl", "text/csv"),
)  # fmt: skip
def export_history(path: InOrganization, query: HistoryExport) -> Any:
    """Sends all that happened, newest first, while it is read. Owners and admins may."""
    audit.require(gate.database(), actor(), path.organization_id)
    rows = audit.exported(db.engine, actor(), path.organization_id, query.wanted())
    if query.format == "csv":
        return Response(csv_lines(audit.COLUMNS, rows), content_type="text/csv; charset=utf-8")
    return Response(json_lines(rows), content_type="application/jsonl")
