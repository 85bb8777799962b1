"""Declaring operations, so that each says to the document all that the code does: scopes, statuses, headers."""

import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any, get_type_hints

from flask_openapi3 import Tag
from flask_openapi3.models import Parameter, Schema
from flask_openapi3.models.data_type import DataType
from pydantic import BaseModel

from ...permissions import Actor
from .. import gate
from ..face import Face
from . import idempotency
from .problems import MEDIA, REQUEST, Problem, example

CHANNEL = "api:v1"
_REFS = "#/components/schemas/"
_SAID = {
    304: "It is as you have it.",
    400: "The request cannot be read, or the query or a header is wrong.",
    401: "No good credentials.",
    403: "Not allowed: by role, scope, origin or limit.",
    404: "There is no such thing, or it is not yours to see.",
    409: "It is not in a state for this, or the same key is still being worked on.",
    412: "It has changed since it was read.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Some of the input is wrong, or the key came with another request.",
    429: "Too often.",
    500: "A fault of ours.",
    503: "What the portal stands on does not answer at the moment.",
}
_USUAL = {
    401: "unauthorized", 409: "idempotency_key_in_flight", 412: "changed", 413: "too_large",
    415: "unsupported_media_type", 429: "too_often", 500: "fault", 503: "unavailable",
}  # fmt: skip
_PLACE = re.compile(r"<\w+>")
_DONE = {200: "Done.", 201: "Made.", 204: "Done; there is nothing left to say."}
_TEXT = {"schema": {"type": "string"}}
_HEADERS = {
    "ETag": "This version of it.",
    "Location": "Where it is.",
    "X-Request-ID": "The request's name in the logs.",
    idempotency.REPLAYED: "`true` where this is the answer of the first time.",
}
_ASKED = {
    idempotency.HEADER: "Sent twice with the same body, the request acts once, and is answered the same for a day, "
    "also where a rule refuses it.",
    "If-Match": "Do it only to this version.",
    "If-None-Match": "The version that you have.",
    "X-Request-ID": "A name for the request, to find it in the logs.",
}


class Resource:
    """The operations of one resource. ``api`` is their blueprint."""

    def __init__(self, name: str, said: str) -> None:
        self.api = Face(name, __name__, abp_tags=[Tag(name=name.replace("_", " ").capitalize(), description=said)])

    def operation(
        self,
        method: str,
        rule: str,
        *,
        scope: str = "",
        answer: type[BaseModel] | None,
        status: int = 200,
        refusals: dict[int, str] | None = None,
        single: bool = False,
        limit: Callable[[Any], Any] | None = None,
        also: int | None = None,
        longest: str = "",
        files: tuple[str, ...] = (),
    ) -> Callable[[Any], Any]:
        """Declares a view. ``single`` is for one resource, with its ETag; ``refusals`` go beyond what follows,
        each with a code that it has.

        ``also`` is another status with the same answer; ``longest`` names the setting that bounds a larger body;
        ``files`` are the content types of an answer that is a file.
        """

        def declare(view: Any) -> Any:
            asked = idempotency.kept(view) if method == "POST" else view
            asked = limit(asked) if limit else asked
            asked = gate.scope(scope)(asked) if scope else asked
            asked = gate.longest(longest)(asked) if longest else asked
            refused = _refusals(method, rule, view, scope, single) | set(refusals or {}) | ({429} if limit else set())

            def responses() -> dict[str, Any]:
                said = self._responses(method, answer, status, single)
                if files:
                    said[str(status)]["content"] = dict.fromkeys(files, _TEXT)
                said |= self._refused(method, _examples(method, rule, view, scope, refused, refusals or {}))
                return said | ({str(also): said[str(status)] | {"description": _DONE[also]}} if also else {})

            self._register(method, rule, asked, scope, responses, _asked(method, refused))
            return view

        return declare

    def open_operation(
        self, method: str, rule: str, *, proof: Callable[[], None], answer: type[BaseModel]
    ) -> Callable[[Any], Any]:
        """Declares a view that proves its caller by a signature over the body, instead of by credentials of ours."""

        def declare(view: Any) -> Any:
            def responses() -> dict[str, Any]:
                said = self._responses("GET", answer, 200, False)
                refused = {400, 401, 413, 415, 422, 500, 503}
                return said | self._refused("GET", _examples(method, rule, view, "", refused, {}))

            register = getattr(self.api, method.lower())
            register(rule, responses=responses, security=[], operation_id=f"v1_{view.__name__}")(
                gate.proved_by(proof)(view)
            )
            return view

        return declare

    def _register(self, method: str, rule: str, view: Any, scope: str, responses: Any, asked: list[str]) -> None:
        register = getattr(self.api, method.lower())
        register(
            rule,
            responses=responses,
            security=[{"session": []}, {"token": scope.split()}],
            operation_id=f"v1_{view.__name__}",
        )(view)
        self.api.later.append(partial(self._ask, method, rule, asked))

    def _ask(self, method: str, rule: str, asked: list[str]) -> None:
        """Adds the headers that the operation looks at to its description."""
        operation = getattr(self.api.paths[rule.replace("<", "{").replace(">", "}")], method.lower())
        operation.parameters = [*(operation.parameters or []), *map(_parameter, asked)]

    def _responses(self, method: str, answer: type[BaseModel] | None, status: int, single: bool) -> dict[str, Any]:
        headers = ["X-Request-ID", *(["ETag"] if single and answer else [])]
        headers += ["Location"] if status == 201 else []
        headers += [idempotency.REPLAYED] if method == "POST" else []
        done: dict[str, Any] = {"description": _DONE[status], "headers": _headers(headers)}
        if answer is not None:
            done["content"] = {"application/json": self._media(answer)}
        return {str(status): done}

    def _refused(self, method: str, examples: dict[int, Any]) -> dict[str, Any]:
        """Each status of a refusal with a problem of its own."""
        names = ["X-Request-ID", *([idempotency.REPLAYED] if method == "POST" else [])]
        said: dict[str, Any] = {}
        for status, shown in sorted(examples.items()):
            said[str(status)] = {"description": _SAID[status], "headers": _headers(names)}
            if shown is not None:
                said[str(status)]["content"] = {MEDIA: self._media(Problem) | {"example": shown}}
        return said

    def _media(self, model: type[BaseModel]) -> dict[str, Any]:
        """What a reply holds; the schemas go into the document's components."""
        schemas, example = _schemas(model)
        self.api.components_schemas.update(schemas)
        return {"schema": {"$ref": _REFS + model.__name__}} | ({"example": example} if example else {})


