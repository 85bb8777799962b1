"""The published attacks, tried through the batch dialect; the number is that of the attack."""

from uuid import UUID

import pytest

from portal import accounts, invitations, links
from portal.models import RANKS, Invitation, Message, User
from portal.permissions import Actor
from tests.api.scripts import IDS, NEVER, Script, bad_credentials, plain, secrets_of, snapshot
from tests.world import person

from .conftest import PREFIX
from .test_refusals import refused

pytestmark = pytest.mark.sqlite
MAY = ("owner", "admin", "manager")


def copied(reply):
    """The path and the token of the first copy link of a reply."""
    path = reply.json["data"][0]["link"].removeprefix("http://127.0.0.1:8000")
    return path, path.removeprefix("/join/")


def test_attack_02_a_copy_link_opens_no_account(app, world, script, body, session):
    path, _ = copied(script("owner").post(PREFIX, body(emails=["victim@example.com"])))
    browser = app.test_client()
    assert browser.get(path, follow_redirects=True).status_code == 200
    before = snapshot(app)
    for form in ({"name": "Eve", "password": "a quite different phrase", "version": "1"}, {}):
        assert browser.post("/join", data=form).status_code == 403
        assert browser.post("/join/decline", data=form).status_code == 403
    assert accounts.by_address(session, "victim@example.com") is None
    assert snapshot(app) == before


def test_attack_02_a_copy_link_verifies_no_address(app, world, script, body, session):
    victim = person(session, "victim@example.com", world.now, verified=False)
    _, token = copied(script("owner").post(PREFIX, body(emails=["victim@example.com"])))
    for kind in (links.Kind.VERIFY, links.Kind.RESET):
        app.test_client().get(f"/{kind.name.lower()}/{token}")
        app.test_client().post(f"/{kind.name.lower()}/{token}", data={"password": "another horse battery"})
    reply = script(victim).post("/organization/invite/accept", {"token": token})
    assert reply.status_code == 403
    assert session.get_one(User, victim.id, populate_existing=True).verified_at is None
    assert world.membership(victim.id) is None


def every_reply(app, world, caller, keys):
    """What every call of the dialect answers to a caller."""
    sites = [{"siteId": world.sites[0]}]
    yield caller.post(PREFIX, {"emails": ["a@example.com"], "organizationId": str(world.id), "role": "member"})
    yield caller.post(PREFIX, {"emails": ["mia@example.com"], "organizationId": str(world.id), "role": "owner"})
    yield caller.post(PREFIX, {"emails": ["b@example.com"], "organizationId": str(world.id), "assignments": sites})
    yield caller.post(PREFIX, {})
    for key in (*keys, NEVER):
        yield caller.get(f"{PREFIX}/{key}/email-status")
        yield caller.get(f"{PREFIX}/verify?email=mia@example.com&id={key}")
    for who in ("owner", "admin", "manager", "billing_manager", "member"):
        yield caller.get(f"{PREFIX}/pending?email={who}@northwind.example.com")
    yield caller.get(f"{PREFIX}/pending?email=mia@example.com")
    yield caller.get(f"{PREFIX}/nothing")
    yield caller.delete(PREFIX)


def test_attack_03_no_reply_to_any_role_holds_a_secret(app, world, another, script, token):
    mia = person(world.session, "mia@example.com", world.now)
    keys = [world.invited("mia@example.com"), another.invited("mia@example.com")]
    keys += [another.invited(f"{who}@northwind.example.com") for who in RANKS]
    callers = [script(who) for who in (*RANKS, mia, another["owner"].user_id)]
    replies = [reply for who in (*callers, Script(app)) for reply in every_reply(app, world, who, keys)]
    invited = [row.id for row in world.session.query(Invitation)]
    forbidden = secrets_of(world, token, invited)
    forbidden += [caller.headers["Authorization"].removeprefix("Bearer ") for caller in callers]
    assert len(replies) > 150
    assert len(forbidden) > 30
    for reply in replies:
        text = reply.get_data(as_text=True) + str(reply.headers)
        assert [secret for secret in forbidden if secret in text] == [], reply.request.path


