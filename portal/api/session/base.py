"""What every call of this dialect stands on: who calls, in which organization, and what the document says of it."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from flask_openapi3 import Tag
from flask_openapi3.models import Schema
from flask_openapi3.utils import get_model_schema
from pydantic import AfterValidator, BaseModel, Field

from ...permissions import Actor
from ...text import without_nul
from .. import gate
from ..face import Face
from . import codes
from .errors import AuthProblem, Refused

PREFIX = "/api/auth"
CHANNEL = "api:session"
TAG = Tag(
    name="Session dialect",
    description="As Rybbit and better-auth document it; an unmodified better-auth client works. Signs in by cookie.",
)
_SIGNED_IN: list[dict[str, list[str]]] = [{"session": []}]
_NO_ID = UUID(int=0)  # nothing has it

Id = Annotated[str, Field(max_length=1000)]
Text = Annotated[str, Field(max_length=10_000), AfterValidator(without_nul)]
View = Callable[..., Any]

api = Face("session", __name__, url_prefix=PREFIX, abp_tags=[TAG])
api.components_schemas["AuthProblem"] = Schema(**get_model_schema(AuthProblem, mode="serialization"))
gate.Gate(cookie=True, token=False).guard(api)


def reads(path: str, reply: type[BaseModel], *statuses: int, anyone: bool = False) -> Callable[[View], View]:
    """Declares a call that reads, with what it replies and the statuses of its refusals."""
    known = (413, *statuses) if anyone else (401, 413, *statuses)
    return _declares(api.get, path, reply, known, anyone)


def writes(path: str, reply: type[BaseModel], *statuses: int, anyone: bool = False) -> Callable[[View], View]:
    """Declares a call that changes something: also refused for its body, or for the page that it came from."""
    known = (400, 403, 413, 415, *statuses) if anyone else (400, 401, 403, 413, 415, *statuses)
    return _declares(api.post, path, reply, known, anyone)


def _declares(
    register: Any, path: str, reply: type[BaseModel], statuses: tuple[int, ...], anyone: bool
) -> Callable[[View], View]:
    def declare(view: View) -> View:
        described = partial(_responses, view, reply, sorted({*statuses, 500, 503}))
        declared: View = register(path, responses=described, security=None if anyone else _SIGNED_IN)(view)
        return declared

    return declare


def _responses(view: View, reply: type[BaseModel], statuses: list[int]) -> Any:
    """The reply, and each refusal with the codes that it has in this call."""
    meant = list(getattr(view, "meanings", {}).values())
    schema = {"$ref": "#/components/schemas/AuthProblem"}
    refused = {
        str(status): {"content": {"application/json": {"schema": schema, "examples": codes.examples(status, meant)}}}
        for status in statuses
    }
    return {"200": reply} | refused


def actor() -> Actor:
    """The caller as the rules take it."""
    return gate.caller().actor(CHANNEL)


def session() -> Any:
    """The caller's session."""
    return gate.caller().session


def key(text: str) -> UUID:
    """An id as this dialect's clients send it, which is any string; one that cannot be ours reads as unknown."""
    try:
        return UUID(text)
    except ValueError:
        return _NO_ID


def chosen(said: str | None, missing: str = "NO_ACTIVE_ORGANIZATION") -> UUID:
    """The organization that was named, else the session's active one. Raises Refused without either."""
    if said:
        return key(said)
    active: UUID | None = session().active_organization_id
    if active is None:
        raise Refused(missing)
    return active
