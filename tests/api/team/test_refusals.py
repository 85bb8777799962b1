"""Every error of the team dialect, in its two shapes."""

from datetime import timedelta

import pytest

from portal import invitations, memberships
from portal.api.team import calls
from portal.extensions import db, limiter
from portal.links import Kind
from portal.permissions import Actor
from tests.api.scripts import NEVER, TIMES, Script, bad_credentials, bearer, cookie_of, snapshot
from tests.world import build, person

from .conftest import PREFIX

pytestmark = pytest.mark.sqlite

ACCEPT = f"{PREFIX}/invite/accept"


def problem(reply, status, method):
    """The message of the shape for what is wrong with a request."""
    said = reply.json
    assert (reply.status_code, reply.mimetype) == (status, "application/json"), said
    assert set(said) == {"timestamp", "service", "method", "message", "code"}
    assert (said["service"], said["method"], said["code"]) == ("invitations", method, status)
    assert TIMES.fullmatch(said["timestamp"])
    return said["message"]


def refusal(reply, status):
    """The message of the shape for who may not."""
    said = reply.json
    assert (reply.status_code, reply.mimetype) == (status, "application/json"), said
    assert set(said) == {"message", "statusCode", "timestamp", "path"}
    assert (said["statusCode"], said["path"]) == (status, reply.request.path)
    assert TIMES.fullmatch(said["timestamp"])
    return said["message"]


def every_call(organization, invitation=NEVER):
    """Each call of the dialect with a body that is no good."""
    return [
        ("POST", f"{PREFIX}/{organization}/invite"),
        ("GET", f"{PREFIX}/{organization}/invitations"),
        ("DELETE", f"{PREFIX}/{organization}/invitation/{invitation}"),
        ("POST", ACCEPT),
    ]


def test_without_credentials_every_call_is_401_and_says_nothing_of_the_body(app, world):
    for method, path in every_call(world.id):
        for raw in (b"{", b"x" * 2_000_000):
            refusal(Script(app).call(method, path, raw=raw if method == "POST" else None), 401)


def test_bad_tokens_are_401(app, world):
    for header in bad_credentials(world).values():
        for method, path in every_call(world.id):
            refusal(Script(app, Authorization=header).call(method, path), 401)


def test_a_session_cookie_alone_is_nobody_here(app, world):
    for method, path in every_call(world.id):
        refusal(Script(app, Cookie=cookie_of(world, "owner")).call(method, path), 401)


def test_the_token_of_a_closed_account_is_401(app, world, script):
    caller = script("owner")
    world.user("owner").deactivated_at = world.now
    world.session.commit()
    for method, path in every_call(world.id):
        refusal(caller.call(method, path), 401)


def test_a_token_without_the_scope_is_403_before_its_body_is_read(world, script):
    reads = script("owner", scopes=["invitations:read", "organization:write"])
    writes = script("owner", scopes=["invitations:write"])
    for method, path in every_call(world.id):
        lacking = writes if method == "GET" else reads
        refusal(lacking.call(method, path, raw=b"{" if method == "POST" else None), 403)


def test_an_organization_that_is_not_theirs_reads_as_one_that_is_none(world, another, script, body):
    caller = script("owner")
    for key in (another.id, NEVER):
        refusal(caller.post(f"{PREFIX}/{key}/invite", body()), 403)
        refusal(caller.get(f"{PREFIX}/{key}/invitations?page=1&pageSize=1"), 403)
        refusal(caller.delete(f"{PREFIX}/{key}/invitation/{NEVER}"), 403)


def test_a_token_for_another_organization_is_403_and_accepts_nothing_here(world, another, script, body, token):
    both = person(world.session, "mia@example.com", world.now)
    invitations.accept(world.session, Actor(both.id), another.invited(both.email, another.offer("owner")), world.now)
    key = world.invited(both.email)
    caller = script(both, organization_id=another.id)
    unknown = problem(caller.post(ACCEPT, {"token": "x.y"}), 400, "accept")
    assert problem(caller.post(ACCEPT, {"token": token(key)}), 400, "accept") == unknown
    invitations.cancel(world.session, world["owner"], key, world.now)
    assert problem(caller.post(ACCEPT, {"token": token(key)}), 400, "accept") == unknown
    refusal(script("owner", organization_id=world.id).post(f"{PREFIX}/{another.id}/invite", body()), 403)
    assert caller.post(f"{PREFIX}/{another.id}/invite", body(email="noa@example.com")).status_code == 201


def test_a_closed_organization_is_403_to_its_members_and_400_to_an_acceptance(world, script, body, token):
    mia, key = person(world.session, "mia@example.com", world.now), world.invited("mia@example.com")
    world.organization().deactivated_at = world.now
    world.session.commit()
    refusal(script("owner").post(f"{PREFIX}/{world.id}/invite", body()), 403)
    assert "closed" in problem(script(mia).post(ACCEPT, {"token": token(key)}), 400, "accept")


@pytest.mark.parametrize("path", ["abc/invite", "1/invite", f"{NEVER}x/invite", "%00/invite", "%F0%9F%92%A9/invite"])
def test_an_organization_that_is_no_uuid_is_400(script, body, path):
    assert "organizationId" in problem(script("owner").post(f"{PREFIX}/{path}", body()), 400, "invite")


