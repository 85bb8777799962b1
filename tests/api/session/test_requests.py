"""What comes before any call: who calls, from which page, with what body, and the shape of every refusal."""

import json
import re

import pytest

from portal.api import document
from portal.api.session.errors import CODES
from tests.api.scripts import NEVER, cookie_of, snapshot

from .conftest import PREFIX, Caller, code

pytestmark = pytest.mark.sqlite
PUBLIC = {"/sign-up/email", "/sign-in/email", "/sign-out", "/get-session"}
POSTS = [
    "/sign-up/email", "/sign-in/email", "/sign-out", "/organization/create", "/organization/check-slug",
    "/organization/update", "/organization/delete", "/organization/set-active", "/organization/has-permission",
    "/organization/update-member-role", "/organization/remove-member", "/organization/leave",
    "/organization/create-team", "/organization/update-team", "/organization/remove-team",
    "/organization/add-team-member", "/organization/remove-team-member", "/organization/set-active-team",
    "/organization/invite-member", "/organization/accept-invitation", "/organization/reject-invitation",
    "/organization/cancel-invitation",
]  # fmt: skip
GETS = [
    "/get-session", "/organization/list", "/organization/get-organization", "/organization/get-full-organization",
    "/organization/list-members", "/organization/get-active-member", "/organization/get-active-member-role",
    "/organization/list-teams", "/organization/list-user-teams", "/organization/list-team-members",
    "/organization/get-invitation", "/organization/list-invitations", "/organization/list-user-invitations",
]  # fmt: skip
HERE = "http://127.0.0.1:8000"


def test_these_are_all_the_calls(sqlite_app):
    paths = document.of(sqlite_app)["paths"]
    said = {path.removeprefix(PREFIX): set(methods) for path, methods in paths.items() if path.startswith(f"{PREFIX}/")}
    assert said == {key: {"post"} for key in POSTS} | {key: {"get"} for key in GETS}


def test_nobody_is_told_that_first_of_all(nobody):
    for call in set(GETS + POSTS) - PUBLIC:
        method = "POST" if call in POSTS else "GET"
        reply = nobody.raw(method, call, raw=b"{" if method == "POST" else None)
        assert (reply.status_code, reply.json) == (401, {"code": "UNAUTHORIZED", "message": "Unauthorized"}), call


def test_another_sites_page_changes_nothing(app, owner):
    before = snapshot(app)
    for call in POSTS:
        reply = owner.raw("POST", call, {}, Origin="https://evil.example.com")
        assert (reply.status_code, reply.json["code"]) == (403, "INVALID_ORIGIN"), call
    assert snapshot(app) == before


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"Origin": "null"}, "MISSING_OR_NULL_ORIGIN"),
        ({"Origin": "https://evil.example.com"}, "INVALID_ORIGIN"),
        ({"Origin": HERE + ".evil.example.com"}, "INVALID_ORIGIN"),
        ({"Origin": "http://127.0.0.1"}, "INVALID_ORIGIN"),
        ({"Referer": "https://evil.example.com/x"}, "INVALID_ORIGIN"),
        ({"Sec_Fetch_Site": "cross-site"}, "INVALID_ORIGIN"),
        ({"Origin": HERE, "Sec_Fetch_Site": "cross-site"}, "INVALID_ORIGIN"),
        ({"Origin": ""}, "INVALID_ORIGIN"),
        ({"Origin": HERE}, None),
        ({"Referer": f"{HERE}/o/x"}, None),
        ({"Sec_Fetch_Site": "same-origin"}, None),
        ({}, None),
    ],
)
def test_where_a_request_with_a_cookie_comes_from(owner, headers, said):
    reply = owner.raw("POST", "/organization/check-slug", {"slug": "free"}, **headers)
    assert (code(reply) if reply.status_code != 200 else None) == said
    assert owner.raw("GET", "/organization/list", **headers).status_code == 200


def test_a_trusted_origin_passes(make_app):
    app = make_app(TRUSTED_ORIGINS="https://app.example.com")
    caller = Caller(app, Cookie="any=1", Origin="https://app.example.com")
    assert caller.refused("/sign-in/email", email="a@example.com", password="x") == "INVALID_EMAIL_OR_PASSWORD"
    assert caller.raw("POST", "/sign-out", {}, Origin="https://b.example.com").status_code == 403


@pytest.mark.parametrize("call", ["/sign-in/email", "/sign-up/email", "/sign-out"])
def test_signing_in_from_another_site_is_refused_once_a_cookie_comes_along(app, nobody, call):
    body = {"email": "a@example.com", "password": "x", "name": "A"}
    foreign = {"Origin": "https://evil.example.com"}
    assert nobody.raw("POST", call, body, **foreign).json.get("code") != "INVALID_ORIGIN"
    assert Caller(app, Cookie="better-auth.session_token=x").raw("POST", call, body, **foreign).status_code == 403


