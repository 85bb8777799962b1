"""The words and marks that templates show for roles, states and times."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from babel import Locale
from babel.dates import format_datetime, format_skeleton, get_datetime_format, match_skeleton
from babel.lists import format_list
from babel.units import format_unit
from flask import Flask, current_app, g
from flask_babel import format_decimal, format_percent, format_timedelta, get_locale, to_user_timezone
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import generate_csrf
from jinja2 import pass_context
from markupsafe import Markup, escape

from .. import clock, languages, providers
from ..delivery.smtp import transport
from .preferences import LOOKS, chosen_look

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

ROLES = {
    "owner": _l("Owner"), "admin": _l("Administrator"), "manager": _l("Manager"),
    "billing_manager": _l("Billing manager"), "member": _l("Member"),
}  # fmt: skip

# In the middle of a sentence: “invites you to join as member”.
AS_ROLE = {
    "owner": _l("owner"), "admin": _l("administrator"), "manager": _l("manager"),
    "billing_manager": _l("billing manager"), "member": _l("member"),
}  # fmt: skip

ROLES_MAY = {
    "owner": _l("Does everything, and may close the organization."),
    "admin": _l("Manages everyone but owners, and all places."),
    "manager": _l("Invites, and manages members."),
    "billing_manager": _l("Sees every site; invites nobody."),
    "member": _l("Works in the sites and teams you choose."),
}

TEAM_ROLES = {
    "team_manager": _l("team manager"), "analyst_developer": _l("analyst developer"), "developer": _l("developer"),
    "read_only": _l("read only"),
}  # fmt: skip

PROJECT_ROLES = {
    "project_admin": _l("project admin"), "project_member": _l("project member"),
    "project_viewer": _l("project viewer"),
}  # fmt: skip

STATES = {
    "pending": _l("Pending"), "waiting": _l("Waits for approval"), "accepted": _l("Accepted"),
    "rejected": _l("Declined"), "canceled": _l("Revoked"), "expired": _l("Expired"),
}  # fmt: skip

# A word, a mark and a tone: never told by colour alone.
MAIL = {
    "queued": (_l("Queued"), "◔", "calm"), "sending": (_l("Sending"), "◑", "calm"),
    "deferred": (_l("Put off"), "◷", "careful"), "sent": (_l("Handed over"), "✓", "good"),
    "failed": (_l("Failed"), "✕", "bad"), "bounced": (_l("Bounced"), "↩", "bad"),
    "complained": (_l("Complained"), "!", "bad"), "dropped": (_l("Not sent"), "–", "quiet"),
}  # fmt: skip
STATE_TONES = {
    "pending": "quiet", "waiting": "calm", "accepted": "good", "rejected": "careful", "canceled": "quiet",
    "expired": "careful",
}  # fmt: skip

SORTS = {"newest": _l("Newest first"), "oldest": _l("Oldest first"), "email": _l("By address")}

# What will become of an address in the invite form, behind it.
FORESEEN = {
    "already_member": _l("already a member"), "already_invited": _l("already invited"), "said_twice": _l("twice"),
    "not_an_address": _l("not an address"), "local_part_not_ascii": _l("not an address that mail servers take"),
    "no_seat_left": _l("no seat left"), "pending_limit_reached": _l("over the limit on pending invitations"),
}  # fmt: skip

HAPPENED = {
    "invitation.created": _l("Invited"),
    "invitation.resent": _l("Sent again"),
    "invitation.edited": _l("Changed"),
    "invitation.link_renewed": _l("New link made; older links no longer work"),
    "invitation.viewed": _l("Link viewed"),
    "invitation.own_link_mailed": _l("The invitee had the link mailed to their mailbox"),
    "invitation.renewal_asked": _l("The invitee asked for a new invitation"),
    "invitation.accepted": _l("Accepted"),
    "invitation.waiting": _l("Accepted; waits for approval"),
    "invitation.approved": _l("Approved"),
    "invitation.refused": _l("Not approved"),
    "invitation.rejected": _l("Declined"),
    "invitation.canceled": _l("Revoked"),
    "invitation.expired": _l("Expired"),
    "member.changed": _l("Access of a member changed"),
    "member.removed": _l("Member removed"),
    "member.left": _l("Member left"),
    "organization.created": _l("Organization made"),
    "organization.changed": _l("Settings changed"),
    "organization.limited": _l("Limits changed"),
    "organization.closed": _l("Organization deactivated"),
    "organization.reopened": _l("Organization opened again"),
    "organization.deleted": _l("Organization deleted"),
    "organization.roster_applied": _l("Roster applied"),
    "organization.second_step": _l("Demand for a second step changed"),
    "site.created": _l("Site added"),
    "site.renamed": _l("Site renamed"),
    "site.deleted": _l("Site deleted"),
    "team.created": _l("Team added"),
    "team.renamed": _l("Team renamed"),
    "team.deleted": _l("Team deleted"),
    "team.member_added": _l("Put into a team"),
    "team.member_changed": _l("Role in a team changed"),
    "team.member_removed": _l("Taken out of a team"),
    "project.created": _l("Project added"),
    "project.renamed": _l("Project renamed"),
    "project.deleted": _l("Project deleted"),
    "project.member_added": _l("Put into a project"),
    "project.member_changed": _l("Role in a project changed"),
    "project.member_removed": _l("Taken out of a project"),
    "invitation.reminded": _l("Reminded"),
    "mail.bounced": _l("The mail came back"),
    "mail.complained": _l("The recipient complained about the mail"),
    "mail.lifted": _l("Mail to an address allowed again"),
    "mail.reminders_stopped": _l("The invitee wants no more reminders"),
    "member.joined": _l("Member joined"),
    "import.started": _l("Inviting by a list begun"),
    "import.stopped": _l("Inviting by a list stopped"),
    "import.finished": _l("Inviting by a list finished"),
    "token.created": _l("API token made"),
    "token.revoked": _l("API token revoked"),
}

# Through what it was done.
CHANNELS = {
    "page": _l("Pages"), "command": _l("Command line"), "worker": _l("By itself"), "api:v1": _l("API"),
    "api:session": _l("API, session dialect"), "api:batch": _l("API, batch dialect"),
    "api:team": _l("API, team dialect"),
}  # fmt: skip

# What became of the newest mail, where somebody has to do something about it.
UNREACHED = {
    "failed": _l("The mail was refused. Correct the address, or copy the link and send it another way."),
    "bounced": _l("The mail came back. Correct the address, or copy the link and send it another way."),
    "complained": _l(
        "The recipient complained about our mail, so nothing more is mailed there. Copy the link instead."
    ),
}

# Why a mail was not sent after all, by the code that the worker writes down.
DROPPED = {
    "not_pending": _l("It was answered or revoked before."),
    "expired": _l("It had expired before."),
    "newer_link": _l("A newer link was mailed instead."),
    "organization_closed": _l("The organization had been closed."),
    "inviter_lost_rights": _l("Whoever invited may no longer do so."),
    "the address was changed": _l("The address was changed before."),
    "stopped": _l("The recipient wants no such mail."),
}

PLACES = {
    "site": (_l("Sites"), _l("site")), "team": (_l("Teams"), _l("team")), "project": (_l("Projects"), _l("project")),
}  # fmt: skip

WHY = {
    "role": _l("through your role"),
    "unrestricted": _l("as every member who is not restricted"),
    "grant": _l("given to you"),
}


def ago(moment: datetime) -> str:
    """``2 hours ago`` or ``in 6 days``: weeks, months and years only from the second on, and no seconds."""
    away = moment - clock.now()
    if -MINUTE < away <= timedelta(0):
        return str(_("just now"))
    away = max(away, MINUTE) if away > timedelta(0) else away
    return str(format_timedelta(away, add_direction=True, threshold=1 if abs(away) < 2 * DAY else 2))


def exact(moment: datetime) -> str:
    """The exact time with its zone, written as the language writes dates; English as outside the United States."""
    locale = _dating()
    return str(format_datetime(to_user_timezone(moment), _exact_pattern(locale), locale=locale))


def _dating() -> Locale:
    """The reader's language for dates; plain English would be that of the United States."""
    said = get_locale()
    return Locale("en", "150") if said.language == "en" else said


