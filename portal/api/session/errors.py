"""This dialect's errors: exactly a code and a sentence, the same rule's refusal under another code in another call."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, jsonify, make_response, request
from pydantic import BaseModel

from ...errors import (
    AlreadyMember,
    BadInput,
    ForeignOrigin,
    NoSeatLeft,
    NotAMember,
    OrganizationClosed,
    PendingLimitReached,
    PortalError,
    TooOften,
    Unauthorized,
)
from ...shapes import Wrong

V = TypeVar("V", bound=Callable[..., Any])
Meanings = dict[type[PortalError], str]

# Better-auth's own words, so that a client that shows or compares them is at home.
CODES: dict[str, tuple[int, str]] = {
    "UNAUTHORIZED": (401, "Unauthorized"),
    "INVALID_ORIGIN": (403, "Invalid origin"),
    "MISSING_OR_NULL_ORIGIN": (403, "Missing or null Origin"),
    "TOO_MANY_REQUESTS": (429, "Too many requests"),
    "INVALID_EMAIL_OR_PASSWORD": (401, "Invalid email or password"),
    "TWO_FACTOR_REQUIRED": (403, "This account has a second step: sign in on the portal's own page"),
    "EMAIL_PASSWORD_SIGN_UP_DISABLED": (400, "Email and password sign up is not enabled"),
    "INVALID_EMAIL": (400, "Invalid email"),
    "PASSWORD_TOO_SHORT": (400, "Password too short"),
    "PASSWORD_TOO_LONG": (400, "Password too long"),
    "PASSWORD_TOO_COMMON": (400, "Password is among the first that an attacker tries"),
    "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL": (422, "User already exists. Use another email."),
    "NO_ACTIVE_ORGANIZATION": (400, "No active organization"),
    "ORGANIZATION_NOT_FOUND": (400, "Organization not found"),
    "ORGANIZATION_ALREADY_EXISTS": (400, "Organization already exists"),
    "ORGANIZATION_SLUG_ALREADY_TAKEN": (400, "Organization slug already taken"),
    "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION": (403, "User is not a member of the organization"),
    "YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION": (403, "You are not a member of this organization"),
    "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_ORGANIZATION": (403, "You are not allowed to update this organization"),
    "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_ORGANIZATION": (403, "You are not allowed to delete this organization"),
    "MEMBER_NOT_FOUND": (400, "Member not found"),
    "ROLE_NOT_FOUND": (400, "Role not found"),
    "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER": (403, "You are not allowed to update this member"),
    "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_MEMBER": (401, "You are not allowed to delete this member"),
    "YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER": (
        400,
        "You cannot leave the organization as the only owner",
    ),
    "YOU_CANNOT_LEAVE_THE_ORGANIZATION_WITHOUT_AN_OWNER": (400, "You cannot leave the organization without an owner"),
    "YOU_ARE_NOT_ALLOWED_TO_CREATE_TEAMS_IN_THIS_ORGANIZATION": (
        403,
        "You are not allowed to create teams in this organization",
    ),
    "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_TEAM": (403, "You are not allowed to update this team"),
    "YOU_ARE_NOT_ALLOWED_TO_DELETE_TEAMS_IN_THIS_ORGANIZATION": (
        403,
        "You are not allowed to delete teams in this organization",
    ),
    "YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_TEAM_MEMBER": (403, "You are not allowed to create a new member"),
    "YOU_ARE_NOT_ALLOWED_TO_REMOVE_A_TEAM_MEMBER": (403, "You are not allowed to remove a team member"),
    "TEAM_NOT_FOUND": (400, "Team not found"),
    "TEAM_ALREADY_EXISTS": (400, "Team already exists"),
    "INVALID_TEAM_ID": (400, "Team id contains a reserved character"),
    "USER_IS_NOT_A_MEMBER_OF_THE_TEAM": (403, "User is not a member of the team"),
    "YOU_DO_NOT_HAVE_AN_ACTIVE_TEAM": (400, "You do not have an active team"),
    "YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION": (
        403,
        "You are not allowed to invite users to this organization",
    ),
    "YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE": (403, "You are not allowed to invite a user with this role"),
    "USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION": (400, "User is already a member of this organization"),
    "USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION": (400, "User is already invited to this organization"),
    "SITE_RESTRICTION_REQUIRES_MEMBER_ROLE": (400, "Only the role member can be restricted to sites"),
    "SITE_RESTRICTION_REQUIRES_A_SITE": (400, "A restriction to sites names at least one site"),
    "SITE_IDS_WITHOUT_RESTRICTION": (400, "Sites were named without restricting to them"),
    "SITE_NOT_FOUND": (400, "Site not found"),
    "INVITATION_LIMIT_REACHED": (403, "Invitation limit reached"),
    "ORGANIZATION_MEMBERSHIP_LIMIT_REACHED": (403, "Organization membership limit reached"),
    "INVITATION_NOT_FOUND": (400, "Invitation not found"),
    "YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION": (403, "You are not the recipient of the invitation"),
    "EMAIL_VERIFICATION_REQUIRED_BEFORE_ACCEPTING_OR_REJECTING_INVITATION": (
        403,
        "Email verification required before accepting or rejecting invitation",
    ),
    "EMAIL_VERIFICATION_REQUIRED_FOR_INVITATION": (
        403,
        "Email verification required to view or list invitations for the session email",
    ),
    "EMAIL_IN_QUERY": (400, "User email cannot be passed for client side API calls."),
    "YOU_ARE_NOT_ALLOWED_TO_CANCEL_THIS_INVITATION": (403, "You are not allowed to cancel this invitation"),
    "YOU_ARE_NOT_ALLOWED_TO_LIST_INVITATIONS": (403, "You are not allowed to list invitations for this organization"),
}

_MEANT: Meanings = {
    Unauthorized: "UNAUTHORIZED",
    ForeignOrigin: "INVALID_ORIGIN",
    NotAMember: "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION",
    OrganizationClosed: "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION",
    AlreadyMember: "USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION",
    NoSeatLeft: "ORGANIZATION_MEMBERSHIP_LIMIT_REACHED",
    PendingLimitReached: "INVITATION_LIMIT_REACHED",
    TooOften: "TOO_MANY_REQUESTS",
}
_HTTP = {
    400: ("BAD_REQUEST", "The body is not a JSON object"),
    404: ("NOT_FOUND", "There is no such route"),
    405: ("METHOD_NOT_ALLOWED", "This route does not take that method"),
    413: ("PAYLOAD_TOO_LARGE", "The body is too large"),
    415: ("UNSUPPORTED_MEDIA_TYPE", "The body has to be application/json"),
    500: ("INTERNAL_SERVER_ERROR", "Something broke on our side. Nothing was changed."),
}
_TYPES = re.compile(r"\.(?:str|int|list\[\w+\]|constrained-\w+)(?=\.|$)")  # what a union adds to a field's place


class AuthProblem(BaseModel):
    """What went wrong: a code for programs and a sentence for people."""

    code: str
    message: str


class Refused(PortalError):
    """A refusal that only this dialect knows, by its code."""

    def __init__(self, said: str) -> None:
        super().__init__()
        self.said = said


def means(meanings: Meanings) -> Callable[[V], V]:
    """Marks a view with the codes that rules' refusals have in this call; a more general class serves for its kinds."""

    def mark(view: V) -> V:
        view.meanings = meanings  # type: ignore[attr-defined]
        return view

    return mark


