"""The published attacks, tried through the team dialect; the number is that of the attack."""

from uuid import UUID

import pytest

from portal import accounts, invitations, memberships, places
from portal.links import Kind
from portal.models import RANKS, Invitation, User
from portal.permissions import Actor
from tests.api.batch.test_attacks import alike
from tests.api.scripts import NEVER, Script, bad_credentials, secrets_of, snapshot
from tests.world import person

from .conftest import PREFIX
from .test_refusals import ACCEPT, problem, refusal

pytestmark = pytest.mark.sqlite
MAY = ("owner", "admin", "manager")
WORDS = {"admin": "administrator"}


@pytest.mark.parametrize("kind", [Kind.COPIED, Kind.MAILED])
def test_attack_02_no_token_lets_an_unproved_address_in_or_proves_it(app, world, script, token, kind):
    eve = person(world.session, "victim@example.com", world.now, verified=False)
    caller, one = script(eve), token(world.invited("victim@example.com"), kind)
    before = snapshot(app)
    refusal(caller.post(ACCEPT, {"token": one}), 403)
    assert snapshot(app) == before
    assert world.session.get_one(User, eve.id, populate_existing=True).verified_at is None


def test_attack_02_the_token_in_a_reply_opens_no_account(app, world, script, body):
    said = script("owner").post(f"{PREFIX}/{world.id}/invite", body(email="victim@example.com")).json
    browser = app.test_client()
    assert browser.get(f"/join/{said['token']}", follow_redirects=True).status_code == 200
    form = {"name": "Eve", "password": "a quite different phrase", "version": "1"}
    assert browser.post("/join", data=form).status_code == 403
    assert accounts.by_address(world.session, "victim@example.com") is None
    assert world.invitation(UUID(said["id"])).status == "pending"


def every_reply(world, caller, keys):
    """What every call of the dialect answers to a caller."""
    yield caller.post(f"{PREFIX}/{world.id}/invite", {"email": "a@example.com", "role": "member"})
    yield caller.post(f"{PREFIX}/{world.id}/invite", {"email": "mia@example.com", "role": "member"})
    yield caller.post(f"{PREFIX}/{world.id}/invite", {})
    yield caller.post(f"{PREFIX}/abc/invite", {})
    yield caller.post(ACCEPT, {"token": "x"})
    yield caller.get(f"{PREFIX}/{world.id}/invitations?page=1&pageSize=20")
    yield caller.get(f"{PREFIX}/{world.id}/invitations")
    yield caller.get(f"{PREFIX}/{world.id}")
    for key in (*keys, NEVER):
        yield caller.delete(f"{PREFIX}/{world.id}/invitation/{key}")


def test_attack_03_no_reply_to_any_role_holds_a_secret(app, world, another, script, token):
    mia = person(world.session, "mia@example.com", world.now)
    keys = [world.invited("mia@example.com"), world.invited("noa@example.com"), another.invited("mia@example.com")]
    callers = [script(who) for who in ("member", "billing_manager", "manager", "admin", "owner", mia)]
    mine = callers[-1].post(ACCEPT, {"token": token(keys[2])})
    replies = [mine, *(reply for who in (*callers, Script(app)) for reply in every_reply(world, who, keys))]
    forbidden = secrets_of(world, token, [row.id for row in world.session.query(Invitation)])
    forbidden += [caller.headers["Authorization"].removeprefix("Bearer ") for caller in callers]
    assert mine.status_code == 200
    assert len(replies) > 80
    for reply in replies:
        text = reply.get_data(as_text=True) + str(reply.headers)
        assert [secret for secret in forbidden if secret in text] == [], reply.request.path


@pytest.mark.parametrize("who", list(RANKS))
def test_attack_04_a_grid_of_role_by_writing_call(app, world, script, body, who):
    key, caller = world.invited("noa@example.com"), script(who)
    before = snapshot(app)
    replies = [
        caller.post(f"{PREFIX}/{world.id}/invite", body()),
        caller.get(f"{PREFIX}/{world.id}/invitations?page=1&pageSize=1"),
        caller.delete(f"{PREFIX}/{world.id}/invitation/{key}"),
    ]
    assert [reply.status_code for reply in replies] == ([201, 200, 200] if who in MAY else [403] * 3)
    if who not in MAY:
        assert snapshot(app) == before


