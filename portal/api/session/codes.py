"""The session dialect's codes: each with its status and its sentence."""

from typing import Annotated, Any

from ..codes import UNAVAILABLE, Code, enumeration

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

# What goes wrong before a call is reached, or in how it is written.
HTTP = {
    400: ("BAD_REQUEST", "The body is not a JSON object"),
    404: ("NOT_FOUND", "There is no such route"),
    405: ("METHOD_NOT_ALLOWED", "This route does not take that method"),
    413: ("PAYLOAD_TOO_LARGE", "The body is too large"),
    415: ("UNSUPPORTED_MEDIA_TYPE", "The body has to be application/json"),
    500: ("INTERNAL_SERVER_ERROR", "Something broke on our side. Nothing was changed."),
    503: ("SERVICE_UNAVAILABLE", UNAVAILABLE),
}
MALFORMED = "VALIDATION_ERROR"
OTHER = {  # what a rule refuses in a call that has no word for it
    403: ("NOT_ALLOWED", "Your role does not allow this."),
    409: ("CONFLICT", "It is not in a state for this."),
}
AuthCode = Annotated[
    str, enumeration([*CODES, *(code for code, _ in HTTP.values()), MALFORMED, *(code for code, _ in OTHER.values())])
]


def table() -> dict[str, tuple[int, str]]:
    """Every code of the dialect with its status and sentence."""
    said = {code: (status, sentence) for status, (code, sentence) in (HTTP | OTHER).items()}
    said[MALFORMED] = (400, "[body.name] A field is missing, or of the wrong type")
    return dict(sorted((CODES | said).items()))


def listed() -> list[Code]:
    """The same, as the documentation lists them."""
    return [Code(code, code, status, sentence) for code, (status, sentence) in table().items()]


def examples(status: int, meant: list[str]) -> dict[str, Any]:
    """The problems that a call has with this status, by their codes; the dialect's own where the call has none."""
    known = table()
    said = [code for code in dict.fromkeys(meant) if known[code][0] == status] or [_USUAL[status]]
    return {code: {"value": {"code": code, "message": known[code][1]}} for code in said}


_USUAL = {status: code for status, (code, _) in HTTP.items()} | {
    400: MALFORMED, 401: "UNAUTHORIZED", 403: "INVALID_ORIGIN", 429: "TOO_MANY_REQUESTS",
}  # fmt: skip