@cache
def _exact_pattern(locale: Locale) -> str:
    day = locale.datetime_skeletons[match_skeleton("yMMMMd", locale.datetime_skeletons)].pattern
    whole = str(get_datetime_format("medium", locale=locale))
    return whole.replace("{1}", day).replace("{0}", "HH:mm\N{NO-BREAK SPACE}zzz")


def day_of(moment: datetime) -> str:
    """The day of a moment in UTC, with its month and year."""
    return str(format_skeleton("yMMMd", moment, locale=_dating()))


def lasting(length: timedelta) -> str:
    """How long something took: minutes below an hour, hours below two days, else days."""
    minutes = length.total_seconds() / 60
    unit, size, form = (
        ("day", 1440, "0.#") if minutes >= 2880 else ("hour", 60, "0.#") if minutes >= 60 else ("minute", 1, "0")
    )
    return str(format_unit(minutes / size, f"duration-{unit}", length="short", format=form, locale=get_locale()))


def parted(address: str) -> Markup:
    """An address that a line may be broken in where a person would break it."""
    return Markup(re.sub(r"(?=[@.])", "<wbr>", str(escape(address))))  # noqa: S704  # escaped


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence; where some are markup, the others are escaped."""
    if any(isinstance(word, Markup) for word in words):
        return Markup(format_list([str(escape(word)) for word in words], locale=get_locale()))  # noqa: S704  # escaped
    return str(format_list(words, locale=get_locale())) if words else ""


def dotted(facts: Iterable[str]) -> Markup:
    """Short facts beside each other, parted by dots: no sentence, so no language has its own way with it."""
    return Markup(" · ").join(fact for fact in facts if fact)


def initials(name: str) -> str:
    """Up to two first letters."""
    words = [word for word in name.split() if word[0].isalnum()] or [name or "?"]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def as_event(kind: str) -> str:
    """What an event says to its reader."""
    return str(HAPPENED.get(kind, kind))


def device(user_agent: str | None) -> str:
    """A browser and a system, as a person would say them, out of a User-Agent header."""
    said = user_agent or ""
    browsers = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
    systems = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS": "Mac"}
    browser = next((name for mark, name in browsers.items() if mark in said), said.split("/")[0][:40])
    system = next((name for mark, name in systems.items() if mark in said), "Linux" if "Linux" in said else "")
    if not browser:
        return str(_("Unknown device"))
    return str(_("%(browser)s on %(system)s", browser=browser, system=system)) if system else browser


def outcome(mail: Any) -> str:
    """What became of a mail, in the server's words or ours."""
    return str(DROPPED.get(mail.reply, mail.reply)) if mail.status == "dropped" else str(mail.reply)