@pytest.mark.parametrize("offered", list(RANKS))
@pytest.mark.parametrize("who", MAY)
def test_attack_04_canceling_asks_for_the_rank_of_what_is_offered(world, script, who, offered):
    key = world.invited("noa@example.com", world.offer(offered))
    reply = script(who).delete(f"{PREFIX}/{world.id}/invitation/{key}")
    allowed = RANKS[offered] <= RANKS[who]
    assert reply.status_code == (200 if allowed else 403)
    assert world.invitation(key).status == ("canceled" if allowed else "pending")


def test_attack_05_a_token_opens_its_own_organization_whatever_is_said_beside_it(world, another, script, token):
    mia = person(world.session, "mia@example.com", world.now)
    given = {"token": token(world.invited("mia@example.com")), "organizationId": str(another.id)}
    assert script(mia).post(f"{ACCEPT}?organizationId={another.id}", given).json["organizationId"] == str(world.id)
    assert world.membership(mia.id) is not None
    assert another.membership(mia.id) is None


def test_attack_05_an_invitation_of_one_organization_is_none_in_another(app, world, another, script):
    """Also for somebody who may cancel it where it belongs."""
    both = person(world.session, "both@example.com", world.now)
    for one in (world, another):
        key = one.invited("both@example.com", one.offer("owner"))
        invitations.accept(one.session, Actor(both.id), key, one.now)
    theirs, caller = another.invited("mia@example.com"), script(both)
    alike(
        caller.delete(f"{PREFIX}/{world.id}/invitation/{theirs}"),
        caller.delete(f"{PREFIX}/{world.id}/invitation/{NEVER}"),
    )
    assert another.invitation(theirs).status == "pending"


@pytest.mark.parametrize("granted", list(RANKS)[1:])
@pytest.mark.parametrize("who", list(RANKS))
def test_attack_12_nobody_invites_above_their_own_role(app, world, script, body, who, granted):
    caller, before = script(who), snapshot(app)
    reply = caller.post(f"{PREFIX}/{world.id}/invite", body(role=WORDS.get(granted, granted)))
    if who in MAY and RANKS[granted] <= RANKS[who]:
        assert world.invitation(UUID(reply.json["id"])).role == granted
    else:
        refusal(reply, 403)
        assert snapshot(app) == before


@pytest.mark.parametrize("who", list(RANKS))
def test_attack_12_nobody_invites_an_owner_here(app, world, script, body, who):
    caller, before = script(who), snapshot(app)
    problem(caller.post(f"{PREFIX}/{world.id}/invite", body(role="owner")), 400, "invite")
    assert snapshot(app) == before


@pytest.mark.parametrize("role", ["root", "OWNER", "Administrator", "admin", "member,owner", "", " member"])
def test_attack_14_a_role_that_is_none_is_refused(app, world, script, body, role):
    caller, before = script("owner"), snapshot(app)
    path = f"{PREFIX}/{world.id}/invite"
    problem(caller.post(path, body(role=role)), 400, "invite")
    given = [{"teamId": str(world.teams[0]), "role": role}]
    problem(caller.post(path, body(teamAssignments=given)), 400, "invite")
    assert snapshot(app) == before


def test_attack_15_another_organizations_ids_read_as_ids_that_never_were(world, another, script, body, token):
    theirs, caller = another.invited("mia@example.com"), script("owner")
    for pattern in ("POST {}/invite", "GET {}/invitations?page=1&pageSize=5", f"DELETE {{}}/invitation/{theirs}"):
        method, path = pattern.split(" ")
        given = body() if method == "POST" else None
        alike(*(caller.call(method, f"{PREFIX}/{path.format(key)}", given) for key in (another.id, NEVER)))
    alike(*(caller.delete(f"{PREFIX}/{world.id}/invitation/{key}") for key in (theirs, NEVER)))
    teams = ([{"teamId": str(key), "role": "developer"}] for key in (another.teams[0], NEVER))
    alike(*(caller.post(f"{PREFIX}/{world.id}/invite", body(teamAssignments=given)) for given in teams))
    places.delete(world.session, world["owner"], world.id, "team", world.teams[0], world.now)
    teams = ([{"teamId": str(key), "role": "developer"}] for key in (world.teams[0], NEVER))
    alike(*(caller.post(f"{PREFIX}/{world.id}/invite", body(teamAssignments=given)) for given in teams))


