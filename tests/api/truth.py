"""Holding replies against the OpenAPI document, as they happen."""

import re
from contextlib import contextmanager

import flask
import orjson
from jsonschema import Draft202012Validator

from portal.api import FACES, document

# Answered by the gate, the limiter or the last resort, alike for every operation: tested once for each face.
COMMON = {"413", "415", "429", "500", "503"}


class Truth:
    """What the document says, and which of it was seen."""

    def __init__(self):
        self.seen = set()
        self.promised = set()
        self.validators = {}
        self.lies = None

    @contextmanager
    def watching(self):
        """Collects what replies did differently, while a test runs."""
        self.lies = lies = []
        flask.request_finished.connect(self.check)
        try:
            yield lies
        finally:
            flask.request_finished.disconnect(self.check)

    def check(self, app, response):
        self.check_code(app, response)
        operation = self.operation(app)
        if operation is None:
            return
        name, status = operation["operationId"], str(response.status_code)
        self.seen.add((name, status))
        said = operation["responses"].get(status)
        if said is None:
            self.lies.append(f"{name}: {status} is not documented: {response.get_data(as_text=True)[:300]}")
            return
        self.check_body(app, name, status, said, response)

    def check_code(self, app, response):
        """A refusal below a face's prefix carries a code that the face lists, also where no operation was reached."""
        face = next((face for face in FACES if f"{flask.request.path}/".startswith(f"{face.PREFIX}/")), None)
        if face is None or response.status_code < 400 or flask.request.method == "HEAD":
            return
        body = orjson.loads(response.get_data())
        carried = body.get("code", body.get("statusCode"))
        if (str(carried), response.status_code) not in listed(face):
            self.lies.append(f"{flask.request.path}: the code {carried} with {response.status_code} is not listed")

    def operation(self, app):
        """The operation of the request at hand; None where it reached none."""
        request = flask.request
        if request.url_rule is None or request.method == "OPTIONS":
            return None
        whole = document.of(app)
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", request.url_rule.rule)
        if not self.promised:
            self.promised = {
                (one["operationId"], status)
                for operations in whole["paths"].values()
                for one in operations.values()
                for status in one["responses"]
            }
        method = "get" if request.method == "HEAD" else request.method.lower()
        return whole["paths"].get(path, {}).get(method)

    def check_body(self, app, name, status, said, response):
        content = said.get("content")
        if not content:
            if response.get_data():
                self.lies.append(f"{name} {status}: a body that is not documented")
            return
        if response.mimetype not in content:
            self.lies.append(f"{name} {status}: {response.mimetype} is not documented, {', '.join(content)} is")
            return
        if flask.request.method == "HEAD" or not response.mimetype.endswith("json"):
            return
        body = orjson.loads(response.get_data())
        for error in self.validator(app, name, status, content[response.mimetype]).iter_errors(body):
            place = "/".join(str(part) for part in error.absolute_path)
            self.lies.append(f"{name} {status}: /{place}: {error.message[:300]}")

    def validator(self, app, name, status, media):
        """What holds such a reply against its schema; made once, since the document is large."""
        key = (app, name, status)
        if key not in self.validators:
            whole = media.get("schema", {}) | {"components": document.of(app)["components"]}
            self.validators[key] = Draft202012Validator(closed(whole))
        return self.validators[key]

    def unseen(self):
        """Statuses that the document promises and no test has seen."""
        return sorted(f"{name}: {status}" for name, status in self.promised - self.seen if status not in COMMON)


truth = Truth()


def listed(face):
    """The codes of a face, each with its status."""
    return {(code.code, code.status) for code in face.listed()}


def closed(schema):
    """The schema, with no field but those it names: a field that is sent and not documented is a lie."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {key: closed(value) for key, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema and "additionalProperties" not in schema:
        shut["additionalProperties"] = False
    return shut
