"""Reports that mail servers deliver: by LMTP, by SMTP, and through a pipe."""

import smtplib
import threading

import pytest
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

from portal import links
from portal.delivery.signing import signed
from portal.extensions import db
from portal.worker import intake
from tests.rules.test_returns import report

from .servers import Server

ANN = "ann@example.com"


@pytest.fixture
def mail(world):
    """A mail to Ann that was handed over."""
    world.invited(ANN)
    message = world.mails()[0]
    message.status = "sent"
    world.session.commit()
    return message


@pytest.mark.parametrize(("kind", "client"), [(LMTP, smtplib.LMTP), (SMTP, smtplib.SMTP)])
def test_a_report_that_is_delivered_is_written_down(app, world, mail, kind, client):
    server = Server(intake.Taking(app), kind=kind)
    server.start()
    try:
        with client("127.0.0.1", server.port) as host:
            to = f"bounces+{links.return_token(mail.id)}@example.com"
            host.sendmail("", [to], report(mail, to=to))
            host.sendmail("", [to], b"Subject: Out of office\r\n\r\nI am away.")
    finally:
        server.stop()
    world.session.rollback()
    assert world.invitation(mail.invitation_id).delivery == "bounced"


@pytest.mark.sqlite
def test_the_intake_listens_until_it_is_told_to_end(app, world, mail, monkeypatch):
    """The loop itself, with its ending in place of a signal's, which only a process has."""
    handlers = {}
    monkeypatch.setattr(
        "asyncio.unix_events._UnixSelectorEventLoop.add_signal_handler",
        lambda loop, number, end: handlers.setdefault(number, (loop, end)),
    )
    server = Server(None)
    server.handler = intake.Taking(app)
    server.start()
    port = server.port
    server.stop()
    running = threading.Thread(target=intake.serve, args=(app, f"lmtp://127.0.0.1:{port}"))
    running.start()
    for _ in range(200):
        try:
            with smtplib.LMTP("127.0.0.1", port, timeout=5) as host:
                host.sendmail("", ["x@example.com"], report(mail))
            break
        except ConnectionRefusedError:
            running.join(0.05)
    loop, end = next(iter(handlers.values()))
    loop.call_soon_threadsafe(end)
    running.join(10)
    assert not running.is_alive()
    world.session.rollback()
    assert world.invitation(mail.invitation_id).delivery == "bounced"


def test_a_report_from_a_pipe_is_written_down(app, world, mail):
    result = app.test_cli_runner().invoke(args=["mail", "bounce", "--json"], input=report(mail))
    assert (result.exit_code, '"what":"bounced"' in result.stdout) == (0, True)
    db.session.rollback()
    assert world.invitation(mail.invitation_id).delivery == "bounced"
    result = app.test_cli_runner().invoke(args=["mail", "bounce"], input=b"Subject: Hi\n\n\xff")
    assert "no report about a mail of ours" in result.stdout


@pytest.mark.sqlite
def test_a_mail_that_failed_is_shown_and_tried_again(app, world, mail):
    run = app.test_cli_runner()
    assert "is not tried again" in run.invoke(args=["mail", "retry", str(mail.id)]).stderr
    mail.status, mail.attempts = "failed", 7
    world.session.commit()
    assert "failed" in run.invoke(args=["mail", "show", str(mail.id)]).stdout
    assert run.invoke(args=["mail", "retry", str(mail.id)]).exit_code == 0
    world.session.refresh(mail)
    assert (mail.status, mail.attempts) == ("queued", 0)
    assert "There is no mail" in run.invoke(args=["mail", "show", str(world.id)]).stderr


@pytest.mark.sqlite
def test_a_trial_says_what_the_server_said(app, world):
    run = app.test_cli_runner()
    assert "Taken: Captured" in run.invoke(args=["mail", "test", ANN]).stdout
    assert run.invoke(args=["mail", "test", "nobody"]).exit_code == 1


@pytest.mark.sqlite
def test_a_signed_mail_verifies_with_the_key_of_its_domain(tmp_path):
    import dkim
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key, file = rsa.generate_private_key(65537, 2048), tmp_path / "key.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    config = {"MAIL_DKIM_KEY": str(file), "MAIL_DKIM_SELECTOR": "usher", "MAIL_DKIM_DOMAIN": "example.com"}
    mail = b"From: a@example.com\r\nTo: b@example.net\r\nSubject: Hi\r\n\r\nHello\r\n"
    asked = []

    def record(name, **_):
        import base64

        asked.append(name)
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    assert dkim.verify(signed(mail, config), dnsfunc=record)
    assert asked == [b"usher._domainkey.example.com."]
    assert not dkim.verify(signed(mail, config).replace(b"Hello", b"Hullo"), dnsfunc=record)
    assert signed(mail, config | {"MAIL_DKIM_KEY": ""}) == mail
