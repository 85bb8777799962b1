"""The OpenAPI document: what it says of the portal, and the operations in the order that its reader wants them."""

import re
import threading
from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale
from flask_openapi3 import Info

from . import samples

_MAKING = threading.Lock()
_STEM = re.compile(
    r"/api/auth(/organization(?=/))?|/manage/api/invitations|/organization(/\{organizationId\})?"
    r"|/api/v1(/organizations/\{organization_id\}(?=/))?"
)
SESSION_COOKIE = {
    "type": "apiKey",
    "in": "cookie",
    "name": "better-auth.session_token",
    "description": "The session of a signed-in person; `__Secure-` stands before the name over HTTPS.",
}
TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API token, made at `/account/tokens` or by `flask token create`.",
}

DESCRIBED: dict[str, Any] = {
    "info": Info(
        title="Usher",
        version="1",
        description="Invitations to an organization: three dialects of other products, and a native API.",
    ),
    "security_schemes": {"session": SESSION_COOKIE, "token": TOKEN},
    "validation_error_status": 400,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """An operation as the documentation page shows it."""

    id: str
    method: str
    path: str
    short: str  # the path as the table of contents has it, without what its neighbours begin with too
    operation: dict[str, Any]
    parameters: list[dict[str, Any]]
    body: Any
    fields: list[tuple[str, str, bool, str]]
    responses: list[tuple[str, str, str]]
    samples: dict[str, str]


def of(app: Any) -> dict[str, Any]:
    """The document, with the address that it is served at. Made once for an application."""
    kept: dict[str, Any] | None = app.extensions.get("openapi_document")
    if kept is not None:
        return kept
    with _MAKING:  # two who ask first at once would describe each operation half
        if "openapi_document" not in app.extensions:
            app.extensions["openapi_document"] = _made(app)
        made: dict[str, Any] = app.extensions["openapi_document"]
    return made


def _made(app: Any) -> dict[str, Any]:
    for face in app.extensions["faces"]:
        with force_locale("en"):  # its problems say what the rules say, whoever asks first
            face.describe()
        app.paths.update(face.paths)
        app.components_schemas.update(face.components_schemas)
        app.tags += face.tags
    whole: dict[str, Any] = dict(app.api_doc)
    whole["servers"] = [{"url": app.config["PUBLIC_URL"]}]
    schemas = whole["components"]["schemas"]
    schemas.pop("ValidationErrorModel", None)  # the library's own shape of an error, which no face here uses
    schemas.pop("ValidationErrorModel_", None)
    for path in whole["paths"].values():
        for operation in path.values():
            if "ValidationErrorModel" in str(operation["responses"].get("400")):
                operation["responses"].pop("400")  # it stands there for calls that take nothing which could be wrong
            _show(whole, operation)
            operation["description"] = operation.get("description", "").replace("<br/>", "\n").strip()
            operation["description"] or operation.pop("description")
    return whole


def _show(whole: dict[str, Any], operation: dict[str, Any]) -> None:
    """Puts the example of the body, and of each reply that has none, where clients look for it."""
    shown = [operation[part] for part in ("requestBody",) if part in operation]
    for part in [*shown, *operation["responses"].values()]:
        for media in part.get("content", {}).values():
            if "example" not in media and "examples" not in media:
                media["example"] = samples.example(whole, media["schema"])


def by_tag(whole: dict[str, Any]) -> list[tuple[dict[str, Any], list[Shown]]]:
    """The operations of each tag, in the order of the document."""
    tags = whole.get("tags", [])
    groups: dict[str, list[Shown]] = {tag["name"]: [] for tag in tags}
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            groups[operation["tags"][0]].append(_shown(whole, path, method, operation))
    return [(tag, groups[tag["name"]]) for tag in tags if groups[tag["name"]]]


def _shown(whole: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> Shown:
    body = samples.body_of(whole, operation)
    responses = [
        (status, response.get("description", ""), _schema_name(response))
        for status, response in sorted(operation["responses"].items())
    ]
    address = whole["servers"][0]["url"] + samples.filled(whole, path, operation)
    return Shown(
        operation["operationId"], method.upper(), path, _short(path), operation, operation.get("parameters", []), body,
        samples.body_fields(whole, operation), responses, samples.of(method.upper(), address, operation, body),
    )  # fmt: skip


def _short(path: str) -> str:
    rest = path[found.end() :] if (found := _STEM.match(path)) else path
    return re.sub(r"\{\w+\}", "…", rest) or "/"


def _schema_name(response: dict[str, Any]) -> str:
    for content in response.get("content", {}).values():
        return str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2]
    return ""


def schemas(whole: dict[str, Any]) -> dict[str, list[tuple[str, str, bool, str]]]:
    """Every object of the document by name, with its fields."""
    return {name: samples.fields(whole, schema) for name, schema in sorted(whole["components"]["schemas"].items())}
