"""The mail of an invitation as it will look, while it is being made."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import render_template
from flask_babel import force_locale
from markupsafe import Markup

from ..errors import BadExpiry
from ..invitations import Offer, View
from ..models import Invitation, User
from .base import Here


@dataclass(frozen=True, slots=True)
class Placed:
    """A team or project with the role in it."""

    name: str
    role: str


def mail(here: Here, form: Any) -> Markup:
    """What the invitee would read, in their language; what is not filled in well yet is left out."""
    try:
        offer = form.offer(here.now)
    except BadExpiry:
        offer = Offer("member")
    role = offer.role if offer.role in {choice.value for choice in form.role.choices} else "member"
    invitation = Invitation(
        email="", name="", role=role, restricted=offer.restricted, message=offer.message, language=offer.language,
        expires_at=offer.expires_at or here.now + timedelta(seconds=here.place.invitation_lifetime),
    )  # fmt: skip
    view = View(
        invitation, here.place, here.session.get_one(User, here.person.id),
        [site for site in form.site_list if site.id in offer.sites], _placed(form.teams), _placed(form.projects),
    )  # fmt: skip
    with force_locale(offer.language):
        return Markup(render_template("invitations/_mail.html", view=view))  # noqa: S704  # escaped by the template


def _placed(field: Any) -> list[Placed]:
    found = ((place.name, field.data.get(place.id)) for place in field.places)
    return [Placed(name, role) for name, role in found if role in field.roles]
