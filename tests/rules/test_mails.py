"""What each mail says: three parts, the right link, nothing that breaks out of its place."""

import email
import re
import stat
from datetime import timedelta
from email import policy
from pathlib import Path

import pytest
from flask_mail import BadHeaderError
from flask_mail import Message as Mail

from portal import accounts, links, places, profiles
from portal.database import new_id
from portal.delivery.smtp import Capture, check_headers, transport
from portal.invitations import Offer, ask_for_new, expire, reject, remind
from portal.links import Kind
from portal.models import Message
from portal.permissions import Actor
from portal.worker import messages, run_once
from tests.world import person

pytestmark = pytest.mark.sqlite
HOSTILE = '<script>alert(1)</script>"\r\nBcc: all@example.com {{ 7777*7 }}'


def composed(world, kind="invitation", at=None):
    """The newest mail of a kind."""
    return messages.compose(world.session, world.mails(kind)[-1], at or world.now).mail


def links_in(mail):
    return set(re.findall(r"https?://[^\s\"<>]+", mail.body + mail.html))


@pytest.fixture
def key(world):
    return world.invited("ann@example.com", world.full_offer(message="See you\nsoon"), by="admin")


def test_an_invitation_says_who_invites_to_what_and_carries_its_own_mailed_link(world, key):
    mail = composed(world)
    for part in (mail.body, mail.html):
        for said in (
            "Northwind",
            "Admin",
            "shop.example.com",
            "blog.example.com",
            "Platform",
            "Support",
            "Apollo",
            "Gemini",
            "See you",
        ):
            assert said in part
    assert links.invitation_link(key, 1, Kind.MAILED) in links_in(mail)
    assert "Northwind" in mail.subject
    assert (mail.recipients, mail.reply_to) == (["ann@example.com"], "admin@northwind.example.com")


def test_attack_23_every_link_of_a_mail_is_the_public_address(world):
    for mail in every_mail(world):
        assert links_in(mail)
        assert all(link.startswith("http://127.0.0.1:8000/") for link in links_in(mail))


def test_a_mail_leaves_out_what_was_deleted(world, key):
    places.delete(world.session, world["owner"], world.id, "team", world.teams[0], world.now)
    assert "Platform" not in composed(world).body


def test_nobody_writes_back_to_an_inviter_whose_address_is_not_proved(world, key):
    world.user("admin").verified_at = None
    world.session.commit()
    assert composed(world).reply_to is None


def every_mail(world):
    """One mail of each kind."""
    ann = person(world.session, "bea@example.com", world.now, name="Bea", verified=False)
    first, second = world.invited("ann@example.com"), world.invited("bob@example.com")
    mails = [composed(world)]
    reject(world.session, Actor(None), first, world.now, opened=world.opened(first), reason="Busy")
    late = world.invitation(second).expires_at
    ask_for_new(world.session, world.opened(second), late)
    remind(world.session, world["owner"], world.invited("cy@example.com"), world.now)
    world.invited("dee@example.com", at=world.now - timedelta(days=8))
    expire(world.session, world.now)
    accounts.ask_verification(world.session, ann, world.now)
    accounts.ask_sign_in(world.session, "bea@example.com", world.now)
    accounts.ask_reset(world.session, "bea@example.com", world.now)
    accounts.ask_account(world.session, "newcomer@example.com", "New", "three unrelated words", world.now)
    profiles.ask_address(world.session, world["member"], "moved@example.com", world.now)
    mails.append(composed(world, "address_proof"))
    token = links.address_token(world.user("member"), "moved@example.com")
    profiles.change_address(world.session, world["member"], token, world.now, keep=new_id())
    return mails + [composed(world, kind) for kind in messages.KINDS if kind not in ("invitation", "address_proof")]


def test_every_kind_has_a_subject_and_two_bodies_with_a_link(world):
    mails = every_mail(world)
    assert len(mails) == len(messages.KINDS)
    for mail in mails:
        assert mail.subject
        assert links_in(mail)
        assert any(link in mail.html for link in links_in(mail))
        assert mail.extra_headers["Auto-Submitted"] == "auto-generated"
        assert "{{" not in mail.body + mail.html + mail.subject


def test_attack_24_hostile_names_and_words_stay_where_they_belong(world):
    world.organization().name = HOSTILE
    world.user("owner").name = HOSTILE
    world.session.commit()
    world.invited("ann@example.com", Offer("member", message=HOSTILE))
    mail = composed(world)
    assert "<script>" not in mail.html
    assert "&lt;script&gt;" in mail.html
    assert "54439" not in mail.subject + mail.body
    assert len(mail.subject.splitlines()) == 1
    parsed = email.message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert parsed["Bcc"] is None
    assert parsed["To"] == "ann@example.com"


@pytest.mark.parametrize("breaker", ["\r\nBcc: a@example.com", "\n", "\r", "\0"])
def test_attack_24_a_line_break_in_any_header_is_refused(world, breaker):
    headers = {
        "subject": "Hi",
        "recipients": ["ann@example.com"],
        "sender": "a@example.com",
        "reply_to": "b@example.com",
    }
    check_headers(Mail(**headers))
    for name in ("subject", "sender", "reply_to"):
        with pytest.raises(BadHeaderError):
            check_headers(Mail(**headers | {name: headers[name] + breaker}))
    with pytest.raises(BadHeaderError):
        check_headers(Mail(**headers, extra_headers={"X-Name": f"a{breaker}"}))
    with pytest.raises(BadHeaderError):
        check_headers(Mail(**headers | {"recipients": [f"ann@example.com{breaker}"]}))


def test_a_mail_has_one_recipient():
    for recipients in ([], ["a@example.com", "b@example.com"]):
        with pytest.raises(BadHeaderError):
            check_headers(Mail("Hi", recipients, sender="c@example.com"))


def test_captured_mail_is_a_file_that_only_this_user_reads(world, key, app):
    to = transport(app)
    assert isinstance(to, Capture)
    run_once(world.session, to, world.now)
    folder = Path(app.config["INSTANCE_PATH"]) / "mail"
    (file,) = folder.iterdir()
    assert file.name == f"{world.mails()[0].id}.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    parsed = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert links.invitation_link(key, 1, Kind.MAILED) in parsed.get_body(("plain",)).get_content()
    assert parsed["Message-ID"] == f"<{world.mails()[0].id}@127.0.0.1>"


def test_without_a_server_or_capture_there_is_nothing_to_hand_mails_to(make_app):
    assert transport(make_app(MAIL_CAPTURE=False)) is None


def test_attack_20_a_dump_of_the_database_opens_nothing(world, key):
    """Everything that a mail, a cookie and a link hold, looked for in every column of every table."""
    from portal import sessions
    from portal.database import Base

    ann = person(world.session, "bea@example.com", world.now, verified=False)
    accounts.ask_verification(world.session, ann, world.now)
    secrets = [sessions.start(world.session, ann.id, world.now), "correct horse battery"]
    for link in links_in(composed(world)) | links_in(composed(world, "verify")):
        secrets += [link.rpartition("/")[2], link.rpartition(".")[2]]
    secrets.append(links.invitation_token(key, 1, Kind.COPIED).rpartition(".")[2])
    dump = repr([world.session.execute(table.select()).all() for table in Base.metadata.sorted_tables])
    assert "ann@example.com" in dump
    assert [secret for secret in secrets if secret in dump] == []


def test_the_outbox_holds_arguments_only(world):
    every_mail(world)
    known = {"generation", "user_id", "old", "new", "since"}
    assert all(set(mail.arguments) <= known for mail in world.session.query(Message))
