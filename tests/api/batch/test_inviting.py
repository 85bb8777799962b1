"""POST /manage/api/invitations: an entry for each address, in the order sent."""

from datetime import timedelta
from uuid import UUID

import pytest

from portal import invitations, links, places
from portal.api.batch import calls
from portal.database import Prepared
from portal.links import Kind
from tests.api.scripts import Script, cookie_of
from tests.world import person

from .conftest import PREFIX


def entries(reply):
    assert reply.status_code == 200, reply.get_data(as_text=True)
    assert reply.mimetype == "application/json"
    assert set(reply.json) == {"data"}
    return reply.json["data"]


def test_each_address_has_its_entry_with_id_and_copy_link(world, script, body):
    data = entries(script("owner").post(PREFIX, body(emails=["mia@example.com", "noa@example.com"])))
    assert [entry["email"] for entry in data] == ["mia@example.com", "noa@example.com"]
    for entry in data:
        assert set(entry) == {"email", "status", "id", "link"}
        assert entry["status"] == "success"
        opened = links.open_invitation(entry["link"].removeprefix("http://127.0.0.1:8000/join/"))
        assert (str(opened.invitation_id), opened.kind) == (entry["id"], Kind.COPIED)
        stored = world.invitation(opened.invitation_id)
        assert (stored.email, stored.role, stored.status) == (entry["email"], "member", "pending")
        assert stored.inviter_id == world["owner"].user_id
    assert len(world.mails()) == 2
    world.check_counts()


def test_what_is_wrong_with_one_is_its_entry_and_the_rest_goes_through(world, script, body):
    world.invited("known@example.com")
    sent = [
        "known@example.com",
        "admin@northwind.example.com",
        "mia@example.com",
        " MIA@example.com ",
        "zoe@example.com",
    ]
    data = entries(script("owner").post(PREFIX, body(emails=sent)))
    assert [entry["email"] for entry in data] == sent
    assert [entry["status"] for entry in data] == ["error", "error", "success", "error", "success"]
    assert data[0] == {"email": sent[0], "status": "error", "error": "known@example.com is invited already."}
    assert "is a member already" in data[1]["error"]
    assert "was already named" in data[3]["error"]
    world.check_counts()


def test_without_a_seat_is_an_entry_of_its_own(world, script, body):
    world.limit(seat_limit=6)
    data = entries(script("owner").post(PREFIX, body(emails=["a@example.com", "b@example.com"])))
    assert [entry["status"] for entry in data] == ["success", "error"]
    assert data[1] == {"email": "b@example.com", "status": "error", "error": "No seat is left."}
    world.check_counts()


@pytest.mark.sqlite
def test_the_limit_on_pending_ones_is_told_as_such(world, script, body):
    world.limit(pending_limit=1)
    data = entries(script("owner").post(PREFIX, body(emails=["a@example.com", "b@example.com"])))
    assert data[1]["error"] == "The limit on pending invitations is reached."


def test_a_lapsed_invitation_does_not_block_its_address(world, script, body):
    old = world.invited("mia@example.com", at=world.now - timedelta(days=8))
    (entry,) = entries(script("owner").post(PREFIX, body()))
    assert entry["status"] == "success"
    assert world.invitation(old).status == "expired"
    world.check_counts()


def test_assignments_come_with_each_invitation(world, script, body):
    given = [
        {"projectId": str(world.projects[0]), "projectRole": "project_admin"},
        {"projectId": str(world.projects[1]), "projectRole": "project_viewer"},
        {"teamId": str(world.teams[0]), "teamRole": "read_only"},
        {"siteId": world.sites[0]},
        {"siteId": str(world.sites[1])},
    ]
    data = entries(script("owner").post(PREFIX, body(emails=["mia@example.com", "noa@example.com"], assignments=given)))
    for entry in data:
        view = invitations.see_one(world.session, UUID(entry["id"]))
        assert view.invitation.restricted
        assert {site.id for site in view.sites} == set(world.sites)
        assert [(team.id, team.role) for team in view.teams] == [(world.teams[0], "read_only")]
        assert {(p.id, p.role) for p in view.projects} == {
            (world.projects[0], "project_admin"),
            (world.projects[1], "project_viewer"),
        }


@pytest.mark.sqlite
def test_without_a_site_nobody_is_restricted(world, script, body):
    given = [{"teamId": str(world.teams[0]), "teamRole": "developer"}]
    (entry,) = entries(script("owner").post(PREFIX, body(assignments=given)))
    assert not world.invitation(UUID(entry["id"])).restricted


@pytest.mark.sqlite
def test_a_session_cookie_signs_in_as_well_as_a_token(app, world, body):
    reply = Script(app, Cookie=cookie_of(world, "owner")).post(PREFIX, body())
    assert entries(reply)[0]["status"] == "success"
    reply = Script(app, Cookie=cookie_of(world, "owner"), Origin="http://127.0.0.1:8000").post(
        PREFIX, body(emails=["noa@example.com"])
    )
    assert entries(reply)[0]["status"] == "success"


@pytest.mark.sqlite
def test_every_role_of_the_table_is_taken(world, script, body):
    for role in ("owner", "admin", "member", "manager", "billing_manager"):
        (entry,) = entries(script("owner").post(PREFIX, body(emails=[f"{role}@example.com"], role=role)))
        assert world.invitation(UUID(entry["id"])).role == role


def test_fifty_are_one_call_of_invite_and_no_more_statements_than_one(script, body, monkeypatch):
    made, run = [], []
    invite, execute = invitations.invite, Prepared._for
    monkeypatch.setattr(
        calls.invitations, "invite", lambda *given, **named: made.append(len(given[3])) or invite(*given, **named)
    )
    monkeypatch.setattr(Prepared, "_for", lambda *given: run.append(given[0]) or execute(*given))
    caller = script("owner")

    def statements(emails):
        run.clear()
        entries(caller.post(PREFIX, body(emails=emails)))
        return list(run)

    statements(["warm@example.com"])
    fifty = statements([f"p{number}@example.com" for number in range(50)])
    assert fifty == statements(["one@example.com"])
    assert made == [1, 50, 1]


@pytest.mark.sqlite
def test_an_invitation_is_made_through_this_dialect_in_the_history(world, script, body):
    (entry,) = entries(script("admin").post(PREFIX, body()))
    (made,) = world.events(entry["id"], "invitation.created")
    assert (made.channel, made.actor_id) == ("api:batch", world["admin"].user_id)


@pytest.mark.sqlite
def test_a_deleted_place_is_unknown(world, script, body):
    places.delete(world.session, world["owner"], world.id, "team", world.teams[0], world.now)
    given = [{"teamId": str(world.teams[0]), "teamRole": "developer"}]
    reply = script("owner").post(PREFIX, body(assignments=given))
    assert (reply.status_code, reply.json["code"]) == (400, "bad_request")


@pytest.mark.sqlite
def test_an_invited_person_who_is_known_is_treated_like_any_other(world, script, body):
    person(world.session, "known@example.com", world.now)
    data = entries(script("owner").post(PREFIX, body(emails=["known@example.com", "unknown@example.com"])))
    assert [set(entry) for entry in data] == [{"email", "status", "id", "link"}] * 2