def test_attack_15_a_bound_token_hears_of_another_organizations_link_as_of_none(world, another, script, token):
    owner = world.user("owner")
    mine = token(another.invited(owner.email))
    caller = script("owner", organization_id=world.id)
    never = mine[:-4] + ("AAAA" if mine[-4:] != "AAAA" else "BBBB")
    alike(caller.post(ACCEPT, {"token": mine}), caller.post(ACCEPT, {"token": never}))
    assert another.membership(owner.id) is None


def test_attack_22_inviting_tells_nothing_of_accounts(world, script, body):
    person(world.session, "known@example.com", world.now)
    said = [
        script("owner").post(f"{PREFIX}/{world.id}/invite", body(email=f"{name}@example.com")).json
        for name in ("known", "fresh")
    ]
    rest = [{k: v for k, v in one.items() if k not in ("id", "token", "email", "expiresAt")} for one in said]
    assert rest[0] == rest[1]


def test_attack_22_every_bad_token_gets_the_same_bytes(app, world):
    path = f"{PREFIX}/{world.id}/invitations?page=1&pageSize=1"
    replies = [Script(app, Authorization=header).get(path) for header in bad_credentials(world).values()]
    for reply in (*replies, Script(app).get(path)):
        alike(replies[0], reply)


def test_attack_26_what_the_page_shows_no_button_for_is_refused(app, world, script):
    offered = {role: world.invited(f"{role}@example.com", world.offer(role)) for role in RANKS}
    callers = {who: script(who) for who in RANKS}
    for who, caller in callers.items():
        for role, key in offered.items():
            if who in MAY and RANKS[role] <= RANKS[who]:
                continue
            before = snapshot(app)
            refusal(caller.delete(f"{PREFIX}/{world.id}/invitation/{key}"), 403)
            assert snapshot(app) == before


def test_attack_26_somebody_who_was_removed_or_demoted_may_nothing_from_then_on(world, script, body):
    caller, key = script("manager"), world.invited("noa@example.com")
    memberships.change(
        world.session, world["owner"], world.id, world["manager"].user_id, memberships.Access("member", ()), world.now
    )
    refusal(caller.delete(f"{PREFIX}/{world.id}/invitation/{key}"), 403)
    memberships.remove(world.session, world["owner"], world.id, world["manager"].user_id, world.now)
    refusal(caller.post(f"{PREFIX}/{world.id}/invite", body()), 403)


def test_attack_28_fields_that_are_not_asked_for_change_nothing(world, another, script, body, token):
    extra = {
        "status": "accepted",
        "id": str(NEVER),
        "token": "mine",
        "inviterId": str(another["owner"].user_id),
        "organizationId": str(another.id),
        "organization_id": str(another.id),
        "organizationRole": "owner",
        "Role": "administrator",
        "emailVerified": True,
        "expiresAt": "2099-01-01T00:00:00.000Z",
        "assignments": [{"projectId": str(world.projects[0]), "projectRole": "project_admin"}],
        "siteIds": [world.sites[0]],
    }
    given = [{"teamId": str(world.teams[0]), "role": "read_only", "teamRole": "team_manager", "userId": str(NEVER)}]
    said = script("admin").post(f"{PREFIX}/{world.id}/invite", extra | body(teamAssignments=given)).json
    view = invitations.see_one(world.session, UUID(said["id"]))
    stored = view.invitation
    assert (stored.status, stored.role, stored.restricted) == ("pending", "member", False)
    assert (stored.organization_id, stored.inviter_id) == (world.id, world["admin"].user_id)
    assert (stored.expires_at - stored.created_at).days == 7
    assert [(team.id, team.role) for team in view.teams] == [(world.teams[0], "read_only")]
    assert view.projects == view.sites == []
    mia = person(world.session, "mia@example.com", world.now)
    again = {"token": token(stored.id), "role": "owner", "userId": str(world["owner"].user_id), "emailVerified": True}
    assert script(mia).post(ACCEPT, again).status_code == 200
    assert world.membership(mia.id).role == "member"
