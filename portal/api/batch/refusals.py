"""How the batch dialect says no: ``application/problem+json``, one table of codes."""

from typing import Any

from flask import g, jsonify, make_response, request
from flask_openapi3.models import Schema
from flask_openapi3.utils import get_model_schema
from pydantic import BaseModel

from ...errors import BadInput, GrantedTwice, NotAllowed, NotFound, PortalError, RestrictionNeedsMember, Unauthorized
from ...shapes import Wrong
from . import wire
from .codes import SENTENCES, TABLE

_SAID = SENTENCES | {404: "There is no such route."}
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
        detail = wrong.detail.removeprefix("Value error, ") or _SAID.get(wrong.status, "This cannot be done.")
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
    response = make_response(jsonify(_said(status, detail, request.path, g.request_id)), status)
    response.mimetype = "application/problem+json"
    return response


def _said(status: int, detail: str, path: str, request_id: str) -> dict[str, Any]:
    code, title = TABLE.get(status, TABLE[400])
    return {
        "title": title,
        "status": status,
        "detail": detail,
        "instance": path,
        "requestId": request_id,
        "code": code,
        "error": {"code": code, "message": detail[:LONGEST]},
    }


SHAPE = BatchShape()


def documented(*statuses: int) -> dict[Any, Any]:
    """The refusals of an operation, for the document."""
    reference = {"$ref": "#/components/schemas/BatchProblem"}
    return {
        str(status): {
            "description": TABLE[status][1],
            "content": {"application/problem+json": {"schema": reference, "example": _example(status)}},
        }
        for status in statuses
    }


def _example(status: int) -> dict[str, Any]:
    return _said(status, SENTENCES[status], "/manage/api/invitations", wire.ID)


def replies(reply: type[BaseModel], *statuses: int) -> dict[Any, Any]:
    """The reply and the refusals of an operation, for the document."""
    return {"200": reply} | documented(*statuses)


def schemas() -> dict[str, Schema]:
    """The parts of the document that ``documented`` refers to."""
    whole = get_model_schema(wire.BatchProblem, mode="serialization")
    return {"BatchProblem": Schema(**whole)} | {name: Schema(**part) for name, part in whole["$defs"].items()}
