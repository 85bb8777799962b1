"""What is told of an invitation by its id alone: whether it is open, to whoever knows its address too; and its mail."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import permissions
from ..addresses import normalise
from ..errors import NotAMember, NotAnAddress, NotFound
from ..models import Invitation, Membership, Message, Organization, User
from ..permissions import Actor
from ..standing import standing_of

_NONE = UUID(int=0)


def offered(
    session: Session, invitation_id: UUID | None, address: str, now: datetime
) -> tuple[Invitation, Organization]:
    """The open invitation that has this id and this address, with its organization; None is an id that never was.

    Raises NotFound, alike and after the same work, for whatever does not fit: another address, an invitation that is
    not pending or has lapsed, or one that can no longer be accepted. Says nothing about accounts.
    """
    try:
        email = normalise(address)
    except NotAnAddress:
        email = ""
    query = (
        select(Invitation, Organization, Membership.role)
        .join(Organization, Organization.id == Invitation.organization_id)
        .join(
            Membership,
            (Membership.organization_id == Organization.id) & (Membership.user_id == Invitation.grantor_id),
        )
        .join(User, (User.id == Membership.user_id) & User.deactivated_at.is_(None))
        .where(
            Invitation.id == (invitation_id or _NONE),
            Invitation.email == email,
            Invitation.status == "pending",
            Invitation.expires_at > now,
            Organization.deactivated_at.is_(None),
        )
    )
    found = session.execute(query.execution_options(populate_existing=True)).first()
    if found is None or not permissions.may_offer(found.role, found.Invitation.role):
        raise NotFound()
    return found.Invitation, found.Organization


def newest_mail(session: Session, actor: Actor, invitation_id: UUID | None) -> Message | None:
    """The newest mail of an invitation, None when it has none. Raises NotFound, OrganizationClosed or MayNotInvite."""
    invitation = session.get(Invitation, invitation_id) if invitation_id else None
    if invitation is None:
        raise NotFound()
    try:
        organization = standing_of(session, actor, invitation.organization_id)
    except NotAMember:
        raise NotFound() from None
    permissions.require_invite(organization)
    mails = select(Message).where(Message.invitation_id == invitation.id, Message.kind == "invitation")
    return session.scalar(mails.order_by(Message.created_at.desc(), Message.id.desc()).limit(1))
