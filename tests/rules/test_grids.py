"""Who may do what to whom, written out from the contract: every actor, every target, every new role.

"Owners, admins and managers invite, up to their own rank; billing managers and members never. Owners manage everybody,
admins everybody but owners, managers billing managers and members only; nobody acts on a rank above their own, or
raises anyone above it."
"""

import pytest

from portal import memberships
from portal.errors import NotAllowed, NotPending
from portal.invitations import Change, Invitee, Offer, cancel, edit, invite, new_link, resend
from portal.memberships import Access
from portal.permissions import offerable

ROLES = ("owner", "admin", "manager", "billing_manager", "member")

MAY_OFFER = {
    "owner": {"owner", "admin", "manager", "billing_manager", "member"},
    "admin": {"admin", "manager", "billing_manager", "member"},
    "manager": {"manager", "billing_manager", "member"},
    "billing_manager": set(),
    "member": set(),
}
# Whom each role manages, and into which roles it may turn them.
MAY_MANAGE = {
    "owner": {"owner", "admin", "manager", "billing_manager", "member"},
    "admin": {"admin", "manager", "billing_manager", "member"},
    "manager": {"billing_manager", "member"},
    "billing_manager": set(),
    "member": set(),
}
MAY_GIVE = MAY_OFFER

pairs = [(actor, other) for actor in ROLES for other in ROLES]
triples = [(actor, target, new) for actor in ROLES for target in ROLES for new in ROLES]


def outcome(act):
    """Whether it is allowed."""
    try:
        act()
    except NotAllowed:
        return False
    return True


@pytest.mark.parametrize(("actor", "offered"), pairs)
def test_attack_12_inviting(world, actor, offered):
    def act():
        invite(world.session, world[actor], world.id, [Invitee("ann@example.com", Offer(offered))], world.now)

    assert outcome(act) is (offered in MAY_OFFER[actor])
    assert world.organization().pending_count == int(offered in MAY_OFFER[actor])


CHANGES = {
    "resend": resend,
    "new_link": new_link,
    "cancel": cancel,
    "edit": lambda session, actor, key, now: edit(session, actor, key, Change(Offer("member")), now),
}


@pytest.mark.parametrize("rule", CHANGES)
@pytest.mark.parametrize("actor", ROLES)
def test_attack_13_acting_on_an_invitation_asks_for_its_rank(world, actor, rule):
    for offered in ROLES:
        key = world.invited(f"{offered}@example.com", Offer(offered))

        def act(key=key):
            CHANGES[rule](world.session, world[actor], key, world.now)

        assert outcome(act) is (offered in MAY_OFFER[actor]), offered
    world.check_counts()


@pytest.mark.parametrize(("actor", "offered"), pairs)
def test_attack_13_editing_raises_nobody_above_the_editor(world, actor, offered):
    key = world.invited("ann@example.com", Offer("member"))

    def act():
        edit(world.session, world[actor], key, Change(Offer(offered)), world.now)

    assert outcome(act) is (offered in MAY_OFFER[actor])
    assert world.invitation(key).role == (offered if offered in MAY_OFFER[actor] else "member")


@pytest.mark.parametrize(("actor", "target", "new"), triples)
def test_changing_a_members_role(world, actor, target, new):
    other = world.enlist("other", target)

    def act():
        memberships.change(world.session, world[actor], world.id, other.user_id, Access(new, ()), world.now)

    allowed = target in MAY_MANAGE[actor] and new in MAY_GIVE[actor]
    assert outcome(act) is allowed
    assert world.membership(other.user_id).role == (new if allowed else target)
    world.check_counts()


@pytest.mark.parametrize(("actor", "target"), pairs)
def test_removing_a_member(world, actor, target):
    other = world.enlist("other", target)

    def act():
        memberships.remove(world.session, world[actor], world.id, other.user_id, world.now)

    assert outcome(act) is (target in MAY_MANAGE[actor])
    assert (world.membership(other.user_id) is None) is (target in MAY_MANAGE[actor])
    world.check_counts()


@pytest.mark.parametrize("role", ROLES)
def test_nobody_raises_themselves(world, role):
    above = ROLES[: ROLES.index(role)] if role != "member" else ROLES[:3]

    for new in above:

        def act(new=new):
            memberships.change(world.session, world[role], world.id, world[role].user_id, Access(new), world.now)

        assert outcome(act) is False, new
    assert world.membership(world[role].user_id).role == role


@pytest.mark.parametrize("role", ROLES)
def test_the_roles_that_a_form_offers_are_those_that_may_be_offered(role):
    assert set(offerable(role)) == MAY_OFFER[role]
    assert offerable(role) == sorted(offerable(role), key=ROLES.index)


def test_attack_13_an_invitation_of_a_lost_rank_is_not_resent_by_its_maker(world):
    key = world.invited("ann@example.com", Offer("admin"), by="admin")
    world.demote("admin", "manager")
    for rule in CHANGES.values():
        assert outcome(lambda rule=rule: rule(world.session, world["admin"], key, world.now)) is False
    cancel(world.session, world["owner"], key, world.now)
    with pytest.raises(NotPending):
        cancel(world.session, world["owner"], key, world.now)
