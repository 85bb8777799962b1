"""What an organization already has for an address, and whether an invitation is still open: asked before acting."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from .. import permissions
from ..database import packed
from ..errors import AlreadyMember, NotPending
from ..permissions import Actor
from ..standing import standing_of
from ..statements import known_among
from .answers import View, see_one


def pending_for(session: Session, actor: Actor, organization_id: UUID, address: str, now: datetime) -> UUID | None:
    """The id of the pending invitation of a normalised address; None without one, or when it has lapsed or was
    accepted and waits for approval.

    Raises NotAMember, OrganizationClosed, MayNotInvite, or AlreadyMember when the address belongs to a member.
    """
    permissions.require_invite(standing_of(session, actor, organization_id))
    rows = packed([{"email": address}])
    found = known_among.first(session, rows=rows, organization_id=organization_id)
    assert found is not None  # a row for each address
    if found.membership_id is not None:
        raise AlreadyMember(address=address)
    return found.invitation_id if found.expires_at is not None and found.expires_at > now else None


def open_one(session: Session, invitation_id: UUID, now: datetime) -> View:
    """An invitation that waits for its answer, whoever asks; the rule that answers it checks who.

    Raises NotFound, or NotPending with what became of it, also when its organization was closed.
    """
    view = see_one(session, invitation_id)
    state = view.invitation.state(now)
    if state != "pending" or view.organization.deactivated_at is not None:
        raise NotPending(status=state)
    return view
