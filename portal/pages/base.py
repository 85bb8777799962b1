"""What every page stands on: who looks, at which organization, at what time, and where to go back to."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Response, flash, g, has_request_context, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from .. import clock, identity, invitations, languages, memberships, organizations, permissions
from ..errors import SecondStepNeeded
from ..extensions import db
from ..models import Organization
from ..permissions import Actor, Permission

Page = Any
View = Callable[..., Page]


@dataclass(slots=True)
class Here:
    """A signed-in request: who acts, when, and the organization that the page is about, where there is one."""

    person: identity.Viewer
    actor: Actor
    now: datetime
    session: Session
    organization: Organization | None = None
    role: str = ""

    @property
    def id(self) -> UUID:
        """The organization's id."""
        return self.place.id

    @property
    def place(self) -> Organization:
        """The organization, on pages that have one."""
        assert self.organization is not None
        return self.organization

    def may(self, permission: str) -> bool:
        """Whether the person's role has the named permission; templates ask, rules decide."""
        if permission == "INVITE" and self.organization is not None:
            return permissions.may_invite(self.role, self.organization.invite_from)
        return bool(self.role) and permissions.allows(self.role, Permission[permission])

    def go(self, endpoint: str, **values: Any) -> Response:
        """Back to a page of this organization, after something was done (303)."""
        return see_other(url_for(endpoint, slug=self.place.slug, **values))


def signed_in(view: View) -> View:
    """Gives the view a ``Here``; somebody who is not signed in is asked to, and comes back."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Page:
        person = identity.viewer()
        if person is None:
            back = request.full_path.rstrip("?") if request.method == "GET" else ""
            return see_other(url_for("entry.sign_in", next=back or None))
        g.here = Here(person, identity.actor(), clock.now(), db.session())
        return view(g.here, *args, **kwargs)

    return wrapped


def asked_again(here: Here) -> Page | None:
    """The way to showing again who it is, and back; None where that was a short while ago."""
    return None if here.person.is_recent(here.now) else see_other(url_for("confirm.show", next=request.path))


def recent(view: View) -> View:
    """Lets in only who showed a short while ago who they are, below ``signed_in`` or ``in_organization``; else asks."""

    @wraps(view)
    def wrapped(here: Here, *args: Any, **kwargs: Any) -> Page:
        return asked_again(here) or view(here, *args, **kwargs)

    return wrapped


def in_organization(view: View) -> View:
    """Gives the view a ``Here`` in the organization of the address. One that is not theirs is not found."""

    @wraps(view)
    @signed_in
    def wrapped(here: Here, slug: str, **kwargs: Any) -> Page:
        try:
            here.organization, here.role = organizations.of_member(here.session, here.actor, slug)
        except SecondStepNeeded as needed:
            flash(str(needed), "careful")
            flash(_("Set it up here, then go on."), "careful")
            return see_other(url_for("second_step.show"))
        if here.place.slug != slug:  # it had that one before: a permanent redirect that keeps the method (308)
            query = request.query_string.decode()
            address = url_for(str(request.endpoint), slug=here.place.slug, **kwargs)
            return redirect(f"{address}?{query}" if query else address, 308)
        return view(here, **kwargs)

    return wrapped


def page(template: str, status: int = 200, **context: Any) -> tuple[str, int]:
    """A page in the portal's frame, with what the frame shows."""
    here: Here | None = g.get("here")
    mine = memberships.of_user(here.session, here.person.id) if here else []
    is_known = here is not None and here.person.is_verified
    waiting = invitations.waiting_for(here.session, here.person.email, here.now) if here and is_known else 0
    inbox = _in_inbox(here) if here and here.organization else 0
    return render_template(template, memberships=mine, waits=waiting, inbox=inbox, **context), status


def _in_inbox(here: Here) -> int:
    """How much waits in the organization for whoever looks."""
    asked = invitations.count_asked(here.session, here.id) if here.may("INVITE") else 0
    return asked + (here.place.waiting_count if here.may("APPROVE") else 0)


def see_other(location: str) -> Response:
    """A redirect after which the browser reads (303)."""
    response = redirect(location, 303)
    assert isinstance(response, Response)
    return response


def arrived(session: Session, answer: invitations.Answer) -> str:
    """Says what saying yes came to. Returns where to go from there."""
    organization = session.get_one(Organization, answer.organization_id)
    if answer.waits:
        flash(_("You have accepted. %(organization)s has to approve you first.", organization=organization.name))
        return url_for("account.own")
    flash(_("Welcome to %(organization)s.", organization=organization.name))
    return url_for("organizations.overview", slug=organization.slug)


def local(target: str | None) -> str | None:
    """The target if it is a path of this site, so that nobody is sent elsewhere after signing in (ATTACKS 29)."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc and target.isprintable() and " " not in target else None


def language() -> str:
    """The language of this request's reader, by what they chose, else by what is known of where they are."""
    if not has_request_context():
        return languages.first(os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    person, here = identity.viewer(), g.get("here")
    organization = here.organization if here else None
    return languages.first(
        (
            person.language if person else None,
            request.cookies.get("usher_language"),
            g.get("invitation_language"),
            organization.language if organization else None,
            *request.accept_languages.values(),
        )
    )


def time_zone() -> str | None:
    """The time zone that times are shown in; UTC, also in mails, for who chose none."""
    person = identity.viewer() if has_request_context() else None
    return person.time_zone if person else None
