"""How the team dialect says no: 401 and 403 in the one shape, everything else in the other."""

from typing import Any

from flask import jsonify, make_response, request

from ... import clock
from ...errors import BadInput, InviterLostRights, NotAllowed, OrganizationClosed, PortalError, Unauthorized
from ...shapes import Wrong
from . import wire

SERVICE = "invitations"
_ANONYMOUS = "There is no good API token with this request. Send one in the Authorization header, as Bearer."
_SENTENCES = {
    404: "There is no such route.",
    405: "This route does not take that method.",
    413: "The body is too large.",
    415: "The body has to be application/json.",
    500: "Something broke on our side. Nothing was changed.",
}
_FIELDS = {"email": "email", "role": "role", "teams": "teamAssignments", "page": "page"}


class TeamShape:
    """401 and 403 in the one shape, everything else in the other."""

    def of_rule(self, error: PortalError) -> Any:
        """A rule refused: 401, 403 and 429 as they are, all else 400, a token that is dead among it."""
        if isinstance(error, Unauthorized):
            return _refusal(401, _ANONYMOUS)
        said = f"{error} {error.remedy}"
        if isinstance(error, NotAllowed) and not _is_dead_token(error):
            return _refusal(403, said)
        named = _FIELDS.get(error.field or "") if isinstance(error, BadInput) else None
        return _problem(429 if error.status == 429 else 400, f"{named}: {said}" if named else said)

    def of_http(self, wrong: Wrong) -> Any:
        """Malformed requests, unknown routes, bodies too large or of another type, and faults of ours."""
        detail = wrong.detail or _SENTENCES.get(wrong.status, "This cannot be done.")
        return _problem(wrong.status, f"{wrong.field}: {detail}" if wrong.field else detail)


def _is_dead_token(error: PortalError) -> bool:
    """Whether what was offered is no longer to be had; of these two, only an acceptance names no organization."""
    names_one = "organizationId" in (request.view_args or {})
    return isinstance(error, InviterLostRights) or (isinstance(error, OrganizationClosed) and not names_one)


def _refusal(status: int, message: str) -> Any:
    said = {"message": message, "statusCode": status, "timestamp": _now(), "path": request.path}
    return make_response(jsonify(said), status)


def _problem(status: int, message: str) -> Any:
    method = (request.endpoint or "").rpartition(".")[2] or "route"
    said = {"timestamp": _now(), "service": SERVICE, "method": method, "message": message, "code": status}
    return make_response(jsonify(said), status)


def _now() -> str:
    return clock.rfc3339(clock.now())


SHAPE = TeamShape()


def replies(status: str, reply: type, *refused: int) -> dict[Any, Any]:
    """The reply and the refusals of an operation, for the document; 401, 403 and 500 can always happen."""
    said = {str(code): wire.TeamProblem for code in (*refused, 500)}
    return {status: reply, "401": wire.TeamRefusal, "403": wire.TeamRefusal} | said
