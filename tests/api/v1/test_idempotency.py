"""``Idempotency-Key``: sent twice, a request acts once, in a race as well; what is kept holds no secret."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from portal import idempotency, memberships
from portal.models import ApiToken, Invitation, KeptAnswer
from portal.worker import sweep
from tests.api.scripts import snapshot
from tests.faults.together import together

from .calls import POSTS, problem

sqlite = pytest.mark.sqlite


def rows(app, *but):
    return snapshot(app, "kept_answers", *but)


@sqlite
@pytest.mark.parametrize("name", POSTS)
def test_every_post_replays_its_answer_and_acts_once(app, every, owner, name):
    first = every[name].send(owner, Idempotency_Key="one")
    assert first.status_code == every[name].status
    assert "Idempotent-Replayed" not in first.headers
    once = rows(app)
    again = every[name].send(owner, Idempotency_Key="one")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (first.status_code, "true")
    expected = first.json | ({"secret": None} if name == "create_token" else {})
    assert again.json == expected
    assert again.headers.get("Location") == first.headers.get("Location")
    assert rows(app) == once


@sqlite
@pytest.mark.parametrize("name", POSTS)
def test_a_key_that_came_with_another_body_is_422(app, every, owner, name):
    every[name].send(owner, Idempotency_Key="one")
    once, call = rows(app), every[name]
    other = owner.call(call.method, call.path, (call.body or {}) | {"another": 1}, Idempotency_Key="one")
    problem(other, 422, "idempotency_key_reused")
    assert rows(app) == once


@sqlite
@pytest.mark.parametrize("name", POSTS)
def test_a_request_that_was_cut_off_leaves_nothing_and_holds_its_key_for_a_minute(app, every, owner, name, monkeypatch):
    before = rows(app)
    with monkeypatch.context() as cut:
        cut.setattr(idempotency, "_free", lambda *_: None)
        cut.setattr(idempotency, "_keep", lambda *_: 1 / 0)
        app.testing = False
        assert every[name].send(owner, Idempotency_Key="one").status_code == 500
        app.testing = True
    assert rows(app) == before
    problem(every[name].send(owner, Idempotency_Key="one"), 409, "idempotency_key_in_flight")
    assert rows(app) == before
    monkeypatch.setattr(idempotency, "HELD", timedelta(0))
    with app.app_context():
        from portal.extensions import db

        db.session.query(KeptAnswer).update({"held_until": KeptAnswer.created_at})
        db.session.commit()
    assert every[name].send(owner, Idempotency_Key="one").status_code == every[name].status


@sqlite
@pytest.mark.parametrize("name", POSTS)
def test_a_key_that_is_none_is_400(app, every, owner, name):
    before = snapshot(app)
    for key in ("", " ", "a b", "x" * 256, "ключ".encode().decode("latin-1")):
        problem(every[name].send(owner, Idempotency_Key=key), 400, "bad_idempotency_key")
    assert snapshot(app) == before


@sqlite
def test_a_refusal_is_kept_and_replayed(owner, here, world):
    world.limit(seat_limit=5)
    body = {"emails": ["a@example.com"]}
    first = problem(owner.post(f"{here}/invitations", body, Idempotency_Key="one"), 403, "no_seat_left")
    world.limit(seat_limit=None)
    again = owner.post(f"{here}/invitations", body, Idempotency_Key="one")
    assert problem(again, 403, "no_seat_left") | {"requestId": ""} == first | {"requestId": ""}
    assert again.headers["Idempotent-Replayed"] == "true"
    other = owner.post(f"{here}/invitations", {"emails": ["b@example.com"]}, Idempotency_Key="one")
    problem(other, 422, "idempotency_key_reused")
    assert owner.post(f"{here}/invitations", body, Idempotency_Key="two").status_code == 201


@sqlite
def test_a_refusal_that_names_its_place_is_replayed_with_it(owner, here):
    body = {"emails": ["nobody"]}
    first = problem(owner.post(f"{here}/invitations", body, Idempotency_Key="one"), 422, "not_an_address")
    again = problem(owner.post(f"{here}/invitations", body, Idempotency_Key="one"), 422, "not_an_address")
    assert again["errors"] == first["errors"]


@sqlite
def test_a_key_is_its_callers_and_its_paths_own(script, owner, here, world):
    body = {"name": "Ops"}
    for path in (f"{here}/teams", f"{here}/projects"):
        assert owner.post(path, body, Idempotency_Key="one").status_code == 201
    reply = script("admin").post(f"{here}/teams", body, Idempotency_Key="one")
    problem(reply, 422, "name_taken")
    only_here = script("owner", organization_id=world.id)
    problem(only_here.post(f"{here}/teams", body, Idempotency_Key="one"), 422, "name_taken")


@sqlite
def test_what_is_kept_holds_no_link_and_no_secret(world, owner, here):
    reply = owner.post(f"{here}/invitations", {"emails": ["a@example.com"]}, Idempotency_Key="one")
    link = reply.json["outcomes"][0]["invitation"]["link"]
    secret = owner.post("/api/v1/tokens", {}, Idempotency_Key="two").json["secret"]
    kept = str([answer.answer for answer in world.session.scalars(select(KeptAnswer))])
    assert "/join/" in link
    assert "/join/" not in kept
    assert link.rpartition("/")[2] not in kept
    assert secret not in kept
    again = owner.post(f"{here}/invitations", {"emails": ["a@example.com"]}, Idempotency_Key="one")
    assert again.json["outcomes"][0]["invitation"]["link"] == link


@sqlite
@pytest.mark.parametrize(("then", "status"), [("removed", 404), ("demoted", 403), ("promoted", 201)])
def test_attack_4_an_answer_is_told_again_only_to_who_may_still_know_it(script, here, world, then, status):
    caller, path, body = script("admin"), f"{here}/invitations", {"emails": ["a@example.com"]}
    assert caller.post(path, body, Idempotency_Key="one").status_code == 201
    if then == "removed":
        memberships.remove(world.session, world["owner"], world.id, world["admin"].user_id, world.now)
    else:
        world.demote("admin", {"demoted": "billing_manager", "promoted": "owner"}[then])
    again = caller.post(path, body, Idempotency_Key="one")
    assert (again.status_code, "/join/" in again.text) == (status, status == 201)


@sqlite
def test_a_key_is_forgotten_after_a_day(world, owner, here):
    body = {"name": "Ops"}
    made = owner.post(f"{here}/teams", body, Idempotency_Key="one")
    row = world.session.scalars(select(KeptAnswer)).one()
    row.created_at -= timedelta(hours=23)
    world.session.commit()
    sweep(world.session, world.now)
    assert owner.post(f"{here}/teams", body, Idempotency_Key="one").json == made.json
    row = world.session.scalars(select(KeptAnswer)).one()
    row.created_at -= timedelta(hours=2)
    world.session.commit()
    problem(owner.post(f"{here}/teams", body, Idempotency_Key="one"), 422, "name_taken")
    sweep(world.session, world.now + timedelta(hours=25))
    assert world.session.scalar(select(func.count()).select_from(KeptAnswer)) == 0


def test_ten_at_once_under_one_key_act_once(app, world, owner, here):
    body = {"emails": ["a@example.com", "b@example.com"]}

    def send(_):
        return owner.post(f"{here}/invitations", body, Idempotency_Key="one")

    replies = together(app, *[partial(send) for _ in range(10)])
    assert {reply.status_code for reply in replies} <= {201, 409}
    made = [reply for reply in replies if reply.status_code == 201]
    assert [reply.headers.get("Idempotent-Replayed") for reply in made].count(None) == 1
    assert len({reply.get_data() for reply in made}) == 1
    for reply in replies:
        if reply.status_code == 409:
            problem(reply, 409, "idempotency_key_in_flight")
    assert world.session.scalar(select(func.count()).select_from(Invitation)) == 2
    assert len(world.mails()) == 2
    world.check_counts()


def test_two_tokens_at_once_under_one_key_are_one(app, world, owner):
    before = world.session.scalar(select(func.count()).select_from(ApiToken))
    send = lambda _: owner.post("/api/v1/tokens", {"name": "x"}, Idempotency_Key="one")  # noqa: E731
    replies = together(app, send, send)
    secrets = [reply.json["secret"] for reply in replies if reply.status_code == 201]
    assert len([secret for secret in secrets if secret]) == 1
    assert world.session.scalar(select(func.count()).select_from(ApiToken)) == before + 1


def test_a_reservation_that_went_to_another_undoes_the_work(app, world, owner, here, monkeypatch):
    """A request that outlives its minute meets another one that has taken its key over: one of them acts."""
    keep = idempotency._keep

    def late(session, request, lease, answer):
        keep(session, request, idempotency.new_id(), answer)

    monkeypatch.setattr(idempotency, "_keep", late)
    problem(owner.post(f"{here}/teams", {"name": "Ops"}, Idempotency_Key="one"), 409, "idempotency_key_in_flight")
    assert [team["name"] for team in owner.get(f"{here}/teams").json["teams"]] == ["Platform", "Support"]