@pytest.mark.parametrize("who", list(RANKS))
def test_attack_04_who_may_not_invite_writes_nothing_through_any_call(app, world, script, who):
    key = world.invited("mia@example.com")
    caller = script(who)
    before = snapshot(app)
    invited = caller.post(PREFIX, {"emails": ["a@example.com"], "organizationId": str(world.id), "role": "member"})
    status = caller.get(f"{PREFIX}/{key}/email-status")
    if who in MAY:
        assert (invited.status_code, status.status_code) == (200, 200)
    else:
        refused(invited, 403)
        refused(status, 403, f"{PREFIX}/{key}/email-status")
        assert snapshot(app) == before


def test_attack_05_places_of_another_organization_are_no_part_of_an_invitation(app, world, another, script, body):
    caller, before = script("owner"), snapshot(app)
    for given in (
        {"siteId": another.sites[0]},
        {"teamId": str(another.teams[0]), "teamRole": "developer"},
        {"projectId": str(another.projects[0]), "projectRole": "project_admin"},
    ):
        refused(caller.post(PREFIX, body(assignments=[given])), 400)
    assert snapshot(app) == before


def test_attack_05_an_invitation_opens_its_own_organization_only(world, another, script, body):
    mia = person(world.session, "mia@example.com", world.now)
    path, _ = copied(script("owner").post(PREFIX, body()))
    opened = links.open_invitation(path.removeprefix("/join/"))
    invitations.accept(world.session, Actor(mia.id), opened.invitation_id, world.now)
    assert world.membership(mia.id) is not None
    assert another.membership(mia.id) is None


@pytest.mark.parametrize("granted", list(RANKS))
@pytest.mark.parametrize("who", list(RANKS))
def test_attack_12_nobody_invites_above_their_own_role(app, world, script, body, who, granted):
    caller, before = script(who), snapshot(app)
    reply = caller.post(PREFIX, body(role=granted))
    if who in MAY and RANKS[granted] <= RANKS[who]:
        assert reply.json["data"][0]["status"] == "success"
        assert world.invitation(UUID(reply.json["data"][0]["id"])).role == granted
    else:
        refused(reply, 403)
        assert snapshot(app) == before


@pytest.mark.parametrize("role", ["root", "OWNER", "Admin", "administrator", "owner,member", "", " owner", "member\n"])
def test_attack_14_a_role_that_is_none_is_refused(app, script, body, role):
    caller, before = script("owner"), snapshot(app)
    assert "role" in refused(caller.post(PREFIX, body(role=role)), 400)
    for field in ("teamRole", "projectRole"):
        key = field.replace("Role", "Id")
        reply = caller.post(PREFIX, body(assignments=[{key: str(NEVER), field: role}]))
        assert field in refused(reply, 400)
    assert snapshot(app) == before


def alike(one, two):
    """Both replies are the same bytes, but for ids and times."""
    assert plain(one) == plain(two)
    assert sorted(name for name, _ in one.headers) == sorted(name for name, _ in two.headers)


def test_attack_15_another_organizations_ids_read_as_ids_that_never_were(world, another, script, body):
    caller, theirs = script("owner"), another.invited("mia@example.com")
    another.session.query(Message).update({"status": "sent"})
    another.session.commit()
    alike(
        caller.post(PREFIX, body(organizationId=str(another.id))), caller.post(PREFIX, body(organizationId=str(NEVER)))
    )
    alike(caller.get(f"{PREFIX}/{theirs}/email-status"), caller.get(f"{PREFIX}/{NEVER}/email-status"))
    for one, two in (
        ({"siteId": another.sites[0]}, {"siteId": 999_999}),
        *(
            ({key: str(ours), role: word}, {key: str(NEVER), role: word})
            for key, role, word, ours in (
                ("teamId", "teamRole", "developer", another.teams[0]),
                ("projectId", "projectRole", "project_admin", another.projects[0]),
            )
        ),
    ):
        alike(caller.post(PREFIX, body(assignments=[one])), caller.post(PREFIX, body(assignments=[two])))


