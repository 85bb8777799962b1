"""Imports: lists of people, planned row by row, then carried out by the worker."""

from typing import Annotated, Any, Literal
from uuid import UUID

from flask import g
from pydantic import BaseModel, Field

from ... import imports, limits
from ...clock import rfc3339
from ...errors import PortalError
from ...models import Import
from .. import gate
from .operations import Resource, actor
from .types import InOrganization, Role, Size, patterned

resource = Resource("imports", "People to invite, as a CSV list: first a dry run of each row, then the worker invites.")
READ, WRITE = "invitations:read", "invitations:write"
ALL = "/organizations/<organization_id>/imports"
ONE = f"{ALL}/<import_id>"
ID = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"
_ROW = {
    "number": 1, "email": "teammate@example.com", "name": "", "role": "member", "outcome": "ready", "reason": None,
}  # fmt: skip
_ONE = {
    "id": ID, "status": "planned", "file_name": "people.csv", "delimiter": ",", "columns": ["email", "role"],
    "ignored": [], "total": 1, "done": 0, "outcomes": {"ready": 1}, "reason": None,
    "created_at": "2026-07-03T12:00:00.000Z", "updated_at": "2026-07-03T12:00:00.000Z",
}  # fmt: skip


class ImportBody(BaseModel):
    """A list of people. Columns are known by their heads, in any order, in English or German."""

    model_config = patterned({"csv": "email,name,role\nteammate@example.com,Tea Mate,member\n", "role": "member"})
    csv: Annotated[str, Field(min_length=1, description="At most 100,000 rows.")]
    role: Annotated[Role, Field(description="For rows that name none.")] = "member"
    file_name: Annotated[str, Field(max_length=255)] = ""


class ImportsQuery(BaseModel):
    """Which page."""

    limit: Size = 50
    cursor: Annotated[UUID | None, Field(description="`next_cursor` of the page before.")] = None


class ImportRowsQuery(BaseModel):
    """Which rows."""

    limit: Size = 50
    outcome: Annotated[str, Field(max_length=100, description="Only rows with this outcome.")] = ""
    after: Annotated[int, Field(ge=0, le=1_000_000, description="`next_after` of the page before.")] = 0


class OfImport(InOrganization):
    """An import of the organization."""

    import_id: UUID


class ImportResource(BaseModel):
    """An import; ``outcomes`` counts its rows: `ready`, `invited`, or an error's code."""

    model_config = patterned(_ONE)
    id: UUID
    status: Literal["planning", "planned", "running", "done", "stopped"]
    file_name: str
    delimiter: str
    columns: list[str]
    ignored: list[str] = Field(description="Heads that mean nothing here.")
    total: int
    done: int = Field(description="The number of the last row that was dealt with.")
    outcomes: dict[str, int]
    reason: str | None = Field(description="Why it stopped before its end, where that was not asked for.")
    created_at: str
    updated_at: str


class ImportPage(BaseModel):
    """Imports, newest first."""

    model_config = patterned({"imports": [_ONE], "next_cursor": None})
    imports: list[ImportResource]
    next_cursor: UUID | None


class ImportedRow(BaseModel):
    """A row, and what became of it or would."""

    number: int
    email: str
    name: str
    role: str | None
    outcome: str
    reason: str | None


class ImportRowPage(BaseModel):
    """Rows in the order of the list."""

    model_config = patterned({"rows": [_ROW], "next_after": None})
    rows: list[ImportedRow]
    next_after: int | None


@resource.operation("GET", ALL, scope=READ, answer=ImportPage)
def list_imports(path: InOrganization, query: ImportsQuery) -> Any:
    """Lists imports, newest first."""
    found, cursor = imports.newest(gate.database(), actor(), path.organization_id, query.limit, query.cursor)
    return {"imports": [_said(each) for each in found], "next_cursor": cursor}


@resource.operation(
    "POST", ALL, scope=WRITE, answer=ImportResource, status=201, limit=limits.call_by_person,
    longest="IMPORT_MAX_BYTES",
)  # fmt: skip
def create_import(path: InOrganization, body: ImportBody) -> Any:
    """Reads a list and tells what would become of each row. Nobody is invited before it is started."""
    made = imports.plan(
        gate.database(), actor(), path.organization_id, body.csv, g.now, role=body.role, file_name=body.file_name
    )
    where = f"/api/v1/organizations/{path.organization_id}/imports/{made.id}"
    return _said(made), 201, {"Location": where}


@resource.operation("GET", ONE, scope=READ, answer=ImportResource)
def get_import(path: OfImport) -> Any:
    """Reads one import, and how far it is."""
    return _said(_found(path))


@resource.operation("GET", f"{ONE}/rows", scope=READ, answer=ImportRowPage)
def list_import_rows(path: OfImport, query: ImportRowsQuery) -> Any:
    """Lists an import's rows, page by page."""
    page = imports.rows(gate.database(), _found(path), query.outcome, query.after, most=query.limit)
    return {"rows": [_row(row) for row in page.rows], "next_after": page.next}


@resource.operation("POST", f"{ONE}/start", scope=WRITE, answer=ImportResource, limit=limits.call_by_person)
def start_import(path: OfImport) -> Any:
    """Has the worker invite every row that is ready, in the caller's name; once."""
    return _said(imports.start(gate.database(), actor(), path.organization_id, path.import_id, g.now))


@resource.operation("POST", f"{ONE}/stop", scope=WRITE, answer=ImportResource)
def stop_import(path: OfImport) -> Any:
    """Ends an import before it is through; who was invited stays invited."""
    return _said(imports.stop(gate.database(), actor(), path.organization_id, path.import_id, g.now))


def _found(path: OfImport) -> Import:
    return imports.one(gate.database(), actor(), path.organization_id, path.import_id)


def _said(found: Import) -> dict[str, Any]:
    same = ("id", "status", "file_name", "delimiter", "columns", "ignored", "total", "done")
    stopped = imports.reason(found.reason, {})
    return {name: getattr(found, name) for name in same} | {
        "outcomes": imports.outcomes(gate.database(), found), "reason": _words(stopped),
        "created_at": rfc3339(found.created_at), "updated_at": rfc3339(found.updated_at),
    }  # fmt: skip


def _row(row: Any) -> dict[str, Any]:
    return {
        "number": row.number, "email": row.address, "name": row.name, "role": row.offer.get("role"),
        "outcome": row.outcome, "reason": _words(imports.reason(row.error, row.facts)),
    }  # fmt: skip


def _words(error: PortalError | None) -> str | None:
    return f"{error} {error.remedy}" if error else None
