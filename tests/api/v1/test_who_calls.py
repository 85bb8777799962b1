"""Who calls: credentials, scopes, origin, and other organizations' things, for every operation."""

import re

import pytest

from portal.api import v1
from portal.models import Membership, Organization
from tests.api import scripts
from tests.api.scripts import NEVER, Script, plain, snapshot

from .calls import NAMES, OR, WITH_BODY, WRITING, problem

pytestmark = pytest.mark.sqlite
SIGNED = ("take_mail_event",)  # proves its caller by a signature; it has tests of its own
NO_SCOPE = ("list_tokens", "create_token", "get_token", "revoke_token")


def test_the_table_of_calls_has_every_operation(app):
    routed = {rule.endpoint.rpartition(".")[2] for rule in app.url_map.iter_rules() if rule.rule.startswith(v1.PREFIX)}
    assert routed == {*NAMES, *SIGNED}


@pytest.mark.parametrize("name", NAMES)
def test_each_operation_does_what_it_says_for_an_owners_token_and_session(app, world, every, script, name):
    reply = every[name].send(script("owner"))
    assert reply.status_code == every[name].status, reply.get_data(as_text=True)
    assert reply.headers["X-Request-ID"]
    again = every[name].send(Script(app, Cookie=scripts.cookie_of(world, "owner")))
    assert again.status_code not in (401, 500)


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_let_in_without_good_credentials(app, world, every, name):
    every_bad = scripts.bad_credentials(world)
    before = snapshot(app)
    for given in [{}, *({"Authorization": bad} for bad in every_bad.values())]:
        reply = every[name].send(Script(app, **given))
        problem(reply, 401, "unauthorized")
        assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert snapshot(app) == before


def test_a_header_that_is_no_good_is_not_made_up_for_by_a_cookie(app, world, here):
    cookie = scripts.cookie_of(world, "owner")
    assert Script(app, Cookie=cookie).get(here).status_code == 200
    problem(Script(app, Cookie=cookie, Authorization="Bearer x").get(here), 401, "unauthorized")


@pytest.mark.parametrize("name", WITH_BODY)
def test_who_calls_comes_before_what_is_wrong_with_the_body(app, every, name):
    call = every[name]
    problem(Script(app).call(call.method, call.path, raw=b"{", Content_Type="text/plain"), 401, "unauthorized")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NO_SCOPE])
def test_a_token_needs_each_scope_of_the_operation_and_no_other(app, every, script, name):
    call, before = every[name], snapshot(app)
    needed = call.scope.split()
    everything = {"invitations", "members", "organization"}
    all_scopes = {f"{kind}:{what}" for kind in everything for what in ("read", "write")}
    for scope in needed:
        problem(call.send(script("owner", scopes=sorted(all_scopes - {scope}))), 403, "scope_missing")
    assert snapshot(app) == {**before, "events": snapshot(app)["events"]}
    assert call.send(script("owner", scopes=needed)).status_code == call.status


