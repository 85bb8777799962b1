"""An organization's overview, and where somebody lands who has just come in."""

from typing import Any

from flask import Blueprint, url_for

from .. import invitations, memberships, reach, returns
from ..models import Organization
from .base import Here, in_organization, page, see_other, signed_in
from .forms import ActionForm

blueprint = Blueprint("organizations", __name__)


@blueprint.get("/")
@signed_in
def home(here: Here) -> Any:
    """To the organization that the session works in, or to the first one; to one's invitations without any."""
    mine = memberships.of_user(here.session, here.person.id)
    if not mine:
        return see_other(url_for("account.own"))
    active = [m for m in mine if m.organization_id == here.person.active_organization_id]
    organization: Organization = (active or mine)[0].organization
    return see_other(url_for("organizations.overview", slug=organization.slug))


@blueprint.get("/o/<slug>/")
@in_organization
def overview(here: Here) -> Any:
    """What needs the person, then what they reach here and why."""
    waiting: list[Any] = []
    missed, unreached = 0, list[Any]()
    if here.may("INVITE"):
        waiting = invitations.asked_for_new(here.session, here.actor, here.id)
        missed, unreached = returns.unreached(here.session, here.id)
    mine = reach.all_of(here.session, here.person.id, here.id)
    membership = memberships.get(here.session, here.actor, here.id, here.person.id)
    own = invitations.own(here.session, here.person.id, here.now)
    return page(
        "organizations/overview.html", waiting=waiting, reach=mine, membership=membership, own=own,
        missed=missed, unreached=unreached, action=ActionForm(),
    )  # fmt: skip
