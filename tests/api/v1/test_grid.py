"""ATTACKS 4 and 26: role by writing operation, written by hand from the contract; each posted directly."""

import pytest

from portal import placements
from portal.invitations import Offer
from portal.models import ROLES
from tests.api.scripts import snapshot

from .calls import WRITING, problem

pytestmark = pytest.mark.sqlite
ALL, MANAGING, PLACING, OWNING = ROLES, ROLES[:3], ROLES[:2], ROLES[:1]

# Who may do it in the fixture's case: an invitation and a member with the role member, a place of the organization.
MAY = {
    "create_organization": ALL,
    "change_organization": PLACING,
    "close_organization": OWNING,
    "delete_organization": OWNING,
    "transfer_ownership": OWNING,
    "reopen_organization": OWNING,
    "invite": MANAGING,
    "change_invitation": MANAGING,
    "resend_invitation": MANAGING,
    "remind_invitation": MANAGING,
    "lift_mail_stop": PLACING,
    "renew_invitation_link": MANAGING,
    "cancel_invitation": MANAGING,
    "approve_invitation": PLACING,
    "decline_invitation": PLACING,
    "create_import": MANAGING,
    "start_import": MANAGING,
    "stop_import": MANAGING,
    "change_member": MANAGING,
    "remove_member": (*MANAGING, "member"),  # leaving is removing oneself
    "apply_roster": PLACING,  # it removes everybody but the owner, an admin with them
    "accept_own_invitation": OWNING,  # it is the owner's
    "reject_own_invitation": OWNING,
    "change_me": ALL,
    "end_my_session": OWNING,  # it is the owner's
    "create_token": ALL,
    "revoke_token": OWNING,  # it is the owner's
    "add_team_member": PLACING,
    "change_team_member": (*PLACING, "manager"),
    "remove_team_member": (*PLACING, "manager"),
    "add_project_member": PLACING,
    "change_project_member": PLACING,
    "remove_project_member": (*PLACING, "manager"),  # the manager is the one who is in it
    **{f"{verb}_{kind}": PLACING for verb in ("create", "change", "delete") for kind in ("site", "team", "project")},
}


ONE_INVITATION = (
    "change_invitation",
    "resend_invitation",
    "remind_invitation",
    "renew_invitation_link",
    "cancel_invitation",
)


@pytest.fixture
def team_manager(world, every):
    """The manager manages the team that they are in."""
    where = (world.id, "team", world.teams[1], world["manager"].user_id)
    placements.change(world.session, world["owner"], *where, "team_manager", world.now)


def test_the_grid_has_every_writing_operation():
    assert set(MAY) == set(WRITING)


@pytest.mark.parametrize("name", [name for name in WRITING if len(MAY[name]) < len(ROLES)])
def test_attack_4_and_26_no_other_role_may(app, every, team_manager, script, name):
    callers = [script(role) for role in ROLES if role not in MAY[name]]
    before = snapshot(app)
    for caller in callers:
        reply = every[name].send(caller)
        assert reply.status_code in (403, 404), reply.get_data(as_text=True)
        problem(reply, reply.status_code, reply.json["code"])
    assert snapshot(app) == before


@pytest.mark.parametrize(("name", "role"), [(name, role) for name, roles in MAY.items() for role in roles[1:]])
def test_these_roles_may(every, team_manager, script, name, role):
    reply = every[name].send(script(role))
    assert reply.status_code == every[name].status, reply.get_data(as_text=True)


@pytest.mark.parametrize(
    "name", ["change_invitation", "resend_invitation", "renew_invitation_link", "cancel_invitation"]
)
def test_an_invitation_above_the_callers_rank_is_not_theirs_to_touch(app, world, every, script, name):
    key = world.invited("top@example.com", Offer("admin"))
    call = every[name]
    path = call.path.replace(str(call.path.split("/")[6]), str(key))
    manager, before = script("manager"), snapshot(app)
    problem(manager.call(call.method, path, call.body), 403, "role_above_rank")
    assert snapshot(app) == before
    assert script("admin").call(call.method, path, call.body).status_code == 200


GIVES = {"owner": ROLES, "admin": ROLES[1:], "manager": ROLES[2:], "billing_manager": (), "member": ()}
MANAGES = {"owner": ROLES, "admin": ROLES[1:], "manager": ROLES[3:], "billing_manager": (), "member": ()}


@pytest.mark.parametrize("role", ROLES)
def test_attack_12_and_13_nobody_raises_or_lowers_beyond_their_rank(app, world, script, here, role):
    """ATTACKS 12, 13: inviter's role by member's role by new role."""
    caller = script(role)
    for target in ROLES:
        for new in ROLES:
            name = f"t-{target}-{new}".replace("_", "")
            key = world.enlist(name, target).user_id
            reply = caller.call(
                "PATCH", f"{here}/members/{key}", {"role": new, **({"sites": None} if new == "member" else {})}
            )
            may = target in MANAGES[role] and new in GIVES[role]
            assert (reply.status_code == 200) == may, (target, new, reply.get_data(as_text=True))
            assert world.membership(key).role == (new if may else target)
    world.check_counts()


@pytest.mark.parametrize("offered", ROLES)
@pytest.mark.parametrize("role", ROLES)
def test_attack_13_the_cap_holds_on_edit_as_on_create(app, world, script, here, role, offered):
    """ATTACKS 13."""
    key = world.invited("mia@example.com")
    body = {"role": offered, **({"sites": None} if offered == "member" else {})}
    reply = script(role).call("PATCH", f"{here}/invitations/{key}", body)
    assert (reply.status_code == 200) == (offered in GIVES[role])
    assert world.invitation(key).role == (offered if offered in GIVES[role] else "member")
