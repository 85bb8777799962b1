"""The page of one site, team or project: who is in, who is invited, page by page; foreign ones are not found."""

import pytest

from portal import placements, settings
from portal.database import new_id

pytestmark = pytest.mark.sqlite


def test_who_is_in_and_who_is_invited_with_their_roles(world, at):
    world.invited("ann@example.com", world.full_offer())
    world.invited("bob@example.com")
    member = world["member"].user_id
    placements.add(world.session, world["owner"], world.id, "team", world.teams[0], member, "read_only", world.now)
    page = at("manager").open(f"/o/northwind/teams/{world.teams[0]}")
    assert world.email("member") in page.text
    assert "read only" in page.text
    assert "ann@example.com" in page.text
    assert "bob@example.com" not in page.text
    assert "ann@example.com" not in at("member").open(f"/o/northwind/teams/{world.teams[0]}").text
    settings.change(world.session, world["owner"], world.id, {"invite_from": "admin"}, world.now)
    assert "ann@example.com" not in at("manager").open(f"/o/northwind/teams/{world.teams[0]}").text


def test_a_site_shows_who_was_named_for_it(world, at):
    world.enlist("zoe", "member", (world.sites[0],))
    world.invited("ann@example.com", world.offer(restricted=True, sites=(world.sites[1],)))
    first, second = (at("owner").open(f"/o/northwind/sites/{site}").text for site in world.sites)
    assert "zoe@" in first
    assert "zoe@" not in second
    assert "ann@example.com" in second
    assert "ann@example.com" not in first


def test_pages_go_on_where_the_last_one_ended(world):
    where = ("team", world.teams[0])
    for name in ("owner", "admin", "manager", "member"):
        placements.add(world.session, world["owner"], world.id, *where, world[name].user_id, "developer", world.now)
    first = placements.company(world.session, world["member"], world.id, *where, world.now, most=3)
    rest = placements.company(
        world.session, world["member"], world.id, *where, world.now, after=first.following, most=3
    )
    assert len({person.id for person, _ in (*first.people, *rest.people)}) == 4
    assert (len(first.people), len(rest.people), rest.following) == (3, 1, None)


def test_an_address_that_is_no_member_is_told_at_the_field(world, at, everything):
    browser = at("owner")
    assert browser.token
    before = everything()
    for address in ("ann@example.com", "nonsense", ""):
        page = browser.send(f"/o/northwind/teams/{world.teams[0]}", {"email": address, "role": "developer"})
        assert (page.status, "No member has the address" in page.text) == (422, True)
    assert everything() == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_attack_15_a_place_of_another_organization_reads_as_none(world, at, another, method):
    browser = at("owner")
    sent = {"csrf_token": browser.token, "email": world.email("member"), "role": "developer"}
    call = getattr(browser.client, method)
    for kinds, theirs in (("teams", another.teams[0]), ("projects", another.projects[0])):
        answers = [call(f"/o/northwind/{kinds}/{key}", data=sent) for key in (theirs, new_id())]
        assert [answer.status_code for answer in answers] == [404, 404]
    theirs = f"/o/northwind/teams/{another.teams[0]}/members/{world['member'].user_id}"
    assert browser.client.post(theirs, data=sent).status_code == 404
    assert browser.client.post(f"/o/northwind/sites/{world.sites[0]}", data=sent).status_code == 404
