"""Insights through the native API."""

from datetime import timedelta

import pytest

from portal.clock import rfc3339
from portal.insights import KINDS

from .calls import problem

DAY = timedelta(days=1)


def test_it_tells_how_far_invitations_came_and_lists_those_that_are_stuck(world, owner, here):
    world.invite("a@example.org", "b@example.org", at=world.now - 2 * DAY)
    found = owner.get(f"{here}/insights").json
    zero = {"handed_over": 0, "viewed": 0, "accepted": 0, "median_minutes": None, "percentile_90_minutes": None}
    assert found["all"] == {"queued": 2} | zero
    assert found["roles"] == [{"queued": 2, "role": "member"} | zero]
    assert found["teams"] == [{"queued": 2, "team_id": None, "name": ""} | zero]
    assert found["inviters"] == [{"queued": 2, "user_id": str(world["owner"].user_id), "name": "Owner"} | zero]
    assert (len(found["weeks"]), found["weeks"][0]["since"]) == (12, found["since"])
    assert found["stuck"] == dict.fromkeys(KINDS, 0) | {"unsent": 2}
    first = owner.get(f"{here}/insights/stuck?kind=unsent&limit=1").json
    rest = owner.get(f"{here}/insights/stuck?kind=unsent&cursor={first['next_cursor']}").json
    assert rest["next_cursor"] is None
    assert [each["email"] for each in first["invitations"] + rest["invitations"]] == ["b@example.org", "a@example.org"]
    assert owner.get(f"{here}/invitations/{first['invitations'][0]['id']}").json == first["invitations"][0]


def test_a_span_is_said_by_two_times(world, owner, here):
    for days in (1, 30):
        world.invite(f"d{days}@example.org", at=world.now - days * DAY)
    until = rfc3339(world.now - 2 * DAY)
    found = owner.get(f"{here}/insights?since={rfc3339(world.now - 40 * DAY)}&until={until}").json
    assert (found["all"]["queued"], found["until"]) == (1, until)


@pytest.mark.sqlite
def test_what_it_cannot_read_is_refused(owner, here):
    problem(owner.get(f"{here}/insights?since=yesterday"), 400, "invalid_query")
    problem(owner.get(f"{here}/insights/stuck"), 400, "invalid_query")
    problem(owner.get(f"{here}/insights/stuck?kind=other"), 400, "invalid_query")
    problem(owner.get(f"{here}/insights/stuck?kind=asked&cursor=x"), 400, "bad_cursor")


@pytest.mark.sqlite
def test_another_organizations_are_not_there(owner, another):
    for part in ("insights", "insights/stuck?kind=asked"):
        problem(owner.get(f"/api/v1/organizations/{another.id}/{part}"), 404, "not_a_member")
