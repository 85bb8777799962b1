"""How often the doors may be tried, each limit with a name that its answer tells."""

from flask import request
from flask_babel import lazy_gettext as _l
from flask_limiter.util import get_remote_address

from .. import identity
from ..addresses import normalise
from ..errors import NotAnAddress
from ..extensions import limiter


def _typed_address() -> str:
    """The address in the form, normalised, so that another spelling is not another chance."""
    try:
        return normalise(request.form.get("email", ""))
    except NotAnAddress:
        return "none"


def _person() -> str:
    person = identity.viewer()
    return str(person.id) if person else get_remote_address()


def _invitation() -> str:
    return str((request.view_args or {}).get("invitation_id", ""))


def _failed(response: object) -> bool:
    return getattr(response, "status_code", 0) != 303


_POST = {"methods": ["POST"]}

sign_in_of_address = limiter.shared_limit(
    "10 per 15 minutes", scope="sign-in-address", key_func=_typed_address, deduct_when=_failed, **_POST,
    error_message=_l("failed sign-ins for this address, 10 in 15 minutes"),
)  # fmt: skip
sign_in_from_here = limiter.shared_limit(
    "100 per 15 minutes", scope="sign-in-here", deduct_when=_failed, **_POST,
    error_message=_l("failed sign-ins from your network, 100 in 15 minutes"),
)  # fmt: skip
reset_of_address = limiter.shared_limit(
    "5 per hour", scope="reset-address", key_func=_typed_address, **_POST,
    error_message=_l("mails for a new password to this address, 5 an hour"),
)  # fmt: skip
mails_from_here = limiter.shared_limit(
    "60 per hour", scope="mail-here", **_POST, error_message=_l("mails asked for from your network, 60 an hour")
)
verify_of_person = limiter.shared_limit(
    "5 per hour", scope="verify", key_func=_person, **_POST,
    error_message=_l("mails to verify your address, 5 an hour"),
)  # fmt: skip
join_from_here = limiter.shared_limit(
    "120 per 10 minutes", scope="join", **_POST, error_message=_l("answers to invitations from your network, 120 in 10 minutes")
)
invite_by_person = limiter.shared_limit(
    "60 per minute", scope="invite", key_func=_person, **_POST, error_message=_l("invitation forms sent by you, 60 a minute")
)
resend_of_invitation = limiter.shared_limit(
    "10 per hour", scope="resend-invitation", key_func=_invitation, **_POST,
    error_message=_l("mails for this invitation, 10 an hour"),
)  # fmt: skip
resend_by_person = limiter.shared_limit(
    "120 per hour", scope="resend-person", key_func=_person, **_POST, error_message=_l("mails sent again by you, 120 an hour")
)
