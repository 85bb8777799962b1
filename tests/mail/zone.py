"""A name server on loopback that knows one zone, and is silent about some names."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Zone = dict[tuple[str, str], list[str]]


class NameServer:
    """Answers by UDP: what ``zone`` has, that there is no such name, or nothing at all for ``silent`` ones."""

    def __init__(self) -> None:
        self.zone: Zone = {}
        self.silent: set[str] = set()
        self.refused: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]

    def put(self, name: str, kind: str, *values: str) -> None:
        """Replaces what the name has of that kind; without values it has none."""
        self.zone.pop((name, kind), None)
        if values:
            self.zone[name, kind] = [f'"{value}"' if kind == "TXT" and '"' not in value else value for value in values]

    def answer(self, asked: dns.message.Message) -> dns.message.Message | None:
        """The answer to one question."""
        (question,) = asked.question
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name in self.silent:
            return None
        reply = dns.message.make_response(asked)
        reply.flags |= dns.flags.RA
        if name in self.refused:
            reply.set_rcode(dns.rcode.REFUSED)
        elif values := self.zone.get((name, kind)):
            reply.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, values))
        elif not any(known == name or known.endswith(f".{name}") for known, _ in self.zone):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply

    def serve(self) -> None:
        """Answers until the socket is closed."""
        with contextlib.suppress(OSError):
            while True:
                data, who = self.socket.recvfrom(4096)
                if not data:
                    return
                with contextlib.suppress(dns.exception.DNSException):
                    if (reply := self.answer(dns.message.from_wire(data))) is not None:
                        self.socket.sendto(reply.to_wire(), who)


@contextlib.contextmanager
def listening() -> Iterator[NameServer]:
    """A name server while it is needed."""
    server = NameServer()
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", ("127.0.0.1", server.port))
        thread.join()
        server.socket.close()
