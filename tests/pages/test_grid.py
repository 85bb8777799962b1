"""Who may do what, by endpoint, from a table written by hand out of the contract (ATTACKS 4, 12, 13, 26).

Everything is posted directly, with a good token, whether or not the person would see the button.
"""

import pytest

from portal import imports, organizations, placements, second_steps
from portal.clock import rfc3339
from portal.delivery import stops

from .deeds import SETTINGS, turned_on
from .test_writing_nothing import posted

pytestmark = pytest.mark.sqlite

EVERYBODY = {"owner", "admin", "manager", "billing_manager", "member"}
INVITERS = {"owner", "admin", "manager"}
WHO = ["owner", "admin", "manager", "billing_manager", "member", "outsider", "nobody"]

# Which roles somebody may offer, and on whose invitations they may act.
OFFERS = {
    "owner": {"owner", "admin", "manager", "billing_manager", "member"},
    "admin": {"admin", "manager", "billing_manager", "member"},
    "manager": {"manager", "billing_manager", "member"},
}
# Whom somebody may change or remove.
MANAGES = {
    "owner": {"owner", "admin", "manager", "billing_manager", "member"},
    "admin": {"admin", "manager", "billing_manager", "member"},
    "manager": {"billing_manager", "member"},
}
# What they may make of them.
GIVES = {
    "owner": {"owner", "admin", "manager", "billing_manager", "member"},
    "admin": {"admin", "manager", "billing_manager", "member"},
    "manager": {"manager", "billing_manager", "member"},
}
KEEPERS = {"owner", "admin"}  # of sites, teams and projects, and of who is let in
INBOX = "/o/northwind/inbox"

# Every other endpoint is the signed-in person's own, or open to whoever holds a link or a password.
TABLED = {
    "second_step.demand",
    "invitations.new", "invitations.remind", "invitations.resend", "invitations.new_link",
    "invitations.edit", "invitations.revoke",
    "selected.resend", "selected.revoke",
    "imports.index", "imports.start", "imports.stop", "inbox.approve", "inbox.decline",
    "members.show", "members.remove", "members.transfer", "places.index", "places.rename", "places.delete",
    "places.show",
    "places.change_member",
    "mail_stops.lift",
    "settings.show", "settings.deactivate", "settings.delete", "settings.reopen",
}  # fmt: skip
OWN = {
    "second_step.begin", "second_step.codes", "second_step.off", "second_step.show",
    "providers.confirm", "providers.disconnect",
    "confirm.show", "profile.address", "profile.confirm_address", "profile.delete", "profile.edit",
    "account.accept", "account.decline", "account.end_session", "account.end_sessions", "account.show",
    "entry.ask_verification", "tokens.index", "tokens.revoke",
}  # fmt: skip
OPEN = {
    "sign_up.show", "unsubscribe.stop",
    "entering.show",
    "mailed.ask", "mailed.show", "entry.forgot", "entry.reset", "entry.sign_in", "entry.sign_out", "entry.verify",
    "join.ask", "join.decline", "join.mail", "join.show", "join.switch", "preferences.language",
}  # fmt: skip


@pytest.fixture
def enter(world, at, another, stranger):
    """A browser of somebody of the table."""

    def make(who):
        if who == "nobody":
            return stranger()
        return at(another["owner"].user_id) if who == "outsider" else at(who)

    return make


@pytest.fixture
def tried(everything):
    """Posts, and holds the answer and the database against whether it is allowed."""

    def attempt(browser, who, path, data, allowed):
        token = browser.token
        before = everything()
        response = browser.client.post(path, data={"csrf_token": token, **data})
        if allowed:
            assert response.status_code == 303, (who, path, data, response.text)
            assert everything() != before, (who, path, data)
            return
        expected = {"nobody": 303, "outsider": 404}.get(who)
        assert response.status_code == expected if expected else response.status_code in (403, 422), (who, path, data)
        assert who != "nobody" or response.location == "/sign-in"
        assert everything() == before, (who, path, data)

    return attempt


def test_every_endpoint_that_writes_has_its_place_in_the_tables(app):
    assert posted(app) == sorted(TABLED | OWN | OPEN)


@pytest.mark.parametrize("who", WHO)
def test_attack_12_inviting_by_role_offered(world, enter, tried, who):
    browser = enter(who)
    for role in EVERYBODY:
        data = {"people": f"{role}@example.com", "role": role, "restricted": "all"}
        tried(browser, who, "/o/northwind/invitations/new", data, role in OFFERS.get(who, ()))


