"""Reads at once what several mails are about: bulk invitations share inviter, organization and what they grant."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import invitations
from ..delivery import stops
from ..invitations import View
from ..models import Invitation, Message, Organization, User

TO_INVITEES = ("invitation", "reminder")


@dataclass
class Ahead:
    """What is known of the mails at hand. While it is held, the session knows the rows in it."""

    views: dict[UUID, View] = field(default_factory=dict)
    stopped: dict[tuple[UUID | None, str], set[str]] = field(default_factory=dict)
    rows: list[Any] = field(default_factory=list)

    def is_stopped(self, message: Message) -> bool:
        """After a complaint nothing goes to the address any more; a wish for no reminders stops those."""
        kinds = self.stopped.get((message.organization_id, message.recipient), set())
        return bool(kinds if message.kind == "reminder" else kinds & {"complaint"})


def read_ahead(session: Session, mails: Sequence[Message], now: datetime) -> Ahead:
    """What these mails are about, in as many reads as one takes."""
    ahead = Ahead(rows=_rows(session, mails))
    known = {row.id: row for row in ahead.rows if isinstance(row, Invitation)}
    ours = [(mail, known[key]) for mail in mails if mail.kind in TO_INVITEES and (key := mail.invitation_id) in known]
    if not ours:
        return ahead
    opened = [(invitation, mail.arguments["generation"]) for mail, invitation in ours]
    for (mail, _), view in zip(ours, invitations.look_all(session, opened, now), strict=True):
        ahead.views[mail.id] = view
    for organization_id in {invitation.organization_id for _, invitation in ours}:
        for stop in stops.at(session, organization_id, {mail.recipient for mail, _ in ours}):
            ahead.stopped.setdefault((organization_id, stop.email), set()).add(stop.kind)
    return ahead


def _rows(session: Session, mails: Sequence[Message]) -> list[Any]:
    wanted = {mail.invitation_id for mail in mails if mail.invitation_id is not None}
    read: list[Any] = list(session.scalars(select(Invitation).where(Invitation.id.in_(wanted)))) if wanted else []
    inviters, of = {each.inviter_id for each in read}, {each.organization_id for each in read}
    read += session.scalars(select(User).where(User.id.in_(inviters))) if inviters else []
    read += session.scalars(select(Organization).where(Organization.id.in_(of))) if of else []
    return read