class SessionShape:
    """One shape for all that goes wrong below the prefix."""

    def of_rule(self, error: PortalError) -> Any:
        """A rule refused: under the code that this call has for it, else under the dialect's own."""
        if isinstance(error, Refused):
            return _reply(error.said)
        if isinstance(error, ForeignOrigin) and error.facts.get("null"):
            return _reply("MISSING_OR_NULL_ORIGIN")
        view = current_app.view_functions.get(request.endpoint or "")
        meanings: Meanings = getattr(view, "meanings", {})
        for kind in type(error).__mro__:
            if said := meanings.get(kind) or _MEANT.get(kind):
                return _reply(said)
        if isinstance(error, BadInput):
            return _malformed(error.field or "", str(error))
        return _problem(error.status, error.code.upper(), str(error))

    def of_http(self, wrong: Wrong) -> Any:
        """Fields that are not what they should be, broken JSON, unknown routes and methods, and faults of ours."""
        if wrong.field:
            return _malformed(_TYPES.sub("", wrong.field), wrong.detail)
        code, sentence = _HTTP.get(wrong.status, ("ERROR", "This cannot be done"))
        return _problem(wrong.status, code, wrong.detail or sentence)


def _malformed(field: str, sentence: str) -> Any:
    place = "query" if request.method in ("GET", "HEAD") else "body"
    return _problem(400, "VALIDATION_ERROR", f"[{place}.{field}] {sentence}")


def _reply(said: str) -> Any:
    status, sentence = CODES[said]
    return _problem(status, said, sentence)


def _problem(status: int, code: str, message: str) -> Any:
    return make_response(jsonify({"code": code, "message": message}), status)


SHAPE = SessionShape()