@pytest.mark.parametrize("action", ["remind", "resend", "link", "edit", "revoke"])
@pytest.mark.parametrize("who", WHO)
def test_attack_4_acting_on_an_invitation_by_its_role(world, enter, tried, who, action):
    made = {role: world.invited(f"{role}@example.com", world.offer(role)) for role in sorted(EVERYBODY)}
    browser = enter(who)
    for role, invitation_id in made.items():
        seen = rfc3339(world.invitation(invitation_id).updated_at)
        data = {"email": f"{role}@example.com", "role": role, "restricted": "all", "version": seen, "message": "Hello"}
        path = f"/o/northwind/invitations/{invitation_id}/{action}"
        tried(browser, who, path, data if action == "edit" else {}, role in OFFERS.get(who, ()))


@pytest.mark.parametrize("who", WHO)
def test_attack_13_editing_to_another_role(world, enter, tried, who):
    browser = enter(who)
    for role in ("owner", "admin", "manager", "billing_manager"):
        invitation_id = world.invited(f"{role}@example.com")
        seen = rfc3339(world.invitation(invitation_id).updated_at)
        data = {"email": f"{role}@example.com", "role": role, "restricted": "all", "version": seen}
        path = f"/o/northwind/invitations/{invitation_id}/edit"
        tried(browser, who, path, data, role in OFFERS.get(who, ()))


@pytest.mark.parametrize("who", WHO)
def test_attack_4_importing_by_role(world, enter, tried, who):
    browser, text = enter(who), "email\nann@example.com\n"
    for role in EVERYBODY:
        data = {"people": text, "role": role}
        tried(browser, who, "/o/northwind/imports", data, role in OFFERS.get(who, ()))
    for action in ("start", "stop"):
        made = imports.plan(world.session, world["owner"], world.id, text, world.now)
        tried(browser, who, f"/o/northwind/imports/{made.id}/{action}", {}, who in OFFERS)


@pytest.mark.parametrize("who", WHO)
def test_attack_4_and_7_approving_by_role_and_rank(world, enter, tried, who):
    browser, offered = enter(who), OFFERS.get(who, ()) if who in KEEPERS else ()
    for action in ("approve", "decline"):
        for role in ("owner", "admin", "member"):
            key, _ = world.waits(f"{action}-{role}@example.com", world.offer(role))
            sent = {"invitation": str(key), "sure": "1"}
            if who in KEEPERS and role not in offered:  # said on the inbox page, which comes back
                assert "You cannot act on a role above your own." in browser.send(f"{INBOX}/{action}", sent).said
                assert world.invitation(key).status == "waiting"
            else:
                tried(browser, who, f"{INBOX}/{action}", sent, role in offered)


@pytest.fixture
def targets(world):
    """One more member of each role; ids by role."""
    return {role: world.enlist(f"second_{role}", role).user_id for role in sorted(EVERYBODY)}


@pytest.mark.parametrize("new", sorted(EVERYBODY))
@pytest.mark.parametrize("who", WHO)
def test_changing_a_member_by_their_role_and_the_new_one(world, enter, tried, targets, who, new):
    browser = enter(who)
    for role, user_id in targets.items():
        allowed = role in MANAGES.get(who, ()) and new in GIVES[who]
        data = {"role": new, "restricted": "all"}
        tried(browser, who, f"/o/northwind/members/{user_id}", data, allowed)


@pytest.mark.parametrize("who", WHO)
def test_removing_a_member_by_their_role(world, enter, tried, targets, who):
    browser = enter(who)
    for role, user_id in targets.items():
        tried(browser, who, f"/o/northwind/members/{user_id}/remove", {}, role in MANAGES.get(who, ()))


@pytest.mark.parametrize("who", ["owner", "admin", "manager", "billing_manager", "member"])
def test_nobody_raises_themselves_and_everybody_may_leave(world, enter, tried, who):
    world.enlist("second_owner", "owner")
    browser, own = enter(who), f"/o/northwind/members/{world[who].user_id}"
    for role in ("owner", "admin", "manager"):
        may = who == "owner" or (who == "admin" and role != "owner")
        if may:
            continue
        tried(browser, who, own, {"role": role, "restricted": "all"}, False)
    tried(browser, who, f"{own}/remove", {}, True)


@pytest.mark.parametrize("who", WHO)
def test_demanding_a_second_step(world, enter, tried, who):
    browser = enter(who)
    second_steps.begin(world.session, world.actors.get(who, world["owner"]), world.now)
    turned_on(world, world.actors.get(who, world["owner"]))
    tried(browser, who, "/o/northwind/second-step", {}, who in KEEPERS)


@pytest.mark.parametrize("who", WHO)
def test_keeping_places(world, enter, tried, who):
    browser = enter(who)
    kept = {"sites": world.sites[0], "teams": world.teams[0], "projects": world.projects[0]}
    for kinds, key in kept.items():
        data = {"name": "Newest", "domain": "new.example.com"}
        tried(browser, who, f"/o/northwind/{kinds}", data, who in KEEPERS)
        tried(browser, who, f"/o/northwind/{kinds}/{key}/rename", data | {"name": "Other"}, who in KEEPERS)
        tried(browser, who, f"/o/northwind/{kinds}/{key}/delete", {}, who in KEEPERS)


