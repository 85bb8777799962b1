"""Importing by call: planned, started once, read row by row; another organization's is not there."""

import pytest

from portal import clock, imports
from portal.models import Import, Invitation
from tests.world import build

from .calls import pointers, problem

pytestmark = pytest.mark.sqlite
TEXT = "email,role,status\nann@example.com,manager,accepted\nnonsense,,\nbob@example.com,,\n"


@pytest.fixture
def made(owner, here):
    return owner.post(f"{here}/imports", {"csv": TEXT, "file_name": "people.csv"}).json


def test_from_a_list_to_invitations(world, owner, here, made):
    assert (made["status"], made["total"], made["outcomes"]) == ("planned", 3, {"ready": 2, "not_an_address": 1})
    assert (made["columns"], made["ignored"]) == (["email", "role"], ["status"])
    one = f"{here}/imports/{made['id']}"
    assert owner.post(f"{one}/start", None).json["status"] == "running"
    problem(owner.post(f"{one}/start", None), 409, "import_not_planned")
    while imports.step(world.session, clock.now()):
        pass
    told = owner.get(one).json
    assert (told["status"], told["done"], told["outcomes"]) == ("done", 3, {"invited": 2, "not_an_address": 1})
    problem(owner.post(f"{one}/stop", None), 409, "import_not_planned")
    made = world.session.query(Invitation.email, Invitation.role).order_by(Invitation.email).all()
    assert [tuple(row) for row in made] == [("ann@example.com", "manager"), ("bob@example.com", "member")]


def test_rows_by_outcome_and_page(owner, here, made):
    rows = f"{here}/imports/{made['id']}/rows"
    first = owner.get(f"{rows}?limit=2").json
    assert [row["email"] for row in first["rows"]] == ["ann@example.com", "nonsense"]
    assert first["rows"][1]["reason"] == "“nonsense” is not an e-mail address. Correct it and send again."
    rest = owner.get(f"{rows}?limit=2&after={first['next_after']}").json
    assert ([row["email"] for row in rest["rows"]], rest["next_after"]) == (["bob@example.com"], None)
    assert [row["number"] for row in owner.get(f"{rows}?outcome=ready").json["rows"]] == [1, 3]
    problem(owner.get(f"{rows}?limit=0"), 400, "invalid_query")


def test_lists_are_paged(owner, here, made):
    second = owner.post(f"{here}/imports", {"csv": "ann@example.com"}).json["id"]
    first = owner.get(f"{here}/imports?limit=1").json
    assert [each["id"] for each in first["imports"]] == [second]
    rest = owner.get(f"{here}/imports?limit=1&cursor={first['next_cursor']}").json
    assert ([each["id"] for each in rest["imports"]], rest["next_cursor"]) == ([made["id"]], None)
    problem(owner.get(f"{here}/imports?cursor=x"), 400, "invalid_query")
    problem(owner.get(f"{here}/imports?cursor={world_id(here)}"), 400, "bad_cursor")


def world_id(here):
    return here.rpartition("/")[2]


def test_what_is_no_list_is_named_by_its_pointer(world, owner, here):
    assert pointers(owner.post(f"{here}/imports", {"csv": "name\nAnn\n"})) == ["/csv"]
    assert world.session.query(Import).count() == 0


def test_attack_12_a_manager_imports_no_admin(script, here):
    told = script("manager").post(f"{here}/imports", {"csv": "ann@example.com", "role": "admin"})
    problem(told, 403, "role_above_rank")
    told = script("manager").post(f"{here}/imports", {"csv": "email,role\nann@example.com,admin\n"})
    assert told.json["outcomes"] == {"role_above_rank": 1}


def test_attack_15_another_organizations_import_is_not_there(world, owner, here):
    other = build(world.session, world.now, "Southwind")
    theirs = imports.plan(world.session, other["owner"], other.id, "ann@example.com", world.now).id
    for method, path in (("GET", ""), ("GET", "/rows"), ("POST", "/start"), ("POST", "/stop")):
        problem(owner.call(method, f"{here}/imports/{theirs}{path}"), 404, "not_found")
    world.session.rollback()
    assert world.session.get(Import, theirs).status == "planned"
