"""Ranks, and who may do what to whom. Every rule asks here, at its top, before it does anything.

Owners, admins and managers invite, up to their own rank. Owners manage everybody, admins everybody but owners,
managers billing managers and members. Nobody acts on a rank above their own or raises anyone above it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any
from uuid import UUID

from .errors import MayNotInvite, NotAllowed, RoleAboveRank, UnknownRole
from .models import RANKS
from .text import shortened


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, through what, and from where: the first argument of every rule that changes something."""

    user_id: UUID | None
    channel: str = "page"
    ip_address: str | None = None
    only_in: UUID | None = None  # the one organization that a token was made for

    def reaches(self, organization_id: UUID) -> bool:
        """Whether what the actor came with may act in this organization at all."""
        return self.only_in is None or self.only_in == organization_id

    def within(self, organization_id: UUID) -> "Actor":
        """The same actor, for a call about this one organization: another's thing is not found."""
        return replace(self, only_in=organization_id)


class Permission(Enum):
    """What a role allows in its organization, apart from acting on other people."""

    VIEW = "view"
    INVITE = "invite"
    APPROVE = "approve"
    MANAGE_PLACES = "manage_places"
    MANAGE_ORGANIZATION = "manage_organization"
    DELETE_ORGANIZATION = "delete_organization"


_ALLOWED = {
    "owner": frozenset(Permission),
    "admin": frozenset(Permission) - {Permission.DELETE_ORGANIZATION},
    "manager": frozenset({Permission.VIEW, Permission.INVITE}),
    "billing_manager": frozenset({Permission.VIEW}),
    "member": frozenset({Permission.VIEW}),
}


APPROVERS = tuple(role for role, allowed in _ALLOWED.items() if Permission.APPROVE in allowed)


def allows(role: str, permission: Permission) -> bool:
    """Whether ``role`` has ``permission``."""
    return permission in _ALLOWED[role]


def require(role: str, permission: Permission) -> None:
    """Raises NotAllowed (MayNotInvite for inviting) unless ``role`` has ``permission``."""
    if not allows(role, permission):
        raise MayNotInvite() if permission is Permission.INVITE else NotAllowed()


def may_invite(role: str, invite_from: str) -> bool:
    """Whether ``role`` invites in an organization where that is open from ``invite_from`` upwards."""
    return allows(role, Permission.INVITE) and RANKS[role] >= RANKS[invite_from]


def require_invite(standing: Any) -> None:
    """Raises MayNotInvite unless whoever stands in the organization like that may invite there."""
    if not may_invite(standing.role, standing.invite_from):
        raise MayNotInvite()


def may_offer(role: str, offered: str) -> bool:
    """Whether somebody with ``role`` may invite, see to, or stand for an invitation that offers ``offered``."""
    return allows(role, Permission.INVITE) and RANKS[offered] <= RANKS[role]


def require_offer(role: str, offered: str) -> None:
    """Raises MayNotInvite, UnknownRole or RoleAboveRank unless ``role`` may offer ``offered``."""
    require(role, Permission.INVITE)
    if offered not in RANKS:
        raise UnknownRole(role=offered)
    if not may_offer(role, offered):
        raise RoleAboveRank()


def may_manage(role: str, target: str) -> bool:
    """Whether somebody with ``role`` may change or remove a member who has ``target``."""
    if role == "owner":
        return True
    if role == "admin":
        return target != "owner"
    return role == "manager" and RANKS[target] < RANKS["manager"]


def may_give(role: str, target: str, new: str) -> bool:
    """Whether somebody with ``role`` may turn a member's ``target`` into ``new``."""
    return may_manage(role, target) and RANKS[new] <= RANKS[role]


def require_manage(role: str, target: str, new: str | None = None) -> None:
    """Raises UnknownRole, NotAllowed or RoleAboveRank unless ``role`` may manage ``target`` (and give ``new``)."""
    if new is not None and new not in RANKS:
        raise UnknownRole(role=new)
    if not may_manage(role, target):
        raise RoleAboveRank() if RANKS[target] > RANKS[role] else NotAllowed()
    if new is not None and not may_give(role, target, new):
        raise RoleAboveRank()


def highest(roles: Sequence[str]) -> str:
    """The highest of these roles, the first among equals. Raises UnknownRole, also when there is none."""
    for role in roles:
        if role not in RANKS:
            raise UnknownRole(role=shortened(role))
    if not roles:
        raise UnknownRole(role="")
    return max(roles, key=lambda role: RANKS[role])


def offerable(role: str) -> list[str]:
    """The roles that ``role`` may offer, highest first."""
    return [offered for offered in RANKS if may_offer(role, offered)]
