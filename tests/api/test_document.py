"""The OpenAPI document is valid, complete, and says nothing that is not so."""

import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from portal import errors
from portal.api import FACES, document, session
from portal.api.session.errors import CODES


@pytest.fixture
def whole(sqlite_app):
    return document.of(sqlite_app)


def operations(whole):
    return [(path, method, one) for path, methods in whole["paths"].items() for method, one in methods.items()]


def test_the_document_is_valid_openapi_3_1(whole):
    assert whole["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(whole).validate()


def test_every_route_of_every_face_is_in_the_document_and_no_other(sqlite_app, whole):
    prefixes = tuple(face.PREFIX for face in FACES)
    routed = {
        (re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule), method.lower())
        for rule in sqlite_app.url_map.iter_rules() if rule.rule.startswith(prefixes)
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }  # fmt: skip
    assert routed == {(path, method) for path, method, _ in operations(whole)}


def test_every_operation_says_what_it_does_who_may_and_how_it_fails(whole):
    for path, method, operation in operations(whole):
        where = f"{method} {path}"
        assert operation["summary"], where
        statuses = set(operation["responses"])
        assert any(status.startswith("2") for status in statuses), where
        for response in operation["responses"].values():
            assert response["description"], where
        if operation.get("security"):
            assert "401" in statuses, where
        assert "413" in statuses, where
        if "requestBody" in operation:
            assert {"400", "413", "415"} <= statuses, where


def test_operation_ids_are_unique(whole):
    ids = [operation["operationId"] for _, _, operation in operations(whole)]
    assert len(ids) == len(set(ids))


def media(whole):
    """Every body and reply that the document describes: the operation, the status or None, and the media type."""
    for path, method, operation in operations(whole):
        parts = {None: operation.get("requestBody", {}), **operation["responses"]}
        for status, part in parts.items():
            for described in part.get("content", {}).values():
                yield f"{method} {path}", status, described


def values(described):
    return [described["example"]] if "example" in described else [e["value"] for e in described["examples"].values()]


def test_every_body_and_reply_has_an_example_that_fits_its_schema(whole):
    for where, status, described in media(whole):
        validator = Draft202012Validator(described["schema"] | {"components": whole["components"]})
        for value in values(described):
            problems = [error.message for error in validator.iter_errors(value)]
            assert not problems, f"{where} {status}: {problems}"


def test_no_bodys_example_is_made_up_from_its_schema(whole):
    for where, status, described in media(whole):
        if status is None:
            name = described["schema"]["$ref"].rpartition("/")[2]
            assert described["example"] == whole["components"]["schemas"][name]["example"], where


def test_every_refusals_example_has_the_status_and_a_code_of_its_own(sqlite_app, whole):
    listed = {(c.code, c.status) for codes in sqlite_app.extensions["codes"].values() for c in codes()}
    for where, status, described in media(whole):
        if status is None or status < "4":
            continue
        for value in values(described):
            assert str(value.get("status", status)) == status, where
            assert (str(value.get("code", value.get("statusCode"))), int(status)) in listed, (where, status, value)


def enumerated(whole, name, field="code"):
    return {str(code) for code in whole["components"]["schemas"][name]["properties"][field]["enum"]}


def test_the_enumerations_are_the_codes_of_each_face(sqlite_app, whole):
    known = {title: {c.code for c in codes()} for title, codes in sqlite_app.extensions["codes"].items()}
    assert enumerated(whole, "AuthProblem") == known["Session dialect"]
    assert enumerated(whole, "BatchProblem") == enumerated(whole, "BatchProblemError") == known["Batch dialect"]
    assert enumerated(whole, "TeamProblem") | enumerated(whole, "TeamRefusal", "statusCode") == known["Team dialect"]
    assert enumerated(whole, "Problem") == known["Native API"]


def test_every_error_of_the_rules_has_its_code_in_the_native_enumeration(whole):
    raised = {kind.code for name in errors.__all__ if isinstance(kind := getattr(errors, name), type)}
    raised -= {"error", "bad_input", "conflict"}  # these only group others
    native = enumerated(whole, "Problem")
    assert raised == set(errors.codes()) <= native
    assert native - raised == {
        "bad_request", "no_such_route", "method_not_allowed", "too_large", "unsupported_media_type", "invalid_input",
        "invalid_query", "fault", "unavailable",
    }  # fmt: skip


def test_every_code_of_the_session_dialect_is_named_by_a_call_and_every_code_named_is_listed():
    sources = {file.name: file.read_text() for file in Path(session.__file__).parent.glob("*.py")}
    table = sources.pop("codes.py")
    named = set(re.findall(r'(?:: |\(|missing=| = |429, )"([A-Z_]{7,})"', "".join(sources.values())))
    assert set(re.findall(r'^    "(\w+)": \(', table, re.M)) == set(CODES) <= named
    assert named <= {code.code for code in session.listed()}


def test_no_reply_has_the_librarys_own_shape_of_an_error(whole):
    assert "ValidationErrorModel" not in str(whole)


def test_the_page_shows_every_operation_with_three_samples(client, whole):
    page = client.get("/api/docs").get_data(as_text=True)
    for each in (each for codes in client.application.extensions["codes"].values() for each in codes()):
        assert page.count(f'id="{each.anchor}"') == 1, each
    for _, _, operation in operations(whole):
        assert f'id="{operation["operationId"]}"' in page
    assert page.count("<summary>curl") == page.count("<summary>JavaScript") == len(operations(whole))
