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
from .codes import CODES, HTTP, MALFORMED, OTHER, AuthCode

V = TypeVar("V", bound=Callable[..., Any])
Meanings = dict[type[PortalError], str]

_MEANT: Meanings = {
    Unauthorized: "UNAUTHORIZED",
    ForeignOrigin: "INVALID_ORIGIN",
    NotAMember: "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION",
    OrganizationClosed: "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION",
    AlreadyMember: "USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION",
    NoSeatLeft: "ORGANIZATION_MEMBERSHIP_LIMIT_REACHED",
    PendingLimitReached: "INVITATION_LIMIT_REACHED",
}
_TYPES = re.compile(r"\.(?:str|int|list\[\w+\]|constrained-\w+)(?=\.|$)")  # what a union adds to a field's place


class AuthProblem(BaseModel):
    """What went wrong: a code for programs and a sentence for people."""

    code: AuthCode
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
        if isinstance(error, TooOften):
            return _problem(429, "TOO_MANY_REQUESTS", str(error))
        view = current_app.view_functions.get(request.endpoint or "")
        meanings: Meanings = getattr(view, "meanings", {})
        for kind in type(error).__mro__:
            if said := meanings.get(kind) or _MEANT.get(kind):
                return _reply(said)
        if isinstance(error, BadInput):
            return _malformed(error.field or "", str(error))
        code, _ = (HTTP | OTHER).get(error.status, HTTP[400])
        return _problem(error.status, code, str(error))

    def of_http(self, wrong: Wrong) -> Any:
        """Fields that are not what they should be, broken JSON, unknown routes and methods, and faults of ours."""
        if wrong.field:
            return _malformed(_TYPES.sub("", wrong.field), wrong.detail)
        code, sentence = HTTP.get(wrong.status, HTTP[400 if wrong.status < 500 else 500])
        return _problem(wrong.status, code, wrong.detail or sentence)


def _malformed(field: str, sentence: str) -> Any:
    place = "query" if request.method in ("GET", "HEAD") else "body"
    return _problem(400, MALFORMED, f"[{place}.{field}] {sentence}")


def _reply(said: str) -> Any:
    status, sentence = CODES[said]
    return _problem(status, said, sentence)


def _problem(status: int, code: str, message: str) -> Any:
    return make_response(jsonify({"code": code, "message": message}), status)


SHAPE = SessionShape()
