"""What becomes of an organization's invitations, and those of them that are stuck, with what helps each."""

from typing import Any

from flask import Blueprint, request
from flask_babel import lazy_gettext as _l

from .. import insights, permissions
from .base import Here, in_organization, page
from .days import day, day_after
from .forms import ActionForm

blueprint = Blueprint("insights", __name__, url_prefix="/o/<slug>/insights")
RANGES = (12, 26, 52)  # weeks
FEW = 3  # of each kind, on the page about all

# What each kind is called, why it is stuck, and what helps.
STUCK = {
    "asked": (
        _l("Asked for a new invitation"),
        _l("Theirs had expired when they used it. Sending it again renews it, and the same link works."),
    ),
    "unreached": (
        _l("Did not arrive"),
        _l("Correct the address, or copy the link and send it another way."),
    ),
    "unsent": (
        _l("Not handed over yet"),
        _l("For more than an hour no mail server has taken the mail. The link can be copied meanwhile."),
    ),
    "unanswered": (
        _l("Link viewed, but not answered"),
        _l("For three days or more. A reminder brings the same link again."),
    ),
    "unviewed": (
        _l("Link not viewed"),
        _l("Mailed three days ago or earlier. It may lie among junk mail: send it again, or copy the link."),
    ),
    "expired": (
        _l("Expired without an answer"),
        _l("Sending it again lets it last anew, and the same link works."),
    ),
}


@blueprint.get("")
@in_organization
def index(here: Here) -> Any:
    """How far invitations came in a span of time, by group, and the first few of those that are stuck."""
    asked, span = _asked(here)
    found = insights.look(here.session, here.actor, here.id, span)
    counts = insights.counted(here.session, here.actor, here.id, span, here.now)
    first = {
        kind: insights.stuck(here.session, here.actor, here.id, span, kind, here.now, most=FEW).invitations
        for kind, count in counts.items()
        if count
    }
    return page(
        "insights/index.html", found=found, counts=counts, first=first, asked=asked, ranges=RANGES, stuck=STUCK,
        most=insights.MOST, may_offer=permissions.may_offer, action=ActionForm(),
    )  # fmt: skip


@blueprint.get("/<any(asked, unreached, unsent, unanswered, unviewed, expired):kind>")
@in_organization
def stuck(here: Here, kind: str) -> Any:
    """All that are stuck in that way, newest first."""
    asked, span = _asked(here)
    found = insights.stuck(here.session, here.actor, here.id, span, kind, here.now, cursor=request.args.get("at"))
    return page(
        "insights/stuck.html", found=found, kind=kind, asked=asked, stuck=STUCK, may_offer=permissions.may_offer,
        action=ActionForm(),
    )  # fmt: skip


def _asked(here: Here) -> tuple[dict[str, Any], insights.Span]:
    """The range as it was asked for, and the span that it means."""
    said = {name: request.args.get(name, "").strip() for name in ("weeks", "since", "until")}
    since, until = day(said["since"]), day_after(said["until"])
    if since or until:
        asked = {name: said[name] for name, moment in (("since", since), ("until", until)) if moment}
        return asked, insights.between(since, until, here.now)
    count = int(said["weeks"]) if said["weeks"] in map(str, RANGES) else RANGES[0]
    return {"weeks": count}, insights.weeks(count, here.now)
