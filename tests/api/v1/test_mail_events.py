"""What mail services post, and what is stopped."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from portal import returns
from portal.delivery import stops
from portal.models import Message

from ..scripts import Script, snapshot

pytestmark = pytest.mark.sqlite
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATH = "/api/v1/mail/events"


@pytest.fixture
def post(app, monkeypatch):
    """Posts an event as a mail service does."""
    monkeypatch.setitem(app.config, "MAIL_EVENTS_SECRET", SECRET)

    def send(body, secret=SECRET, at=None, **headers):
        at, raw = at or datetime.now(UTC), body if isinstance(body, str) else json.dumps(body)
        signed = {
            "webhook-id": "evt_1", "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign("evt_1", at, raw),
        }  # fmt: skip
        return Script(app).call("POST", PATH, raw=raw.encode(), **signed | headers)

    return send


@pytest.fixture
def mail(world):
    world.invited("ann@example.com")
    message = world.mails()[0]
    message.status = "sent"
    world.session.commit()
    return message


@pytest.mark.parametrize(("what", "delivery"), [("bounced", "bounced"), ("complained", "complained")])
def test_a_signed_event_is_taken(world, post, mail, what, delivery):
    reply = post({"type": what, "mail_id": str(mail.id), "reason": "550 No such mailbox"})
    assert (reply.status_code, reply.json) == (200, {"taken": True})
    world.session.rollback()
    assert world.invitation(mail.invitation_id).delivery == delivery


def test_an_event_about_no_mail_of_ours_changes_nothing(world, app, post, mail):
    before = snapshot(app)
    assert post({"type": "bounced", "mail_id": "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"}).json == {"taken": False}
    assert snapshot(app) == before


@pytest.mark.parametrize("wrong", ["secret", "old", "unsigned", "empty", "body"])
def test_attack_1_what_is_not_signed_is_refused_before_the_body_is_read(world, app, post, mail, wrong):
    before = snapshot(app)
    body = {"type": "bounced", "mail_id": str(mail.id)}
    reply = {
        "secret": lambda: post(body, secret="whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        "old": lambda: post(body, at=datetime.now(UTC) - timedelta(minutes=10)),
        "unsigned": lambda: Script(app).post(PATH, body),
        "empty": lambda: Script(app).call("POST", PATH, raw=b"nonsense"),
        "body": lambda: post(body, **{"webhook-signature": Webhook(SECRET).sign("evt_1", datetime.now(UTC), "{}")}),
    }[wrong]()
    assert (reply.status_code, reply.json["code"]) == (401, "bad_signature")
    assert snapshot(app) == before


def test_without_a_secret_nothing_is_taken(app, world, mail):
    assert Script(app).post(PATH, {"type": "bounced", "mail_id": str(mail.id)}).status_code == 401


def test_a_signed_event_that_is_wrong_names_its_field(post, mail):
    reply = post({"type": "opened", "mail_id": str(mail.id)})
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, "/type")


@pytest.mark.parametrize("raw", ["nonsense", "[]", "null", ""])
def test_a_signed_body_that_is_no_object_is_told(app, post, mail, raw):
    before = snapshot(app)
    reply = post(raw)
    assert (reply.status_code, reply.json["code"]) == (400, "bad_request")
    assert snapshot(app) == before


def test_stops_are_listed_and_lifted(world, script, mail):
    returns.told(world.session, mail.id, "complained", "", world.now)
    path = f"/api/v1/organizations/{world.id}/mail-stops"
    (stop,) = script("owner").get(path).json["mail_stops"]
    assert (stop["email"], stop["kind"]) == ("ann@example.com", "complaint")
    assert script("manager").delete(f"{path}/ann@example.com").status_code == 403
    assert script("owner").delete(f"{path}/ann@example.com").status_code == 204
    assert script("owner").delete(f"{path}/ann@example.com").status_code == 404
    world.session.rollback()
    assert stops.of(world.session, world.id) == []
    assert world.session.get(Message, mail.id).status == "sent"
