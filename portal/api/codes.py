"""The codes that a face refuses with, listed in one place each: for the document's enumerations and its page."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import WithJsonSchema

from ..errors import PortalError

UNAVAILABLE = (
    "The portal cannot answer at the moment. Try again after the seconds in Retry-After, and look first whether it was "
    "done."
)
_FACT = re.compile(r"%\(\w+\)s")


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a face: where the page lists it, the status that it comes with, and what it means."""

    anchor: str
    code: str
    status: int
    meaning: str


def enumeration(codes: Iterable[str | int]) -> Any:
    """What says in a model that a field holds one of these."""
    known = sorted(set(codes), key=str)
    return WithJsonSchema({"type": "string" if isinstance(known[0], str) else "integer", "enum": known})


def meaning(kind: type[PortalError]) -> str:
    """The sentence and the remedy of a rule's refusal, without the facts of any one case."""
    return f"{_FACT.sub('…', str(kind.sentence))} {_FACT.sub('…', str(kind.remedy))}"
