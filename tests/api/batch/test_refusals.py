"""Every error of the batch dialect: its status, code, title and shape."""

import pytest

from portal.api.batch import calls
from portal.extensions import db, limiter
from tests.api.scripts import NEVER, Script, bad_credentials, bearer, cookie_of, secret_of, snapshot
from tests.world import build

from .conftest import PREFIX

pytestmark = pytest.mark.sqlite

TITLES = {
    400: ("Bad Request", "bad_request"),
    401: ("Unauthorized", "unauthorized"),
    403: ("Forbidden", "forbidden"),
    404: ("Not Found", "not_found"),
    405: ("Method Not Allowed", "method_not_allowed"),
    413: (None, "bad_request"),
    415: (None, "bad_request"),
    422: ("Unprocessable Entity", "unprocessable_entity"),
    429: (None, "too_many_requests"),
    500: ("Internal Server Error", "internal_server_error"),
}


def refused(reply, status, path=PREFIX):
    """The detail of a refusal, once all of its shape holds."""
    title, code = TITLES[status]
    said = reply.get_json(force=True)
    assert (reply.status_code, reply.mimetype) == (status, "application/problem+json"), said
    assert set(said) == {"title", "status", "detail", "instance", "requestId", "code", "error"}
    assert said["title"] == title or (title is None and said["title"])
    assert (said["status"], said["code"], said["instance"]) == (status, code, path)
    assert said["requestId"] == reply.headers["X-Request-ID"] != ""
    assert said["error"] == {"code": code, "message": said["detail"][:100]}
    return said["detail"]


def test_a_request_id_of_the_caller_comes_back_in_both_places(script, body):
    reply = script("owner").post(PREFIX, body(emails=[]), X_Request_ID="my-own.id_7")
    refused(reply, 400)
    assert reply.json["requestId"] == "my-own.id_7"


def test_a_long_detail_is_cut_at_100_characters_in_the_inner_message(script, body):
    reply = script("owner").post(PREFIX, body(assignments=[{"teamId": str(NEVER), "teamRole": "boss"}]))
    assert len(refused(reply, 400)) > 100
    assert len(reply.json["error"]["message"]) == 100


def test_without_credentials_nothing_is_said_of_the_body(app, world):
    for raw in (b"{", b"x" * 2_000_000, b"[]"):
        refused(Script(app).call("POST", PREFIX, raw=raw), 401)


def test_bad_tokens_are_401_even_beside_a_good_cookie(app, world, body):
    cookie = cookie_of(world, "owner")
    for what, header in bad_credentials(world).items():
        assert refused(Script(app, Authorization=header, Cookie=cookie).post(PREFIX, body()), 401), what


