"""What single fields hold on the wire, and how each is read: strictly, so that an array is no string."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from babel import Locale
from babel.core import UnknownLocaleError
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StrictInt, WithJsonSchema

from ... import links
from ...links import Kind
from ...text import without_nul

Role = Literal["owner", "admin", "manager", "billing_manager", "member"]
TeamRole = Literal["team_manager", "analyst_developer", "developer", "read_only"]
ProjectRole = Literal["project_admin", "project_member", "project_viewer"]
Status = Literal["pending", "waiting", "accepted", "rejected", "canceled", "expired"]

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,19}", re.ASCII)


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value) or value < "1970":
        raise ValueError("A time is written as RFC 3339 says: 2026-07-03T12:00:00.000Z")
    try:
        moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except OverflowError:
        raise ValueError("There is no such time") from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _site(value: object) -> object:
    if isinstance(value, bool | float):
        raise ValueError("A site is a whole number")
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        raise ValueError("A site is a whole number")
    return value


def _language(value: str) -> str:
    try:
        Locale.parse(value)
    except (UnknownLocaleError, ValueError):
        raise ValueError("There is no such language") from None
    return value


Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"}, mode="validation")
]
SiteId = Annotated[
    int,
    BeforeValidator(_site),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[0-9]{1,19}$"}], "example": 1}
    ),
]
Sites = Annotated[
    list[SiteId],
    Field(min_length=1, max_length=1000, description="Held to these sites; only with the role member. null: every."),
]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$", json_schema_extra={"example": "en"}), AfterValidator(_language)]
Address = Annotated[str, Field(max_length=1000, json_schema_extra={"example": "teammate@example.com"})]
Name = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(without_nul)]
Words = Annotated[str, Field(max_length=20_000), AfterValidator(without_nul)]
Limit = Annotated[StrictInt, Field(ge=1, le=1_000_000)]
Lifetime = Annotated[StrictInt, Field(ge=3600, le=31_536_000, description="In seconds.")]
Size = Annotated[int, Field(ge=1, le=200, description="How many at most.")]
Cursor = Annotated[str, Field(min_length=1, max_length=2000, description="`next_cursor` of the page before.")]


class Copied:
    """A link to copy: signed whenever it is written, so that what is kept for a replay holds none."""

    __slots__ = ("generation", "invitation_id")

    def __init__(self, invitation_id: UUID, generation: int) -> None:
        self.invitation_id, self.generation = invitation_id, generation

    def __str__(self) -> str:
        return links.invitation_link(self.invitation_id, self.generation, Kind.COPIED)


class Secret:
    """Something that is shown once and never kept."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def __str__(self) -> str:
        return self.value


class InOrganization(BaseModel):
    """An organization of the caller's."""

    organization_id: UUID


def unsaid() -> Any:
    """The default of a field that stays as it is unless it is said: it is none, also in the document."""
    return Field(default_factory=lambda: None)


def patterned(example: Any) -> Any:
    """The config of a body or an answer that says itself what it looks like."""
    return {"json_schema_extra": {"example": example}}
