"""The root of the portal's errors."""

from collections.abc import Iterator
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


class PortalError(Exception):
    """The root. ``status`` is the HTTP status of a face that has no other word for it."""

    code = "error"
    status = 400
    sentence: LazyString = _l("Something went wrong.")
    remedy: LazyString = _l("Try again.")
    field: str | None = None
    about: Any = None  # the one of many that it is about, such as an offer, where a rule was given many

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.code)

    def __str__(self) -> str:
        """The sentence, in the language of whoever reads it now."""
        return str(self.sentence) % self.facts if self.facts else str(self.sentence)


def codes() -> dict[str, type[PortalError]]:
    """Every code that a rule refuses with, and the first error of the tree that has it."""
    found: dict[str, type[PortalError]] = {}
    for kind in _below(PortalError):
        found.setdefault(kind.code, kind)
    return dict(sorted(found.items()))


def _below(root: type[PortalError]) -> Iterator[type[PortalError]]:
    """The errors of this package that say something of their own; what only groups others is never raised."""
    for kind in root.__subclasses__():
        if kind.__module__.startswith(f"{__package__}.") and kind.sentence is not PortalError.sentence:
            yield kind
        yield from _below(kind)
