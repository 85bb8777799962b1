"""Inviting by a list: upload or paste, a dry run, progress, and the result to download."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FileField, SelectField
from wtforms.fields import SelectChoice

from .. import imports, limits, permissions, tables
from ..errors import NothingToImport
from ..models import Import
from ..permissions import Permission
from .base import Here, in_organization, page
from .forms import ActionForm, Form, Paragraphs, pressed
from .words import ROLES

blueprint = Blueprint("imports", __name__, url_prefix="/o/<slug>/imports")

OUTCOMES = {
    "ready": _l("Will be invited"), "invited": _l("Invited"), "not_an_address": _l("No address"),
    "said_twice": _l("Named twice"), "already_member": _l("Member already"), "already_invited": _l("Invited already"),
    "no_seat_left": _l("No seat left"), "pending_limit_reached": _l("Limit reached"),
    "unknown_role": _l("No such role"), "role_above_rank": _l("Role above yours"), "unknown_place": _l("No such place"),
    "bad_expiry": _l("Bad expiry"), "local_part_not_ascii": _l("Address not usable"),
    "domain_not_allowed": _l("Domain not allowed"), "invited_too_often": _l("Invited too often"),
    "unknown_site": _l("No such place"), "unknown_team": _l("No such place"), "unknown_project": _l("No such place"),
    "granted_twice": _l("Place named twice"), "restriction_needs_member": _l("Sites need the role member"),
    "message_too_long": _l("Message too long"),
}  # fmt: skip
STATES = {
    "planning": (_l("Broken off"), "quiet"), "planned": (_l("Dry run"), "calm"), "running": (_l("Inviting"), "calm"),
    "done": (_l("Done"), "good"), "stopped": (_l("Stopped"), "careful"),
}  # fmt: skip
DELIMITERS = {",": _l("comma"), ";": _l("semicolon"), "\t": _l("tab"), "|": _l("bar")}
RESULT = ("row", "email", "name", "role", "outcome", "reason", "remedy")
COLUMNS = ("email", "name", "role", "sites", "teams", "projects", "message", "expires")
SAMPLE = (
    {"email": "ann@example.com", "name": "Ann Example", "role": "member"},
    {
        "email": "bob@example.com", "role": "member", "sites": "shop.example.com|blog.example.com",
        "teams": "Platform=developer", "projects": "Apollo=project_member", "message": "Welcome!", "expires": "14",
    },
)  # fmt: skip


class ImportForm(Form):
    """A file, or text that was pasted; and the role of rows that name none."""

    file = FileField(_l("File"))
    people = Paragraphs(_l("Or paste the rows"))
    role = SelectField(_l("Role where a row names none"), default="member", validate_choice=False)

    def offering(self, here: Here) -> "ImportForm":
        """The roles that the person may offer."""
        self.role.choices = [SelectChoice(r, ROLES[r]) for r in reversed(permissions.offerable(here.role))]
        return self

    def source(self) -> tuple[bytes | str, str]:
        """What was sent, and the file's name. Raises NothingToImport."""
        sent = request.files.get("file")
        if sent is not None and sent.filename:
            with sent.stream:
                return sent.read(), sent.filename
        if not self.people.data.strip():
            raise NothingToImport()
        return self.people.data, ""


@blueprint.route("", methods=["GET", "POST"])
@limits.invite_by_person
@in_organization
def index(here: Here) -> Any:
    """Takes a list and shows its dry run; below, the lists so far."""
    found, older = imports.newest(here.session, here.actor, here.id, cursor=request.args.get("at", type=UUID))
    request.max_content_length = request.max_form_memory_size = current_app.config["IMPORT_MAX_BYTES"]
    form = ImportForm().offering(here)
    if form.validate_on_submit():
        with form.refusing():
            source, name = form.source()
            role = form.role.data or ""
            made = imports.plan(here.session, here.actor, here.id, source, here.now, role=role, file_name=name)
            return here.go("imports.show", import_id=made.id)
    return page("imports/index.html", form.status, form=form, found=found, older=older, IMPORT_STATES=STATES)


@blueprint.get("/template.csv")
@in_organization
def template(here: Here) -> Any:
    """A list to start from."""
    permissions.require(here.role, Permission.INVITE)
    return _download("invitations.csv", tables.csv_lines(COLUMNS, SAMPLE))


@blueprint.get("/<uuid:import_id>")
@in_organization
def show(here: Here, import_id: UUID) -> Any:
    """The dry run; then how far it is; then what became of each row."""
    found = imports.one(here.session, here.actor, here.id, import_id)
    counts = imports.outcomes(here.session, found)
    outcome = request.args.get("outcome", "")
    rows = imports.rows(
        here.session, found, outcome if outcome in counts else "", after=_number("after") or 0, before=_number("before")
    )
    return page(
        "imports/show.html", found=found, counts=counts, outcome=outcome, rows=rows, action=ActionForm(),
        IMPORT_STATES=STATES, OUTCOMES=OUTCOMES, DELIMITERS=DELIMITERS, reason=imports.reason,
    )  # fmt: skip


@blueprint.post("/<uuid:import_id>/start")
@limits.invite_by_person
@in_organization
def start(here: Here, import_id: UUID) -> Any:
    """Has the worker invite whom the dry run found good."""
    imports.one(here.session, here.actor, here.id, import_id)
    if pressed():
        imports.start(here.session, here.actor, here.id, import_id, here.now)
    return here.go("imports.show", import_id=import_id)


@blueprint.post("/<uuid:import_id>/stop")
@in_organization
def stop(here: Here, import_id: UUID) -> Any:
    """Ends it here; who was invited stays invited."""
    imports.one(here.session, here.actor, here.id, import_id)
    if pressed():
        imports.stop(here.session, here.actor, here.id, import_id, here.now)
        flash(_("The import was stopped."))
    return here.go("imports.show", import_id=import_id)


@blueprint.get("/<uuid:import_id>/result.csv")
@in_organization
def result(here: Here, import_id: UUID) -> Any:
    """Every row with what became of it."""
    found = imports.one(here.session, here.actor, here.id, import_id)
    return _download("result.csv", tables.csv_lines(RESULT, _told(here, found)))


def _told(here: Here, found: Import) -> Iterator[dict[str, Any]]:
    for row in imports.every(here.session, found):
        error = imports.reason(row.error, row.facts)
        yield {
            "row": row.number, "email": row.address, "name": row.name, "role": row.offer.get("role"),
            "outcome": row.outcome, "reason": str(error or ""), "remedy": str(error.remedy) if error else "",
        }  # fmt: skip


def _download(name: str, lines: Iterator[str]) -> Response:
    """A file to keep, no longer than a list may be; the mark before it tells spreadsheets that it is UTF-8."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("\ufeff" + "".join(lines), mimetype="text/csv", headers=headers)


def _number(name: str) -> int | None:
    """A row's number in the query; None for what is none."""
    said = request.args.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
