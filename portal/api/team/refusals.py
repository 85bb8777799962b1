"""How the team dialect says no: 401 and 403 in the one shape, everything else in the other."""

from typing import Any

from flask import jsonify, make_response, request
from flask_openapi3.models import Schema
from flask_openapi3.utils import get_model_schema

from ... import clock
from ...errors import BadInput, InviterLostRights, NotAllowed, OrganizationClosed, PortalError, Unauthorized
from ...shapes import Wrong
from . import wire
from .codes import REFUSED, WRONG

SERVICE = "invitations"
TIME = "2026-07-03T12:00:00.000Z"
_FIELDS = {"email": "email", "role": "role", "teams": "teamAssignments", "page": "page"}


class TeamShape:
    """401 and 403 in the one shape, everything else in the other."""

    def of_rule(self, error: PortalError) -> Any:
        """A rule refused: 401, 403 and 429 as they are, all else 400, a token that is dead among it."""
        if isinstance(error, Unauthorized):
            return _refusal(401, REFUSED[401])
        said = f"{error} {error.remedy}"
        if isinstance(error, NotAllowed) and not _is_dead_token(error):
            return _refusal(403, said)
        named = _FIELDS.get(error.field or "") if isinstance(error, BadInput) else None
        return _problem(429 if error.status == 429 else 400, f"{named}: {said}" if named else said)

    def of_http(self, wrong: Wrong) -> Any:
        """Malformed requests, unknown routes, bodies too large or of another type, and faults of ours."""
        detail = wrong.detail or WRONG.get(wrong.status, "This cannot be done.")
        return _problem(wrong.status, f"{wrong.field}: {detail}" if wrong.field else detail)


def _is_dead_token(error: PortalError) -> bool:
    """Whether what was offered is no longer to be had; of these two, only an acceptance names no organization."""
    names_one = "organizationId" in (request.view_args or {})
    return isinstance(error, InviterLostRights) or (isinstance(error, OrganizationClosed) and not names_one)


def _refusal(status: int, message: str) -> Any:
    return make_response(jsonify(_refused(status, message, _now(), request.path)), status)


def _problem(status: int, message: str) -> Any:
    method = (request.endpoint or "").rpartition(".")[2] or "route"
    return make_response(jsonify(_wrong(status, message, _now(), method)), status)


def _refused(status: int, message: str, moment: str, path: str) -> dict[str, Any]:
    return {"message": message, "statusCode": status, "timestamp": moment, "path": path}


def _wrong(status: int, message: str, moment: str, method: str) -> dict[str, Any]:
    return {"timestamp": moment, "service": SERVICE, "method": method, "message": message, "code": status}


def _now() -> str:
    return clock.rfc3339(clock.now())


SHAPE = TeamShape()


def replies(method: str, path: str, status: str, reply: type, *refused: int) -> dict[Any, Any]:
    """The reply and the refusals of an operation, for the document; 401, 403, 500 and 503 can always happen.

    ``method`` is what its refusals call it, and ``path`` an example of its address.
    """
    said = {str(code): _documented("TeamRefusal", _refused(code, text, TIME, path)) for code, text in REFUSED.items()}
    wrong = {
        str(code): _documented("TeamProblem", _wrong(code, WRONG[code], TIME, method)) for code in (*refused, 500, 503)
    }
    return {status: reply} | said | wrong


def _documented(name: str, example: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}, "example": example}}}


def schemas() -> dict[str, Schema]:
    """The parts of the document that ``replies`` refers to."""
    models = (wire.TeamRefusal, wire.TeamProblem)
    return {model.__name__: Schema(**get_model_schema(model, mode="serialization")) for model in models}
