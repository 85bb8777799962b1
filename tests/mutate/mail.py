"""The guards of mail on its way, beside those against published attacks: ``python -m tests.mutate mail``."""

from .guards import Guard, guard

CREW, SMTP, LETTERS = "portal/delivery/crew.py", "portal/delivery/smtp.py", "portal/delivery/letters.py"
OUTBOX, AHEAD, STATEMENTS = "portal/delivery/outbox.py", "portal/worker/ahead.py", "portal/statements.py"
MESSAGES, POST, EVENTS = "portal/worker/messages.py", "portal/worker/post.py", "portal/api/v1/mail_events.py"
REMINDERS, RETURNS = "portal/invitations/reminders.py", "portal/returns.py"
SERVERS, WORKER = "tests/mail/test_servers.py", "tests/rules/test_worker.py"


def mail_guard(what: str, tests: str, named: str, *edits: tuple[str, str, str]) -> Guard:
    """A line of the table; the tests whose names hold ``named`` must fail."""
    return guard(0, what, tests, *edits, named=named)


MAIL_GUARDS = [
    mail_guard("a claimed mail is nobody else's", WORKER, "nobody_elses", (
        OUTBOX, '"available_at": now + lease,', '"available_at": now,',
    )),
    mail_guard("who lost the lease writes nothing down", WORKER, "lost_its_lease", (
        STATEMENTS, "outbox.c.lease == rows.c.lease, ", "",
    )),
    mail_guard("a second sending is the same mail", WORKER, "same_message_id", (
        MESSAGES, "message_id=message_id(message.id),", "message_id=message_id(new_id()),",
    )),
    mail_guard("nothing new before what was sent is written down", "tests/mail/test_crew.py", "begins_nothing", (
        CREW, "while job.message.id in self.unwritten and not self.ending:", "while False:",
    )),
    mail_guard("what lay in store past its lease is not sent", "tests/mail/test_crew.py", "too_long", (
        CREW, "if job.since and time.monotonic() - job.since > fresh_for:", "if False:",
    )),
    mail_guard("no domain has more connections than it may", SERVERS, "more_connections", (
        CREW, "if self.active[job.parcel.domain] < self.per_domain:", "if True:",
    )),
    mail_guard("each answer of a server is waited for so long", SERVERS, "hangs", (
        SMTP, "host = smtplib.SMTP(mail.server, mail.port, timeout=timeout)",
        "host = smtplib.SMTP(mail.server, mail.port)",
    )),
    mail_guard("without STARTTLS nothing is sent where it is asked for", SERVERS, "without_starttls", (
        SMTP, "                host.starttls(context=context)",
        "                with contextlib.suppress(smtplib.SMTPNotSupportedError):\n"
        "                    host.starttls(context=context)",
    )),
    mail_guard("a certificate is checked", SERVERS, "certificate", (
        SMTP, "ssl.create_default_context()", "ssl._create_unverified_context()",
    )),
    mail_guard("a goodbye that does not come is no failure", SERVERS, "goodbye", (
        SMTP, "            with contextlib.suppress(smtplib.SMTPException, OSError):\n                self.host.quit()",
        "            self.host.quit()",
    )),
    mail_guard("a server that is away burns no tries", SERVERS, "burns_no_tries", (
        OUTBOX, "reason, at or now, message.attempts - 1)", "reason, at or now, message.attempts)",
    )),
    mail_guard("one recipient a mail", "tests/rules/test_mails.py", "one_recipient", (
        LETTERS, "if not _ONE_ADDRESS.fullmatch(self.recipient):", "if not self.recipient:",
    )),
    mail_guard("words that look encoded are encoded", "tests/rules/test_mails.py", "look_encoded", (
        LETTERS, 'if not value.isascii() or "=?" in value:', "if not value.isascii():",
    )),
    mail_guard("the address of a report is signed", "tests/rules/test_returns.py", "forged_address", (
        "portal/links.py",
        "if not any(hmac.compare_digest(said[32:], _return_signature(message_id, key)) for key in _keys()):",
        "if not said:",
    )),
    mail_guard("an event is signed", "tests/api/v1/test_mail_events.py", "not_signed", (
        EVENTS, "Webhook(secret).verify(request.get_data(), {name.lower(): value for name, value in request.headers})",
        "Webhook(secret)",
    )),
    mail_guard("an old event is refused", "tests/api/v1/test_mail_events.py", "not_signed", (
        EVENTS, "        Webhook(secret).verify(request.get_data(),",
        "        from datetime import UTC, datetime\n"
        "        webhook = Webhook(secret)\n"
        "        webhook._Webhook__verify_timestamp = lambda said: datetime.fromtimestamp(float(said), UTC)\n"
        "        webhook.verify(request.get_data(),",
    )),
    mail_guard("nobody takes events without a secret", "tests/api/v1/test_mail_events.py", "without_a_secret", (
        EVENTS, "        if not secret:\n            raise BadSignature()\n        Webhook(secret)",
        "        if secret:\n            Webhook(secret)",
    )),
    mail_guard("told twice, it counts once", "tests/rules/test_returns.py", "twice", (
        RETURNS, 'message.status not in ("sending", "sent")', "not message.status",
    )),
    mail_guard("a complaint stops an organization's mail", "tests/rules/test_returns.py", "complaint", (
        MESSAGES, "if ahead.is_stopped(message):", "if False:",
    )),
    mail_guard("a complaint stops no mail that a person asks for", "tests/rules/test_returns.py", "complaint", (
        MESSAGES, "def _reset(session: Session, message: Message, _: Ahead) -> Composed:\n",
        "def _reset(session: Session, message: Message, _: Ahead) -> Composed:\n"
        "    from ..models import MailStop\n"
        "    if session.query(MailStop).filter_by(email=message.recipient).count():\n"
        '        raise NoLongerTrue("stopped")\n',
    )),
    mail_guard("who wants no reminders still gets invitations", "tests/rules/test_reminders.py", "still_gets", (
        AHEAD, 'kinds & {"complaint"}', "kinds",
    )),
    mail_guard("an answered invitation is not reminded of", "tests/rules/test_reminders.py", "reminded_after", (
        REMINDERS, 'where(Invitation.status == "pending", Invitation.remind_at <= now)',
        "where(Invitation.remind_at <= now)",
    )),
    mail_guard("where no mail arrives no reminder goes", "tests/rules/test_reminders.py", "reminded_after", (
        REMINDERS, "reaches = invitation.delivery not in UNREACHED and ", "reaches = ",
    )),
    mail_guard("who wants none gets no reminder", "tests/rules/test_reminders.py", "reminded_after", (
        REMINDERS, "if invitation.email not in stopped]", "if invitation.email]",
    )),
    mail_guard("a queued reminder is not sent once it is answered", WORKER, "lapsed_or_accepted or no_longer_true", (
        MESSAGES, "if view.obstacle is not None:", "if False:",
    )),
    mail_guard("a captured mail is this user's alone", "tests/rules/test_mails.py", "captured", (
        SMTP, "os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)", "os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)",
    )),
]  # fmt: skip
