"""What comes back about a mail: bounces, complaints, deliveries; and what each ends."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import accounts, links, returns
from portal.delivery import reports, stops
from portal.errors import BadLink, MayNotInvite, NotAllowed, NotFound
from portal.invitations import remind_due, resend
from portal.models import Message
from portal.worker import intake, messages
from tests.rules.test_worker import delivered

ANN = "ann@example.com"
DAY = timedelta(days=1)

BOUNCE = """\
From: MAILER-DAEMON@mail.example.net
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net
X-Queue-ID: 4F1

Final-Recipient: rfc822; ann@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--b
Content-Type: {returned}

Return-Path: <invitations@example.com>
Message-ID: {message_id}
Subject: An invitation

--b--
"""

COMPLAINT = """\
From: abuse@example.net
To: {to}
Subject: FW: An invitation
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an email abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1

--b
Content-Type: message/rfc822

Message-ID: {message_id}
Subject: An invitation

Hello

--b--
"""


def report(message, shape=BOUNCE, **given):
    """A report about a mail, as a server sends it."""
    said = {
        "to": "invitations@example.com", "kind": "delivery-status", "action": "failed", "status": "5.1.1",
        "words": "550 5.1.1 No such mailbox", "returned": "text/rfc822-headers",
        "message_id": f"<{message.id}@127.0.0.1>",
    }  # fmt: skip
    return shape.format(**said | given).replace("\n", "\r\n").encode()


@pytest.fixture
def mail(world):
    """A mail to Ann that was handed over."""
    world.invited(ANN)
    delivered(world)
    return world.mails()[0]


def state(world, mail):
    world.session.expire_all()
    return mail.status, world.invitation(mail.invitation_id).delivery


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822"])
def test_a_bounce_is_known_by_the_message_id_that_comes_back(world, mail, returned):
    read = reports.read(report(mail, returned=returned))
    assert read == reports.Report(mail.id, "bounced", "550 5.1.1 No such mailbox")
    assert intake.take(world.session, read, world.now)
    assert state(world, mail) == ("bounced", "bounced")
    assert mail.reply == "550 5.1.1 No such mailbox"
    (event,) = world.events(mail.invitation_id, "mail.bounced")
    assert event.details == {"email": ANN, "words": "550 5.1.1 No such mailbox"}


def test_a_bounce_is_known_by_the_signed_address_that_it_comes_to(world, mail):
    to = f"bounces+{links.return_token(mail.id).upper()}@example.com"
    assert reports.read(report(mail, to=to, message_id="<lost@example.com>")).message_id == mail.id


def test_attack_1_a_forged_address_is_no_report(world, mail):
    token = links.return_token(mail.id)
    for forged in (token[:-1] + ("0" if token[-1] != "0" else "1"), token[:32] + "0" * 16, "", token + "0"):
        with pytest.raises(BadLink):
            links.open_return(forged)
    to = f"bounces+{token[:32]}{'0' * 16}@example.com"
    assert reports.read(report(mail, to=to, message_id="<lost@example.com>")) is None


def test_the_envelope_says_where_a_report_goes(world, app, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_BOUNCE_ADDRESS", "bounces@example.com")
    world.invited(ANN)
    message = world.mails()[0]
    parcel = messages.compose(world.session, message, world.now)
    assert parcel.sender == f"bounces+{links.return_token(message.id)}@example.com"
    assert len(parcel.sender.partition("@")[0]) <= 64


@pytest.mark.parametrize(
    ("action", "status", "what"),
    [("failed", "5.1.1", "bounced"), ("failed", "4.4.7", "delayed"), ("delayed", "4.4.1", "delayed"),
     ("delivered", "2.0.0", "delivered"), ("relayed", "2.0.0", "delivered")],
)  # fmt: skip
def test_only_a_final_failure_is_a_bounce(world, mail, action, status, what):
    read = reports.read(report(mail, action=action, status=status))
    assert read.what == what
    intake.take(world.session, read, world.now)
    assert state(world, mail) == (("bounced", "bounced") if what == "bounced" else ("sent", "sent"))


def test_a_bounce_ends_reminders_and_a_new_sending_starts_afresh(world, mail):
    returns.told(world.session, mail.id, "bounced", "550 no", world.now)
    assert remind_due(world.session, world.now + 3.5 * DAY) == 0
    resend(world.session, world["owner"], mail.invitation_id, world.now)
    assert world.invitation(mail.invitation_id).delivery == "queued"


def test_a_complaint_stops_all_mail_of_that_organization_but_none_that_a_person_asks_for(world, another, mail):
    read = reports.read(report(mail, COMPLAINT))
    assert read.what == "complained"
    assert intake.take(world.session, read, world.now)
    assert state(world, mail) == ("sent", "complained")
    resend(world.session, world["owner"], mail.invitation_id, world.now)
    another.invited(ANN)
    accounts.ask_account(world.session, ANN, "Ann", "three unrelated words", world.now)
    accounts.ask_reset(world.session, ANN, world.now)
    accounts.ask_verification(world.session, accounts.by_address(world.session, ANN), world.now)
    delivered(world)
    query = select(Message.organization_id, Message.kind, Message.status).where(Message.id != mail.id)
    asked = {(None, kind, "sent") for kind in ("sign_up", "reset", "verify")}
    invited = {(world.id, "invitation", "dropped"), (another.id, "invitation", "sent")}
    assert {tuple(row) for row in world.session.execute(query)} == asked | invited


def test_owners_see_what_is_stopped_and_lift_it(world, mail):
    returns.told(world.session, mail.id, "complained", "", world.now)
    assert [stop.email for stop in returns.stopped(world.session, world["manager"], world.id)] == [ANN]
    with pytest.raises(MayNotInvite):
        returns.stopped(world.session, world["member"], world.id)
    with pytest.raises(NotAllowed):
        returns.lift(world.session, world["manager"], world.id, ANN, world.now)
    returns.lift(world.session, world["admin"], world.id, ANN, world.now)
    assert stops.of(world.session, world.id) == []
    assert state(world, mail) == ("sent", "sent")
    with pytest.raises(NotFound):
        returns.lift(world.session, world["admin"], world.id, ANN, world.now)


def test_told_twice_it_counts_once(world, mail):
    for _ in range(2):
        returns.told(world.session, mail.id, "complained", "", world.now)
        returns.told(world.session, mail.id, "bounced", "550", world.now)
    assert len(world.events(mail.invitation_id, "mail.complained")) == 1
    assert len(world.events(mail.invitation_id, "mail.bounced")) == 1


def test_what_was_not_handed_over_cannot_come_back(world):
    world.invited(ANN)
    message = world.mails()[0]
    assert not returns.told(world.session, message.id, "bounced", "550", world.now)
    assert message.status == "queued"


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\xff", b"Subject: Hi\r\n\r\nHello", b"Content-Type: multipart/report\r\n\r\n", b"\xff" * 5000,
     b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n"],
)  # fmt: skip
@pytest.mark.sqlite
def test_what_is_no_report_is_none(app, session, content):
    assert reports.read(content) is None


@pytest.mark.sqlite
def test_no_broken_report_raises(world, mail):
    whole = report(mail)
    for cut in range(0, len(whole), 7):
        reports.read(whole[:cut])
        reports.read(whole[:cut] + b"\xff\xfe\0" + whole[cut:])
