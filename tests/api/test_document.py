"""The OpenAPI document is valid, complete, and says nothing that is not so."""

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from portal.api import FACES, document


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
        if "requestBody" in operation:
            assert {"400", "413", "415"} <= statuses, where


def test_operation_ids_are_unique(whole):
    ids = [operation["operationId"] for _, _, operation in operations(whole)]
    assert len(ids) == len(set(ids))


def test_every_body_has_an_example_that_fits_its_schema(whole):
    from jsonschema import Draft202012Validator

    from portal.api import samples

    for path, method, operation in operations(whole):
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            validator = Draft202012Validator(schema | {"components": whole["components"]})
            problems = [error.message for error in validator.iter_errors(samples.body_of(whole, operation))]
            assert not problems, f"{method} {path}: {problems}"


def test_no_reply_has_the_librarys_own_shape_of_an_error(whole):
    assert "ValidationErrorModel" not in str(whole)


def test_the_page_shows_every_operation_with_three_samples(client, whole):
    page = client.get("/api/docs").get_data(as_text=True)
    for _, _, operation in operations(whole):
        assert f'id="{operation["operationId"]}"' in page
    assert page.count("<summary>curl") == page.count("<summary>JavaScript") == len(operations(whole))
