"""How this face says no: RFC 9457, with a stable ``code`` and, for input, every flaw by its JSON pointer."""

from collections.abc import Iterable
from typing import Annotated, Any, get_args

from flask import current_app, g, make_response, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core.core_schema import ErrorType

from ... import errors, links, logs
from ...errors import BadInput, PortalError, RosterRefused, Unauthorized
from ...shapes import Flaw, Wrong
from ..codes import UNAVAILABLE, Code, enumeration, meaning

MEDIA = "application/problem+json"
REQUEST = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"
_CODES = {
    400: ("bad_request", "This request cannot be read."),
    404: ("no_such_route", "There is no such route."),
    405: ("method_not_allowed", "This route does not take that method."),
    413: ("too_large", "The body is too large."),
    415: ("unsupported_media_type", "The body has to be application/json."),
    422: ("invalid_input", "Some of the input is not what it should be."),
    500: ("fault", "Something broke on our side. Nothing was changed."),
    503: ("unavailable", UNAVAILABLE),
}
_QUERY = ("invalid_query", "Some of the query is wrong.")
RuleCode = Annotated[str, enumeration(errors.codes())]
ProblemCode = Annotated[str, enumeration({*errors.codes(), *(code for code, _ in _CODES.values()), _QUERY[0]})]
FlawCode = Annotated[str, enumeration({*errors.codes(), *get_args(ErrorType)})]
_FIELDS = {"expires": "expires_at", "message": "message", "file": "csv"}  # the rules' own words


class Pointed(BaseModel):
    """One thing that is wrong with the input."""

    model_config = ConfigDict(title="ProblemError")
    pointer: str = Field(description="A JSON pointer into the body; into the query's or the path's names otherwise.")
    detail: str
    code: FlawCode = Field(description="A rule's code, or pydantic's name for what is wrong with a value.")


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it."""

    type: str = Field(description="An address that is the same for every problem of this code.")
    title: str
    status: int
    detail: str
    instance: str = Field(description="The path that was asked.")
    code: ProblemCode = Field(description="Stable; scripts tell problems apart by it. `/api/docs#codes` lists them.")
    requestId: str = Field(description="The same as in `X-Request-ID`, to find the request in the logs.")
    errors: list[Pointed] | None = Field(default=None, description="Only for input.")
    people: list[str] | None = Field(default=None, description="Whom a roster was refused for.")


class ProblemShape:
    """Every refusal as one problem."""

    def of_rule(self, error: PortalError) -> Any:
        """A rule refused."""
        said = f"{error} {error.remedy}"
        more: dict[str, Any] = {}
        if (pointer := _pointer(error)) is not None:
            more["errors"] = [{"pointer": pointer, "detail": str(error), "code": error.code}]
        if isinstance(error, RosterRefused):
            more["people"] = error.facts["people"]
        reply = _problem(error.status, error.code, said, **more)
        if isinstance(error, Unauthorized):
            reply.headers["WWW-Authenticate"] = "Bearer"
        return reply

    def of_http(self, wrong: Wrong) -> Any:
        """Malformed requests, unknown routes, bodies too large or of another type, and faults of ours."""
        if wrong.flaws:
            return _of_flaws(wrong.flaws)
        code, sentence = _CODES.get(wrong.status, _CODES[400 if wrong.status < 500 else 500])
        return _problem(wrong.status, code, wrong.detail or sentence)


SHAPE = ProblemShape()


def listed() -> list[Code]:
    """Every code of a problem, by name."""
    said = {code: Code(code, code, status, sentence) for status, (code, sentence) in _CODES.items()}
    said[_QUERY[0]] = Code(_QUERY[0], _QUERY[0], 400, _QUERY[1])
    said |= {code: Code(code, code, kind.status, meaning(kind)) for code, kind in errors.codes().items()}
    return [said[code] for code in sorted(said)]


def example(code: str, path: str, model: type[BaseModel] | None = None) -> dict[str, Any]:
    """The problem that this code makes, as the document shows it, with a flaw of the ``model`` that came."""
    known = next(each for each in listed() if each.code == code)
    said = {
        "type": f"https://portal.example.com/api/docs#{code}", "title": _title(code), "status": known.status,
        "detail": known.meaning, "instance": path, "code": code, "requestId": REQUEST,
    }  # fmt: skip
    if model is None:
        return said
    pointer, detail, flaw = _flaw(model)
    errors = [{"pointer": pointer, "detail": detail, "code": flaw}]
    return said | {"detail": f"{known.meaning} {pointer}: {detail}", "errors": errors}


def _flaw(model: type[BaseModel]) -> tuple[str, str, str]:
    """Something that is wrong with a request of this model: what is missing, or a first field that is an object."""
    for wrong in ({}, {next(iter(model.model_fields)): {"": 0}}):
        try:
            model.model_validate(wrong)
        except ValidationError as error:
            found = error.errors()[0]
            return pointed(*found["loc"]), found["msg"].removeprefix("Value error, "), found["type"]
    raise AssertionError(f"{model} takes anything")


def _title(code: str) -> str:
    return code.replace("_", " ").capitalize()


def pointed(*place: str | int) -> str:
    """The JSON pointer (RFC 6901) of a place."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def _pointer(error: PortalError) -> str | None:
    """Where in the body it was: what the view said, or the field that the rule names."""
    if isinstance(error.about, str):
        return error.about
    if not error.field or not (isinstance(error, BadInput) or request.is_json):
        return None
    return pointed(_FIELDS.get(error.field, error.field))


def _of_flaws(flaws: Iterable[Flaw]) -> Any:
    """What is wrong with an id in the path was never there; in the query 400, in the body 422."""
    found = list(flaws)
    part = _part(found[0].model)
    if part == "path":
        return _problem(404, "not_found", "There is no such thing here. Go back and look for it in the list.")
    status = 400 if part == "query" else 422
    errors = [
        {"pointer": pointed(*flaw.place), "detail": flaw.detail.removeprefix("Value error, "), "code": flaw.code}
        for flaw in found
    ]
    code, sentence = _QUERY if part == "query" else _CODES[422]
    first = f"{errors[0]['pointer']}: {errors[0]['detail']}"
    return _problem(status, code, f"{sentence} {first}", errors=errors)


def _part(model: str) -> str:
    """Whether a model of this name is the view's path, query or body."""
    view: Any = current_app.view_functions[request.endpoint or ""]
    kinds = {kind: getattr(view, "__annotations__", {}).get(kind) for kind in ("path", "query", "body")}
    names = {kind: {k.__name__, k.model_config.get("title")} for kind, k in kinds.items() if k is not None}
    return next((kind for kind, known in names.items() if model in known), "body")


def _problem(status: int, code: str, detail: str, **more: Any) -> Any:
    said = {
        "type": links.public(f"/api/docs#{code}"), "title": _title(code), "status": status,
        "detail": detail, "instance": logs.redacted(request.path), "code": code, "requestId": g.request_id,
    }  # fmt: skip
    reply = make_response(said | more, status)
    reply.mimetype = MEDIA
    return reply
