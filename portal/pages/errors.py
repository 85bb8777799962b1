"""What went wrong, as a page with a way on."""

from typing import Any

from flask import render_template
from flask_babel import gettext as _

from .. import identity
from ..errors import PortalError, TooOften
from ..shapes import Wrong
from .base import page


class PageShape:
    """How the pages say no."""

    def of_rule(self, error: PortalError) -> Any:
        """A rule said no where no form could show it."""
        remedy = wait(error) if isinstance(error, TooOften) else str(error.remedy)
        return _page(str(error), remedy, error.status)

    def of_http(self, wrong: Wrong) -> Any:
        """404, 405, 413 and their like, and a fault of ours in a frame that asks nothing of the database."""
        title, remedy = _said(wrong.status)
        if wrong.status >= 500:
            return render_template("errors/bare.html", title=title, remedy=remedy, number=wrong.status), wrong.status
        return _page(title, remedy, wrong.status)


def _page(title: str, remedy: str, status: int) -> Any:
    signed_in = identity.viewer() is not None
    return page("errors/error.html", status, title=title, remedy=remedy, number=status, signed_in=signed_in)


def wait(error: TooOften) -> str:
    """When to try again."""
    return str(_("Try again in %(minutes)s min.", minutes=-(-error.facts.get("retry_after", 60) // 60)))


def _said(status: int) -> tuple[str, str]:
    """What happened and what to do next, in the reader's language."""
    match status:
        case 403:
            return _("You may not do this."), _("Ask an owner of the organization, or sign in as somebody who may.")
        case 404:
            return _("This page is not here."), _("Check the address, or start from the overview.")
        case 405:
            return _("This address is not for that."), _("Go back and use the button on the page.")
        case 413:
            return _("That was too much at once."), _("Send less, or in several parts.")
        case 503:
            return (
                _("The portal cannot answer at the moment."),
                _("Try again in a few seconds, and look first whether it was done."),
            )
        case status if status >= 500:
            return _("Something broke on our side."), _("Nothing was changed. Try again in a moment.")
    return _("This cannot be done."), _("Go back and try another way.")
