"""How the batch dialect says no: ``application/problem+json``, one table of codes."""

from typing import Any

from flask import g, jsonify, make_response, request
from flask_openapi3.models import Schema
from flask_openapi3.utils import get_model_schema
from pydantic import BaseModel

from ...errors import BadInput, GrantedTwice, NotAllowed, NotFound, PortalError, RestrictionNeedsMember, Unauthorized
from ...shapes import Wrong
from . import wire

_TABLE = {
    400: ("bad_request", "Bad Request"),
    401: ("unauthorized", "Unauthorized"),
    403: ("forbidden", "Forbidden"),
    404: ("not_found", "Not Found"),
    405: ("method_not_allowed", "Method Not Allowed"),
    413: ("bad_request", "Content Too Large"),
    415: ("bad_request", "Unsupported Media Type"),
    422: ("unprocessable_entity", "Unprocessable Entity"),
    429: ("too_many_requests", "Too Many Requests"),
    500: ("internal_server_error", "Internal Server Error"),
}
_SENTENCES = {
    404: "There is no such route.",
    405: "This route does not take that method.",
    413: "The body is too large.",
    415: "The body has to be application/json.",
    500: "Something broke on our side. Nothing was changed.",
}
_FIELDS = {"email": "emails", "role": "role", "sites": "assignments", "teams": "assignments", "projects": "assignments"}
_TAGS = tuple(wire.KINDS.values())
LONGEST = 100


class BatchShape:
    """Every refusal in the one shape."""

    def of_rule(self, error: PortalError) -> Any:
        """A rule refused; input that is wrong is named by the field that it came in."""
        said = f"{error} {error.remedy}"
        named = _FIELDS.get(error.field or "") if isinstance(error, BadInput) else None
        return _problem(_status(error), f"{named}: {said}" if named else said)

    def of_http(self, wrong: Wrong) -> Any:
        """Malformed requests, unknown routes, bodies too large or of another type, and faults of ours."""
        detail = wrong.detail.removeprefix("Value error, ") or _SENTENCES.get(wrong.status, "This cannot be done.")
        return _problem(wrong.status, f"{_plain(wrong.field)}: {detail}" if wrong.field else detail)


def _status(error: PortalError) -> int:
    match error:
        case Unauthorized():
            return 401
        case NotAllowed():
            return 403
        case NotFound():
            return 404
        case GrantedTwice() | RestrictionNeedsMember():
            return 422
    return 429 if error.status == 429 else 400


def _plain(field: str) -> str:
    """``assignments.0.projectRole``: without the kind of assignment, which is no part of the request."""
    parts = field.split(".")
    return ".".join(part for place, part in enumerate(parts) if place != 2 or part not in _TAGS)


def _problem(status: int, detail: str) -> Any:
    code, title = _TABLE.get(status, _TABLE[400])
    said = {
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "requestId": g.request_id,
        "code": code,
        "error": {"code": code, "message": detail[:LONGEST]},
    }
    response = make_response(jsonify(said), status)
    response.mimetype = "application/problem+json"
    return response


SHAPE = BatchShape()


def documented(*statuses: int) -> dict[Any, Any]:
    """The refusals of an operation, for the document."""
    reference = {"$ref": "#/components/schemas/BatchProblem"}
    return {
        str(status): {"description": _TABLE[status][1], "content": {"application/problem+json": {"schema": reference}}}
        for status in statuses
    }


def replies(reply: type[BaseModel], *statuses: int) -> dict[Any, Any]:
    """The reply and the refusals of an operation, for the document."""
    return {"200": reply} | documented(*statuses)


def schemas() -> dict[str, Schema]:
    """The parts of the document that ``documented`` refers to."""
    whole = get_model_schema(wire.BatchProblem, mode="serialization")
    return {"BatchProblem": Schema(**whole)} | {name: Schema(**part) for name, part in whole["$defs"].items()}
