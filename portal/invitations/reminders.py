"""Reminders: at half time and a day before the end, unless the organization or the invitee wants none; or by hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import history, links
from ..database import transaction
from ..delivery import outbox, stops
from ..errors import BadLink, MailStopped
from ..models import Invitation, Message, Organization
from ..models.words import UNREACHED
from ..permissions import Actor
from .changes import hold_open

LAST = timedelta(days=1)  # before the end
AT_ONCE = 500


def following(invitation: Invitation) -> datetime | None:
    """When the next one is due after the one that is due now; None after the last."""
    last = invitation.expires_at - LAST
    return last if invitation.remind_at is not None and invitation.remind_at < last else None


def remind_due(session: Session, now: datetime) -> int:
    """Queues the reminders that are due, oldest first, a portion at a time. Returns how many.

    None goes to where no mail arrives, to who wants none, or from an organization that sends none at that point; and
    none twice, however many sweep at once.
    """
    with transaction(session):
        due = select(Invitation).where(Invitation.status == "pending", Invitation.remind_at <= now)
        due = due.order_by(Invitation.remind_at, Invitation.id).limit(AT_ONCE)
        found = session.scalars(due.with_for_update(skip_locked=True), execution_options={"populate_existing": True})
        ordered = sorted(found, key=lambda invitation: invitation.organization_id)
        return sum(
            _remind_in(session, session.get_one(Organization, key), list(invitations), now)
            for key, invitations in groupby(ordered, key=lambda invitation: invitation.organization_id)
        )


def _remind_in(session: Session, organization: Organization, due: Sequence[Invitation], now: datetime) -> int:
    wanted = [invitation for invitation in due if _wants(organization, invitation, now)]
    for invitation in due:
        invitation.remind_at = following(invitation)
    session.flush()
    stopped = stops.among(session, organization.id, [invitation.email for invitation in wanted])
    reminded = [invitation for invitation in wanted if invitation.email not in stopped]
    _queue(session, Actor(None, "worker"), organization.id, reminded, now)
    return len(reminded)


def _wants(organization: Organization, invitation: Invitation, now: datetime) -> bool:
    assert invitation.remind_at is not None
    is_last = invitation.remind_at >= invitation.expires_at - LAST
    sends = organization.remind_last_day if is_last else organization.remind_halfway
    reaches = invitation.delivery not in UNREACHED and organization.deactivated_at is None
    return sends and reaches and not invitation.is_expired(now)


def remind(session: Session, actor: Actor, invitation_id: UUID, now: datetime) -> Invitation:
    """Reminds an invitee by hand. Raises what ``cancel`` raises, or MailStopped for who wants no reminder."""
    with transaction(session):
        invitation = hold_open(session, actor, invitation_id, now)
        if invitation.email in stops.among(session, invitation.organization_id, [invitation.email]):
            raise MailStopped(address=invitation.email)
        _queue(session, actor, invitation.organization_id, [invitation], now)
    return invitation


def _queue(
    session: Session, actor: Actor, organization_id: UUID, reminded: Sequence[Invitation], now: datetime
) -> None:
    due = [outbox.Due(i.email, {"generation": i.generation}, i.id) for i in reminded]
    if due:
        outbox.queue(session, "reminder", due, organization_id, now)
        happenings = [("invitation.reminded", i.id, {"email": i.email}) for i in reminded]
        history.record_all(session, actor, organization_id, happenings, now)


def reminded_by(session: Session, token: str) -> tuple[Organization, str]:
    """Whose reminders to which address the token of a mail stops. Raises BadLink."""
    message = session.get(Message, links.open_mail(token))
    if message is None or message.organization_id is None:
        raise BadLink()
    return session.get_one(Organization, message.organization_id), message.recipient


def stop_reminders(session: Session, token: str, now: datetime) -> None:
    """Stops reminders of the mail's organization to its address, for whoever holds the mail. Raises BadLink."""
    organization, address = reminded_by(session, token)
    with transaction(session):
        if stops.put(session, organization.id, address, "reminders", now):
            history.record(
                session, Actor(None), organization.id, "mail.reminders_stopped", organization.id, now, email=address
            )