@cache
def _schemas(model: type[BaseModel]) -> tuple[dict[str, Schema], Any]:
    """The schemas of a model and of what it is made of, by name; and its example."""
    schema = model.model_json_schema(ref_template=_REFS + "{model}", mode="serialization")
    parts = schema.pop("$defs", {}) | {model.__name__: schema}
    return {name: Schema(**part) for name, part in parts.items()}, schema.get("example")


def _refusals(method: str, rule: str, view: Any, scope: str, single: bool) -> set[int]:
    """The statuses that follow from what an operation is."""
    writes, takes = method != "GET", set(view.__annotations__)
    refused = {401, 413, 500, 503} | ({403} if scope or writes else set()) | ({404} if "<" in rule else set())
    if "query" in takes:
        refused |= {400}
    if method == "POST":
        refused |= {400, 409, 422}
    if "body" in takes:
        refused |= {400, 415, 422}
    if single:
        refused |= {412} if method in ("PATCH", "DELETE") else {304} if method == "GET" else set()
    return refused


def _examples(
    method: str, rule: str, view: Any, scope: str, refused: set[int], named: dict[int, str]
) -> dict[int, dict[str, Any] | None]:
    """A problem that the operation has, for each status; None for 304, which says nothing."""
    takes, path = get_type_hints(view), _PLACE.sub(REQUEST, f"/api/v1{rule}")
    asked = takes.get("query") or takes.get("body")
    usual = _USUAL | {
        400: "invalid_query" if "query" in takes else "bad_request" if "body" in takes else "bad_idempotency_key",
        403: "scope_missing" if scope else "foreign_origin",
        404: "not_a_member" if "<organization_id>" in rule else "not_found",
        422: "invalid_input" if "body" in takes else "idempotency_key_reused",
    } | named  # fmt: skip
    return {
        status: example(usual[status], path, asked if usual[status] in ("invalid_query", "invalid_input") else None)
        if status != 304
        else None
        for status in refused
    }


def _headers(names: list[str]) -> dict[str, Any]:
    return {name: {"description": _HEADERS[name]} | _TEXT for name in names}


def _asked(method: str, refused: set[int]) -> list[str]:
    names = ["X-Request-ID"]
    names += [idempotency.HEADER] if method == "POST" else []
    names += ["If-Match"] if 412 in refused else []
    return names + (["If-None-Match"] if 304 in refused else [])


def _parameter(name: str) -> Parameter:
    said: dict[str, Any] = {"name": name, "in": "header", "required": False, "description": _ASKED[name]}
    return Parameter(**said, schema=Schema(type=DataType.STRING))


def actor() -> Actor:
    """Who calls, as the rules take it."""
    return gate.caller().actor(CHANNEL)