def test_attack_22_verify_tells_nothing_of_accounts(app, world):
    person(world.session, "known@example.com", world.now)
    keys = {name: world.invited(f"{name}@example.com") for name in ("known", "fresh_")}
    verify = f"{PREFIX}/verify"
    known, unknown = (
        Script(app).get(f"{verify}?email={name}@example.com&id={key}").get_data(as_text=True)
        for name, key in keys.items()
    )
    assert known.replace("known@", "fresh_@") == unknown
    wrong = [
        Script(app).get(f"{verify}?email={address}&id={key}")
        for address in ("known@example.com", "fresh_@example.com", "nobody@example.com", "owner@northwind.example.com")
        for key in (NEVER, *keys.values())
        if (address.partition("@")[0], key) not in keys.items()
    ]
    assert len(wrong) == 10
    for reply in wrong[1:]:
        alike(wrong[0], reply)


def test_attack_22_inviting_tells_nothing_of_accounts(world, script, body):
    person(world.session, "known@example.com", world.now)
    person(world.session, "unproved@example.com", world.now, verified=False)
    caller, said = script("owner"), set()
    for name in ("known", "unproved", "nobody"):
        text = caller.post(PREFIX, body(emails=[f"{name}@example.com"])).get_data(as_text=True)
        said.add(IDS.sub("ID", text.partition('"link"')[0]).replace(name, "SOMEBODY"))
    assert len(said) == 1


def test_attack_22_every_bad_token_gets_the_same_bytes(app, world, body):
    replies = [Script(app, Authorization=header).post(PREFIX, body()) for header in bad_credentials(world).values()]
    for reply in replies:
        alike(replies[0], reply)


@pytest.mark.parametrize("who", ["billing_manager", "member"])
def test_attack_26_a_call_that_no_page_shows_is_refused_all_the_same(app, world, script, body, who):
    caller, before = script(who), snapshot(app)
    for given in (body(), body(role=who), body(emails=[world.email(who)]), body(assignments=[])):
        refused(caller.post(PREFIX, given), 403)
    assert snapshot(app) == before


def test_attack_28_fields_that_are_not_asked_for_change_nothing(world, another, script, body):
    extra = {
        "status": "accepted",
        "id": str(NEVER),
        "inviterId": str(another["owner"].user_id),
        "inviter_id": str(another["owner"].user_id),
        "grantor_id": str(another["owner"].user_id),
        "organization_id": str(another.id),
        "OrganizationId": str(another.id),
        "Role": "owner",
        "ROLE": "owner",
        "emailVerified": True,
        "verified": True,
        "expiresAt": "2099-01-01T00:00:00.000Z",
        "generation": 9,
        "restricted": False,
        "hasRestrictedSiteAccess": True,
        "siteIds": [world.sites[0]],
        "seatLimit": None,
        "__proto__": {"role": "owner"},
    }
    given = [{"teamId": str(world.teams[0]), "teamRole": "read_only", "role": "team_manager", "isAdmin": True}]
    (entry,) = script("admin").post(PREFIX, extra | body(assignments=given)).json["data"]
    view = invitations.see_one(world.session, UUID(entry["id"]))
    stored = view.invitation
    assert entry["id"] != str(NEVER)
    assert (stored.status, stored.role, stored.restricted, stored.generation) == ("pending", "member", False, 1)
    assert (stored.organization_id, stored.inviter_id, stored.grantor_id) == (world.id, *[world["admin"].user_id] * 2)
    assert (stored.expires_at - stored.created_at).days == 7
    assert [(team.id, team.role) for team in view.teams] == [(world.teams[0], "read_only")]
    assert accounts.by_address(world.session, "mia@example.com") is None
    world.check_counts()
