"""Organizations, sites, teams, projects and tokens through the native API."""

import pytest

from portal import tokens
from tests.api.scripts import Script, snapshot

from .calls import pointers, problem


def test_an_organization_is_made_changed_and_closed(owner):
    made = owner.post("/api/v1/organizations", {"name": "  Südwind & Co. ", "seat_limit": 5})
    path = made.headers["Location"]
    assert (made.json["name"], made.json["slug"], made.json["role"], made.json["member_count"]) == (
        "Südwind & Co.", "sudwind-co", "owner", 1
    )  # fmt: skip
    said = owner.call("PATCH", path, {"slug": "south", "seat_limit": None, "pending_limit": 3}).json
    assert (said["name"], said["slug"], said["seat_limit"], said["pending_limit"]) == (
        "Südwind & Co.", "south", None, 3
    )  # fmt: skip
    assert owner.call("PATCH", path, {"invitation_lifetime": 3600}).json["invitation_lifetime"] == 3600
    assert owner.delete(path).status_code == 204
    problem(owner.get(path), 403, "organization_closed")
    assert [each["name"] for each in owner.get("/api/v1/organizations").json["organizations"]] == ["Northwind"]


def test_a_limit_below_what_is_in_use_is_refused(world, owner, here):
    world.invited("a@example.com")
    world.invited("b@example.com")
    for body, pointer in (({"seat_limit": 6}, "/seat_limit"), ({"pending_limit": 1}, "/pending_limit")):
        reply = owner.call("PATCH", here, {"name": "Other"} | body)
        problem(reply, 409, "limit_below_use")
        assert pointers(reply) == [pointer]
    assert owner.get(here).json["name"] == "Northwind"
    assert owner.call("PATCH", here, {"seat_limit": 7, "pending_limit": 2}).status_code == 200


@pytest.mark.sqlite
def test_a_slug_that_is_taken_is_refused(owner, another, here):
    problem(owner.post("/api/v1/organizations", {"name": "X", "slug": "southwind"}), 422, "slug_taken")
    problem(owner.call("PATCH", here, {"slug": "southwind"}), 422, "slug_taken")


@pytest.mark.parametrize("kind", ["site", "team", "project"])
def test_a_place_is_made_read_renamed_and_taken_away(owner, here, kind):
    more = {"domain": "HTTPS://New.example.com/"} if kind == "site" else {}
    made = owner.post(f"{here}/{kind}s", {"name": "  New  one "} | more)
    path = made.headers["Location"]
    assert (made.status_code, made.json["name"], made.json.get("domain")) == (
        201, "New one", "new.example.com" if more else None
    )  # fmt: skip
    assert owner.get(path).json == made.json
    assert owner.call("PATCH", path, {"name": "Other"}).json["name"] == "Other"
    assert [each["name"] for each in owner.get(f"{here}/{kind}s").json[f"{kind}s"]][1] == "Other" or kind
    assert owner.delete(path).status_code == 204
    for method, body in (("GET", None), ("PATCH", {"name": "X"}), ("DELETE", None)):
        problem(owner.call(method, path, body), 404, "not_found")
    assert owner.post(f"{here}/{kind}s", {"name": "Other"} | more).status_code == 201


@pytest.mark.sqlite
def test_a_site_keeps_its_name_when_only_its_domain_changes(owner, here, world):
    said = owner.call("PATCH", f"{here}/sites/{world.sites[0]}", {"domain": "other.example.com"}).json
    assert (said["name"], said["domain"]) == ("Shop", "other.example.com")
    assert owner.call("PATCH", f"{here}/sites/{world.sites[0]}", {}).json["name"] == "Shop"


@pytest.mark.parametrize(("kind", "role", "other"), [
    ("team", "developer", "team_manager"), ("project", "project_member", "project_admin"),
])  # fmt: skip
def test_members_are_put_into_places_and_taken_out(world, owner, here, kind, role, other):
    path = f"{here}/{kind}s/{getattr(world, f'{kind}s')[0]}/members"
    body = {"user_id": str(world["member"].user_id), "role": role}
    assert owner.post(path, body).status_code == 201
    problem(owner.post(path, body), 409, "already_placed")
    (placed,) = owner.get(path).json["members"]
    assert (placed["email"], placed["role"]) == (world.email("member"), role)
    one = f"{path}/{world['member'].user_id}"
    assert owner.call("PATCH", one, {"role": other}).json["role"] == other
    assert owner.delete(one).status_code == 204
    for method, again in (("PATCH", {"role": other}), ("DELETE", None)):
        problem(owner.call(method, one, again), 404, "not_found")


@pytest.mark.sqlite
def test_a_token_is_shown_once_acts_and_is_revoked_at_once(app, world, owner):
    made = owner.post("/api/v1/tokens", {"name": "Import", "scopes": ["organization:read"], "expires_in_days": 1})
    secret = made.json["secret"]
    caller = Script(app, Authorization=f"Bearer {secret}")
    assert caller.get("/api/v1/organizations").status_code == 200
    problem(caller.get(f"/api/v1/organizations/{world.id}/members"), 403, "scope_missing")
    read = owner.get(made.headers["Location"])
    assert "secret" not in read.json
    assert secret not in owner.get("/api/v1/tokens").get_data(as_text=True)
    assert owner.delete(made.headers["Location"]).status_code == 204
    problem(caller.get("/api/v1/organizations"), 401, "unauthorized")
    problem(owner.get(made.headers["Location"]), 404, "not_found")


@pytest.mark.sqlite
def test_a_token_makes_sees_and_revokes_none_that_may_more(app, world, script, another):
    weak = script("owner", scopes=["members:read"], organization_id=world.id)
    wide = tokens.create(world.session, world["owner"], world["owner"].user_id, world.now, scopes=["members:read"])[0]
    before = snapshot(app)
    here = {"organization_id": str(world.id)}
    problem(weak.post("/api/v1/tokens", here | {"scopes": ["members:write"]}), 403, "scope_missing")
    problem(weak.post("/api/v1/tokens", {}), 403, "not_allowed")
    problem(weak.post("/api/v1/tokens", {"organization_id": str(another.id)}), 404, "not_a_member")
    problem(weak.delete(f"/api/v1/tokens/{wide.id}"), 404, "not_found")
    problem(weak.get(f"/api/v1/tokens/{wide.id}"), 404, "not_found")
    assert snapshot(app) == before
    assert len(weak.get("/api/v1/tokens").json["tokens"]) == 1
    made = weak.post("/api/v1/tokens", here)
    assert (made.status_code, made.json["scopes"]) == (201, ["members:read"])
    assert len(weak.get("/api/v1/tokens").json["tokens"]) == 2


@pytest.mark.sqlite
def test_somebody_elses_token_is_none(world, script, owner):
    key = owner.get("/api/v1/tokens").json["tokens"][0]["id"]
    problem(script("admin").get(f"/api/v1/tokens/{key}"), 404, "not_found")
    problem(script("admin").delete(f"/api/v1/tokens/{key}"), 404, "not_found")
    assert owner.get(f"/api/v1/tokens/{key}").status_code == 200
