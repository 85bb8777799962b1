"""Mail against real servers: that accept, put off, refuse, hang, drop the line, or are not who they say."""

import threading
from datetime import timedelta

import pytest

from portal import clock
from portal.extensions import db

from .servers import Post, RudeAtData, RudeAtMail, RudeAtQuit, certificate

ANN, BOB = "ann@example.com", "bob@example.net"


def test_what_is_taken_is_said_with_the_servers_words_over_one_connection(serve, portal_at):
    post = Post()
    portal = portal_at(serve(post), hands=1)
    portal.world.invite(*(f"p{number}@example.com" for number in range(10)))
    portal.work()
    assert set(portal.states().values()) == {("sent", "250 Taken as 42")}
    assert len(post.taken) == 10
    assert len(post.sessions) == 1
    assert {tuple(envelope.rcpt_tos) for envelope in post.taken} == {(f"p{n}@example.com",) for n in range(10)}
    assert portal.world.invitation(portal.world.mails()[0].invitation_id).delivery == "sent"


def test_every_header_that_a_careful_mail_has(serve, portal_at):
    post = Post()
    portal = portal_at(serve(post))
    portal.world.invite(ANN)
    portal.work()
    (mail,) = post.mails
    assert mail["Message-ID"] == f"<{portal.world.mails()[0].id}@127.0.0.1>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"] == portal.world.email("owner")
    assert mail["Date"].datetime
    assert mail["List-Unsubscribe"].startswith("<http://127.0.0.1:8000/unsubscribe/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in mail.walk() if not part.is_multipart()] == ["text/plain", "text/html"]


def test_a_greylisting_server_is_tried_again(serve, portal_at):
    post = Post(lambda post, address: "451 4.7.1 Come back later" if post.asked[address] == 1 else None)
    portal = portal_at(serve(post))
    key = portal.world.invited(ANN)
    portal.work()
    assert portal.states() == {ANN: ("deferred", "451 4.7.1 Come back later")}
    assert portal.world.invitation(key).delivery == "deferred"
    mail = portal.world.mails()[0]
    assert mail.available_at > clock.now() + timedelta(seconds=20)
    portal.office.step(db.session(), clock.now() + timedelta(minutes=2))
    portal.work()
    assert portal.states()[ANN][0] == "sent"
    assert portal.world.invitation(key).delivery == "sent"


@pytest.mark.parametrize("where", ["to_recipient", "at_end"])
def test_a_refusal_for_good_fails_at_once_and_holds_up_nobody(serve, portal_at, where):
    say = {where: lambda _, address: "550 5.1.1 No such mailbox" if address == ANN else None}
    portal = portal_at(serve(Post(**say)), hands=1)
    ann = portal.world.invited(ANN)
    portal.world.invite(BOB)
    portal.work()
    assert portal.states() == {ANN: ("failed", "550 5.1.1 No such mailbox"), BOB: ("sent", "250 Taken as 42")}
    assert portal.world.invitation(ann).delivery == "failed"


def test_one_recipient_that_hangs_does_not_hold_up_the_others(serve, portal_at):
    post = Post(hang="slow")
    portal = portal_at(serve(post), hands=2, MAIL_TIMEOUT=6)
    portal.world.invite("slow@example.org", *(f"p{number}@example.com" for number in range(20)))
    portal.work(until=lambda: len(post.taken) == 20, seconds=5)  # less than the time-out
    portal.work(until=lambda: portal.states()["slow@example.org"][0] == "deferred", seconds=20)
    assert "timed out" in portal.states()["slow@example.org"][1]


def test_a_server_that_is_away_pauses_the_queue_and_burns_no_tries(serve, portal_at):
    server = serve(Post())
    portal = portal_at(server, hands=1)
    server.stop()
    portal.world.invite(ANN, BOB)
    away = ("queued", "The mail server does not take mail now: Connection refused")
    portal.work(seconds=5, until=lambda: set(portal.states().values()) == {away})
    assert portal.office.step(db.session(), clock.now()) == 0  # paused
    assert {mail.attempts for mail in portal.world.mails()} == {0}
    later = clock.now() + timedelta(minutes=2)
    portal.office.step(db.session(), later)
    portal.office.step(db.session(), later, wait=2)
    assert portal.office.pauses == 2
    assert portal.office.paused_until - later == timedelta(seconds=2)


def test_a_server_that_comes_back_gets_all_of_it(serve, portal_at):
    post = Post(at_end=lambda post, _: "421 4.3.2 Shutting down" if len(post.asked) < 2 else None)
    portal = portal_at(serve(post), hands=1)
    portal.world.invite(ANN, BOB, "cy@example.org")
    portal.work(until=lambda: {status for status, _ in portal.states().values()} == {"sent"})
    assert sorted(mail["To"] for mail in post.mails) == [ANN, BOB, "cy@example.org"]
    assert portal.office.pauses == 0


def test_a_line_dropped_before_the_mail_is_given_is_tried_again_with_the_same_id(serve, portal_at):
    rude, post = serve(Post(), kind=RudeAtData), Post()
    portal = portal_at(rude)
    portal.world.invite(ANN)
    portal.work()
    assert portal.states()[ANN][0] == "deferred"
    portal.app.extensions["mail"].port = serve(post).port
    portal.office.step(db.session(), clock.now() + timedelta(minutes=2))
    portal.work()
    assert [mail["Message-ID"] for mail in post.mails] == [f"<{portal.world.mails()[0].id}@127.0.0.1>"]


def test_a_line_dropped_after_the_mail_may_bring_it_twice_with_the_same_id(serve, portal_at):
    post = Post(at_end=lambda post, address: "drop" if post.asked[address] == 1 else None)
    portal = portal_at(serve(post))
    portal.world.invite(ANN)
    portal.work()
    portal.office.step(db.session(), clock.now() + timedelta(minutes=2))
    portal.work()
    assert portal.states()[ANN][0] == "sent"
    assert len({mail["Message-ID"] for mail in post.mails}) == 1
    assert len(post.mails) == 2


def test_a_server_that_says_no_goodbye_has_the_mail_once(serve, portal_at):
    post = Post()
    portal = portal_at(serve(post, kind=RudeAtQuit))
    portal.world.invite(ANN)
    portal.work()
    portal.crew.recall()
    portal.crew.close()
    assert portal.states()[ANN][0] == "sent"
    assert len(post.taken) == 1


def test_a_connection_that_ended_while_idle_costs_nothing(serve, portal_at):
    post = Post()
    portal = portal_at(serve(post, kind=RudeAtMail), hands=1)
    portal.world.invite(ANN, BOB)
    portal.work()
    assert {status for status, _ in portal.states().values()} == {"sent"}
    assert len(post.taken) == 2


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("way", ["MAIL_USE_TLS", "MAIL_USE_SSL"])
def test_only_a_certificate_that_is_trusted_gets_the_mail(serve, portal_at, tmp_path, monkeypatch, way, trusted):
    context, pem = certificate(tmp_path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    post = Post()
    options = {"tls_context": context, "require_starttls": True} if way == "MAIL_USE_TLS" else {"ssl_context": context}
    portal = portal_at(serve(post, **options), **{way: True})
    portal.world.invite(ANN)
    portal.work(seconds=5, until=lambda: bool(post.taken) if trusted else portal.office.pauses > 0)
    assert len(post.taken) == trusted
    if not trusted:
        assert "certificate" in portal.states()[ANN][1]


def test_a_server_without_starttls_gets_nothing_where_it_is_asked_for(serve, portal_at):
    post = Post()
    portal = portal_at(serve(post), MAIL_USE_TLS=True)
    portal.world.invite(ANN)
    portal.work(seconds=5, until=lambda: portal.office.pauses > 0)
    assert post.taken == []
    assert "STARTTLS" in portal.states()[ANN][1]


def test_no_domain_has_more_connections_than_it_may(serve, portal_at):
    post = Post()
    portal = portal_at(serve(post), hands=6, per_domain=2)
    portal.world.invite(*(f"p{n}@{domain}" for n in range(12) for domain in ("example.com", "example.net")))
    portal.work()
    assert post.most_at_once == {"example.com": 2, "example.net": 2}
    assert len(post.taken) == 24


def test_threads_end_when_they_are_let_go(serve, portal_at):
    portal = portal_at(serve(Post()))
    portal.world.invite(ANN)
    portal.work()
    portal.crew.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("mail-")]