@pytest.mark.parametrize(
    ("raw", "kind", "status", "said"),
    [
        (b"{", "application/json", 400, "BAD_REQUEST"),
        (b"[]", "application/json", 400, "BAD_REQUEST"),
        (b'{"a": NaN}', "application/json", 400, "BAD_REQUEST"),
        (b"\xff", "application/json", 400, "BAD_REQUEST"),
        (b'{"a": "\\ud800"}', "application/json", 400, "BAD_REQUEST"),
        (b"[" * 5000 + b"]" * 5000, "application/json", 400, "BAD_REQUEST"),
        (b"{}", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b'{"a": "' + b"x" * 1_100_000 + b'"}', "application/json", 413, "PAYLOAD_TOO_LARGE"),
    ],
    ids=["broken", "array", "nan", "bytes", "surrogate", "deep", "text", "form", "large"],
)
def test_a_body_that_is_no_json_object_is_refused(owner, raw, kind, status, said):
    for call in POSTS:
        reply = owner.raw("POST", call, raw=raw, Content_Type=kind)
        assert (reply.status_code, code(reply)) == (status, said), call


@pytest.mark.parametrize(
    ("method", "call", "status", "said"),
    [
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("POST", "/organization", 404, "NOT_FOUND"),
        ("GET", "", 404, "NOT_FOUND"),
        ("GET", "/organization/create/x", 404, "NOT_FOUND"),
        ("GET", "/organization/create", 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", "/get-session", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/sign-in/social", 404, "NOT_FOUND"),
    ],
)
def test_other_paths_and_methods_are_refused_in_this_shape(owner, method, call, status, said):
    reply = owner.raw(method, call)
    assert (reply.status_code, code(reply)) == (status, said)
    assert ("Allow" in reply.headers) == (status == 405)


def test_a_fault_of_ours_says_nothing_of_its_inside(owner, monkeypatch):
    monkeypatch.setattr("portal.api.session.rights.standing_of", lambda *_: 1 // 0)
    body = {"permissions": {}, "organizationId": str(NEVER)}
    reply = owner.raw("POST", "/organization/has-permission", body)
    assert (reply.status_code, code(reply)) == (500, "INTERNAL_SERVER_ERROR")
    assert "ZeroDivision" not in reply.get_data(as_text=True)


@pytest.mark.parametrize(
    ("call", "body", "field"),
    [
        ("/sign-in/email", {"password": "x"}, "email"),
        ("/sign-in/email", {"email": ["a"], "password": "x"}, "email"),
        ("/sign-in/email", {"email": "a", "password": 1}, "password"),
        ("/sign-in/email", {"email": "a", "password": "b", "rememberMe": "no"}, "rememberMe"),
        ("/organization/create", {"name": 1, "slug": "nn"}, "name"),
        ("/organization/create", {"name": "N"}, "slug"),
        ("/organization/create", {"name": " ", "slug": "nn"}, "name"),
        ("/organization/create", {"name": "N", "slug": "A b"}, "slug"),
        ("/organization/create", {"name": "N", "slug": "nn", "metadata": []}, "metadata"),
        ("/organization/create", {"name": "N", "slug": "nn", "metadata": {"a": "\0"}}, "metadata"),
        ("/organization/create", {"name": "N", "slug": "nn", "metadata": {"a": "x" * 20_000}}, "metadata"),
        ("/organization/create", {"name": "N", "slug": "nn", "logo": "a\0b"}, "logo"),
        ("/organization/check-slug", {"slug": None}, "slug"),
        ("/organization/update", {"data": "x"}, "data"),
        ("/organization/update", {"data": {"name": []}}, "data.name"),
        ("/organization/invite-member", {"role": "member"}, "email"),
        ("/organization/invite-member", {"email": ["a@example.com"], "role": "member"}, "email"),
        ("/organization/invite-member", {"email": "a@example.com"}, "role"),
        ("/organization/invite-member", {"email": "a@example.com", "role": 1}, "role"),
        (
            "/organization/invite-member",
            {"email": "a@example.com", "role": "member", "organizationId": 1},
            "organizationId",
        ),
        ("/organization/invite-member", {"email": "a@example.com", "role": "member", "resend": 1}, "resend"),
        ("/organization/invite-member", {"email": "a@example.com", "role": "member", "teamId": {}}, "teamId"),
        ("/organization/invite-member", {"email": "a@example.com", "role": "member", "siteIds": 1}, "siteIds"),
        ("/organization/invite-member", {"email": "a@example.com", "role": "member", "siteIds": [True]}, "siteIds.0"),
        ("/organization/invite-member", {"email": "a@example.com", "role": "member", "siteIds": [1.5]}, "siteIds.0"),
        ("/organization/invite-member", {"email": "a@example.com", "role": "member", "siteIds": ["-1"]}, "siteIds.0"),
        ("/organization/accept-invitation", {}, "invitationId"),
        ("/organization/accept-invitation", {"invitationId": None}, "invitationId"),
        ("/organization/accept-invitation", {"invitationId": []}, "invitationId"),
        ("/organization/accept-invitation", {"invitationId": "x" * 5000}, "invitationId"),
        ("/organization/has-permission", {"permissions": {"a": 1}}, "permissions.a"),
    ],
)
def test_a_field_that_is_missing_or_of_the_wrong_type_is_named(app, owner, call, body, field):
    before = snapshot(app)
    reply = owner.raw("POST", call, body)
    assert (reply.status_code, code(reply)) == (400, "VALIDATION_ERROR")
    assert reply.json["message"].startswith(f"[body.{field}] ")
    assert snapshot(app) == before


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ("/organization/list-invitations?limit=0", "limit"),
        ("/organization/list-invitations?limit=1001", "limit"),
        ("/organization/list-invitations?limit=x", "limit"),
        ("/organization/list-invitations?status=gone", "status"),
        ("/organization/list-members?limit=99999999999999999999", "limit"),
        ("/organization/list-members?offset=-1", "offset"),
        ("/organization/get-full-organization?membersLimit=0", "membersLimit"),
        ("/organization/get-invitation", "id"),
    ],
)
def test_a_query_that_is_not_right_is_named(owner, call, field):
    reply = owner.raw("GET", call)
    assert (reply.status_code, code(reply)) == (400, "VALIDATION_ERROR")
    assert reply.json["message"].startswith(f"[query.{field}] ")