def attributes(field: Any, described_by: str, given: dict[str, Any], autofocus: bool) -> dict[str, Any]:
    """A field's attributes: what the template gives, and what ties hint and error to it.

    The focus goes where the template says, and to the first error as soon as there is one.
    """
    tied = {"aria-describedby": described_by} if described_by else {}
    wrong = {"aria-invalid": "true"} if field.errors else {}
    form = field.form
    focus = form.first_wrong is field if form.first_wrong is not None else autofocus and not form.refused
    return given | tied | wrong | {"autofocus": focus}


def strong(text: object) -> Markup:
    """The text in bold, escaped, to stand in the middle of a translated sentence."""
    return Markup("<strong>") + escape(text) + Markup("</strong>")


def isolated(text: object) -> Markup:
    """The text with its own direction, escaped, to stand in a sentence of the other."""
    return Markup("<bdi>{}</bdi>").format(text)


def _frame() -> dict[str, Any]:
    """What every page's frame shows."""
    locale = get_locale()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return {
        "lang": str(locale).replace("_", "-"), "dir": locale.text_direction, "here": g.get("here"),
        "memberships": [], "waits": 0, "inbox": 0,
        "look": chosen_look(),
        "has_mail": transport(app) is not None,
        "providers": providers.offered(),
    }  # fmt: skip


def _with_separators(ngettext: Callable[..., str]) -> Callable[..., str]:
    """The templates' ``ngettext``, with the number as the language writes it."""

    @pass_context
    def counted(context: Any, singular: str, plural: str, count: int, **said: Any) -> str:
        return ngettext(context, singular, plural, count, **{"num": str(format_decimal(count))} | said)

    return counted


def init_app(app: Flask) -> None:
    """Gives the words to every template."""
    app.jinja_env.filters |= {
        "ago": ago,
        "outcome": outcome,
        "exact": exact,
        "day_of": day_of,
        "lasting": lasting,
        "number": format_decimal,
        "percent": format_percent,
        "listed": listed,
        "dotted": dotted,
        "parted": parted,
        "initials": initials,
        "as_event": as_event,
        "device": device,
    }
    words: dict[str, Any] = {
        "ROLES": ROLES, "AS_ROLE": AS_ROLE, "ROLES_MAY": ROLES_MAY, "TEAM_ROLES": TEAM_ROLES,
        "PROJECT_ROLES": PROJECT_ROLES, "STATES": STATES, "STATE_TONES": STATE_TONES, "MAIL": MAIL, "PLACES": PLACES,
        "WHY": WHY, "LANGUAGES": languages.spoken, "LOOKS": LOOKS, "FORESEEN": FORESEEN,
        "UNREACHED": UNREACHED, "SORTS": SORTS, "CHANNELS": CHANNELS,
        "attributes": attributes, "strong": strong, "isolated": isolated, "csrf_token": generate_csrf,
    }  # fmt: skip
    app.jinja_env.globals |= words
    app.jinja_env.globals["ngettext"] = _with_separators(cast(Callable[..., str], app.jinja_env.globals["ngettext"]))
    app.context_processor(_frame)
