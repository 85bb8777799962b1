"""The caller's own account through the native API."""

import pytest

from .calls import pointers, problem

pytestmark = pytest.mark.sqlite


def test_an_account_is_read_and_changed(owner, world):
    assert owner.get("/api/v1/me").json["email"] == world.email("owner")
    said = owner.call("PATCH", "/api/v1/me", {"name": " Ines ", "language": "de", "time_zone": "Europe/Paris"}).json
    assert (said["name"], said["language"], said["time_zone"]) == ("Ines", "de", "Europe/Paris")
    said = owner.call("PATCH", "/api/v1/me", {"time_zone": ""}).json
    assert (said["name"], said["language"], said["time_zone"]) == ("Ines", "de", None)


@pytest.mark.parametrize(("field", "value"), [("name", " "), ("language", "xx"), ("time_zone", "Mars/Olympus")])
def test_what_is_none_is_told_at_its_field(owner, field, value):
    reply = owner.call("PATCH", "/api/v1/me", {field: value})
    assert reply.status_code == 422
    assert pointers(reply) == [f"/{field}"]


def test_attack_28_nothing_else_of_an_account_is_changed(owner, world):
    owner.call("PATCH", "/api/v1/me", {"email": "eve@example.com", "verified": False, "id": str(world.id)})
    world.session.expire_all()
    assert (world.email("owner"), world.user("owner").is_verified) == ("owner@northwind.example.com", True)


def test_sessions_are_listed_and_ended_and_somebody_elses_are_not_found(script, every, world):
    key = every["end_my_session"].path.rsplit("/", 1)[1]
    assert [row["id"] for row in script("owner").get("/api/v1/me/sessions").json["sessions"]] == [key]
    problem(script("admin").delete(f"/api/v1/me/sessions/{key}"), 404, "not_found")
    assert script("owner").delete(f"/api/v1/me/sessions/{key}").status_code == 204
    assert script("owner").get("/api/v1/me/sessions").json["sessions"] == []


def test_ones_data_holds_no_secret(owner):
    said = owner.get("/api/v1/me/data")
    assert said.json["account"]["email"] == "owner@northwind.example.com"
    assert "argon2" not in said.text