def test_an_invitation_that_is_no_uuid_is_400(world, script):
    reply = script("owner").delete(f"{PREFIX}/{world.id}/invitation/abc")
    assert "invitationId" in problem(reply, 400, "cancel")


def test_who_is_in_or_invited_already_and_a_full_house_are_400(world, script, body):
    world.invited("noa@example.com")
    caller, path = script("owner"), f"{PREFIX}/{world.id}/invite"
    member = world.email("member")
    assert "member already" in problem(caller.post(path, body(email=member)), 400, "invite")
    assert "invited already" in problem(caller.post(path, body(email="NOA@example.com")), 400, "invite")
    world.limit(seat_limit=6)
    assert "No seat" in problem(caller.post(path, body()), 400, "invite")
    world.limit(seat_limit=None, pending_limit=1)
    assert "limit on pending" in problem(caller.post(path, body()), 400, "invite")
    world.check_counts()


def test_an_unknown_team_is_400(world, another, script, body):
    for key in (NEVER, another.teams[0]):
        given = [{"teamId": str(key), "role": "developer"}]
        reply = script("owner").post(f"{PREFIX}/{world.id}/invite", body(teamAssignments=given))
        assert "teamAssignments" in problem(reply, 400, "invite")


def test_an_acceptance_by_somebody_else_is_403_and_changes_nothing(app, world, script, token):
    person(world.session, "mia@example.com", world.now)
    noa = person(world.session, "noa@example.com", world.now)
    caller, one = script(noa), token(world.invited("mia@example.com"))
    before = snapshot(app)
    refusal(caller.post(ACCEPT, {"token": one}), 403)
    assert snapshot(app) == before


def test_dead_tokens_are_400(world, script, token):
    mia = person(world.session, "mia@example.com", world.now)
    caller = script(mia)
    older = token(key := world.invited("mia@example.com"))
    invitations.new_link(world.session, world["owner"], key, world.now)
    assert "newer" in problem(caller.post(ACCEPT, {"token": older}), 400, "accept")
    invitations.cancel(world.session, world["owner"], key, world.now)
    problem(caller.post(ACCEPT, {"token": token(key)}), 400, "accept")
    lapsed = token(world.invited("mia@example.com", at=world.now - timedelta(days=8)))
    assert "expired" in problem(caller.post(ACCEPT, {"token": lapsed}), 400, "accept")
    rejected = world.invited("mia@example.com")
    invitations.reject(world.session, Actor(mia.id), rejected, world.now)
    problem(caller.post(ACCEPT, {"token": token(rejected)}), 400, "accept")
    unstood = token(world.invited("mia@example.com", by="admin"))
    world.demote("admin", "member")
    problem(caller.post(ACCEPT, {"token": unstood}), 400, "accept")
    assert world.membership(mia.id) is None


def test_a_used_token_lets_nobody_in_again(world, script, token):
    mia = person(world.session, "mia@example.com", world.now)
    caller, used = script(mia), token(world.invited("mia@example.com"), Kind.COPIED)
    assert caller.post(ACCEPT, {"token": used}).status_code == 200
    problem(caller.post(ACCEPT, {"token": used}), 400, "accept")
    memberships.remove(world.session, world["owner"], world.id, mia.id, world.now)
    problem(caller.post(ACCEPT, {"token": used}), 400, "accept")
    assert world.membership(mia.id) is None


def test_unknown_routes_and_methods_are_in_the_same_shape(world, script):
    caller = script("owner")
    for path in (f"{PREFIX}/{world.id}", f"{PREFIX}/x/y/z", f"{PREFIX}/", f"{PREFIX}/{world.id}/invite/"):
        problem(caller.get(path), 404, "route")
    reply = caller.get(f"{PREFIX}/{world.id}/invite")
    problem(reply, 405, "route")
    assert "POST" in reply.headers["Allow"]
    problem(caller.post(f"{PREFIX}/{world.id}/invitations", {}), 405, "route")


def test_too_often_is_429_with_retry_after_in_the_same_shape(make_app, now, monkeypatch):
    app = make_app(RATELIMIT_ENABLED=True)
    with app.app_context():
        world = build(db.session(), now)
        caller = bearer(app, world, "owner")
    monkeypatch.setattr(limiter.limiter, "hit", lambda *_, **__: False)
    for path, given, method in (
        (f"{PREFIX}/{world.id}/invite", {"email": "mia@example.com", "role": "member"}, "invite"),
        (ACCEPT, {"token": "x"}, "accept"),
    ):
        reply = caller.post(path, given)
        problem(reply, 429, method)
        assert int(reply.headers["Retry-After"]) > 0


def test_a_fault_of_ours_is_500_and_says_nothing_of_its_inside(script, world, body, monkeypatch):
    def broken(*_):
        raise RuntimeError("the inside: secret")

    monkeypatch.setattr(calls.invitations, "invite", broken)
    assert "inside" not in problem(script("owner").post(f"{PREFIX}/{world.id}/invite", body()), 500, "invite")
