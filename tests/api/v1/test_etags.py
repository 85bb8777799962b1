"""``ETag`` on single resources: 304 for who has it, 412 for who does not."""

import pytest

from tests.api.scripts import snapshot

from .calls import SINGLE, problem

pytestmark = pytest.mark.sqlite
READ = [name for name in SINGLE if name.startswith("get_")]
CHANGED = [name for name in SINGLE if not name.startswith("get_")]


@pytest.mark.parametrize("name", READ)
def test_what_is_had_already_is_304_and_empty(every, owner, name):
    first = every[name].send(owner)
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    again = every[name].send(owner, If_None_Match=tag)
    assert (again.status_code, again.get_data(), again.headers["ETag"]) == (304, b"", tag)
    assert every[name].send(owner, If_None_Match='"another"').json == first.json
    assert every[name].send(owner, If_None_Match="*").status_code == 304


@pytest.mark.parametrize("name", CHANGED)
def test_a_change_of_another_version_is_412_and_writes_nothing(app, every, owner, name):
    before = snapshot(app)
    for tag in ('"another"', "x", 'W/"another"'):
        problem(every[name].send(owner, If_Match=tag), 412, "changed")
    assert snapshot(app) == before
    read = owner.get(every[name].path)
    reply = every[name].send(owner, If_Match=f'"x", {read.headers["ETag"]}')
    assert reply.status_code == every[name].status
    if reply.status_code == 200:
        assert reply.headers["ETag"] != read.headers["ETag"]
        assert reply.headers["ETag"] == owner.get(every[name].path).headers["ETag"]
        problem(every[name].send(owner, If_Match=read.headers["ETag"]), 412, "changed")


def test_any_version_will_do_for_a_star(every, owner):
    assert every["change_team"].send(owner, If_Match="*").status_code == 200


def test_accepting_what_was_changed_since_it_was_read_is_412(app, every, owner):
    call = every["accept_own_invitation"]
    read = owner.get(call.path.removesuffix("/accept"))
    before = snapshot(app)
    problem(call.send(owner, If_Match='"another"'), 412, "changed")
    assert snapshot(app) == before
    assert call.send(owner, If_Match=read.headers["ETag"]).status_code == 200


def test_two_editors_of_one_invitation_do_not_overwrite_each_other(every, owner, script):
    path = every["get_invitation"].path
    tag = owner.get(path).headers["ETag"]
    assert script("admin").call("PATCH", path, {"role": "manager"}, If_Match=tag).status_code == 200
    problem(owner.call("PATCH", path, {"message": "mine"}, If_Match=tag), 412, "changed")
    assert owner.get(path).json["role"] == "manager"