@pytest.mark.parametrize("name", WRITING)
def test_a_cookie_that_another_sites_page_sends_writes_nothing(app, world, every, name):
    cookie = scripts.cookie_of(world, "owner")
    before = snapshot(app)
    for header in ({"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}, {"Origin": "null"}):
        problem(every[name].send(Script(app, Cookie=cookie), **header), 403, "foreign_origin")
    assert snapshot(app) == before
    own = every[name].send(Script(app, Cookie=cookie), Origin="http://127.0.0.1:8000")
    assert own.status_code == every[name].status


def of_organization(every):
    return [call for call in every.values() if "/organizations/" in call.path]


def test_attack_15_another_organizations_things_answer_as_what_never_was(app, world, every, another, script):
    """ATTACKS 15: byte for byte but for ids, and nothing is written."""
    stranger, before = script(another["owner"].user_id), None
    before = snapshot(app)
    for call in of_organization(every):
        foreign = call.send(stranger)
        never = stranger.call(call.method, call.path.replace(str(world.id), str(NEVER)), call.body)
        assert foreign.status_code == 404, call.name
        assert plain(foreign) == plain(never), call.name
    assert snapshot(app) == before


def test_attack_15_a_foreign_id_inside_ones_own_organization_is_not_found(app, world, every, another, script):
    """ATTACKS 15: each id of another organization, put into a path of one's own."""
    stranger, before = script(another["owner"].user_id), snapshot(app)
    own = str(another.id)
    for call in of_organization(every):
        inner = call.path.partition("/organizations/")[2].partition("/")[2]
        if not re.search(r"[0-9a-f-]{36}|/\d+$", inner):
            continue
        path = call.path.replace(str(world.id), own)
        never = re.sub(r"[0-9a-f-]{36}", str(NEVER), path.replace(own, "HERE"))
        never = re.sub(r"(sites)/\d+$", r"\1/999999", never).replace("HERE", own)
        foreign = stranger.call(call.method, path, call.body)
        assert foreign.status_code == 404, call.name
        missing = stranger.call(call.method, never, call.body)
        assert digitless(plain(foreign)) == digitless(plain(missing)), call.name
    assert snapshot(app) == before


def digitless(said):
    return said[0], said[1], re.sub(r"sites/\d+", "sites/N", said[2])


def test_attack_15_the_body_names_nothing_of_another_organization(app, world, another, script, here):
    """ATTACKS 15: sites, teams, projects and people of another organization in a body are unknown."""
    owner, before = script("owner"), snapshot(app)
    team, project = str(another.teams[0]), str(another.projects[0])
    grants = [
        ({"sites": [another.sites[0]]}, "unknown_site"),
        ({"teams": [{"id": team, "role": "developer"}]}, "unknown_team"),
        ({"projects": [{"id": project, "role": "project_member"}]}, "unknown_project"),
    ]  # fmt: skip
    for grant, code in grants:
        problem(owner.post(f"{here}/invitations", {"emails": ["x@example.com"]} | grant), 422, code)
        people = [
            {"email": world.email("owner"), "role": "owner"},
            {"email": "x@example.com", "role": "member"} | grant,
        ]
        problem(owner.post(f"{here}/roster", {"people": people}), 422, code)
    foreign = str(another["owner"].user_id)
    placed = {"user_id": foreign, "role": "developer"}
    problem(owner.post(f"{here}/teams/{world.teams[0]}/members", placed), 404, "not_found")
    assert snapshot(app) == before
    reply = owner.get(f"{here}/reach?kind=team&place={team}&user={foreign}")
    never = owner.get(f"{here}/reach?kind=team&place={NEVER}&user={NEVER}")
    assert plain(reply) == plain(never)


@pytest.fixture
def in_both(world, another):
    """The owner is an owner of the other organization as well."""
    times = {"created_at": world.now, "updated_at": world.now}
    row = Membership(organization_id=another.id, user_id=world["owner"].user_id, role="owner", **times)
    world.session.add(row)
    organization = world.session.get_one(Organization, another.id)
    organization.member_count += 1
    organization.owner_count += 1
    world.session.commit()


def test_attack_5_a_token_of_one_organization_opens_no_other(world, every, another, in_both, script):
    """ATTACKS 5: a token that was made for one organization, presented with the paths of another of its person's."""
    twin, theirs = script("owner", organization_id=world.id), another.invited("x@example.com")
    assert script("owner").get(f"/api/v1/organizations/{another.id}").status_code == 200
    for call in of_organization(every):
        path = call.path.replace(str(world.id), str(another.id))
        there = re.sub(r"invitations/[0-9a-f-]{36}", f"invitations/{theirs}", path)
        for each in (path, there):
            assert twin.call(call.method, each, call.body).status_code == 404, call.name
    listed = twin.get("/api/v1/organizations").json["organizations"]
    assert [each["id"] for each in listed] == [str(world.id)]
    problem(twin.post("/api/v1/organizations", {"name": "Third"}), 403, "not_allowed")
    assert twin.get("/api/v1/invitations").json["invitations"] == []
    problem(every["accept_own_invitation"].send(twin), 404, "not_found")
    problem(every["reject_own_invitation"].send(twin), 404, "not_found")
    assert every["get_organization"].send(twin).status_code == 200


def test_an_invitation_is_reached_below_its_own_organization_only(app, world, every, another, in_both, script):
    owner, theirs = script("owner"), another.invited("x@example.com")
    before = snapshot(app)
    for call in of_organization(every):
        if "/invitations/" in call.path:
            path = re.sub(r"invitations/[0-9a-f-]{36}", f"invitations/{theirs}", call.path)
            problem(owner.call(call.method, path, call.body), 404, "not_found")
    assert snapshot(app) == before


def test_a_request_id_comes_back_and_a_bad_one_is_replaced(owner, here):
    assert owner.get(here, X_Request_ID="import-7").headers["X-Request-ID"] == "import-7"
    assert owner.get(here, X_Request_ID="a b").headers["X-Request-ID"] != "a b"
    refused = owner.get(f"{here}x", X_Request_ID="import-8")
    assert refused.json["requestId"] == "import-8"


def test_what_is_no_route_or_method_is_answered_in_the_same_shape(app, owner, here):
    problem(owner.get("/api/v1/nothing"), 404, "no_such_route")
    problem(Script(app).get("/api/v1"), 404, "no_such_route")
    reply = owner.call("PUT", here)
    problem(reply, 405, "method_not_allowed")
    assert "PATCH" in reply.headers["Allow"]


def test_a_read_only_token_reads(script, here):
    assert script("owner", scopes=[OR]).get(here).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/members/{admin}", {"role": "owner"}), ("PATCH", "/members/{second}", {"role": "admin"}),
        ("DELETE", "/members/{second}", None), ("POST", "/members/{admin}/transfer-ownership", None),
        ("DELETE", "", None),
    ],
)  # fmt: skip
def test_a_session_that_was_left_open_changes_no_owner_and_closes_nothing(app, world, here, method, path, body):
    second = world.enlist("second", "owner").user_id
    left_open = Script(app, Cookie=scripts.cookie_of(world, "owner"))
    scripts.leave_open(world)
    path, before = here + path.format(admin=world["admin"].user_id, second=second), snapshot(app)
    problem(left_open.call(method, path, body), 403, "confirm_first")
    assert snapshot(app) == before
    assert scripts.bearer(app, world, "owner").call(method, path, body).status_code in (200, 204)


def test_a_session_that_was_left_open_does_everything_else(app, world, here):
    left_open = Script(app, Cookie=scripts.cookie_of(world, "owner"))
    world.enlist("second", "owner")
    scripts.leave_open(world)
    assert left_open.call("PATCH", f"{here}/members/{world['member'].user_id}", {"role": "admin"}).status_code == 200
    assert left_open.delete(f"{here}/members/{world['manager'].user_id}").status_code == 204
    assert left_open.delete(f"{here}/members/{world['owner'].user_id}").status_code == 204  # leaving
