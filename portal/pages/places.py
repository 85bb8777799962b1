"""Sites, teams and projects: one set of pages for the three."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields import SelectChoice

from .. import permissions, placements, places
from ..errors import NotFound
from ..permissions import Permission
from .base import Here, in_organization, page
from .forms import ActionForm, Form, Text, pressed
from .words import PROJECT_ROLES, TEAM_ROLES

blueprint = Blueprint("places", __name__, url_prefix="/o/<slug>")
KINDS = {"sites": "site", "teams": "team", "projects": "project"}
_ANY = "any(sites, teams, projects)"


class PlaceForm(Form):
    """A name, and for a site its domain."""

    name = Text(_l("Name"))
    domain = Text(_l("Domain"))


@blueprint.route(f"/<{_ANY}:kinds>", methods=["GET", "POST"])
@in_organization
def index(here: Here, kinds: str) -> Any:
    """The list, and for who may, a form to add to it."""
    kind, form = KINDS[kinds], PlaceForm()
    if form.validate_on_submit():
        with form.refusing():
            place = places.create(
                here.session, here.actor, here.id, kind, form.name.data, here.now, domain=form.domain.data
            )
            flash(_("%(name)s was added.", name=place.name))
            return here.go("places.index", kinds=kinds)
    found = places.listed(here.session, here.actor, here.id, kind)
    return page("places/index.html", form.status, kinds=kinds, kind=kind, places=found, form=form)


class PlacedForm(Form):
    """Somebody, and their role in a team or project."""

    email = Text(_l("Address of a member"))
    role = SelectField(_l("Role"), validate_choice=False)


@blueprint.route(f"/<{_ANY}:kinds>/<key>", methods=["GET", "POST"])
@in_organization
def show(here: Here, kinds: str, key: str) -> Any:
    """Who is in a site, team or project and who is invited to it; for who may, a form to add a member."""
    kind = KINDS[kinds]
    place_id = _key(kind, key)
    place = places.get(here.session, here.actor, here.id, kind, place_id)
    form = PlacedForm()
    words = {"team": TEAM_ROLES, "project": PROJECT_ROLES}.get(kind, {})
    form.role.choices = [SelectChoice(role, word) for role, word in words.items()]
    if form.is_submitted() and kind not in placements.KINDS:
        raise NotFound()
    if form.validate_on_submit():
        with form.refusing():
            person = placements.add_by_address(
                here.session, here.actor, here.id, kind, place.id, form.email.data, form.role.data or "", here.now
            )
            flash(_("%(name)s was added.", name=person.name))
            return here.go("places.show", kinds=kinds, key=key)
    after = request.args.get("after", "")
    company = placements.company(
        here.session, here.actor, here.id, kind, place_id, here.now, after=_after(after) if after else None
    )
    place = places.get(here.session, here.actor, here.id, kind, place_id)
    return page(
        "places/show.html", form.status, kinds=kinds, kind=kind, place=place, form=form, company=company, words=words
    )


def _after(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound() from None


@blueprint.post("/<any(teams, projects):kinds>/<uuid:key>/members/<uuid:user_id>")
@in_organization
def change_member(here: Here, kinds: str, key: UUID, user_id: UUID) -> Any:
    """Another role for somebody in a team or project, or out with them."""
    kind, form = KINDS[kinds], PlacedForm()
    if not pressed():
        return here.go("places.show", kinds=kinds, key=key)
    if "remove" in request.form:
        placements.remove(here.session, here.actor, here.id, kind, key, user_id, here.now)
        flash(_("They are no longer in it."))
    else:
        placements.change(here.session, here.actor, here.id, kind, key, user_id, form.role.data or "", here.now)
        flash(_("The role was changed."))
    return here.go("places.show", kinds=kinds, key=key)


@blueprint.route(f"/<{_ANY}:kinds>/<key>/rename", methods=["GET", "POST"])
@in_organization
def rename(here: Here, kinds: str, key: str) -> Any:
    """Another name, and for a site another domain."""
    kind, form = KINDS[kinds], PlaceForm()
    place = _place(here, kind, key)
    if not form.is_submitted():
        form.name.data, form.domain.data = place.name, getattr(place, "domain", "")
    if form.validate_on_submit():
        with form.refusing():
            named, domain = form.name.data, form.domain.data
            places.rename(here.session, here.actor, here.id, kind, place.id, named, here.now, domain=domain)
            flash(_("The changes to %(name)s were saved.", name=named))
            return here.go("places.index", kinds=kinds)
    return page("places/rename.html", form.status, kinds=kinds, kind=kind, place=place, form=form)


@blueprint.route(f"/<{_ANY}:kinds>/<key>/delete", methods=["GET", "POST"])
@in_organization
def delete(here: Here, kinds: str, key: str) -> Any:
    """Asks once more, then deletes by a mark."""
    kind, form = KINDS[kinds], ActionForm()
    place = _place(here, kind, key)
    if form.validate_on_submit():
        places.delete(here.session, here.actor, here.id, kind, place.id, here.now)
        flash(_("%(name)s was deleted.", name=place.name))
        return here.go("places.index", kinds=kinds)
    return page("places/delete.html", form.status, kinds=kinds, kind=kind, place=place, form=form)


def _place(here: Here, kind: str, key: str) -> Any:
    """The place, for somebody who may manage it. Raises NotAllowed or NotFound."""
    permissions.require(here.role, Permission.MANAGE_PLACES)
    return places.get(here.session, here.actor, here.id, kind, _key(kind, key))


def _key(kind: str, key: str) -> UUID | int:
    try:
        return int(key) if kind == "site" and key.isascii() else UUID(key)
    except ValueError:
        raise NotFound() from None
