"""What no client should send: the dialect's own error, the field named, and nothing written."""

import json
from io import BytesIO

import pytest

from tests.api.scripts import Script, snapshot

from .conftest import PREFIX
from .test_refusals import refused

pytestmark = pytest.mark.sqlite
NESTED = b'{"a":' * 500 + b"1" + b"}" * 500
UNREADABLE = {
    "nothing": b"",
    "not JSON": b"{",
    "a form": b"emails=mia@example.com",
    "NaN": b'{"emails": NaN}',
    "Infinity": b'{"emails": -Infinity}',
    "a lone surrogate": b'{"emails": ["\\ud800@example.com"]}',
    "not UTF-8": b'{"emails": ["\xff\xfe"]}',
    "UTF-16": '{"emails": []}'.encode("utf-16"),
    "deep arrays": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a NUL between": b'{"emails"\x00: []}',
    "a comment": b'{"emails": [] /* all */}',
    "two values": b"{} {}",
    "an array": b"[]",
    "null": b"null",
    "a string": b'"emails"',
    "a string of JSON": json.dumps('{"emails": []}').encode(),
    "a number": b"1",
}
FIELDS = [
    ({"emails": None}, "emails"),
    ({"emails": "mia@example.com"}, "emails"),
    ({"emails": {}}, "emails"),
    ({"emails": {"0": "mia@example.com"}}, "emails"),
    ({"emails": []}, "emails"),
    ({"emails": [f"p{n}@example.com" for n in range(51)]}, "emails"),
    ({"emails": [None]}, "emails.0"),
    ({"emails": ["mia@example.com", 7]}, "emails.1"),
    ({"emails": [["mia@example.com"]]}, "emails.0"),
    ({"emails": [{"email": "mia@example.com"}]}, "emails.0"),
    ({"emails": ["mia@example.com", ""]}, "emails.1"),
    ({"emails": ["mia@example.com", "nope"]}, "emails.1"),
    ({"emails": ["Mia <mia@example.com>"]}, "emails.0"),
    ({"emails": ["mia@example.com\r\nBcc: eve@example.com"]}, "emails.0"),
    ({"emails": ["mia\n@example.com"]}, "emails.0"),
    ({"emails": ["mia\x00@example.com"]}, "emails.0"),
    ({"emails": ["mia@exa\x00mple.com"]}, "emails.0"),
    ({"emails": ["mïa@example.com"]}, "emails.0"),
    ({"emails": ["a" * 5000 + "@example.com"]}, "emails.0"),
    ({"emails": ["a" * 900 + "@example.com"]}, "emails.0"),
    ({"organizationId": None}, "organizationId"),
    ({"organizationId": 7}, "organizationId"),
    ({"organizationId": ["x"]}, "organizationId"),
    ({"organizationId": {}}, "organizationId"),
    ({"organizationId": "x" * 5000}, "organizationId"),
    ({"role": None}, "role"),
    ({"role": ["member"]}, "role"),
    ({"role": 1}, "role"),
    ({"role": "superuser"}, "role"),
    ({"role": "Owner"}, "role"),
    ({"role": "member\x00"}, "role"),
    ({"role": " member"}, "role"),
    ({"assignments": None}, "assignments"),
    ({"assignments": {}}, "assignments"),
    ({"assignments": "all"}, "assignments"),
    ({"assignments": [None]}, "assignments.0"),
    ({"assignments": [[]]}, "assignments.0"),
    ({"assignments": [{}]}, "assignments.0"),
    ({"assignments": [{"siteId": 1, "teamId": "x"}]}, "assignments.0"),
    ({"assignments": [{"projectId": "x", "projectRole": "project_admin"}]}, "assignments.0.projectId"),
    ({"assignments": [{"projectId": None, "projectRole": "project_admin"}]}, "assignments.0.projectId"),
    ({"assignments": [{"projectId": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"}]}, "assignments.0.projectRole"),
    ({"assignments": [{"teamId": 7, "teamRole": "developer"}]}, "assignments.0.teamId"),
    ({"assignments": [{"teamId": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f", "teamRole": "x"}]}, "assignments.0.teamRole"),
    ({"assignments": [{"siteId": None}]}, "assignments.0.siteId"),
    ({"assignments": [{"siteId": True}]}, "assignments.0.siteId"),
    ({"assignments": [{"siteId": 1.5}]}, "assignments.0.siteId"),
    ({"assignments": [{"siteId": "1e3"}]}, "assignments.0.siteId"),
    ({"assignments": [{"siteId": "١"}]}, "assignments.0.siteId"),
    ({"assignments": [{"siteId": 10**30}]}, "assignments.0.siteId"),
    ({"assignments": [{"siteId": "9" * 5000}]}, "assignments.0.siteId"),
    ({"assignments": [{"siteId": 2**64 - 1}]}, "assignments"),
    ({"assignments": [{"siteId": -(2**63)}]}, "assignments"),
    ({"assignments": [{"siteId": 1}] * 1001}, "assignments"),
]


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE)
def test_a_body_that_is_no_json_object_is_400(app, script, raw):
    caller, before = script("owner"), snapshot(app)
    assert "body" in refused(caller.call("POST", PREFIX, raw=raw), 400)
    assert snapshot(app) == before


def test_a_field_that_is_wrong_is_400_and_named(app, script, body):
    caller, before = script("owner"), snapshot(app)
    for given, field in FIELDS:
        assert refused(caller.post(PREFIX, body(**given)), 400).startswith(f"{field}: "), given
    assert snapshot(app) == before


def test_a_missing_field_is_400_and_named(app, script, body):
    caller, before = script("owner"), snapshot(app)
    for field in ("emails", "organizationId", "role"):
        given = body()
        del given[field]
        assert refused(caller.post(PREFIX, given), 400).startswith(f"{field}: ")
    assert snapshot(app) == before


def test_a_body_that_is_too_large_is_413(app, script, body):
    caller, before = script("owner"), snapshot(app)
    large = json.dumps(body(note="x" * 10_000_000)).encode()
    refused(caller.call("POST", PREFIX, raw=large), 413)
    refused(caller.call("POST", PREFIX, raw=large, Content_Type="text/plain"), 413)
    assert snapshot(app) == before


def test_a_body_of_another_type_is_415(app, script, body):
    caller, before = script("owner"), snapshot(app)
    raw = json.dumps(body()).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", ""):
        refused(caller.call("POST", PREFIX, raw=raw, Content_Type=kind), 415)
    assert snapshot(app) == before


def test_a_body_of_json_with_a_charset_is_taken_and_one_of_another_type_is_not(script, body):
    types = {"application/json; charset=utf-8": 200, "Application/JSON": 200, "application/problem+json": 415}
    for number, (kind, status) in enumerate(types.items()):
        raw = json.dumps(body(emails=[f"p{number}@example.com"])).encode()
        assert script("owner").call("POST", PREFIX, raw=raw, Content_Type=kind).status_code == status


def test_what_is_nested_deep_in_a_field_that_is_ignored_does_no_harm(script, body):
    raw = json.dumps(body()).encode()[:-1] + b', "extra": ' + NESTED + b"}"
    assert script("owner").call("POST", PREFIX, raw=raw).status_code == 200


def test_the_last_of_duplicate_keys_counts(script, body):
    raw = json.dumps(body()).encode()[:-1] + b', "role": "admin", "emails": ["last@example.com"]}'
    reply = script("owner").call("POST", PREFIX, raw=raw)
    assert [entry["email"] for entry in reply.json["data"]] == ["last@example.com"]


def test_a_chunked_body_is_measured_as_well(app, script, body):
    caller, before = script("owner"), snapshot(app)
    client = app.test_client(use_cookies=False)
    reply = client.open(
        PREFIX,
        method="POST",
        headers=caller.headers | {"Content-Type": "application/json"},
        input_stream=BytesIO(b" " * 2_000_000),
        environ_overrides={"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True},
    )
    refused(reply, 413)
    assert snapshot(app) == before


def test_a_query_or_path_that_is_wrong_is_told_without_a_fault(app, world, script):
    caller = script("owner")
    for path in ("%00", "%FF%FE", "..", "a" * 5000, "%0d%0aX-Evil:1"):
        reply = caller.get(f"{PREFIX}/{path}/email-status")
        assert (reply.status_code, reply.get_json(force=True)) == (200, {"emailSent": False})
        assert "X-Evil" not in reply.headers
    for query in ("email=%00&id=%00", "email=%FF&id=%FF", f"email={'a' * 9000}&id={'9' * 9000}", "email[]=a&id[]=b"):
        assert Script(app).get(f"{PREFIX}/verify?{query}").status_code in (400, 404)
