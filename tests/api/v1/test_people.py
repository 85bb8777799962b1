"""Members, reach, and one's own invitations through the native API."""

import pytest
from sqlalchemy import func, select

from portal.invitations import Offer
from portal.models import Membership
from tests.api.scripts import NEVER, plain, snapshot
from tests.world import person

from .calls import problem


def test_members_are_listed_once_each_page_by_page_also_when_one_leaves_between(world, owner, here):
    for number in range(7):
        world.enlist(f"m{number}", "member", (world.sites[0],) if number % 2 else ())
    seen, cursor = [], ""
    while cursor is not None:
        page = owner.get(f"{here}/members?limit=2" + (f"&cursor={cursor}" if cursor else "")).json
        seen += page["members"]
        cursor = page["next_cursor"]
        if len(seen) == 8:
            owner.delete(f"{here}/members/{seen[-1]['user_id']}")
    assert len({each["user_id"] for each in seen}) == len(seen) == 12
    sites = {each["name"]: each["sites"] for each in seen}
    assert (sites["M1"], sites["M2"]) == ([{"id": world.sites[0], "name": "Shop"}], None)


def test_a_role_and_sites_change_apart_and_together(world, owner, here):
    path = f"{here}/members/{world['member'].user_id}"
    restricted = owner.call("PATCH", path, {"sites": [world.sites[0]]}).json
    assert (restricted["role"], [site["id"] for site in restricted["sites"]]) == ("member", [world.sites[0]])
    promoted = owner.call("PATCH", path, {"role": "manager"}).json
    assert (promoted["role"], promoted["sites"]) == ("manager", None)
    problem(owner.call("PATCH", path, {"role": "member"}), 422, "sites_not_chosen")
    assert owner.call("PATCH", path, {"role": "member", "sites": None}).json["sites"] is None


@pytest.mark.sqlite
def test_the_last_owner_stays_and_says_so(app, world, owner, here):
    path, before = f"{here}/members/{world['owner'].user_id}", snapshot(app)
    problem(owner.delete(path), 409, "last_owner")
    problem(owner.call("PATCH", path, {"role": "admin"}), 409, "last_owner")
    assert snapshot(app) == before


@pytest.mark.sqlite
def test_a_member_reads_the_others_and_leaves(world, script, here):
    caller = script("member")
    assert len(caller.get(f"{here}/members").json["members"]) == 5
    own = f"{here}/members/{world['member'].user_id}"
    assert caller.get(own).json["address_proven"] is True
    assert caller.delete(own).status_code == 204
    problem(caller.get(own), 404, "not_a_member")
    world.check_counts()


def test_reach_says_whether_and_why(world, owner, script, here):
    rita = world.enlist("rita", "member", (world.sites[0],)).user_id
    team = str(world.teams[0])
    owner.post(f"{here}/teams/{team}/members", {"user_id": str(rita), "role": "developer"})

    def why(kind, place, user=rita, by=owner):
        reply = by.get(f"{here}/reach?kind={kind}&place={place}" + (f"&user={user}" if user else ""))
        assert reply.status_code == 200, reply.get_data(as_text=True)
        return reply.json["allowed"], reply.json["why"], reply.json["role"]

    assert why("site", world.sites[0]) == (True, "grant", None)
    assert why("site", world.sites[1]) == (False, "no_grant", None)
    assert why("team", team) == (True, "grant", "developer")
    assert why("project", world.projects[0]) == (False, "no_grant", None)
    assert why("site", world.sites[1], world["member"].user_id) == (True, "unrestricted", None)
    assert why("project", world.projects[0], None) == (True, "role", None)
    assert why("team", team, None, script("rita")) == (True, "grant", "developer")
    assert why("team", NEVER) == (False, "no_such_place", None)
    assert why("team", team, NEVER) == (False, "not_a_member", None)


