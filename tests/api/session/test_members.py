"""Members: the list, one's own place, roles, removal, leaving."""

import pytest

from portal.invitations import Offer
from tests.api.scripts import NEVER, leave_open, snapshot

ROLE, REMOVE = "/organization/update-member-role", "/organization/remove-member"
RANKS = ["member", "billing_manager", "manager", "admin", "owner"]


@pytest.fixture
def here(world):
    return {"organizationId": str(world.id)}


@pytest.fixture
def key(world):
    """The membership's id of somebody."""
    return lambda name: str(world.membership(world[name].user_id).id)


def test_members_are_listed_in_the_order_they_joined_by_limit_and_offset(world, owner):
    said = owner.get("/organization/list-members", organizationId=world.id)
    assert said["total"] == len(said["members"]) == 5
    part = owner.get("/organization/list-members", organizationId=world.id, limit=2, offset=1)
    assert part == {"members": said["members"][1:3], "total": 5}
    assert owner.get("/organization/list-members", organizationId=world.id, offset=9)["members"] == []


@pytest.mark.sqlite
def test_ones_own_place(world, at, key, here):
    mine = at("manager")
    mine.post("/organization/set-active", **here)
    assert mine.get("/organization/get-active-member")["id"] == key("manager")
    assert mine.get("/organization/get-active-member-role") == {"role": "manager"}
    world.session.delete(world.membership(world["manager"].user_id))
    world.session.commit()
    for call in ("get-active-member", "get-active-member-role"):
        assert mine.unread(f"/organization/{call}") == "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION"


def test_another_role(world, owner, here, key):
    said = owner.post(ROLE, **here, memberId=key("member"), role=["member", "manager"])
    assert (said["id"], said["role"]) == (key("member"), "manager")
    assert owner.post(ROLE, **here, memberId=key("admin"), role="member")["role"] == "member"
    assert world.membership(world["admin"].user_id).restricted is False


@pytest.mark.sqlite
def test_the_same_role_again_keeps_a_restriction(world, owner, here, key):
    world.enlist("held", "member", (world.sites[0],))
    owner.post(ROLE, **here, memberId=key("held"), role="member")
    assert world.membership(world["held"].user_id).restricted is True


@pytest.mark.sqlite
def test_attack_12_nobody_acts_on_or_gives_a_rank_above_their_own(world, at, here, key):
    """Who may turn whom into what: owners all, admins below owner, managers below manager up to their own rank."""
    for name in RANKS:
        for target in RANKS:
            if target in (name, "owner"):
                continue
            before = world.membership(world[target].user_id).role
            for role in RANKS:
                reply = at(name).raw("POST", ROLE, here | {"memberId": key(target), "role": role})
                top = {"owner": 5, "admin": 4, "manager": 3}.get(name, 0)
                may = top > RANKS.index(role) and {"owner": 5, "admin": 4, "manager": 2}.get(name, 0) > RANKS.index(
                    target
                )
                assert (reply.status_code == 200) == may, (name, target, role, reply.json)
                if not may:
                    assert reply.json["code"] == "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER"
                world.demote(target, before)


@pytest.mark.sqlite
def test_the_last_owner_stays(world, owner, at, here, key):
    assert (
        owner.refused(ROLE, **here, memberId=key("owner"), role="admin")
        == "YOU_CANNOT_LEAVE_THE_ORGANIZATION_WITHOUT_AN_OWNER"
    )
    only = "YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER"
    assert owner.refused(REMOVE, **here, memberIdOrEmail=key("owner")) == only
    assert owner.refused("/organization/leave", **here) == only
    assert (
        at("admin").refused(REMOVE, **here, memberIdOrEmail=key("owner")) == "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_MEMBER"
    )
    assert (
        at("admin").refused(ROLE, **here, memberId=key("owner"), role="admin")
        == "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER"
    )


def test_a_member_is_removed_by_id_or_by_address(world, owner, here, key):
    gone = key("member")
    said = owner.post(REMOVE, **here, memberIdOrEmail=gone)
    assert (said["member"]["id"], said["member"]["user"]["email"]) == (gone, "member@northwind.example.com")
    owner.post(REMOVE, **here, memberIdOrEmail="Manager@northwind.example.com")
    assert owner.get("/organization/list-members", **here)["total"] == 3
    world.check_counts()


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("name", "may"), [("admin", True), ("manager", True), ("billing_manager", False), ("member", False)]
)
def test_who_may_remove_a_member(world, at, here, name, may):
    world.enlist("extra", "member")
    reply = at(name).raw("POST", REMOVE, here | {"memberIdOrEmail": "extra@northwind.example.com"})
    assert reply.status_code == (200 if may else 401)
    assert reply.json.get("code") == (None if may else "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_MEMBER")


@pytest.mark.parametrize(
    "named", ["x", "x@", "\0@example.com", "nobody@example.com", str(NEVER), "owner@southwind.example.com", "foreign"]
)
def test_attack_15_who_is_no_member_here_is_not_found(another, owner, here, named):
    if named == "foreign":
        named = str(another.membership(another["member"].user_id).id)
    assert owner.refused(REMOVE, **here, memberIdOrEmail=named) == "MEMBER_NOT_FOUND"
    assert owner.refused(ROLE, **here, memberId=named, role="member") == "MEMBER_NOT_FOUND"


@pytest.mark.sqlite
def test_an_unknown_role_is_refused(owner, here, key):
    for role in ("boss", "", [], "administrator"):
        assert owner.refused(ROLE, **here, memberId=key("member"), role=role) == "ROLE_NOT_FOUND"


@pytest.mark.sqlite
def test_leaving_ends_what_the_session_worked_in_and_what_they_stood_for(world, at, here, key):
    waiting = world.invited("ann@example.com", Offer("member"), by="manager")
    mine, own = at("manager"), key("manager")
    mine.post("/organization/set-active", **here)
    assert mine.post("/organization/leave", **here)["id"] == own
    assert mine.get("/get-session")["session"]["activeOrganizationId"] is None
    assert mine.refused("/organization/leave", **here) == "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION"
    assert world.invitation(waiting).status == "canceled"
    world.check_counts()


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("call", "who", "more", "said"),
    [
        (ROLE, "admin", {"role": "owner"}, "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER"),
        (ROLE, "second", {"role": "admin"}, "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER"),
        (REMOVE, "second", {}, "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_MEMBER"),
        ("/organization/delete", None, {}, "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_ORGANIZATION"),
    ],
)
def test_a_session_that_was_left_open_changes_no_owner(app, world, owner, here, key, call, who, more, said):
    world.enlist("second", "owner")
    leave_open(world)
    named = {ROLE: "memberId", REMOVE: "memberIdOrEmail"}.get(call)
    body, before = here | more | ({named: key(who)} if named else {}), snapshot(app)
    assert owner.refused(call, **body) == said
    assert snapshot(app) == before
