"""What no client should send: a problem that names the field by its pointer, and nothing written."""

import json

import pytest
from jsonschema import Draft202012Validator

from portal.api import document
from portal.api.v1 import PREFIX
from tests.api.batch.test_bad_input import NESTED, UNREADABLE
from tests.api.scripts import snapshot

from .calls import POSTS, WITH_BODY, pointers, problem

pytestmark = pytest.mark.sqlite
SAMPLES = [
    None, True, 0, -1, 7, 10**30, 1.5, 1e300, "", "x", "x\x00", ["x"], [None], [[]], [{}], {}, {"a": 1}, "2026-07-03",
    ["a\r\nBcc: eve@example.com"] * 1001, [{"email": 7}], [{"id": "x", "role": "boss"}],
]  # fmt: skip


def all_refused(app, call, caller, bodies, field):
    """Sends each body; each is 422 for that field, which is named, and writes nothing."""
    before = snapshot(app)
    for body in bodies:
        reply = caller.call(call.method, call.path, body)
        assert reply.status_code == 422, (body, reply.get_data(as_text=True))
        problem(reply, 422, reply.json["code"])
        assert all(each == f"/{field}" or each.startswith(f"/{field}/") for each in pointers(reply)), reply.json
    assert snapshot(app) == before


def schema_of(app, call, every):
    whole = document.of(app)
    operation = next(
        one
        for methods in whole["paths"].values()
        for one in methods.values()
        if one["operationId"] == f"v1_{call.name}"
    )
    ref = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return whole, whole["components"]["schemas"][ref]


@pytest.mark.parametrize("name", WITH_BODY)
def test_each_field_takes_what_its_schema_says_and_names_itself_otherwise(app, every, owner, name):
    call = every[name]
    whole, schema = schema_of(app, call, every)
    tried = 0
    for field, said in schema["properties"].items():
        good = Draft202012Validator(said | {"components": whole["components"]})
        wrong = [value for value in SAMPLES if not good.is_valid(value)]
        all_refused(app, call, owner, [call.body | {field: value} for value in wrong], field)
        tried += len(wrong)
    assert tried > 5
    for field in schema.get("required", []):
        all_refused(app, call, owner, [{k: v for k, v in call.body.items() if k != field}], field)


@pytest.mark.parametrize("name", WITH_BODY)
def test_a_body_that_is_no_json_object_is_400(app, every, owner, name):
    before, call = snapshot(app), every[name]
    for what, raw in UNREADABLE.items():
        reply = owner.call(call.method, call.path, raw=raw)
        assert reply.status_code == 400, what
        assert "body" in problem(reply, 400, "bad_request")["detail"]
    assert snapshot(app) == before


OTHER_TYPES = (
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "",
    "application/vnd.api+json", "application/merge-patch+json",
)  # fmt: skip


@pytest.mark.parametrize("name", WITH_BODY)
def test_a_body_that_is_too_large_is_413_and_one_of_another_type_415(app, every, owner, name):
    before, call = snapshot(app), every[name]
    large = json.dumps(call.body | {"note": "x" * 10_000_000}).encode()
    problem(owner.call(call.method, call.path, raw=large), 413, "too_large")
    raw = json.dumps(call.body).encode()
    for kind in OTHER_TYPES:
        problem(owner.call(call.method, call.path, raw=raw, Content_Type=kind), 415, "unsupported_media_type")
    assert snapshot(app) == before


@pytest.mark.parametrize("name", WITH_BODY)
def test_attack_28_extra_fields_change_nothing(every, owner, app, name):
    """ATTACKS 28: what a client may not set is ignored, however deep."""
    extra = {
        "id": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f", "status": "accepted", "organizationId": "x", "inviterId": "x",
        "organization_id": None, "inviter_id": "x", "emailVerified": True, "version": 99,
        "generation": 7, "user_id": None, "member_count": 0, "created_at": "x", "accepted_by": "x", "held": [],
    }  # fmt: skip
    call = every[name]
    added = {key: value for key, value in extra.items() if key not in schema_of(app, call, every)[1]["properties"]}
    raw = json.dumps(call.body | added).encode()[:-1] + b', "deep": ' + NESTED + b"}"
    reply = owner.call(call.method, call.path, raw=raw)
    assert reply.status_code == call.status, reply.get_data(as_text=True)
    said = reply.json["outcomes"][0]["invitation"] if name == "invite" else reply.json
    for key, value in added.items():
        assert key not in said or said[key] != value, key


