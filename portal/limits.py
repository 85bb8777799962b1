"""How often the doors may be tried, each limit with a name that its answer tells."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from flask import g, request
from flask_babel import lazy_gettext as _l
from flask_limiter.util import get_remote_address
from limits import parse
from sqlalchemy.orm import Session

from . import identity, invitations, links
from .addresses import normalise
from .errors import InvitedTooOften, NotAnAddress, TooOften
from .extensions import limiter
from .invitations import Invitee, Outcome
from .permissions import Actor

SECOND_STEP_COOKIE = "usher_second_step"
View = Callable[..., Any]


RECIPIENT = parse("10 per hour")


def invite(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    invitees: Sequence[Invitee],
    now: datetime,
    *,
    each_alone: bool = False,
) -> list[Outcome]:
    """Invites; an address that was invited too often already, by whomever and however often it was revoked, is refused.

    Its outcome is InvitedTooOften, and the rest goes through. Where that is what became of all, and not ``each_alone``,
    TooOften is raised. Raises what ``invitations.invite`` raises.
    """
    if not limiter.enabled:
        return invitations.invite(session, actor, organization_id, invitees, now, each_alone=each_alone)
    addresses = [_address(invitee.address) for invitee in invitees]
    refused = {
        each: InvitedTooOften(address=each, retry_after=_wait(each, now)) for each in addresses if _is_over(each)
    }
    outcomes = invitations.invite(
        session, actor, organization_id, invitees, now, each_alone=each_alone, refused=refused
    )
    for address, outcome in zip(addresses, outcomes, strict=True):
        if outcome.invitation_id is not None:
            limiter.limiter.hit(RECIPIENT, "invite-recipient", address)
    if outcomes and not each_alone and all(isinstance(outcome.error, InvitedTooOften) for outcome in outcomes):
        said = _l("invitations to %(address)s, 10 an hour", address=addresses[0])
        raise TooOften(limit=said, retry_after=_wait(addresses[0], now))
    return outcomes


def _is_over(address: str) -> bool:
    return not limiter.limiter.test(RECIPIENT, "invite-recipient", address)


def _wait(address: str, now: datetime) -> int:
    """Seconds until an address may be invited again."""
    ends = limiter.limiter.get_window_stats(RECIPIENT, "invite-recipient", address).reset_time
    return max(1, int(ends - now.timestamp()) + 1)


def _address(said: str) -> str:
    try:
        return normalise(said)
    except NotAnAddress:
        return "none"


def _typed_address() -> str:
    """The address in the form or the JSON, normalised, so that another spelling is not another chance."""
    body = request.get_json(silent=True) if request.is_json else request.form
    return _address(body.get("email", "") if isinstance(body, Mapping) else "")


def _person() -> str:
    caller, person = g.get("caller"), identity.viewer()
    if caller is not None:
        return str(caller.user_id)
    return str(person.id) if person else get_remote_address()


def _invitation() -> str:
    """The id of the invitation, in one spelling, so that another is not another chance."""
    said = str(g.get("resent") or (request.view_args or {}).get("invitation_id", ""))
    try:
        return str(UUID(said))
    except ValueError:
        return said


def _link() -> str:
    """The invitation link that the page is about, so that another address of the network is not another chance."""
    return links.remembered(request.cookies.get("usher_link_join"), "/join") or get_remote_address()


def _first_step() -> str:
    """Whoever is signed in, or showed the first of two steps in this browser: their codes are counted together."""
    person = identity.viewer()
    kept = links.remembered(request.cookies.get(SECOND_STEP_COOKIE), "/second-step")
    shown = orjson.loads(kept) if kept else {}
    return str(person.id.hex if person else shown.get("user") or get_remote_address())


def _failed(response: object) -> bool:
    """A page answers a good sign-in with a redirect, a dialect with 200; all else is a try that failed."""
    return getattr(response, "status_code", 0) not in ((200,) if request.is_json else (303,))


def _limit(
    often: str,
    scope: str,
    named: Any,
    key: Callable[[], str] = get_remote_address,
    only_failures: bool = False,
    methods: tuple[str, ...] = ("POST",),
) -> Callable[[View], View]:
    """A limit on posting, shared by every route that carries it; ``named`` is what its answer says."""
    limit: Callable[[View], View] = limiter.shared_limit(
        often, scope=scope, key_func=key, methods=list(methods), error_message=named,
        deduct_when=_failed if only_failures else None,
    )  # fmt: skip
    return limit


sign_in_of_address = _limit(
    "10 per 15 minutes",
    "sign-in-address",
    _l("failed sign-ins for this address, 10 in 15 minutes"),
    _typed_address,
    True,
)
sign_in_from_here = _limit(
    "100 per 15 minutes",
    "sign-in-here",
    _l("failed sign-ins from your network, 100 in 15 minutes"),
    only_failures=True,
)
reset_of_address = _limit(
    "5 per hour", "reset-address", _l("mails for a new password to this address, 5 an hour"), _typed_address
)
sign_up_of_address = _limit(
    "5 per hour", "sign-up-address", _l("mails about a new account to this address, 5 an hour"), _typed_address
)
mails_from_here = _limit("60 per hour", "mail-here", _l("mails asked for from your network, 60 an hour"))
link_to_recipient = _limit(
    "5 per hour", "link-recipient", _l("mails to sign in to this address, 5 an hour"), _typed_address
)
provider_from_here = _limit(
    "120 per 10 minutes",
    "provider",
    _l("sign-ins with other accounts from your network, 120 in 10 minutes"),
    methods=("GET", "HEAD"),
)
code_of_person = _limit("10 per 15 minutes", "code", _l("codes that did not fit, 10 in 15 minutes"), _first_step, True)
address_of_person = _limit("5 per hour", "address", _l("changes of your address, 5 an hour"), _person)
address_to_recipient = _limit(
    "3 per hour", "address-recipient", _l("mails that prove this address, 3 an hour"), _typed_address
)
confirm_of_person = _limit(
    "10 per 15 minutes", "confirm", _l("failed tries to show that it is you, 10 in 15 minutes"), _person, True
)
verify_of_person = _limit("5 per hour", "verify", _l("mails to verify your address, 5 an hour"), _person)
join_from_here = _limit("120 per 10 minutes", "join", _l("answers to invitations from your network, 120 in 10 minutes"))
invite_by_person = _limit("60 per minute", "invite", _l("invitation forms sent by you, 60 a minute"), _person)
check_by_person = _limit("120 per minute", "check", _l("looks at whom you are about to invite, 120 a minute"), _person)
resend_of_invitation = _limit(
    "10 per hour", "resend-invitation", _l("mails for this invitation, 10 an hour"), _invitation
)
resend_by_person = _limit("120 per hour", "resend-person", _l("mails sent again by you, 120 an hour"), _person)
call_by_person = _limit("600 per minute", "call", _l("calls that invite, 600 a minute"), _person)
resend_by_call = _limit("120 per hour", "resend-call", _l("mails sent again by you, 120 an hour"), _person)


def resend_and_call(view: View) -> View:
    """Both limits on mails sent again by a call: those of the invitation and those of the person."""
    return resend_of_invitation(resend_by_call(view))


verify_from_here = _limit(
    "120 per 10 minutes",
    "verify-here",
    _l("looks at invitations from your network, 120 in 10 minutes"),
    methods=("GET", "HEAD"),
)
mails_of_link = _limit("5 per hour", "mail-link", _l("mails asked for with this link, 5 an hour"), _link)
edit_of_invitation = _limit(
    "20 per hour",
    "edit-invitation",
    _l("changes of this invitation, 20 an hour"),
    _invitation,
    methods=("POST", "PATCH"),
)


def may_resend(invitation_id: UUID) -> bool:
    """Counts one more mail sent again, where a form sends several; whether both limits on that still allow it."""
    if not limiter.enabled:
        return True
    counted = (("120 per hour", _person(), "resend-person"), ("10 per hour", str(invitation_id), "resend-invitation"))
    return all(limiter.limiter.hit(parse(often), key, scope) for often, key, scope in counted)
