"""The roster: a plan that a dry run tells and the real thing carries out, as a whole or not at all."""

from functools import partial

import pytest
from sqlalchemy import select

from portal import rosters
from portal.invitations import Offer
from portal.models import Membership, TeamMember
from tests.api.scripts import snapshot
from tests.faults.together import errors, together

from .calls import pointers, problem


@pytest.fixture
def path(here):
    return f"{here}/roster"


@pytest.fixture
def listed(world):
    """The people as they are, as entries of a roster, by name."""
    return {
        name: {"email": f"{name}@northwind.example.com", "role": name}
        for name in ("owner", "admin", "manager", "billing_manager", "member")
    }


def emails(reply):
    assert reply.status_code == 200, reply.get_data(as_text=True)
    return {deed: [step["email"].partition("@")[0] for step in reply.json[deed]] for deed in DEEDS}


DEEDS = ("invite", "change", "keep", "remove")


def test_a_dry_run_tells_the_plan_writes_nothing_and_is_what_happens(app, world, owner, path, listed):
    world.invited("stays@example.com", by="manager")
    world.invited("changes@example.com")
    world.invited("goes@example.com")
    people = [
        listed["owner"], listed["admin"] | {"role": "owner"},
        listed["member"] | {
            "sites": [world.sites[0]], "teams": [{"id": str(world.teams[0]), "role": "developer"}],
            "projects": [{"id": str(world.projects[0]), "role": "project_admin"}],
        },
        {"email": "stays@example.com", "role": "member"},
        {"email": "CHANGES@example.com", "role": "manager"},
        {"email": "new@example.com", "role": "admin"},
    ]  # fmt: skip
    before = snapshot(app)
    plan = owner.post(path, {"people": people, "dry_run": True})
    assert emails(plan) == {
        "invite": ["new"], "change": ["admin", "member", "changes"], "keep": ["owner", "stays"],
        "remove": ["billing_manager", "goes", "manager"],
    }  # fmt: skip
    assert snapshot(app) == before
    done = owner.post(path, {"people": people})
    assert emails(done) == emails(plan)
    world.check_counts()
    roles = dict(tuple(row) for row in world.session.execute(select(Membership.user_id, Membership.role)))
    assert roles == {world[name].user_id: role for name, role in
                     (("owner", "owner"), ("admin", "owner"), ("member", "member"))}  # fmt: skip
    placed = world.session.scalars(select(TeamMember)).one()
    assert (placed.user_id, placed.role) == (world["member"].user_id, "developer")
    member = world.membership(world["member"].user_id)
    assert member is not None
    assert member.restricted
    found = owner.get(f"{path.removesuffix('/roster')}/invitations").json["invitations"]
    assert {each["email"]: (each["status"], each["role"]) for each in found} == {
        "stays@example.com": ("pending", "member"), "changes@example.com": ("pending", "manager"),
        "goes@example.com": ("canceled", "member"), "new@example.com": ("pending", "admin"),
    }  # fmt: skip
    assert done.json["invite"][0]["id"] == next(each["id"] for each in found if each["role"] == "admin")
    again = emails(owner.post(path, {"people": people}))
    assert (again["invite"], again["change"], again["remove"]) == ([], [], [])


def test_what_is_not_said_stays_and_null_is_every_site(world, owner, path, listed):
    world.enlist("rita", "member", (world.sites[0],))
    rita = {"email": "rita@northwind.example.com", "role": "member"}
    everybody = [*listed.values(), rita]
    assert emails(owner.post(path, {"people": everybody}))["change"] == []
    changed = owner.post(path, {"people": [*listed.values(), rita | {"sites": None}]})
    (step,) = changed.json["change"]
    assert (step["before"]["sites"], step["after"]["sites"]) == ([world.sites[0]], None)
    assert not world.membership(world["rita"].user_id).restricted


@pytest.mark.sqlite
def test_the_last_owner_is_never_removed_nor_lowered(app, world, owner, path, listed):
    before = snapshot(app)
    without = [entry for name, entry in listed.items() if name != "owner"]
    lowered = [*without, listed["owner"] | {"role": "admin"}]
    invited = [*without, {"email": "new@example.com", "role": "owner"}]
    for people in (without, lowered, invited):
        for dry_run in (True, False):
            problem(owner.post(path, {"people": people, "dry_run": dry_run}), 409, "last_owner")
    assert snapshot(app) == before


def test_an_owner_hands_over_and_leaves_in_one_go(world, owner, path, listed):
    people = [listed["admin"] | {"role": "owner"}]
    reply = emails(owner.post(path, {"people": people}))
    assert reply["remove"] == ["billing_manager", "manager", "member", "owner"]
    world.check_counts()
    assert world.membership(world["admin"].user_id).role == "owner"
    assert world.membership(world["owner"].user_id) is None


