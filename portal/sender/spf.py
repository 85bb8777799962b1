"""SPF (RFC 7208): whether a host may send for a domain, judged as a receiver does."""

import re
from ipaddress import ip_network
from typing import NamedTuple

from .names import Address, Names

LOOKUPS = 10  # that a receiver makes at most (4.6.4)
MAIL_HOSTS = 10  # of one `mx` that it looks at
FREE = ("all", "ip4", "ip6")  # mechanisms that take no lookup
RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_MECHANISM = re.compile(r"([+?~-]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::([^/\s]+))?((?:/\d+)?(?://\d+)?)", re.I)
_MODIFIER = re.compile(r"([a-z][a-z0-9._-]*)=(.*)", re.I)
_MACRO = re.compile(r"%(?:\{([slodiphv])(\d*)(r?)([.+,/_=-]*)\}|([%_-]))", re.I)


class Broken(Exception):
    """The record is one that a receiver gives up on (its *permerror*); the argument says why."""


class Said(NamedTuple):
    """What a record says of a host: RFC 7208's result, and the term that decided."""

    result: str
    term: str


def records(names: Names, domain: str) -> list[str]:
    """The domain's SPF records; there should be one."""
    return sorted(text for text in names.texts(domain) if f"{text} ".lower().startswith("v=spf1 "))


def judged(names: Names, record: str, host: Address, domain: str, sender: str) -> Said:
    """What the domain's record says of a host that sends for ``sender``. Raises Broken, or Unanswered."""
    return _Visit(names, host, sender).says(record, domain)


def merged(several: list[str]) -> str:
    """One record out of several: all they allow, and the mildest of what they say of others."""
    terms = [term for record in several for term in record.split()[1:]]
    ends = [term for term in terms if term.lower().lstrip("+?~-") == "all"]
    end = next((each for each in ("+all", "all", "?all", "~all", "-all") if each in ends), "~all")
    return " ".join(["v=spf1", *dict.fromkeys(term for term in terms if term not in ends), end])


def allowing(record: str, hosts: list[Address]) -> str:
    """The record with these hosts allowed."""
    return " ".join([record.split()[0], *(f"ip{host.version}:{host}" for host in hosts), *record.split()[1:]])


class _Visit:
    """One judgement, with the lookups that it has taken."""

    def __init__(self, names: Names, host: Address, sender: str) -> None:
        self.names, self.host, self.sender, self.lookups = names, host, sender, 0

    def says(self, record: str, domain: str) -> Said:
        """What this record of the domain says of the host."""
        redirect, terms = "", []
        for term in record.split()[1:]:
            if mechanism := _MECHANISM.fullmatch(term):
                terms.append(mechanism)
            elif not (modifier := _MODIFIER.fullmatch(term)):
                raise Broken(f"“{term}” means nothing")
            elif modifier[1].lower() == "redirect":
                redirect = modifier[2]
        for mechanism in terms:
            if self._matches(mechanism, domain):
                return Said(RESULTS[mechanism[1] or "+"], mechanism[0])
        if redirect:
            self._count(f"redirect={redirect}")
            return self._elsewhere(self._spelled(redirect, domain))
        return Said("neutral", "")

    def _matches(self, mechanism: re.Match[str], domain: str) -> bool:
        _, kind, value, lengths = mechanism.groups()
        if kind.lower() not in FREE:
            self._count(mechanism[0])
        target = self._spelled(value or domain, domain)
        match kind.lower():
            case "all":
                return True
            case "ip4" | "ip6":
                return self._is_in(f"{value}{lengths}")
            case "include":
                return self._elsewhere(target).result == "pass"
            case "exists":
                return bool(self.names.addresses(target, 4))
            case "ptr":
                return False  # receivers are told not to follow it (5.5)
            case "a":
                return self._is_among([target], lengths)
        hosts = self.names.mail_hosts(target)
        if len(hosts) > MAIL_HOSTS:
            raise Broken(f"“{mechanism[0]}” names more than {MAIL_HOSTS} hosts")
        return self._is_among(hosts, lengths)

    def _count(self, term: str) -> None:
        self.lookups += 1
        if self.lookups > LOOKUPS:
            raise Broken(f"at “{term}” it takes more than {LOOKUPS} lookups")

    def _elsewhere(self, domain: str) -> Said:
        found = records(self.names, domain)
        if len(found) != 1:
            raise Broken(f"it leads to {domain}, which has {len(found) or 'no'} SPF records")
        return self.says(found[0], domain)

    def _is_among(self, hosts: list[str], lengths: str) -> bool:
        four, _, six = lengths.partition("//")
        length = (four.lstrip("/") or "32") if self.host.version == 4 else (six or "128")
        found = [address for host in hosts for address in self.names.addresses(host, self.host.version)]
        return any(self._is_in(f"{address}/{length}") for address in found)

    def _is_in(self, network: str) -> bool:
        try:
            return self.host in ip_network(network, strict=False)
        except ValueError:
            raise Broken(f"“{network}” is no network") from None

    def _spelled(self, name: str, domain: str) -> str:
        """The name with its macros written out (7)."""
        local, _, of = self.sender.rpartition("@")
        dotted = ".".join(self.host.exploded.replace(":", "")) if self.host.version == 6 else str(self.host)
        values = {
            "s": self.sender, "l": local, "o": of, "d": domain, "h": of, "i": dotted, "p": "unknown",
            "v": "in-addr" if self.host.version == 4 else "ip6",
        }  # fmt: skip

        def written(macro: re.Match[str]) -> str:
            letter, digits, backwards, delimiters, sign = macro.groups()
            if sign:
                return {"%": "%", "_": " ", "-": "%20"}[str(sign)]
            parts = re.split(f"[{re.escape(delimiters or '.')}]", values[letter.lower()])
            parts = parts[::-1] if backwards else parts
            return ".".join(parts[-int(digits) :] if digits else parts)

        return _MACRO.sub(written, name)
