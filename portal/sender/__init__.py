"""What a receiver thinks of mails from the sender's domain, by what DNS says, and which record to add.

``flask doctor mail`` prints it. SPF is judged for the domain that bounces go to, DKIM for the one that signs; DMARC
asks that one of the two holds for the domain that people see in From.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any, NamedTuple

from . import dmarc, key, spf
from .dmarc import Policy
from .names import Address, Names, Unanswered

__all__ = ["Judged", "Names", "Unanswered", "examine", "leaves_from"]

NO_DOMAINS = (".localdomain", ".localhost", ".local", ".internal", ".invalid")


class Judged(NamedTuple):
    """What was found out about one thing; ``record`` is what belongs into DNS, where something does."""

    check: str
    ok: bool
    said: str
    remedy: str = ""
    record: str = ""


@dataclass
class Evidence:
    """The mails' domains and hosts, and what holds for them so far; None for what is not known."""

    names: Names
    config: Mapping[str, Any]
    hosts: list[Address]
    policy: Policy | None = None
    spf: bool | None = None
    dkim: bool | None = None
    dmarc: bool | None = None

    @property
    def sender(self) -> str:
        """The domain that people see in From."""
        return parseaddr(self.config["MAIL_DEFAULT_SENDER"])[1].rpartition("@")[2].lower()

    @property
    def bounces_to(self) -> str:
        """The address on the envelope; where each mail has one of its own, without what differs."""
        return self.config["MAIL_BOUNCE_ADDRESS"] or parseaddr(self.config["MAIL_DEFAULT_SENDER"])[1]

    @property
    def envelope(self) -> str:
        """Its domain."""
        return self.bounces_to.rpartition("@")[2].lower()

    @property
    def signer(self) -> str:
        """The domain that signs."""
        return str(self.config["MAIL_DKIM_DOMAIN"]).lower()


def examine(config: Mapping[str, Any], names: Names, hosts: list[Address]) -> list[Judged]:
    """Looks at one thing after the other, and then says what a receiver makes of all of it.

    ``hosts`` are those that mails leave from. Where DNS does not answer, that is what is found.
    """
    known = Evidence(names, config, hosts)
    found = [_judged(check, look, known) for check, look in _CHECKS.items()]
    return [*found, _verdict(known)]


def leaves_from(config: Mapping[str, Any], names: Names) -> list[Address]:
    """The public addresses of the mail server that is set, which mails leave from unless it hands them on.

    None where there are no such, or DNS does not tell.
    """
    try:
        return [address for address in names.addresses(config["MAIL_SERVER"]) if address.is_global]
    except Unanswered:
        return []


def _judged(check: str, look: Callable[[Evidence], Judged], known: Evidence) -> Judged:
    try:
        return look(known)
    except Unanswered as silence:
        remedy = "Look at this machine's name server, or ask another with --nameserver."
        return Judged(check, False, str(silence), remedy)


def _domain(known: Evidence) -> Judged:
    sender = known.sender
    if "." not in sender or sender.endswith(NO_DOMAINS):
        said = f"Mails come from {sender}, which is no domain of the internet: no receiver takes them."
        return Judged("domain", False, said, "Set PORTAL_MAIL_DEFAULT_SENDER to an address of a domain of yours.")
    if not known.names.exists(sender):
        said = f"There is no domain {sender}: receivers refuse mails from it."
        return Judged("domain", False, said, "Look at PORTAL_MAIL_DEFAULT_SENDER.")
    if not known.names.mail_hosts(sender) and not known.names.addresses(sender):
        said = f"{sender} takes no mail, and some receivers refuse what nobody can reply to."
        return Judged("domain", False, said, "Say which host takes its mail.", f"{sender}. IN MX 10 mail.{sender}.")
    return Judged("domain", True, f"Mails come from {sender}, which takes mail itself.")


# SPF ---------------------------------------------------------------------------------------------------------------


def _spf(known: Evidence) -> Judged:
    domain, hosts = known.envelope, known.hosts
    found = spf.records(known.names, domain)
    known.spf = False
    if not found:
        said = f"{domain} has no SPF record: a receiver cannot tell which hosts may send for it."
        begun = spf.allowing("v=spf1 ~all", hosts) if hosts else "v=spf1 mx ~all"
        remedy = "Add one." if hosts else "Add one; “mx” stands for the hosts that take its mail, if they send it too."
        return Judged("SPF", False, said, remedy, key.zone_line(domain, begun))
    if len(found) > 1:
        said = f"{domain} has {len(found)} SPF records: a receiver takes that for a mistake and believes none."
        return Judged("SPF", False, said, "Put one in their place.", key.zone_line(domain, spf.merged(found)))
    if not hosts:
        known.spf = None
        said = f"{domain} says “{found[0]}”, and which host its mails leave from is not known here."
        return Judged("SPF", False, said, "Say it with --sends-from ADDRESS.")
    try:
        return _record_judged(known, found[0])
    except spf.Broken as broken:
        said = f"{domain} says “{found[0]}”, which is broken: {broken}. A receiver believes none of it."
        return Judged("SPF", False, said, "Mend it.")