def test_a_deeply_nested_metadata_is_refused(app, owner):
    deep = b"[" * 250 + b"]" * 250
    reply = owner.raw("POST", "/organization/create", raw=b'{"name":"N","slug":"nn","metadata":{"a":' + deep + b"}}")
    assert code(reply) == "VALIDATION_ERROR"


def test_every_code_is_upper_snake_with_a_sentence():
    for said, (status, sentence) in CODES.items():
        assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", said)
        assert status in (400, 401, 403, 422, 429)
        assert sentence[0].isupper()


def test_the_last_of_duplicate_keys_counts_and_unknown_fields_are_ignored(owner):
    raw = b'{"slug": "Not One", "slug": "free", "status": 1, "constructor": {}}'
    assert owner.raw("POST", "/organization/check-slug", raw=raw).json == {"status": True}


def test_the_published_request_works_as_it_stands(app, world):
    headers = {"Cookie": cookie_of(world, "owner"), "Content-Type": "application/json"}
    body = json.dumps({"email": "teammate@example.com", "role": "member", "organizationId": str(world.id)})
    reply = app.test_client(use_cookies=False).post(f"{PREFIX}/organization/invite-member", data=body, headers=headers)
    said = reply.json
    assert reply.status_code == 200
    expected = {
        "email": "teammate@example.com", "role": "member", "organizationId": str(world.id), "teamId": None,
        "inviterId": str(world["owner"].user_id), "status": "pending", "hasRestrictedSiteAccess": False, "siteIds": [],
    }  # fmt: skip
    assert {name: said.pop(name) for name in expected} == expected
    assert set(said) == {"id", "expiresAt", "createdAt"}


def test_a_nul_is_refused_by_its_field_and_nothing_is_written(app, world, owner):
    before, here = snapshot(app), str(world.id)
    for call, body, field in (
        ("/organization/create-team", {"name": "a\0b", "organizationId": here}, "name"),
        ("/organization/update-team", {"teamId": str(world.teams[0]), "data": {"name": "a\0b"}}, "data.name"),
        ("/organization/create", {"name": "a\0b", "slug": "west"}, "name"),
        ("/organization/update", {"data": {"name": "a\0b"}, "organizationId": here}, "data.name"),
        ("/sign-up/email", {"name": "a\0b", "email": "a@example.com", "password": "a long enough phrase"}, "name"),
    ):
        reply = owner.raw("POST", call, body)
        assert code(reply) == "VALIDATION_ERROR"
        assert reply.json["message"].startswith(f"[body.{field}] "), reply.json
    assert snapshot(app) == before


@pytest.mark.parametrize("much", ["x" * 10_001, "x" * 500_000, "a\0b"])
def test_what_is_in_an_address_or_a_role_is_judged_in_the_tables_order(world, owner, much):
    body = {"email": "ann@example.com", "role": "member", "organizationId": str(world.id)}
    invite = "/organization/invite-member"
    assert owner.refused(invite, **body | {"email": f"{much}@example.com"}) == "INVALID_EMAIL"
    assert owner.refused(invite, **body | {"email": much, "role": much}) == "INVALID_EMAIL"
    for role in (much, [much], ["member"] * 101 + [much]):
        assert owner.refused(invite, **body | {"role": role}) == "ROLE_NOT_FOUND"
