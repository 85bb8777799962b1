"""May this person reach that site, team or project, and why."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from ... import reach
from .. import gate
from .operations import Resource, actor
from .types import InOrganization, patterned

resource = Resource("reach", "What somebody may reach, and why.")
Why = Literal["role", "unrestricted", "grant", "no_grant", "not_a_member", "no_such_place"]
ID = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"


class ReachQuery(BaseModel):
    """Who, and what."""

    kind: Literal["site", "team", "project"]
    place: Annotated[
        str,
        Field(max_length=40, pattern=r"^[0-9A-Fa-f-]+$", description="Its id.", json_schema_extra={"example": "1"}),
    ]
    user: Annotated[UUID | None, Field(description="The id of the person; the caller unless said.")] = None

    @field_validator("place")
    @classmethod
    def _fits(cls, place: str, info: ValidationInfo) -> str:
        if info.data.get("kind") == "site" and not (place.isdecimal() and len(place) < 20):
            raise ValueError("The id of a site is a whole number")
        if info.data.get("kind") in ("team", "project"):
            UUID(place)
        return place

    @property
    def key(self) -> UUID | int:
        """The id, as its kind has it."""
        return int(self.place) if self.kind == "site" else UUID(self.place)


class ReachAnswer(BaseModel):
    """Whether, and why: by role, because nothing restricts them, by a grant, or what is missing."""

    model_config = patterned({
        "user_id": ID, "kind": "site", "place": "1", "allowed": True, "why": "unrestricted", "role": None,
    })  # fmt: skip
    user_id: UUID
    kind: Literal["site", "team", "project"]
    place: str
    allowed: bool
    why: Why
    role: str | None = Field(description="The team or project role, where there is one.")


@resource.operation("GET", "/organizations/<organization_id>/reach", scope="members:read", answer=ReachAnswer)
def ask_reach(path: InOrganization, query: ReachQuery) -> Any:
    """Says whether somebody may reach a site, team or project, and why."""
    user_id = query.user or gate.caller().user_id
    found = reach.ask(gate.database(), actor(), path.organization_id, user_id, query.kind, query.key)
    return {
        "user_id": user_id, "kind": query.kind, "place": query.place, "allowed": found.allowed, "why": found.why,
        "role": found.place_role,
    }  # fmt: skip
