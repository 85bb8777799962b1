"""Approval by the native API: the setting, who waits, approving and declining; and what the newcomer is told."""

from datetime import timedelta

import pytest

from portal.invitations import Joiner, Offer, ask_for_new, join
from portal.models import User
from tests.api import scripts
from tests.api.scripts import Script
from tests.world import person

from .calls import problem

pytestmark = pytest.mark.sqlite
ANN = "ann@example.com"


def test_the_setting_is_one_of_the_organization(world, script, here):
    owner = script("owner")
    assert owner.get(here).json["approval"] is False
    changed = owner.call("PATCH", here, {"approval": True})
    assert (changed.status_code, changed.json["approval"]) == (200, True)
    problem(script("manager").call("PATCH", here, {"approval": False}), 403, "not_allowed")
    problem(owner.call("PATCH", here, {"approval": "yes"}), 422, "invalid_input")
    assert owner.get(here).json["approval"] is True


def test_attack_7_whoever_accepts_waits_and_reaches_nothing(world, script, here):
    world.set(approval=True)
    key, ann = world.invited(ANN, world.full_offer()), person(world.session, ANN, world.now)
    caller = script(ann)
    reply = caller.call("POST", f"/api/v1/invitations/{key}/accept")
    assert (reply.status_code, reply.json["status"], reply.json["role"]) == (200, "waiting", "member")
    listed = caller.get("/api/v1/invitations").json
    assert (listed["invitations"], [each["id"] for each in listed["waiting"]]) == ([], [str(key)])
    assert caller.get("/api/v1/organizations").json == {"organizations": []}
    for path in ("", "/members", "/invitations", "/sites", "/teams", "/approvals", "/history"):
        problem(caller.get(f"{here}{path}"), 404, "not_a_member")
    for action in ("approve", "decline"):
        problem(caller.call("POST", f"{here}/invitations/{key}/{action}"), 404, "not_a_member")
    problem(caller.call("POST", f"/api/v1/invitations/{key}/accept"), 404, "not_found")
    assert world.membership(ann.id) is None


def test_who_waits_is_listed_and_let_in(world, script, here):
    key, ann = world.waits(offer=world.full_offer())
    owner = script("owner")
    assert owner.get(here).json["waiting_count"] == 1
    (waiting,) = owner.get(f"{here}/approvals").json["approvals"]
    assert waiting["person"] == {
        "id": str(ann.user_id), "name": "Ann", "email": ANN, "email_verified": True,
    }  # fmt: skip
    assert (waiting["invitation"]["id"], waiting["invitation"]["status"]) == (str(key), "waiting")
    assert (waiting["may_approve"], waiting["waits_since"]) == (True, waiting["invitation"]["ended_at"])
    reply = owner.call("POST", f"{here}/invitations/{key}/approve")
    assert (reply.status_code, reply.json["status"]) == (200, "accepted")
    assert world.membership(ann.user_id).restricted
    assert owner.get(f"{here}/approvals").json == {"approvals": [], "next_cursor": None}


def test_who_is_declined_is_told_and_their_seat_is_free(world, script, here):
    key, ann = world.waits()
    reply = script("admin").call("POST", f"{here}/invitations/{key}/decline")
    assert (reply.status_code, reply.json["status"]) == (200, "canceled")
    assert world.membership(ann.user_id) is None
    assert [mail.recipient for mail in world.mails("not_approved")] == [ANN]
    world.check_counts()


@pytest.mark.parametrize("action", ["approve", "decline"])
def test_what_does_not_wait_is_not_decided(world, script, here, action):
    key = world.invited(ANN)
    problem(script("owner").call("POST", f"{here}/invitations/{key}/{action}"), 409, "not_waiting")
    assert world.invitation(key).status == "pending"


def test_attack_13_what_is_above_the_callers_rank_is_not_theirs_to_decide(world, script, here):
    key, _ = world.waits(offer=Offer("owner"))
    admin = script("admin")
    (waiting,) = admin.get(f"{here}/approvals").json["approvals"]
    assert waiting["may_approve"] is False
    for action in ("approve", "decline"):
        problem(admin.call("POST", f"{here}/invitations/{key}/{action}"), 403, "role_above_rank")
    assert world.invitation(key).status == "waiting"


def test_attack_4_only_owners_and_admins_see_who_waits(world, script, here):
    world.waits()
    for role in ("manager", "billing_manager", "member"):
        problem(script(role).get(f"{here}/approvals"), 403, "not_allowed")


def test_the_list_is_paged_and_a_foreign_cursor_is_refused(world, script, here):
    keys = {str(world.waits(f"p{number}@example.com")[0]) for number in range(3)}
    owner = script("owner")
    first = owner.get(f"{here}/approvals?limit=2").json
    rest = owner.get(f"{here}/approvals?limit=2&cursor={first['next_cursor']}").json
    assert {each["invitation"]["id"] for each in first["approvals"] + rest["approvals"]} == keys
    assert rest["next_cursor"] is None
    problem(owner.get(f"{here}/approvals?cursor=x"), 400, "bad_cursor")
    problem(owner.get(f"{here}/approvals?limit=0"), 400, "invalid_query")


def test_what_waits_can_be_looked_for(world, script, here):
    key, _ = world.waits()
    world.invited("bob@example.com")
    (found,) = script("manager").get(f"{here}/invitations?status=waiting").json["invitations"]
    assert (found["id"], found["link"]) == (str(key), None)


def test_who_asks_for_a_new_link_can_be_looked_for(world, script, here):
    lapsed = world.invited(ANN, at=world.now - timedelta(days=8))
    world.invited("bob@example.com")
    ask_for_new(world.session, world.opened(lapsed), world.now)
    owner = script("owner")
    (asking,) = owner.get(f"{here}/invitations?asked=true").json["invitations"]
    assert asking["id"] == str(lapsed)
    assert len(owner.get(f"{here}/invitations?asked=false").json["invitations"]) == 1
    owner.call("POST", f"{here}/invitations/{lapsed}/resend")
    assert owner.get(f"{here}/invitations?asked=true").json["invitations"] == []


def test_a_newcomer_by_link_waits_as_well(world, script, here):
    world.set(approval=True)
    key = world.invited(ANN)
    answer = join(world.session, world.opened(key), Joiner("Ann", "three unrelated words"), 1, world.now)
    problem(script(world.session.get_one(User, answer.user_id)).get(here), 404, "not_a_member")


def test_a_session_that_was_left_open_makes_nobody_an_owner(app, world, here):
    top, _ = world.waits("top@example.com", Offer("owner"))
    key, _ = world.waits()
    left_open = Script(app, Cookie=scripts.cookie_of(world, "owner"))
    scripts.leave_open(world)
    problem(left_open.call("POST", f"{here}/invitations/{top}/approve"), 403, "confirm_first")
    assert world.invitation(top).status == "waiting"
    assert left_open.call("POST", f"{here}/invitations/{key}/approve").status_code == 200
    assert left_open.call("POST", f"{here}/invitations/{top}/decline").status_code == 200
