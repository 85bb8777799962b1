"""Sites, teams and projects: one set of pages for the three."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from .. import permissions, places
from ..errors import NotFound
from ..permissions import Permission
from .base import Here, in_organization, page
from .forms import ActionForm, Form, Text

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
