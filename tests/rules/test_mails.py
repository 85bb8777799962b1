"""What each mail says: three parts, the right link, nothing that breaks out of its place."""

import email
import re
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy
from pathlib import Path

import pytest
from flask_mail import BadHeaderError
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import accounts, links, places, profiles
from portal.database import new_id
from portal.delivery.letters import Letter
from portal.delivery.smtp import Capture, transport
from portal.invitations import Offer, approve, ask_for_new, cancel, expire, refuse, reject, remind
from portal.links import Kind
from portal.models import Message
from portal.permissions import Actor
from portal.text import one_line
from portal.worker import messages, run_once
from tests.world import person

pytestmark = pytest.mark.sqlite
HOSTILE = '<script>alert(1)</script>"\r\nBcc: all@example.com {{ 7777*7 }}'


def composed(world, kind="invitation", at=None):
    """The newest mail of a kind."""
    return messages.compose(world.session, world.mails(kind)[-1], at or world.now).letter


def links_in(mail):
    return set(re.findall(r"https?://[^\s\"<>]+", mail.text + mail.html))


@pytest.fixture
def key(world):
    return world.invited("ann@example.com", world.full_offer(message="See you\nsoon"), by="admin")


def test_an_invitation_says_who_invites_to_what_and_carries_its_own_mailed_link(world, key):
    mail = composed(world)
    for part in (mail.text, mail.html):
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
    assert (mail.recipient, mail.reply_to) == ("ann@example.com", "admin@northwind.example.com")


def test_attack_23_every_link_of_a_mail_is_the_public_address(world):
    for mail in every_mail(world):
        assert links_in(mail)
        assert all(link.startswith("http://127.0.0.1:8000/") for link in links_in(mail))


def test_a_mail_leaves_out_what_was_deleted(world, key):
    places.delete(world.session, world["owner"], world.id, "team", world.teams[0], world.now)
    assert "Platform" not in composed(world).text


def test_nobody_writes_back_to_an_inviter_whose_address_is_not_proved(world, key):
    world.user("admin").verified_at = None
    world.session.commit()
    assert composed(world).reply_to == ""


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
    for address, decide in (("fay@example.com", approve), ("gil@example.com", refuse), ("hal@example.com", None)):
        waiting, _ = world.waits(address)
        if decide is not None:
            decide(world.session, world["owner"], world.id, waiting, world.now)
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
        assert mail.headers["Auto-Submitted"] == "auto-generated"
        assert "{{" not in mail.text + mail.html + mail.subject


def test_attack_24_hostile_names_and_words_stay_where_they_belong(world):
    world.organization().name = HOSTILE
    world.user("owner").name = HOSTILE
    world.session.commit()
    world.invited("ann@example.com", Offer("member", message=HOSTILE))
    mail = composed(world)
    assert "<script>" not in mail.html
    assert "&lt;script&gt;" in mail.html
    assert "54439" not in mail.subject + mail.text
    assert len(mail.subject.splitlines()) == 1
    parsed = email.message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert parsed["Bcc"] is None
    assert parsed["To"] == "ann@example.com"


def test_each_mail_speaks_its_invitees_language_and_pages_keep_their_own(world, app):
    hello = {"de": ("Guten Tag,", 'dir="ltr"'), "ar": ("مرحبًا،", 'dir="rtl"'), "en": ("Hello,", 'dir="ltr"')}
    before = dict(app.jinja_env.globals)
    for language, (words, direction) in [*hello.items(), *hello.items()]:
        world.invite(f"{language}@example.com", offer=Offer("member", language=language))
        mail = composed(world)
        assert mail.text.startswith(words)
        assert f'<html lang="{language}" {direction}>' in mail.html
        cancel(world.session, world["owner"], world.mails()[-1].invitation_id, world.now)
    assert app.jinja_env.globals == before


LETTER = Letter(
    "<1@example.com>", "Hi", "a@example.com", "ann@example.com", datetime(2026, 1, 2, tzinfo=UTC), "Text", "<p>A</p>",
    reply_to="b@example.com", headers={"X-Name": "a"},
)  # fmt: skip


@pytest.mark.parametrize("breaker", ["\r\nBcc: a@example.com", "\n", "\r", "\0"])
def test_attack_24_a_line_break_in_any_header_is_refused(breaker):
    LETTER.as_bytes()
    for name in ("message_id", "subject", "sender", "recipient", "reply_to"):
        with pytest.raises(BadHeaderError):
            replace(LETTER, **{name: getattr(LETTER, name) + breaker}).as_bytes()
    for headers in ({"X-Name": f"a{breaker}"}, {f"X-Name{breaker}": "a"}):
        with pytest.raises(BadHeaderError):
            replace(LETTER, headers=headers).as_bytes()


@pytest.mark.parametrize(
    "recipient",
    ["", "ann", "a@example.com, b@example.com", "a@example.com;b@example.com", "A <a@example.com>", "ä@b.c"],
)
def test_a_mail_has_one_recipient(recipient):
    with pytest.raises(BadHeaderError):
        replace(LETTER, recipient=recipient).as_bytes()


@pytest.mark.parametrize(
    ("name", "value"), [("headers", {"X-Name": "ä"}), ("headers", {"X-Name": "a" * 1000}), ("reply_to", "nobody")]
)
def test_what_no_server_has_to_take_is_in_no_header(name, value):
    with pytest.raises(BadHeaderError):
        replace(LETTER, **{name: value}).as_bytes()


def test_attack_24_words_that_look_encoded_are_shown_as_they_are():
    """A name is nobody's way to write what a reader of the mail would then take for other words."""
    said = "=?utf-8?b?QmNjOiBhQGV4YW1wbGUuY29t?="
    made = replace(LETTER, subject=said, sender=f'"{said}" <a@example.com>').as_bytes()
    read = email.message_from_bytes(made, policy=policy.default)
    assert (read["Subject"], read["From"].addresses[0].display_name) == (said, said)


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200)


@given(subject=WORDS, name=WORDS, text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")))
@settings(max_examples=60, deadline=None)
def test_whatever_the_words_every_reader_gets_them_as_they_were(subject, name, text):
    subject, name = one_line(subject), one_line(name).replace('"', "")
    letter = replace(LETTER, subject=subject, sender=f'"{name}" <a@example.com>', text=text, html=f"<p>{text}</p>")
    made = letter.as_bytes()
    assert made.isascii()
    assert max(len(line) for line in made.replace(b"\r\n", b"\n").split(b"\n")) <= (78 if subject.isascii() else 76)
    assert b"\n" not in made.replace(b"\r\n", b"")
    read = email.message_from_bytes(made, policy=policy.default)
    assert one_line(str(read["Subject"])) == subject
    assert read["From"].addresses[0].addr_spec == "a@example.com"
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    for part, words in zip(read.iter_parts(), (text, f"<p>{text}</p>"), strict=True):
        assert part.get_payload(decode=True).decode().replace("\r\n", "\n") == words


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
