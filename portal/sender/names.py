"""Asks the domain name system, and tells "there is none" from "nobody answered"."""

import contextlib
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import dns.resolver
from dns.exception import DNSException, Timeout

Address = IPv4Address | IPv6Address
TIMEOUT = 5.0  # seconds for one name, with every try
EDNS_SIZE = 1232  # bytes: what passes everywhere without being cut into pieces (DNS Flag Day 2020)


class Unanswered(Exception):
    """No name server answered, or none with sense; the argument says so in a sentence."""


class Names:
    """Records by name. Every method raises Unanswered where that is not known."""

    def __init__(self, server: tuple[str, int] | None = None, timeout: float = TIMEOUT) -> None:
        try:
            self.resolver = dns.resolver.Resolver(configure=server is None)
        except dns.resolver.NoResolverConfiguration:
            raise Unanswered("This machine knows no name server.") from None
        if server is not None:
            self.resolver.nameservers, self.resolver.port = [server[0]], server[1]
        self.resolver.lifetime, self.resolver.timeout = timeout, timeout / 2
        self.resolver.use_edns(0, 0, EDNS_SIZE)

    def exists(self, name: str) -> bool:
        """Whether there is such a name at all."""
        return self._asked(name, "SOA") is not None

    def texts(self, name: str) -> list[str]:
        """The name's TXT records, each put together from its pieces."""
        return [b"".join(record.strings).decode("latin-1") for record in self._asked(name, "TXT") or []]

    def addresses(self, name: str, version: int | None = None) -> list[Address]:
        """The name's addresses, of both versions or of one; an address is its own, and no name has none."""
        with contextlib.suppress(ValueError):
            return [ip_address(name)]
        kinds = {4: ["A"], 6: ["AAAA"], None: ["A", "AAAA"]}[version] if name else []
        return [ip_address(record.address) for kind in kinds for record in self._asked(name, kind) or []]

    def mail_hosts(self, name: str) -> list[str]:
        """The hosts that take mail for the name, as its MX records say, the preferred ones first."""
        records = sorted(self._asked(name, "MX") or [], key=lambda record: record.preference)
        return [record.exchange.to_text(omit_final_dot=True) for record in records]

    def _asked(self, name: str, kind: str) -> list[Any] | None:
        """The records; none where the name has none of that kind, None where there is no such name."""
        try:
            return list(self.resolver.resolve(name, kind, search=False))
        except dns.resolver.NXDOMAIN:
            return None
        except dns.resolver.NoAnswer:
            return []
        except Timeout:
            raise Unanswered(f"No name server answered for {name} in {self.resolver.lifetime:g} seconds.") from None
        except dns.resolver.NoNameservers:
            raise Unanswered(f"The name servers answered nothing of use for {name}.") from None
        except (DNSException, OSError, UnicodeError) as failure:
            raise Unanswered(f"{name} cannot be asked for: {failure}.") from None
