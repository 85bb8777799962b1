"""Approval: who accepts waits, without any access, until an owner or administrator approves or declines.

There is no membership before that: the invitation itself is ``waiting``, and keeps its seat. Approving runs the same
granting as accepting does where nobody has to approve.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import history, permissions
from ..database import transaction
from ..delivery import outbox
from ..errors import AccountClosed, AlreadyMember, InviterLostRights, NotFound, NotWaiting
from ..models import Invitation, Membership, Organization, User
from ..permissions import APPROVERS, Actor, Permission
from ..standing import move, standing_of
from ..statements import grantor_role
from .entering import enter, stands

TELL_AGAIN_AFTER = timedelta(hours=1)


def wait(session: Session, actor: Actor, user: User, claimed: Any, now: datetime) -> None:
    """Writes down that an acceptance waits, and tells those who can approve it.

    The caller holds the organization's row, has claimed the invitation and moved its seat. Raises AlreadyMember.
    """
    if grantor_role.first(session, organization_id=claimed.organization_id, user_id=user.id) is not None:
        raise AlreadyMember(address=user.email)
    details = {"email": claimed.email, "role": claimed.role}
    history.record(session, actor, claimed.organization_id, "invitation.waiting", claimed.id, now, **details)
    _tell_approvers(session, claimed.organization_id, now)


def approve(session: Session, actor: Actor, organization_id: UUID, invitation_id: UUID, now: datetime) -> Invitation:
    """Makes the person who waits a member with all that was offered.

    Raises NotAMember, NotAllowed, NotFound, RoleAboveRank, NotWaiting, InviterLostRights when whoever offered it could
    no longer do so, AccountClosed or AlreadyMember.
    """
    with transaction(session):
        invitation = _hold(session, actor, organization_id, invitation_id)
        if not stands(session, invitation):
            raise InviterLostRights()
        user = session.get_one(User, invitation.accepted_by, populate_existing=True)
        if user.deactivated_at is not None:
            raise AccountClosed(address=invitation.email)
        invitation.status, invitation.updated_at = "accepted", now
        session.flush()
        move(session, organization_id, members=1, waiting=-1)
        enter(session, actor, user, invitation, "invitation.approved", now)
        _tell_newcomers(session, "approved", [invitation], now)
    return invitation


def refuse(session: Session, actor: Actor, organization_id: UUID, invitation_id: UUID, now: datetime) -> Invitation:
    """Declines the person who waits, tells them, and gives the seat back.

    Raises NotAMember, NotAllowed, NotFound, RoleAboveRank or NotWaiting.
    """
    with transaction(session):
        invitation = _hold(session, actor, organization_id, invitation_id)
        let_down(session, actor, organization_id, [invitation], now)
    return invitation


def let_down(
    session: Session, actor: Actor, organization_id: UUID, waiting: Sequence[Invitation], now: datetime, why: str = ""
) -> None:
    """Ends what waits, and tells each person. The caller holds the organization's row."""
    _end(session, actor, organization_id, waiting, now, why)
    _tell_newcomers(session, "not_approved", waiting, now)


def withdraw_all(session: Session, actor: Actor, user_id: UUID, now: datetime) -> None:
    """Ends all that somebody waits for, as part of the deletion of their account at hand."""
    mine = (Invitation.status == "waiting", Invitation.accepted_by == user_id)
    for organization_id in session.scalars(select(Invitation.organization_id).where(*mine).distinct()).all():
        held = select(Organization.id).where(Organization.id == organization_id)
        session.execute(held.with_for_update(key_share=True))
        waiting = _locked(session, *mine, Invitation.organization_id == organization_id)
        _end(session, actor, organization_id, waiting, now, "account_deleted")


def _hold(session: Session, actor: Actor, organization_id: UUID, invitation_id: UUID) -> Invitation:
    """An invitation that waits and that the actor may decide on, held, with its organization."""
    standing = standing_of(session, actor, organization_id, lock=True)
    permissions.require(standing.role, Permission.APPROVE)
    found = _locked(session, Invitation.id == invitation_id, Invitation.organization_id == organization_id)
    if not found:
        raise NotFound()
    permissions.require_offer(standing.role, found[0].role)
    if found[0].status != "waiting":
        raise NotWaiting(status=found[0].status)
    return found[0]


def _locked(session: Session, *conditions: Any) -> list[Invitation]:
    query = select(Invitation).where(*conditions).order_by(Invitation.id).with_for_update(key_share=True)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _end(
    session: Session, actor: Actor, organization_id: UUID, waiting: Sequence[Invitation], now: datetime, why: str
) -> None:
    for invitation in waiting:
        invitation.status, invitation.ended_at, invitation.updated_at = "canceled", now, now
    session.flush()
    if waiting:
        move(session, organization_id, waiting=-len(waiting))
        said = {"why": why} if why else {}
        happenings = [("invitation.refused", i.id, {"email": i.email} | said) for i in waiting]
        history.record_all(session, actor, organization_id, happenings, now)


def _tell_newcomers(session: Session, kind: str, invitations: Sequence[Invitation], now: datetime) -> None:
    for invitation in invitations:
        user = session.get_one(User, invitation.accepted_by)
        due = outbox.Due(user.email, {"user_id": user.id.hex}, invitation.id)
        outbox.queue(session, kind, [due], invitation.organization_id, now)


def _tell_approvers(session: Session, organization_id: UUID, now: datetime) -> None:
    """Mails each owner and administrator at once, then at most hourly: the mail names all who wait when it is sent."""
    organization = session.get_one(Organization, organization_id, populate_existing=True)
    last = organization.approvers_told_at
    if last is not None and last > now:
        return  # a mail is due already, and names this person too
    at = now if last is None else max(now, last + TELL_AGAIN_AFTER)
    organization.approvers_told_at = at
    session.flush()
    approvers = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization_id, Membership.role.in_(APPROVERS))
        .where(User.deactivated_at.is_(None))
        .order_by(User.id)
    )
    due = [outbox.Due(user.email, {"user_id": user.id.hex}) for user in session.scalars(approvers)]
    if due:
        outbox.queue(session, "approval_needed", due, organization_id, now, at=at)