def test_a_forged_or_ended_cookie_is_nobody(app, world, body):
    for cookie in ("better-auth.session_token=x", "better-auth.session_token=", "session=1", "__Secure-better-auth=1"):
        refused(Script(app, Cookie=cookie).post(PREFIX, body()), 401)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
        {"Referer": "https://evil.example.com/page"},
        {"Sec_Fetch_Site": "cross-site"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_a_cookie_from_another_sites_page_is_forbidden_and_writes_nothing(app, world, body, headers):
    caller, before = Script(app, Cookie=cookie_of(world, "owner"), **headers), snapshot(app)
    refused(caller.post(PREFIX, body()), 403)
    assert snapshot(app) == before


def test_a_token_passes_from_any_origin(app, world, script, body):
    assert script("owner").post(PREFIX, body(), Origin="https://elsewhere.example.com").status_code == 200


@pytest.mark.parametrize("who", ["billing_manager", "member"])
def test_who_may_not_invite_is_forbidden(app, script, body, who):
    caller, before = script(who), snapshot(app)
    refused(caller.post(PREFIX, body()), 403)
    assert snapshot(app) == before


def test_a_role_above_ones_own_is_forbidden(script, body):
    refused(script("admin").post(PREFIX, body(role="owner")), 403)
    refused(script("manager").post(PREFIX, body(role="admin")), 403)


def test_an_organization_that_is_not_theirs_reads_as_one_that_is_none(world, another, script, body):
    caller = script("owner")
    said = [
        refused(caller.post(PREFIX, body(organizationId=key)), 403)
        for key in (str(another.id), str(NEVER), "org_123", "", "x" * 500, "\x00")
    ]
    assert len(set(said)) == 1


def test_a_token_without_the_scope_is_forbidden(script, body):
    refused(script("owner", scopes=["invitations:read", "members:write"]).post(PREFIX, body()), 403)
    path = f"{PREFIX}/{NEVER}/email-status"
    refused(script("owner", scopes=["invitations:write"]).get(path), 403, path)
    path = f"{PREFIX}/pending"
    refused(script("owner", scopes=["members:read"]).get(f"{path}?email=x@example.com"), 403, path)


def test_a_token_for_another_organization_is_forbidden(world, another, script, body):
    another.session.commit()
    owner = script(another["owner"].user_id, organization_id=another.id)
    refused(owner.post(PREFIX, body()), 403)
    assert owner.post(PREFIX, body(organizationId=str(another.id))).status_code == 200


def test_a_closed_organization_is_forbidden(world, script, body):
    world.organization().deactivated_at = world.now
    world.session.commit()
    refused(script("owner").post(PREFIX, body()), 403)


@pytest.mark.parametrize("kind", ["site", "team", "project"])
def test_the_same_place_twice_is_unprocessable(app, world, script, body, kind):
    given = {
        "site": {"siteId": world.sites[0]},
        "team": {"teamId": str(world.teams[0]), "teamRole": "developer"},
        "project": {"projectId": str(world.projects[0]), "projectRole": "project_viewer"},
    }[kind]
    caller, before = script("owner"), snapshot(app)
    assert "assignments" in refused(caller.post(PREFIX, body(assignments=[given, given])), 422)
    other = {"teamRole": "read_only"} if kind == "team" else {"projectRole": "project_admin"}
    if kind != "site":
        refused(caller.post(PREFIX, body(assignments=[given, given | other])), 422)
    assert snapshot(app) == before


@pytest.mark.parametrize("role", ["owner", "admin", "manager", "billing_manager"])
def test_a_site_with_another_role_than_member_contradicts_itself(world, script, body, role):
    refused(script("owner").post(PREFIX, body(role=role, assignments=[{"siteId": world.sites[0]}])), 422)


def test_unknown_places_are_bad_requests(world, another, script, body):
    caller = script("owner")
    for key in (str(NEVER), str(another.teams[0])):
        given = [{"teamId": key, "teamRole": "developer"}]
        assert "team" in refused(caller.post(PREFIX, body(assignments=given)), 400)
    for key in (str(NEVER), str(another.projects[0])):
        given = [{"projectId": key, "projectRole": "project_admin"}]
        assert "project" in refused(caller.post(PREFIX, body(assignments=given)), 400)
    for key in (0, -1, 99_999, another.sites[0], 2**63 - 1, "9" * 19):
        assert "site" in refused(caller.post(PREFIX, body(assignments=[{"siteId": key}])), 400)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method_is_405_and_says_which_there_are(script, method):
    reply = script("owner").call(method, PREFIX)
    refused(reply, 405)
    assert "POST" in reply.headers["Allow"]


def test_an_unknown_route_is_404(script):
    for path in (f"{PREFIX}/x", f"{PREFIX}/", f"{PREFIX}/a/b/c"):
        refused(script("owner").get(path), 404, path)


def test_too_often_is_429_with_retry_after(make_app, now, monkeypatch):
    app = make_app(RATELIMIT_ENABLED=True)
    with app.app_context():
        world = build(db.session(), now)
        caller = bearer(app, world, "owner")
    monkeypatch.setattr(limiter.limiter, "hit", lambda *_, **__: False)
    body = {"emails": ["mia@example.com"], "organizationId": str(world.id), "role": "member"}
    reply = caller.post(PREFIX, body)
    assert "600 a minute" in refused(reply, 429)
    assert int(reply.headers["Retry-After"]) > 0


def test_a_fault_of_ours_is_500_and_says_nothing_of_its_inside(app, script, body, monkeypatch):
    def broken(*_):
        raise RuntimeError("the inside: secret")

    monkeypatch.setattr(calls.invitations, "invite", broken)
    caller, before = script("owner"), snapshot(app)
    assert "inside" not in refused(caller.post(PREFIX, body()), 500)
    assert snapshot(app) == before


def test_the_scheme_of_a_token_is_read_in_any_case(app, world, body):
    reply = Script(app, Authorization=f"bearer {secret_of(world, 'owner')}").post(PREFIX, body())
    assert reply.status_code == 200