INVITE = [
    ({"emails": []}, "emails"),
    ({"emails": ["a@example.com"] * 600, "invitees": [{"email": "b@example.com"}] * 600}, "emails"),
    ({"emails": ["nope"]}, "emails/0"),
    ({"emails": ["mia@example.com\r\nBcc: eve@example.com"]}, "emails/0"),
    ({"emails": ["mia@example.com\x00"]}, "emails/0"),
    ({"emails": ["mïa@example.com"]}, "emails/0"),
    ({"emails": [], "invitees": [{"email": "nope"}]}, "invitees/0/email"),
    ({"emails": [], "invitees": [{"email": "a@example.com", "role": "king"}]}, "invitees/0/role"),
    ({"emails": [], "invitees": [{"role": "member"}]}, "invitees/0/email"),
    ({"sites": [10**30]}, "sites/0"),
    ({"sites": [99]}, "sites"),
    ({"sites": [True]}, "sites/0"),
    ({"sites": [1.0]}, "sites/0"),
    ({"sites": [-1]}, "sites"),
    ({"sites": ["9" * 19]}, "sites"),
    ({"role": "admin", "sites": [1]}, "sites"),
    ({"role": "member\x00"}, "role"),
    ({"language": "xx"}, "language"),
    ({"language": "en\n"}, "language"),
    ({"message": "x" * 2001}, "message"),
    ({"expires_at": "2026-07-03"}, "expires_at"),
    ({"expires_at": "1783080000"}, "expires_at"),
    ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
    ({"expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at"),
    ({"expires_at": "0001-01-01T00:00:00+14:00"}, "expires_at"),
    ({"expires_at": "2027-02-30T00:00:00Z"}, "expires_at"),
]


def test_an_invitation_that_is_wrong_is_named_by_its_pointer(app, every, owner):
    before, call = snapshot(app), every["invite"]
    for given, pointer in INVITE:
        reply = call.send(owner) if given is None else owner.call("POST", call.path, call.body | given)
        assert (reply.status_code, pointers(reply)) == (422, [f"/{pointer}"]), (given, reply.get_data(as_text=True))
    assert snapshot(app) == before


OTHERS = [
    ("create_organization", {"name": " \x00 "}, "name"),
    ("create_organization", {"slug": "No Slug"}, "slug"),
    ("create_organization", {"slug": "northwind"}, "slug"),
    ("change_organization", {"slug": "no\nslug"}, "slug"),
    ("change_organization", {"name": "x" * 101}, "name"),
    ("create_site", {"domain": "no domain"}, "domain"),
    ("create_site", {"domain": "a.example.com\r\nX: 1"}, "domain"),
    ("change_site", {"domain": "\x00"}, "domain"),
    ("create_team", {"name": "Platform"}, "name"),
    ("change_project", {"name": "Gemini"}, "name"),
    ("change_member", {"role": "member", "sites": [99]}, "sites"),
    ("change_member", {"role": "admin", "sites": [1]}, "sites"),
    ("create_token", {"name": "\x00"}, "name"),
    ("apply_roster", {"people": [{"email": "x", "role": "owner"}]}, "people/0/email"),
    ("apply_roster", {"people": [{"email": "a@example.com", "role": "boss"}]}, "people/0/role"),
]


def test_what_a_rule_finds_wrong_is_named_by_its_pointer(app, every, owner):
    before = snapshot(app)
    for name, given, pointer in OTHERS:
        call = every[name]
        reply = owner.call(call.method, call.path, call.body | given)
        assert (reply.status_code, pointers(reply)) == (422, [f"/{pointer}"]), (name, given, reply.json)
    assert snapshot(app) == before


QUERIES = ["limit=0", "limit=201", "limit=x", "limit=9e9", "cursor=", "cursor=%00", "cursor=bnVsbA"]
SEARCHES = [
    *QUERIES, "email=%00", "email=a%0d%0a",
    "sort=x", "status=open", "role=king", "team=x", "site=x", "site=1.5", "inviter=%00", "created_after=now",
    "created_before=2026-07-03", "created_after=9999-12-31T23:59:59-14:00", "sort=email&cursor=WyJvbGRlc3QiXQ",
]  # fmt: skip
REACHES = ["", "kind=site", "place=1", "kind=room&place=1", "kind=team&place=1", "kind=site&place=x", "user=x"]


@pytest.mark.parametrize(
    ("name", "queries"), [("list_invitations", SEARCHES), ("list_members", QUERIES), ("ask_reach", REACHES)]
)
def test_a_query_that_is_wrong_is_400_and_named(every, owner, name, queries):
    path = every[name].path.partition("?")[0]
    for query in queries:
        reply = owner.get(f"{path}?{query}")
        assert reply.status_code == 400, query
        problem(reply, 400, reply.json["code"])
        assert all(len(pointer) > 1 for pointer in pointers(reply)), query


def test_an_id_in_a_path_that_is_none_is_404(every, owner, here):
    for key in ("x", "%00", "%FF%FE", "a" * 3000, "{}", "9" * 5000, "-1", "%0d%0aX-Evil:1"):
        for path in (f"{PREFIX}/organizations/{key}", f"{here}/invitations/{key}", f"{here}/sites/{key}"):
            reply = owner.get(path)
            problem(reply, 404, "not_found")
            assert "X-Evil" not in reply.headers
    problem(owner.get(f"{here}/sites/{2**63}"), 404, "not_found")
    problem(owner.get(f"{here}/reach?kind=site&place={2**63}x"), 400, "invalid_query")
    assert owner.get(f"{here}/reach?kind=site&place={2**63}").json["why"] == "no_such_place"


def test_all_that_is_wrong_is_told_at_once(every, owner):
    call = every["invite"]
    body = {"emails": [1, "a@example.com", None], "role": "king", "sites": [], "message": 7}
    reply = owner.post(call.path, body)
    assert set(pointers(reply)) == {"/emails/0", "/emails/2", "/role", "/sites", "/message"}


def test_another_method_is_405(every, owner):
    for name in POSTS:
        reply = owner.call("PUT", every[name].path, {})
        problem(reply, 405, "method_not_allowed")
        assert "POST" in reply.headers["Allow"]


def test_a_large_body_where_none_is_taken_is_413(every, owner):
    call = every["resend_invitation"]
    problem(owner.call("POST", call.path, raw=b"x" * 2_000_000), 413, "too_large")


@pytest.mark.parametrize(
    ("name", "body", "pointer"),
    [
        ("invite", {"emails": ["new@example.com"], "message": "Hello\0"}, "/message"),
        ("invite", {"invitees": [{"email": "new@example.com", "name": "M\0ia"}]}, "/invitees/0/name"),
        ("change_invitation", {"message": "a\0b"}, "/message"),
        ("create_organization", {"name": "West\0wind"}, "/name"),
        ("change_organization", {"name": "a\0b"}, "/name"),
        ("create_team", {"name": "a\0b"}, "/name"),
        ("create_project", {"name": "a\0b"}, "/name"),
        ("create_site", {"name": "a\0b", "domain": "new.example.com"}, "/name"),
        ("change_site", {"name": "a\0b"}, "/name"),
        ("create_token", {"name": "a\0b"}, "/name"),
        ("change_me", {"name": "a\0b"}, "/name"),
        ("reject_own_invitation", {"reason": "a\0b"}, "/reason"),
    ],
)
def test_a_nul_is_refused_by_its_place_and_nothing_is_written(app, every, owner, name, body, pointer):
    before, call = snapshot(app), every[name]
    reply = owner.call(call.method, call.path, body)
    assert pointers(reply)[0] == pointer
    problem(reply, 422, "invalid_input")
    assert snapshot(app) == before
