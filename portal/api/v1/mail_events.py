"""What mail services report by webhook, signed as Standard Webhooks has it; and addresses that mail is stopped to."""

import json
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import current_app, g, request
from pydantic import BaseModel, Field
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from ... import returns
from ...clock import rfc3339
from ...errors import BadSignature
from .. import gate
from .operations import Resource, actor
from .types import InOrganization, patterned

resource = Resource("mail", "What came back about mails, and addresses that nothing is mailed to any more.")
ID = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"
TIME = "2026-07-03T12:00:00.000Z"
EVENT = {"type": "bounced", "mail_id": ID, "reason": "550 5.1.1 No such mailbox"}


class MailEvent(BaseModel):
    """One thing that happened to a mail after it was handed over."""

    model_config = patterned(EVENT)
    type: Literal["delivered", "bounced", "complained"]
    mail_id: UUID = Field(description="The part of its `Message-ID` before the @.")
    reason: Annotated[str, Field(max_length=2000)] = ""


class MailEventTaken(BaseModel):
    """Whether it changed anything."""

    model_config = patterned({"taken": True})
    taken: bool


def _signed() -> None:
    """Raises BadSignature unless the body is signed with our secret, a few minutes ago at most."""
    secret = current_app.config["MAIL_EVENTS_SECRET"]
    try:
        if not secret:
            raise BadSignature()
        Webhook(secret).verify(request.get_data(), {name.lower(): value for name, value in request.headers})
    except json.JSONDecodeError:
        pass  # it is signed, and what is wrong with it may be told
    except (WebhookVerificationError, ValueError):
        raise BadSignature() from None


@resource.open_operation("POST", "/mail/events", proof=_signed, answer=MailEventTaken)
def take_mail_event(body: MailEvent) -> Any:
    """Takes what a mail service reports. Signed with PORTAL_MAIL_EVENTS_SECRET, as Standard Webhooks has it."""
    return {"taken": returns.told(gate.database(), body.mail_id, body.type, body.reason, g.now)}


class MailStopResource(BaseModel):
    """An address that the organization no longer mails to."""

    model_config = patterned({"email": "teammate@example.com", "kind": "complaint", "created_at": TIME})
    email: str
    kind: Literal["complaint", "reminders"] = Field(description="`complaint` stops everything, `reminders` those.")
    created_at: str


class MailStops(BaseModel):
    """The addresses that the organization no longer mails to, newest first, at most 200."""

    model_config = patterned({
        "mail_stops": [{"email": "teammate@example.com", "kind": "complaint", "created_at": TIME}]
    })  # fmt: skip
    mail_stops: list[MailStopResource]


class OfAddress(InOrganization):
    """An address in one of the caller's organizations."""

    email: Annotated[str, Field(max_length=254)]


@resource.operation("GET", "/organizations/<organization_id>/mail-stops", scope="invitations:read", answer=MailStops)
def list_mail_stops(path: InOrganization) -> Any:
    """Lists the addresses that the organization no longer mails to."""
    found = returns.stopped(gate.database(), actor(), path.organization_id)
    return {"mail_stops": [{"email": s.email, "kind": s.kind, "created_at": rfc3339(s.created_at)} for s in found]}


@resource.operation(
    "DELETE", "/organizations/<organization_id>/mail-stops/<email>", scope="invitations:write", answer=None, status=204
)
def lift_mail_stop(path: OfAddress) -> Any:
    """Mails to an address again."""
    returns.lift(gate.database(), actor(), path.organization_id, path.email, g.now)
    return "", 204
