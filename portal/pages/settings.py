"""The settings of an organization, and its end: deactivating, deleting, and opening it again."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields import SelectChoice

from .. import languages, organizations, permissions, settings
from ..database import transaction
from ..errors import BadLifetime, BadLimit
from ..models import INVITERS, ROLES
from ..organizations import LARGEST_LIMIT
from ..permissions import Permission
from ..worker.preview import preview
from .base import Here, in_organization, page, recent, see_other, signed_in
from .forms import ActionForm, Form, Paragraphs, Text, pressed
from .words import ROLES as ROLE_WORDS

blueprint = Blueprint("settings", __name__)
UNITS = {"hours": 3600, "days": 86400}
FROM = {
    "owner": _l("Owners"), "admin": _l("Owners and administrators"),
    "manager": _l("Owners, administrators and managers"),
}  # fmt: skip
OWN = (
    "language",
    "default_role",
    "invite_from",
    "reply_to",
    "mail_paragraph",
    "remind_halfway",
    "remind_last_day",
    "approval",
)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


class SettingsForm(Form):
    """Everything that an organization sets for itself."""

    name = Text(_l("Name"))
    slug = Text(_l("Short name in addresses"))
    language = SelectField(_l("Language"), validate_choice=False)
    default_role = SelectField(_l("Role that inviting begins with"), validate_choice=False)
    invitation_lifetime = Text(_l("Invitations last"))
    unit = SelectField(_l("Hours or days"), validate_choice=False)
    invite_from = SelectField(_l("Who may invite"), validate_choice=False)
    seat_limit = Text(_l("Seats"))
    allowed_domains = Paragraphs(_l("Domains that invitations may go to"))
    remind_halfway = BooleanField(_l("Remind at half time"))
    remind_last_day = BooleanField(_l("Remind a day before the end"))
    approval = BooleanField(_l("Whoever accepts waits until an owner or administrator approves"))
    reply_to = Text(_l("Answers go to"))
    mail_paragraph = Paragraphs(_l("Your own paragraph in the mail"))

    def offering(self) -> "SettingsForm":
        """The choices of its fields."""
        self.language.choices = [
            SelectChoice("", _l("The reader’s own")),
            *(SelectChoice(code, name) for code, name in languages.spoken().items()),
        ]
        self.unit.choices = [SelectChoice("hours", _l("hours")), SelectChoice("days", _l("days"))]
        self.default_role.choices = [SelectChoice(role, ROLE_WORDS[role]) for role in ROLES]
        self.invite_from.choices = [SelectChoice(role, FROM[role]) for role in INVITERS]
        return self

    def show(self, organization: Any) -> None:
        """Fills the form with the settings as they are."""
        for field in ("name", "slug", *OWN):
            self[field].data = getattr(organization, field)
        self.reply_to.data, self.language.data = organization.reply_to or "", organization.language or ""
        self.allowed_domains.data = "\n".join(organization.domains)
        self.seat_limit.data = "" if organization.seat_limit is None else str(organization.seat_limit)
        self.unit.data = "hours" if organization.invitation_lifetime % UNITS["days"] else "days"
        self.invitation_lifetime.data = f"{organization.invitation_lifetime / UNITS[self.unit.data]:g}"

    def limits(self) -> dict[str, int | None]:
        """Seats and lifetime. Raises BadLimit or BadLifetime for what is no number."""
        seats, lasts = self.seat_limit.data.strip(), _number(self.invitation_lifetime.data.strip())
        if seats and _number(seats) is None:
            raise BadLimit(field="seat_limit", largest=LARGEST_LIMIT)
        if lasts is None or self.unit.data not in UNITS:
            raise BadLifetime()
        return {"seat_limit": _number(seats), "invitation_lifetime": lasts * UNITS[self.unit.data]}

    def own(self) -> dict[str, Any]:
        """What ``settings.change`` takes."""
        domains = self.allowed_domains.data.replace(",", " ").split()
        return {name: self[name].data for name in OWN} | {"allowed_domains": domains}


@blueprint.route("/o/<slug>/settings", methods=["GET", "POST"])
@in_organization
def show(here: Here) -> Any:
    """The settings; the button beside the paragraph shows the mail and saves nothing."""
    permissions.require(here.role, Permission.MANAGE_ORGANIZATION)
    form = SettingsForm().offering()
    if not form.is_submitted():
        form.show(here.place)
    looking = "preview" in request.form
    if form.validate_on_submit() and not looking:
        with form.refusing():
            _save(here, form)
            flash(_("The settings were saved."))
            return here.go("settings.show")
    mail = None
    with form.refusing():
        words = settings.worded(form.mail_paragraph.data)
        mail = preview(here.place, words, here.person.name, here.person.email, here.now)
    return page("settings/show.html", form.status, form=form, mail=mail, looking=looking)


def _save(here: Here, form: SettingsForm) -> None:
    """All of it or nothing."""
    limits = form.limits()
    with transaction(here.session):
        organization = organizations.update(
            here.session, here.actor, here.id, here.now, name=form.name.data, slug=form.slug.data.strip()
        )
        changed = {name: value for name, value in limits.items() if value != getattr(organization, name)}
        if changed:
            organizations.set_limits(here.session, here.actor, here.id, changed, here.now)
        settings.change(here.session, here.actor, here.id, form.own(), here.now)


@blueprint.route("/o/<slug>/settings/deactivate", methods=["GET", "POST"])
@in_organization
@recent
def deactivate(here: Here) -> Any:
    """Says what it means, then closes the organization."""
    permissions.require(here.role, Permission.DELETE_ORGANIZATION)
    form, name = ActionForm(), here.place.name
    if form.validate_on_submit():
        organizations.close(here.session, here.actor, here.id, here.now)
        flash(_("%(organization)s is deactivated.", organization=name))
        return see_other(url_for("settings.closed"))
    return page("settings/deactivate.html", form.status, form=form)


class DeleteForm(Form):
    """The name, typed once more."""

    typed = Text(_l("Name of the organization"))


@blueprint.route("/o/<slug>/settings/delete", methods=["GET", "POST"])
@in_organization
@recent
def delete(here: Here) -> Any:
    """Asks for the name, then deletes; for 30 days it can be had back."""
    permissions.require(here.role, Permission.DELETE_ORGANIZATION)
    form, name = DeleteForm(), here.place.name
    if form.validate_on_submit():
        with form.refusing():
            organizations.delete(here.session, here.actor, here.id, form.typed.data, here.now)
            flash(_("%(organization)s is deleted. For 30 days you can have it back here.", organization=name))
            return see_other(url_for("settings.closed"))
    return page("settings/delete.html", form.status, form=form)


@blueprint.get("/closed")
@signed_in
def closed(here: Here) -> Any:
    """The organizations of the person's own that are deactivated or deleted."""
    found = organizations.closed_of(here.session, here.person.id)
    return page("settings/closed.html", closed=found, kept=organizations.RECOVERABLE, action=ActionForm())


@blueprint.post("/closed/<uuid:organization_id>/reopen")
@signed_in
def reopen(here: Here, organization_id: UUID) -> Any:
    """Opens one of them again."""
    if not pressed():
        return see_other(url_for("settings.closed"))
    organization = organizations.reopen(here.session, here.actor, organization_id, here.now)
    flash(_("%(organization)s is open again.", organization=organization.name))
    return see_other(url_for("organizations.overview", slug=organization.slug))
