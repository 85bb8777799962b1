"""The forms that make and change an invitation."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField
from wtforms.fields import SelectChoice

from .. import languages, permissions, places
from ..addresses import pasted
from ..clock import rfc3339
from ..errors import AlreadyInvited, AlreadyMember, BadExpiry, NobodyPasted, OfferChanged, PortalError, SaidTwice
from ..invitations import Invitee, Offer, Outcome, View
from ..models import PROJECT_ROLES, TEAM_ROLES, Invitation
from .base import Here
from .forms import Form, Paragraphs, Roles, Sites, Text, all_or_some
from .words import ROLES, ROLES_MAY

LIVES = {
    "1": _l("In 1 day"), "3": _l("In 3 days"), "7": _l("In 7 days"), "14": _l("In 14 days"), "30": _l("In 30 days"),
    "90": _l("In 90 days"),
}  # fmt: skip


SETTLED = (AlreadyInvited, AlreadyMember, SaidTwice)  # nothing is left to be done about these


class OfferForm(Form):
    """What is offered: a role, sites, teams, projects, words, and until when."""

    role = RadioField(_l("Role"), default="member", validate_choice=False)
    restricted = RadioField(_l("Sites"), default="all", choices=all_or_some(), validate_choice=False)
    sites = Sites(_l("Sites"))
    teams = Roles(_l("Teams"), roles=TEAM_ROLES)
    projects = Roles(_l("Projects"), roles=PROJECT_ROLES)
    message = Paragraphs(_l("Message"))
    expires = SelectField(_l("Expires"), default="", validate_choice=False)

    def offering(self, here: Here) -> Self:
        """The choices that the person has in this organization."""
        self.role.choices = [SelectChoice(r, ROLES[r]) for r in reversed(permissions.offerable(here.role))]
        self.site_list = places.listed(here.session, here.actor, here.id, "site")
        self.teams.places = places.listed(here.session, here.actor, here.id, "team")
        self.projects.places = places.listed(here.session, here.actor, here.id, "project")
        self.roles_may = ROLES_MAY
        self.expires.choices = [
            SelectChoice("", self.unchanged(here)),
            *(SelectChoice(*life) for life in LIVES.items()),
        ]
        return self

    def unchanged(self, here: Here) -> str:
        """What no choice of an expiry means."""
        days = here.place.invitation_lifetime / 86400
        return str(_("As usual here: in %(days)s days", days=f"{days:g}"))

    def offer(self, now: datetime, invitation: Invitation | None = None) -> Offer:
        """What the rules take. Raises BadExpiry."""
        return Offer(
            role=self.role.data or "", restricted=self.restricted.data == "some", sites=tuple(self.sites.data or ()),
            teams=self.teams.pairs, projects=self.projects.pairs, message=self.message.data or "",
            language=invitation.language if invitation else "en", expires_at=self._expiry(now),
        )  # fmt: skip

    def _expiry(self, now: datetime) -> datetime | None:
        chosen = self.expires.data or ""
        if not chosen:
            return None
        if chosen not in LIVES:
            raise BadExpiry()
        return now + timedelta(days=int(chosen))


class InviteForm(OfferForm):
    """Inviting people."""

    people = Paragraphs(_l("Who"))
    language = SelectField(_l("Language"), validate_choice=False)

    def offering(self, here: Here) -> Self:
        """The same, and the languages that the mail can speak: the organization's unless another is chosen."""
        self.language.choices = [SelectChoice(*each) for each in languages.spoken().items()]
        self.language.data = languages.first((self.language.data, here.place.language, here.person.language))
        return super().offering(here)

    def offer(self, now: datetime, invitation: Invitation | None = None) -> Offer:
        """The offer in the language that was chosen."""
        return replace(super().offer(now, invitation), language=languages.first((self.language.data,)))

    def invitees(self, now: datetime) -> list[Invitee]:
        """One for each address in the paste. Raises NobodyPasted or BadExpiry."""
        written = pasted(self.people.data)
        if not written:
            raise NobodyPasted()
        offer = self.offer(now)
        return [Invitee(person.address, offer, person.name) for person in written]

    def keep(self, outcomes: Sequence[Outcome]) -> None:
        """Leaves in the box, as they were written, those whom another try may still invite."""
        written = zip(pasted(self.people.data), outcomes, strict=True)
        self.people.data = "\n".join(
            str(person) for person, outcome in written if outcome.error and not isinstance(outcome.error, SETTLED)
        )


class EditForm(OfferForm):
    """Changing an invitation; ``version`` tells when what the editor saw was last changed."""

    email = Text(_l("E-mail address"))
    name = Text(_l("Name"))
    version = HiddenField()
    overtaken = False

    @property
    def status(self) -> int:
        """409 where somebody else changed the invitation meanwhile."""
        return 409 if self.overtaken else super().status

    def refuse(self, error: PortalError) -> None:
        """Somebody else's change is told; sending the form again then is meant."""
        if isinstance(error, OfferChanged):
            self.overtaken = True
        else:
            super().refuse(error)

    @property
    def seen(self) -> datetime:
        """When what the editor saw was last changed; what is no time fits none."""
        try:
            return datetime.fromisoformat(self.version.data or "")
        except ValueError:
            return datetime.min

    def unchanged(self, _here: Here) -> str:
        """No choice leaves the expiry as it is."""
        return str(_("Unchanged"))

    def show(self, view: View) -> None:
        """Fills the form with the invitation as it is."""
        invitation: Any = view.invitation
        self.email.data, self.name.data, self.message.data = invitation.email, invitation.name, invitation.message
        self.role.data, self.version.data = invitation.role, rfc3339(invitation.updated_at)
        self.restricted.data = "some" if invitation.restricted else "all"
        self.sites.data = [site.id for site in view.sites]
        self.teams.data = {team.id: team.role for team in view.teams}
        self.projects.data = {project.id: project.role for project in view.projects}
