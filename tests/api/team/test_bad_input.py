"""What no client should send: the dialect's own error, the field named, and nothing written."""

import json

import pytest

from tests.api.batch.test_bad_input import NESTED, UNREADABLE
from tests.api.scripts import snapshot
from tests.world import person

from .conftest import PREFIX
from .test_refusals import ACCEPT, problem

pytestmark = pytest.mark.sqlite
TEAM = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"
FIELDS = [
    ({"email": None}, "email"),
    ({"email": 7}, "email"),
    ({"email": ["mia@example.com"]}, "email"),
    ({"email": {}}, "email"),
    ({"email": ""}, "email"),
    ({"email": "nope"}, "email"),
    ({"email": "Mia <mia@example.com>"}, "email"),
    ({"email": "mia@example.com\r\nBcc: eve@example.com"}, "email"),
    ({"email": "mia\n@example.com"}, "email"),
    ({"email": "mia\x00@example.com"}, "email"),
    ({"email": "mïa@example.com"}, "email"),
    ({"email": "a" * 5000 + "@example.com"}, "email"),
    ({"email": "a" * 900 + "@example.com"}, "email"),
    ({"role": None}, "role"),
    ({"role": ["member"]}, "role"),
    ({"role": 1}, "role"),
    ({"role": "superuser"}, "role"),
    ({"role": "member\x00"}, "role"),
    ({"teamAssignments": None}, "teamAssignments"),
    ({"teamAssignments": {}}, "teamAssignments"),
    ({"teamAssignments": "all"}, "teamAssignments"),
    ({"teamAssignments": [None]}, "teamAssignments.0"),
    ({"teamAssignments": [TEAM]}, "teamAssignments.0"),
    ({"teamAssignments": [{}]}, "teamAssignments.0.teamId"),
    ({"teamAssignments": [{"teamId": "x", "role": "developer"}]}, "teamAssignments.0.teamId"),
    ({"teamAssignments": [{"teamId": 10**30, "role": "developer"}]}, "teamAssignments.0.teamId"),
    ({"teamAssignments": [{"teamId": [TEAM], "role": "developer"}]}, "teamAssignments.0.teamId"),
    ({"teamAssignments": [{"teamId": TEAM}]}, "teamAssignments.0.role"),
    ({"teamAssignments": [{"teamId": TEAM, "role": "boss"}]}, "teamAssignments.0.role"),
    ({"teamAssignments": [{"teamId": TEAM, "role": None}]}, "teamAssignments.0.role"),
    ({"teamAssignments": [{"teamId": TEAM, "role": "developer"}]}, "teamAssignments"),
    ({"teamAssignments": [{"teamId": TEAM, "role": "developer"}] * 1001}, "teamAssignments"),
]


@pytest.fixture
def path(world):
    return f"{PREFIX}/{world.id}/invite"


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE)
def test_a_body_that_is_no_json_object_is_400(app, script, path, raw):
    caller, before = script("owner"), snapshot(app)
    assert "body" in problem(caller.call("POST", path, raw=raw), 400, "invite")
    assert "body" in problem(caller.call("POST", ACCEPT, raw=raw), 400, "accept")
    assert snapshot(app) == before


def test_a_field_that_is_wrong_is_400_and_named(app, script, body, path):
    caller, before = script("owner"), snapshot(app)
    for given, field in FIELDS:
        assert problem(caller.post(path, body(**given)), 400, "invite").startswith(f"{field}: "), given
    for field in ("email", "role"):
        given = body()
        del given[field]
        assert problem(caller.post(path, given), 400, "invite").startswith(f"{field}: ")
    assert snapshot(app) == before


def test_a_token_that_is_none_is_400_and_changes_nothing(app, world, script):
    """Attack 10."""
    person(world.session, "mia@example.com", world.now)
    world.invited("mia@example.com")
    caller, before = script("owner"), snapshot(app)
    for given in ({}, {"token": None}, {"token": ""}, {"token": []}, {"token": [""]}, {"token": {}}, {"token": 0}):
        assert problem(caller.post(ACCEPT, given), 400, "accept").startswith("token: ")
    for token in ("x", ".", "a.b", "\x00", "x" * 2000, "x" * 1_000_000, "é.é", " ", "null", "e30.x"):
        problem(caller.post(ACCEPT, {"token": token}), 400, "accept")
    assert snapshot(app) == before


def test_a_body_that_is_too_large_is_413(app, script, body, path):
    caller, before = script("owner"), snapshot(app)
    large = json.dumps(body(note="x" * 10_000_000)).encode()
    problem(caller.call("POST", path, raw=large), 413, "invite")
    problem(caller.call("POST", ACCEPT, raw=large), 413, "accept")
    assert snapshot(app) == before


def test_a_body_of_another_type_is_415(app, script, body, path):
    caller, before = script("owner"), snapshot(app)
    raw = json.dumps(body()).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        problem(caller.call("POST", path, raw=raw, Content_Type=kind), 415, "invite")
    assert snapshot(app) == before


def test_what_is_nested_deep_in_a_field_that_is_ignored_does_no_harm(script, body, path):
    raw = json.dumps(body()).encode()[:-1] + b', "extra": ' + NESTED + b"}"
    assert script("owner").call("POST", path, raw=raw).status_code == 201


def test_an_id_in_the_path_that_is_wrong_is_told_without_a_fault(script):
    caller = script("owner")
    for key in ("%00", "%FF%FE", "a" * 5000, "%0d%0aX-Evil:1", "{}", "9" * 32):
        reply = caller.get(f"{PREFIX}/{key}/invitations?page=1&pageSize=1")
        assert reply.status_code in (400, 403), key
        assert "X-Evil" not in reply.headers
