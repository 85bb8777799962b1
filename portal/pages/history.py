"""The history of an organization: who did what, when and from where, and what it was before."""

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import lazy_gettext as _l

from .. import audit
from ..audit import Wanted
from ..extensions import db
from ..tables import csv_lines, json_lines
from .base import Here, in_organization, page
from .days import day, day_after

blueprint = Blueprint("history", __name__, url_prefix="/o/<slug>/history")
SUBJECTS = {
    "invitation": _l("Invitations"), "member": _l("Members"), "site": _l("Sites"), "team": _l("Teams"),
    "project": _l("Projects"), "organization": _l("Organization"),
}  # fmt: skip


@blueprint.get("")
@in_organization
def index(here: Here) -> Any:
    """A page of it, newest first."""
    asked = _asked()
    entries, older = audit.page(here.session, here.actor, here.id, _wanted(asked), cursor=request.args.get("at"))
    return page(
        "history/index.html", entries=entries, older=older, asked=asked, changes=audit.changes, subjects=SUBJECTS
    )


@blueprint.get("/export.<any(csv, jsonl):form>")
@in_organization
def export(here: Here, form: str) -> Any:
    """All that the filters leave, as a file, sent while it is read."""
    audit.require(here.session, here.actor, here.id)
    rows = audit.exported(db.engine, here.actor, here.id, _wanted(_asked()))
    lines = csv_lines(audit.COLUMNS, rows) if form == "csv" else json_lines(rows)
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/jsonl"
    name = f"{here.place.slug}-history.{form}"
    return Response(lines, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _asked() -> dict[str, str]:
    """The filters as they were typed, those alone that say something."""
    said = {name: request.args.get(name, "").strip() for name in ("kind", "person", "since", "until")}
    return {name: value for name, value in said.items() if value}


def _wanted(asked: dict[str, str]) -> Wanted:
    return Wanted(
        kind=asked.get("kind", ""), person=asked.get("person", ""), since=day(asked.get("since", "")),
        until=day_after(asked.get("until", "")),
    )  # fmt: skip
