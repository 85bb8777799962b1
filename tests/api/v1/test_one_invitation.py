"""One invitation through the native API: merging, resending, links, ending, history and mails."""

from datetime import timedelta

import pytest

from portal import clock
from portal.invitations import Offer, accept
from portal.models import Event
from portal.permissions import Actor
from tests.world import person

from .calls import pointers, problem


@pytest.fixture
def full(world):
    """A restricted member's invitation with everything in it."""
    return world.invited("mia@example.com", world.full_offer(message="Hello", language="de"))


@pytest.fixture
def path(here, full):
    return f"{here}/invitations/{full}"


KEPT = ("email", "name", "role", "sites", "teams", "projects", "message", "language", "expires_at", "link_generation")


def test_only_what_is_said_changes(world, owner, path):
    before = owner.get(path).json
    wanted = {
        "name": "Mia", "message": "Other", "language": "fr", "sites": [world.sites[0]], "teams": [],
        "projects": [{"id": str(world.projects[0]), "role": "project_admin"}],
        "expires_at": clock.rfc3339(world.now + timedelta(days=30)),
    }  # fmt: skip
    for field, value in wanted.items():
        after = owner.call("PATCH", path, {field: value})
        assert after.status_code == 200, after.get_data(as_text=True)
        changed = {name for name in KEPT if after.json[name] != before[name]}
        assert changed == {field}
        before = after.json
    assert before["version"] == 4
    assert [site["id"] for site in before["sites"]] == [world.sites[0]]
    assert owner.call("PATCH", path, {}).json["version"] == 4


def test_a_promotion_drops_the_restriction_and_a_demotion_says_the_sites(owner, path, world):
    assert owner.call("PATCH", path, {"role": "manager"}).json["sites"] is None
    reply = owner.call("PATCH", path, {"role": "member"})
    problem(reply, 422, "sites_not_chosen")
    assert pointers(reply) == ["/sites"]
    assert owner.call("PATCH", path, {"role": "member", "sites": None}).json["sites"] is None
    again = owner.call("PATCH", path, {"sites": [world.sites[1]]}).json
    assert [site["id"] for site in again["sites"]] == [world.sites[1]]


def test_another_address_gets_a_link_of_its_own(world, owner, path):
    old = owner.get(path).json["link"]
    said = owner.call("PATCH", path, {"email": "NEW@example.com"}).json
    assert (said["email"], said["link_generation"]) == ("new@example.com", 2)
    assert said["link"] != old
    assert [mail.recipient for mail in world.mails()] == ["mia@example.com", "new@example.com"]


@pytest.mark.sqlite
def test_what_is_wrong_with_a_change_is_told(world, owner, path):
    world.invited("there@example.com")
    for body, status, code, pointer in (
        ({"email": "nope"}, 422, "not_an_address", "/email"),
        ({"email": "there@example.com"}, 409, "already_invited", "/email"),
        ({"email": world.email("admin")}, 409, "already_member", "/email"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "bad_expiry", "/expires_at"),
        ({"role": "admin", "sites": [world.sites[0]]}, 422, "restriction_needs_member", "/sites"),
        ({"teams": [{"id": str(world.teams[0]), "role": "developer"}] * 2}, 422, "granted_twice", "/teams"),
        ({"projects": [{"id": str(world.id), "role": "project_admin"}]}, 422, "unknown_project", "/projects"),
    ):
        reply = owner.call("PATCH", path, body)
        problem(reply, status, code)
        assert pointers(reply) == [pointer], body


def test_resending_keeps_the_link_a_new_link_replaces_it_and_canceling_ends_it(world, owner, path, full):
    first = owner.get(path).json
    resent = owner.post(f"{path}/resend", None).json
    assert (resent["link"], resent["link_generation"]) == (first["link"], 1)
    assert resent["expires_at"] > first["expires_at"] or resent["expires_at"] == first["expires_at"]
    renewed = owner.post(f"{path}/new-link", None).json
    assert (renewed["link_generation"], renewed["link"] == first["link"]) == (2, False)
    canceled = owner.post(f"{path}/cancel", None).json
    assert (canceled["status"], canceled["link"]) == ("canceled", None)
    assert canceled["ended_at"]
    for verb in ("resend", "new-link", "cancel"):
        problem(owner.post(f"{path}/{verb}", None), 409, "not_pending")
    problem(owner.call("PATCH", path, {"message": "x"}), 409, "not_pending")
    kinds = [event["kind"] for event in owner.get(f"{path}/history").json["events"]]
    assert kinds == [f"invitation.{verb}" for verb in ("created", "resent", "link_renewed", "canceled")]
    assert {event["channel"] for event in owner.get(f"{path}/history").json["events"][1:]} == {"api:v1"}
    mails = owner.get(f"{path}/mail").json["mails"]
    assert [(mail["recipient"], mail["status"]) for mail in mails] == [("mia@example.com", "queued")] * 3
    world.check_counts()


@pytest.mark.sqlite
def test_a_lapsed_one_reads_as_expired_cannot_be_changed_and_comes_back_by_resending(world, owner, here):
    key = world.invited("late@example.com", at=world.now - timedelta(days=8))
    path = f"{here}/invitations/{key}"
    assert (owner.get(path).json["status"], owner.get(path).json["link"]) == ("expired", None)
    problem(owner.call("PATCH", path, {"message": "x"}), 409, "expired")
    problem(owner.post(f"{path}/cancel", None), 409, "expired")
    assert owner.post(f"{path}/resend", None).json["status"] == "pending"
    world.check_counts()


@pytest.mark.sqlite
def test_resending_to_somebody_who_joined_meanwhile_is_refused(world, owner, here):
    mia = person(world.session, "mia@example.com", world.now)
    key = world.invited("mia@example.com", Offer("member"))
    accept(world.session, Actor(mia.id), key, world.now)
    problem(owner.post(f"{here}/invitations/{key}/resend", None), 409, "not_pending")
    said = owner.get(f"{here}/invitations/{key}").json
    assert (said["status"], said["link"]) == ("accepted", None)


@pytest.mark.sqlite
def test_the_history_says_what_was_edited(world, owner, path, full):
    owner.call("PATCH", path, {"message": "Other"})
    edited = owner.get(f"{path}/history").json["events"][-1]
    assert (edited["kind"], edited["by"], edited["details"]["message"]) == (
        "invitation.edited", "Owner", ["Hello", "Other"]
    )  # fmt: skip
    assert world.session.query(Event).filter_by(subject_id=str(full)).count() == 2


@pytest.mark.sqlite
def test_only_who_may_invite_reads_one(script, path):
    for role in ("billing_manager", "member"):
        for part in ("", "/history", "/mail"):
            problem(script(role).get(path + part), 403, "may_not_invite")


@pytest.mark.sqlite
@pytest.mark.parametrize("verb", ["resend", "new-link"])
def test_sending_mail_again_is_limited(make_app, verb):
    from portal.extensions import db
    from tests.api.scripts import bearer
    from tests.world import build

    portal = make_app(RATELIMIT_ENABLED=True)
    with portal.app_context():
        world = build(db.session(), clock.now())
        key = world.invited("mia@example.com")
        caller = bearer(portal, world, "owner")
        path = f"/api/v1/organizations/{world.id}/invitations/{key}/{verb}"
        replies = [caller.post(path, None) for _ in range(11)]
    assert {reply.status_code for reply in replies[:10]} == {200}
    problem(replies[-1], 429, "too_often")
    assert int(replies[-1].headers["Retry-After"]) > 0
