"""Becoming a member with all that an invitation offers, once everybody who has to has said yes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import history, permissions
from ..database import new_id, packed
from ..errors import AlreadyMember
from ..models import User
from ..permissions import Actor
from ..standing import move
from ..statements import (
    give_projects,
    give_sites,
    give_teams,
    grantor_role,
    insert_membership,
    projects_of,
    sites_of,
    teams_of,
)


def stands(session: Session, offer: Any) -> bool:
    """Whether whoever last set the role and grants may still make this offer."""
    return offer.id in standing_offers(session, [offer])


def standing_offers(session: Session, several: Sequence[Any]) -> set[UUID]:
    """Those whose offer whoever last set the role and grants may still make. Bulk invitations share a grantor."""
    by = {(each.organization_id, each.grantor_id) for each in several}
    found = {pair: grantor_role.first(session, organization_id=pair[0], user_id=pair[1]) for pair in by}
    return {each.id for each in several if _may_offer(found[each.organization_id, each.grantor_id], each.role)}


def _may_offer(grantor: Any | None, role: str) -> bool:
    return grantor is not None and permissions.may_offer(grantor.role, role)


def enter(session: Session, actor: Actor, user: User, offer: Any, happened: str, now: datetime) -> None:
    """Membership, sites, teams, projects and history; ``happened`` is what the actor did with the invitation.

    The caller holds the organization's row and has moved the seat. Raises AlreadyMember.
    """
    where = {"organization_id": offer.organization_id, "user_id": user.id, "now": now}
    made = insert_membership.first(session, id=new_id(), role=offer.role, restricted=offer.restricted, **where)
    if made is None:
        raise AlreadyMember(address=user.email)
    if offer.role == "owner":
        move(session, offer.organization_id, owners=1)
    give_sites.run(session, invitation_id=offer.id, user_id=user.id)
    gone = _gone(session, offer.id, sites_of)
    for listed, give in ((teams_of, give_teams), (projects_of, give_projects)):
        places = listed.all(session, rows=packed([{"id": offer.id.hex}]))
        rows = [{"id": new_id().hex, "place": place.id.hex} for place in places]
        if rows:
            give.run(session, rows=packed(rows), invitation_id=offer.id, user_id=user.id, now=now)
        gone += [place.name for place in places if place.deleted_at is not None]
    details = {"email": offer.email, "role": offer.role} | ({"left_out": gone} if gone else {})
    happenings = [(happened, offer.id, details), ("member.joined", user.id, {"role": offer.role})]
    history.record_all(session, actor, offer.organization_id, happenings, now)


def _gone(session: Session, invitation_id: UUID, listed: Any) -> list[str]:
    places = listed.all(session, rows=packed([{"id": invitation_id.hex}]))
    return [place.name for place in places if place.deleted_at is not None]
