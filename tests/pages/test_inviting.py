"""Inviting through the form: many at once, and what happens to what cannot be invited."""

import pytest
from sqlalchemy import select

from portal.models import Invitation, InvitationSite, InvitationTeam

NEW = "/o/northwind/invitations/new"
SEND = "Send invitations"
TWENTY = "\n".join(
    ["Ann Lee <ann@example.com>", "bob@example.com; cy@example.com, dee@example.com"]
    + [f"p{number}@example.com" for number in range(16)]
)


def made(world):
    world.session.rollback()
    return {row.email: row for row in world.session.scalars(select(Invitation))}


def test_twenty_addresses_with_all_that_is_offered_go_out_at_once(world, at):
    page = at("owner").open(NEW)
    teams = [f"{world.teams[0]}:developer", f"{world.teams[1]}:team_manager"]
    page = page.press(
        SEND, people=TWENTY, role="member", restricted="some", sites=world.sites, teams=teams,
        projects=f"{world.projects[0]}:project_admin", message="Welcome!", expires="14",
    )  # fmt: skip
    assert page.said == "✓ 20 invitations are on their way."
    found = made(world)
    assert len(found) == 20
    ann = found["ann@example.com"]
    assert (ann.name, ann.message, ann.restricted) == ("Ann Lee", "Welcome!", True)
    assert round((ann.expires_at - ann.created_at).total_seconds() / 86400) == 14
    assert len(world.session.scalars(select(InvitationSite)).all()) == 40
    assert {row.role for row in world.session.scalars(select(InvitationTeam))} == {"developer", "team_manager"}
    world.check_counts()


@pytest.mark.sqlite
def test_what_could_not_be_invited_is_told_with_the_reason(world, at):
    world.invited("cy@example.com")
    page = at("owner").open(NEW)
    people = "ann@example.com, not an address, cy@example.com\nANN@example.com member@northwind.example.com"
    page = page.press(SEND, people=people, role="manager", message="Come")
    assert (page.status, page.heading) == (200, "Invite people")
    assert "1 invitation is on its way." in page.said
    for said in (
        "“not an address” is not an e-mail address.",
        "ann@example.com was already named further up.",
        "member@northwind.example.com is a member already.",
        "cy@example.com is invited already.",
    ):
        assert said in page.said
    kept = page.fields(SEND)
    assert kept["people"] == ["not an address"]
    assert (kept["role"], kept["message"]) == (["manager"], ["Come"])
    assert set(made(world)) == {"ann@example.com", "cy@example.com"}


@pytest.mark.sqlite
def test_seats_are_given_in_the_order_said_and_the_rest_is_told(world, at):
    world.limit(seat_limit=6)
    page = at("owner").open(NEW).press(SEND, people="ann@example.com bob@example.com")
    assert page.status == 200
    assert "bob@example.com No seat is left." in page.said
    assert set(made(world)) == {"ann@example.com"}


@pytest.mark.sqlite
def test_what_may_still_be_mended_stays_in_the_box_as_it_was_written(world, at):
    world.invited("bob@example.com")
    people = (
        'Ann <ann@example>\n"Vidal, Tomás" <tomas@example>\nbob@example.com\nEve <eve@example.com>, eve@example.com'
    )
    page = at("owner").open(NEW).press(SEND, people=people)
    assert page.fields(SEND)["people"] == ['Ann <ann@example>\n"Vidal, Tomás" <tomas@example>']
    for told in ("bob@example.com", "eve@example.com was already named"):
        assert told in page.said


BAD = [
    ({"people": ""}, "people", "Nobody is named yet"),
    ({"role": "emperor"}, "role", "There is no role"),
    ({"role": "manager", "restricted": "some", "sites": "{site}"}, "sites", "Only the role member"),
    ({"restricted": "some"}, "sites", "names at least one site"),
    ({"sites": "{site}"}, "sites", "which would give every site"),
    ({"restricted": "some", "sites": "999999"}, "sites", "no such site"),
    ({"restricted": "some", "sites": "x"}, "sites", "Choose sites from the list"),
    ({"restricted": "some", "sites": "9" * 30}, "sites", "no such site"),
    ({"teams": "00000000-0000-7000-8000-000000000000:developer"}, "teams", "no such team"),
    ({"teams": "{team}:king"}, "role", "There is no role"),
    ({"teams": "x"}, "teams", "Choose from the list"),
    ({"projects": "00000000-0000-7000-8000-000000000000:project_admin"}, "projects", "no such project"),
    ({"expires": "400"}, "expires", "between an hour and 365 days"),
    ({"message": "x" * 2001}, "message", "longer than 2000"),
]


@pytest.mark.sqlite
@pytest.mark.parametrize(("typed", "field", "said"), BAD, ids=[f"{next(iter(b[0]))}-{b[2][:20]}" for b in BAD])
def test_bad_input_is_422_with_the_message_at_its_field_and_nothing_lost(world, at, typed, field, said):
    typed = {name: value.format(site=world.sites[0], team=world.teams[0]) for name, value in typed.items()}
    kept = {"people": "Ann <ann@example.com>", "message": "Come and see\nus", "expires": "30"}
    page = at("owner").open(NEW)
    sent = page.fields(SEND) | kept | typed
    page = page.browser.post(NEW, sent)
    assert page.status == 422
    assert said in page.errors[field]
    for name, value in (kept | {k: v for k, v in typed.items() if k in kept and k != "expires"}).items():
        if name != "expires" or "expires" not in typed:
            assert page.fields(SEND)[name] == [value]
    assert made(world) == {}


@pytest.mark.sqlite
def test_a_stale_form_comes_back_with_all_that_was_typed_and_invites_nobody(world, at):
    page = at("owner").open(NEW)
    page.browser.client.delete_cookie("usher_form")
    teams = [f"{world.teams[0]}:developer", ""]
    typed = {"people": TWENTY, "message": "Hello", "restricted": "some", "sites": world.sites[:1], "teams": teams}
    page = page.press(SEND, **typed)
    assert (page.status, "had grown old" in page.said) == (422, True)
    kept = page.fields(SEND)
    assert kept["people"] == [TWENTY]
    assert (kept["sites"], kept["teams"], kept["message"]) == ([str(world.sites[0])], teams, ["Hello"])
    assert made(world) == {}
    assert page.press(SEND).said == "✓ 20 invitations are on their way."


@pytest.mark.sqlite
@pytest.mark.parametrize(("role", "offered"), [("owner", 5), ("admin", 4), ("manager", 3)])
def test_only_roles_up_to_ones_own_are_offered(world, at, role, offered):
    radios = at(role).open(NEW).tree.all("input", name="role")
    assert len(list(radios)) == offered


@pytest.mark.sqlite
def test_attack_28_fields_that_no_form_has_change_nothing(world, at, another):
    page = at("owner").open(NEW)
    extra = {
        "status": "accepted", "organization_id": another.id, "inviter_id": world["admin"].user_id, "generation": 9,
        "accepted_by": world["owner"].user_id, "version": 7,
    }  # fmt: skip
    page.browser.post(NEW, page.fields(SEND) | {"people": "ann@example.com"} | extra)
    ann = made(world)["ann@example.com"]
    assert (ann.status, ann.organization_id, ann.generation, ann.version) == ("pending", world.id, 1, 1)
    assert (ann.inviter_id, ann.accepted_by) == (world["owner"].user_id, None)