def test_two_owners_who_remove_each_other_at_once_leave_one(app, world, listed):
    world.enlist("olga", "owner")
    people = [
        [rosters.Person(world.email("owner"), "owner")], [rosters.Person(world.email("olga"), "owner")]
    ]  # fmt: skip

    def clear(session, who, keep):
        return rosters.apply(session, world[who], world.id, keep, world.now, dry_run=False)

    results = together(app, partial(clear, who="owner", keep=people[0]), partial(clear, who="olga", keep=people[1]))
    assert errors(results) == ["not_a_member"]
    world.check_counts()
    assert world.organization().owner_count == 1


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("role", "touched", "refused"),
    [
        ("admin", {"owner": None}, ["owner"]),
        ("admin", {"owner": "admin", "admin": "owner"}, ["owner", "admin"]),
        ("admin", {"manager": "owner", "member": None}, ["manager"]),
        ("manager", {"admin": None, "owner": None, "member": None}, ["admin", "owner"]),
        ("manager", {"member": "admin", "billing_manager": "manager"}, ["member"]),
        ("manager", {"manager": "admin"}, ["manager"]),
    ],
)
def test_nobody_above_the_callers_rank_is_touched_and_all_are_named(
    app, world, script, path, listed, role, touched, refused
):
    caller, before = script(role), snapshot(app)
    people = []
    for name, entry in listed.items():
        new = touched.get(name, entry["role"])
        people += [entry | {"role": new}] if new else []
    for dry_run in (True, False):
        reply = caller.post(path, {"people": people, "dry_run": dry_run})
        said = problem(reply, 403, "roster_refused")
        assert sorted(said["people"]) == sorted(f"{name}@northwind.example.com" for name in refused)
        assert all(address in said["detail"] for address in said["people"])
    assert snapshot(app) == before


@pytest.mark.sqlite
def test_invitations_above_the_callers_rank_are_not_touched_either(app, world, script, path, listed):
    world.invited("top@example.com", Offer("admin"))
    manager, before = script("manager"), snapshot(app)
    everybody = list(listed.values())
    top = {"email": "top@example.com", "role": "admin"}
    above = {"email": "new@example.com", "role": "owner"}
    for more in ([], [top | {"role": "member", "sites": None}], [top, above]):
        problem(manager.post(path, {"people": everybody + more}), 403, "roster_refused")
    assert snapshot(app) == before
    assert emails(manager.post(path, {"people": [*everybody, top]}))["keep"][-1] == "top"


@pytest.mark.sqlite
def test_only_who_may_invite_brings_a_roster(app, script, path, listed):
    callers = [script(role) for role in ("billing_manager", "member")]
    before = snapshot(app)
    for caller in callers:
        problem(caller.post(path, {"people": list(listed.values())}), 403, "may_not_invite")
    assert snapshot(app) == before


@pytest.mark.sqlite
def test_a_manager_places_nobody_in_teams(script, world, path, listed):
    team = {"teams": [{"id": str(world.teams[0]), "role": "developer"}]}
    people = [entry | (team if name == "member" else {}) for name, entry in listed.items()]
    assert problem(script("manager").post(path, {"people": people}), 403, "roster_refused")["people"] == [
        "member@northwind.example.com"
    ]
    assert emails(script("admin").post(path, {"people": people}))["change"] == ["member"]


WRONG = [
    ({"email": "nope", "role": "member"}, "not_an_address", "email"),
    ({"email": "OWNER@northwind.example.com", "role": "owner"}, "said_twice", "email"),
    ({"email": "x@example.com", "role": "admin", "sites": [1]}, "restriction_needs_member", "sites"),
    ({"email": "x@example.com", "role": "member", "sites": [99]}, "unknown_site", "sites"),
    ({"email": "admin@northwind.example.com", "role": "member"}, "sites_not_chosen", "sites"),
]


@pytest.mark.sqlite
@pytest.mark.parametrize(("entry", "code", "field"), WRONG)
def test_what_is_wrong_with_one_person_is_pointed_at_and_nobody_is_touched(
    app, owner, path, listed, entry, code, field
):
    before = snapshot(app)
    people = [listed["owner"], {"email": "new@example.com", "role": "member"}, entry]
    reply = owner.post(path, {"people": people})
    problem(reply, 422, code)
    assert pointers(reply) == [f"/people/2/{field}"]
    assert snapshot(app) == before


def test_when_the_seats_run_out_nothing_is_done(app, world, owner, path, listed):
    world.limit(seat_limit=6)
    before = snapshot(app)
    people = [*listed.values(), *({"email": f"n{n}@example.com", "role": "member"} for n in range(2))]
    for dry_run in (True, False):
        problem(owner.post(path, {"people": people, "dry_run": dry_run}), 403, "no_seat_left")
    assert snapshot(app) == before
    fits = [entry for name, entry in listed.items() if name != "manager"] + people[5:]
    assert owner.post(path, {"people": fits}).status_code == 200
    world.check_counts()


def test_what_stays_of_a_removed_inviters_invitations_is_stood_for_by_the_caller(world, owner, path, listed):
    key = world.invited("stays@example.com", by="manager")
    people = [entry for name, entry in listed.items() if name != "manager"]
    owner.post(path, {"people": [*people, {"email": "stays@example.com", "role": "member"}]})
    kept = world.invitation(key)
    assert (kept.status, kept.grantor_id, kept.inviter_id) == (
        "pending", world["owner"].user_id, world["manager"].user_id
    )  # fmt: skip