@pytest.mark.parametrize("who", WHO)
def test_transferring_ownership(world, enter, tried, who):
    browser = enter(who)
    tried(browser, who, f"/o/northwind/members/{world['billing_manager'].user_id}/transfer", {}, who == "owner")
    if who == "owner":
        assert world.membership(world["owner"].user_id).role == "admin"
        tried(browser, "admin", f"/o/northwind/members/{world['member'].user_id}/transfer", {}, False)


@pytest.mark.parametrize("who", WHO)
def test_placing_members(world, enter, tried, who):
    first = world.enlist("placed", "member").user_id
    world.enlist("second", "member")
    browser, owner = enter(who), world["owner"]
    for kinds, place, role, other in (
        ("teams", world.teams[0], "developer", "read_only"),
        ("projects", world.projects[0], "project_member", "project_viewer"),
    ):
        placements.add(world.session, owner, world.id, kinds[:-1], place, first, role, world.now)
        path = f"/o/northwind/{kinds}/{place}"
        tried(browser, who, path, {"email": world.email("second"), "role": role}, who in KEEPERS)
        tried(browser, who, f"{path}/members/{first}", {"role": other}, who in KEEPERS)
        tried(browser, who, f"{path}/members/{first}", {"remove": "1"}, who in KEEPERS)


@pytest.mark.parametrize("who", ["manager", "member"])
def test_a_team_manager_manages_the_people_of_that_team_alone(world, enter, tried, who):
    placed, own = world.enlist("placed", "member").user_id, (world.teams[0], world[who].user_id)
    placements.add(world.session, world["owner"], world.id, "team", *own, "team_manager", world.now)
    browser = enter(who)
    for team, may in ((world.teams[0], True), (world.teams[1], False)):
        path, sent = f"/o/northwind/teams/{team}", {"email": world.email("placed"), "role": "developer"}
        tried(browser, who, path, sent, may)
        tried(browser, who, f"{path}/rename", {"name": "Other"}, False)
        if may:
            tried(browser, who, f"{path}/members/{placed}", {"role": "read_only"}, True)
            tried(browser, who, f"{path}/members/{placed}", {"remove": "1"}, True)


@pytest.mark.parametrize("who", WHO)
def test_settings_and_the_end_of_an_organization(world, enter, tried, who):
    browser = enter(who)
    tried(browser, who, "/o/northwind/settings", {**SETTINGS, "mail_paragraph": f"Said by {who}"}, who in KEEPERS)
    tried(browser, who, "/o/northwind/settings/delete", {"typed": "Northwind"}, who == "owner")
    if who != "owner":
        tried(browser, who, "/o/northwind/settings/deactivate", {}, False)


@pytest.mark.parametrize("who", WHO)
def test_who_mails_again_to_who_complained(world, enter, tried, who):
    stops.put(world.session, world.id, "ann@example.com", "complaint", world.now)
    tried(enter(who), who, "/o/northwind/mail-stops/lift", {"email": "ann@example.com"}, who in KEEPERS)


@pytest.mark.parametrize("who", ["owner", "admin", "member", "outsider"])
def test_attack_15_a_closed_organization_is_opened_again_by_its_owner_only(world, enter, everything, who):
    browser, path = enter(who), f"/closed/{world.id}/reopen"
    token = browser.token
    organizations.close(world.session, world["owner"], world.id, world.now)
    before = everything()
    status = browser.client.post(path, data={"csrf_token": token}).status_code
    assert status == {"owner": 303, "outsider": 404}.get(who, 403)
    assert (everything() != before) == (who == "owner")


@pytest.mark.parametrize(
    "path",
    [
        "/account",
        "/account/sessions/end",
        "/verify/ask",
        "/account/sessions/{id}/end",
        "/invitations/{id}/accept",
        "/account/tokens",
        "/confirm",
        "/account/second-step",
        "/account/second-step/begin",
        "/account/second-step/codes",
        "/account/second-step/off",
        "/account/profile",
        "/account/address",
        "/new-address",
        "/account/delete",
        "/account/tokens/{id}/revoke",
    ],
)
def test_what_is_ones_own_asks_for_signing_in(world, enter, tried, path):
    tried(enter("nobody"), "nobody", path.format(id=world.invited("ann@example.com")), {"version": "1"}, False)


@pytest.mark.parametrize("way", ["accept", "decline"])
@pytest.mark.parametrize("who", ["owner", "member", "outsider"])
def test_an_invitation_is_answered_by_its_addressee_only(world, enter, everything, who, way):
    browser, path = enter(who), f"/invitations/{world.invited('ann@example.com')}/{way}"
    assert browser.token
    before = everything()
    assert browser.send(path, {"version": "1"}).status == 404
    assert everything() == before