def _record_judged(known: Evidence, record: str) -> Judged:
    """What the record says of the hosts. Raises Broken."""
    domain, shown = known.envelope, ", ".join(map(str, known.hosts))
    answers = {host: spf.judged(known.names, record, host, domain, known.bounces_to) for host in known.hosts}
    unlisted = [host for host, answer in answers.items() if answer.result != "pass"]
    if unlisted:
        answer, line = answers[unlisted[0]], key.zone_line(domain, spf.allowing(record, unlisted))
        said = _UNLISTED[answer.result].format(unlisted[0], domain, f" ({answer.term})" if answer.term else "")
        return Judged("SPF", False, said, "Name it, if mails leave from there.", line)
    if {"all", "+all"} & set(record.lower().split()):
        said = f"{domain} lets every host of the internet send for it: a receiver gives nothing for that."
        return Judged("SPF", False, said, "Name the hosts, and end with ~all.")
    known.spf = True
    terms = ", ".join(sorted({answer.term for answer in answers.values()}))
    return Judged("SPF", True, f"{shown} may send for {domain} ({terms}).")


_UNLISTED = {
    "fail": "{0} may not send for {1}{2}: receivers are told to refuse its mails.",
    "softfail": "{0} is not among the senders of {1}{2}: receivers often take its mails for junk.",
    "neutral": "The record of {1} says nothing about {0}{2}: to receivers that is as good as no record.",
}


# DKIM --------------------------------------------------------------------------------------------------------------


def _dkim(known: Evidence) -> Judged:
    known.dkim = False
    if not known.config["MAIL_DKIM_KEY"]:
        said = "Usher does not sign its mails: unless the mail server does, nothing shows that they are genuine."
        return Judged("DKIM", False, said, "Make a key and set PORTAL_MAIL_DKIM_KEY, as docs/operators.md says.")
    name = key.name_of(known.config)
    try:
        line = key.zone_line(name, key.record_for(known.config))
    except key.Unfit as unfit:
        return Judged("DKIM", False, str(unfit), "Make another: openssl genrsa -out dkim.pem 2048.")
    known.dkim = None
    found = known.names.texts(name)
    known.dkim = len(found) == 1 and key.fits(found[0], known.config)
    if known.dkim:
        return Judged("DKIM", True, f"Mails are signed by {known.signer}, and the key at {name} proves it.")
    if not found:
        said = f"Mails are signed, but there is no key at {name}: to a receiver they are as good as unsigned."
        return Judged("DKIM", False, said, "Add it.", line)
    if len(found) > 1:
        said = f"There are {len(found)} records at {name}: which of them a receiver takes is left to chance."
    elif key.is_revoked(found[0]):
        said = f"The key at {name} is revoked: a receiver believes no signature by it."
    else:
        said = f"The key at {name} is not the one that mails are signed with: to a receiver each signature is forged."
    return Judged("DKIM", False, said, "Put this in its place.", line)


# DMARC, and all of it together -------------------------------------------------------------------------------------


def _dmarc(known: Evidence) -> Judged:
    sender = known.sender
    known.policy = found = dmarc.policy(known.names, sender)
    known.dmarc = False
    line = key.zone_line(f"_dmarc.{sender}", f"v=DMARC1; p=none; rua=mailto:postmaster@{sender}")
    if found is None:
        said = f"{sender} has no DMARC record: anybody may write in its name, and large receivers ask for one."
        return Judged(
            "DMARC", False, said, "Add one; p=none asks for reports only, p=quarantine and p=reject for more.", line
        )
    if len(found.texts) > 1:
        said = f"There are {len(found.texts)} DMARC records at _dmarc.{found.domain}: a receiver believes none."
        return Judged("DMARC", False, said, "Leave one.")
    asked = found.asks(sender)
    if not asked:
        said = f"“{found.texts[0]}” says no p=none, quarantine or reject: a receiver takes it for no record."
        return Judged("DMARC", False, said, "Put this in its place.", line)
    known.dmarc = True
    return Judged("DMARC", True, f"{found.domain} asks receivers to {_ASKED[asked]}.")


_ASKED = {
    "none": "do nothing about mails that fail, but to report them (p=none)",
    "quarantine": "put mails that fail into junk (p=quarantine)",
    "reject": "refuse mails that fail (p=reject)",
}


def _verdict(known: Evidence) -> Judged:
    """DMARC's question: is SPF or DKIM proved, for the domain in From or one that belongs with it?"""
    sender = known.sender
    proofs = {"SPF": (known.spf, known.envelope, "aspf"), "DKIM": (known.dkim, known.signer, "adkim")}
    proved = [
        by for by, (holds, of, tag) in proofs.items() if holds and dmarc.is_aligned(of, sender, known.policy, tag)
    ]
    if proved:
        said = f"A receiver takes the mails as truly from {sender}, by {' and '.join(proved)}."
        return Judged("receiver", True, said)
    if any(holds is None for holds, *_ in proofs.values()) or known.dmarc is None:
        return Judged("receiver", False, "What a receiver makes of the mails cannot be told from this.", "See above.")
    foreign = [f"{by} holds for {of} only" for by, (holds, of, _) in proofs.items() if holds]
    why = f": {' and '.join(foreign)}" if foreign else ""
    asked = known.policy.asks(sender) if known.policy is not None and known.dmarc else ""
    said = f"A receiver cannot tell that the mails are from {sender}{why}, and {_DONE[asked]}."
    remedy = f"Sign and send for {sender} itself." if foreign else "Mend SPF or DKIM above; both is best."
    return Judged("receiver", False, said, remedy)


_DONE = {
    "": "does with them as it likes: often that is junk",
    "none": "does with them as it likes: often that is junk",
    "quarantine": "puts them into junk, as the domain asks",
    "reject": "refuses every one of them, as the domain asks",
}

_CHECKS: dict[str, Callable[[Evidence], Judged]] = {
    "domain": _domain,
    "SPF": _spf,
    "DKIM": _dkim,
    "DMARC": _dmarc,
}