@pytest.fixture
def mia(world):
    """Somebody with an account and an invitation to everything."""
    account = person(world.session, "mia@example.com", world.now)
    return account, world.invited("mia@example.com", world.full_offer(message="Hello"))


def test_ones_own_invitations_are_read_and_accepted(world, script, mia):
    account, key = mia
    caller = script(account)
    (listed,) = caller.get("/api/v1/invitations").json["invitations"]
    assert (listed["id"], listed["organization"]["name"], listed["message"]) == (str(key), "Northwind", "Hello")
    assert "link" not in listed
    assert caller.get(f"/api/v1/invitations/{key}").json == listed
    said = caller.post(f"/api/v1/invitations/{key}/accept", None)
    assert (said.status_code, said.json["role"]) == (200, "member")
    member = world.membership(account.id)
    assert member is not None
    assert member.restricted
    problem(caller.post(f"/api/v1/invitations/{key}/accept", None), 404, "not_found")
    assert caller.get("/api/v1/invitations").json["invitations"] == []
    world.check_counts()


def test_declining_tells_the_inviter_why(world, script, mia):
    account, key = mia
    reply = script(account).post(f"/api/v1/invitations/{key}/reject", {"reason": "No\r\ntime"})
    assert reply.json == {"id": str(key), "status": "rejected", "reason": "No time"}
    assert len(world.mails("declined")) == 1
    world.check_counts()


@pytest.mark.sqlite
def test_attack_9_an_unverified_address_neither_lists_nor_answers(app, world, script):
    """ATTACKS 9: somebody who registered the address without proving it."""
    world.invited("eve@example.com")
    eve = person(world.session, "eve@example.com", world.now, verified=False)
    key = world.invited("ann@example.com")
    caller = script(eve)
    before = snapshot(app)
    assert caller.get("/api/v1/invitations").json["invitations"] == []
    for path in (f"/api/v1/invitations/{key}", f"/api/v1/invitations/{NEVER}"):
        problem(caller.get(path), 404, "not_found")
        problem(caller.post(f"{path}/accept", None), 404, "not_found")
        problem(caller.post(f"{path}/reject", {}), 404, "not_found")
    assert snapshot(app) == before


@pytest.mark.sqlite
def test_attack_15_somebody_elses_invitation_answers_as_none(world, script, mia):
    """ATTACKS 15."""
    caller = script("member")
    for tail in ("", "/accept", "/reject"):
        method, body = ("GET", None) if not tail else ("POST", {} if tail == "/reject" else None)
        foreign = caller.call(method, f"/api/v1/invitations/{mia[1]}{tail}", body)
        never = caller.call(method, f"/api/v1/invitations/{NEVER}{tail}", body)
        assert plain(foreign) == plain(never)
        problem(foreign, 404, "not_found")


@pytest.mark.sqlite
def test_what_stands_in_the_way_of_accepting_is_told(world, script, owner, here):
    world.limit(seat_limit=None)
    mia = person(world.session, "mia@example.com", world.now)
    key = world.invited("mia@example.com", Offer("manager"), by="admin")
    caller = script(mia)
    world.demote("admin", "member")
    problem(caller.post(f"/api/v1/invitations/{key}/accept", None), 403, "inviter_lost_rights")
    assert world.session.scalar(select(func.count()).select_from(Membership)) == 5


@pytest.mark.sqlite
def test_attack_22_inviting_does_not_tell_who_has_an_account(world, owner, here):
    """ATTACKS 22: the same outcome for an address with an account and for one without."""
    person(world.session, "known@example.com", world.now)
    known = owner.post(f"{here}/invitations", {"emails": ["known@example.com"]})
    unknown = owner.post(f"{here}/invitations", {"emails": ["other@example.com"]})
    assert sameness(known, "known") == sameness(unknown, "other")


def sameness(reply, name):
    status, kind, text = plain(reply)
    link = reply.json["outcomes"][0]["invitation"]["link"]
    return status, kind, text.replace(link, "LINK").replace(name, "NAME")
