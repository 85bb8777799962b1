"""The parts of ``make torture``, each a module with a ``main`` that prints figures and returns an exit status."""

from typing import NamedTuple


class Part(NamedTuple):
    """Where a part is and what it does; ``main`` is imported only when it is its turn."""

    module: str
    about: str


PARTS = {
    "mail": Part("tests.mail.kills", "the mail worker killed 100 times over 10,000 mails, on both databases"),
    "imports": Part("tests.torture.imports", "lists of 100,000 rows: time, memory, and a worker killed 20 times"),
    "kills": Part("tests.torture.kills", "web server and worker killed 100 times under load, on both databases"),
    "faults": Part(
        "tests.torture.faults", "database stopped, locked, without a connection left; disk full; Redis gone"
    ),
    "clients": Part("tests.torture.clients", "hundreds of slow and half-open clients, and bodies that are too large"),
    "machines": Part("tests.torture.machines", "many machines: each kind of node dies again and again; an upgrade"),
}
