"""The history as owners read it: before and after, filters, pages, files; nobody else reads it, nothing changes it."""

from datetime import timedelta

import pytest

from portal import audit, history, memberships, places, settings
from portal.audit import Wanted
from portal.errors import BadCursor, NotAllowed, NotAMember
from portal.memberships import Access
from tests.world import build


def kinds(world, by="owner", **wanted):
    return [entry.event.kind for entry in audit.page(world.session, world[by], world.id, Wanted(**wanted))[0]]


def test_a_change_says_who_did_what_to_whom_and_what_it_was_before(world):
    member = world["member"].user_id
    memberships.change(world.session, world["admin"], world.id, member, Access("manager"), world.now)
    entry = audit.page(world.session, world["owner"], world.id, Wanted(kind="member"))[0][0]
    assert (entry.actor.email, entry.subject.email) == (world.email("admin"), world.email("member"))
    assert audit.changes(entry.event.details) == [("role", "member", "manager")]


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"before": "Shop", "after": "Store"}, [("", "Shop", "Store")]),
        ({"role": ["member", "admin"], "email": "a@b.com"}, [("role", "member", "admin")]),
        ({"before": {"a": 1, "b": 2}, "after": {"a": 1, "b": 3}}, [("b", 2, 3)]),
        ({"email": "a@b.com"}, []),
    ],
)
def test_before_and_after_of_each_shape(details, said):
    assert audit.changes(details) == said


def test_filters_by_kind_person_and_time(world):
    later = world.now + timedelta(days=2)
    places.create(world.session, world["admin"], world.id, "team", "Newest", later)
    settings.change(world.session, world["owner"], world.id, {"mail_paragraph": "Hello"}, later)
    assert kinds(world, kind="team", since=later) == ["team.created"]
    assert kinds(world, kind="team.renamed") == []
    assert kinds(world, kind="tea") == []
    assert kinds(world, person=world.email("admin").upper()) == ["team.created"]
    assert kinds(world, person="nobody@example.com") == kinds(world, person="no address") == []
    assert kinds(world, since=later) == ["organization.changed", "team.created"]
    assert "team.created" not in kinds(world, until=later, kind="organization")


def test_pages_hold_everything_once_in_order_also_within_one_moment(world):
    happenings = [("team.renamed", number, {}) for number in range(25)]
    history.record_all(world.session, world["owner"], world.id, happenings, world.now)
    world.session.commit()
    seen, cursor = [], None
    while True:
        entries, cursor = audit.page(
            world.session, world["owner"], world.id, Wanted(kind="team.renamed"), cursor=cursor, most=10
        )
        seen += [entry.event.subject_id for entry in entries]
        if cursor is None:
            break
    assert sorted(map(int, seen)) == list(range(25))
    written = audit.rows(world.session, world["owner"], world.id, Wanted(kind="team.renamed"))
    assert [row["subject_id"] for row in written] == seen


def test_all_is_written_out_over_many_portions(world, monkeypatch):
    monkeypatch.setattr(audit, "PORTION", 3)
    found = list(audit.rows(world.session, world["owner"], world.id, Wanted()))
    assert len({row["id"] for row in found}) == len(found) > 6


@pytest.mark.parametrize("cursor", ["x", "WzFd", "e30", "é"])
def test_a_bad_cursor_is_told(world, cursor):
    with pytest.raises(BadCursor):
        audit.page(world.session, world["owner"], world.id, Wanted(), cursor=cursor)


def test_attack_4_and_15_owners_and_admins_of_the_organization_alone_read_it(world):
    other = build(world.session, world.now, "Southwind")
    for role in ("manager", "billing_manager", "member"):
        with pytest.raises(NotAllowed):
            audit.page(world.session, world[role], world.id, Wanted())
        with pytest.raises(NotAllowed):
            list(audit.rows(world.session, world[role], world.id, Wanted()))
    with pytest.raises(NotAMember):
        audit.page(world.session, other["owner"], world.id, Wanted())
    theirs = {entry.event.organization_id for entry in audit.page(world.session, world["admin"], world.id, Wanted())[0]}
    assert theirs == {world.id}
