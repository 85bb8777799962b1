"""What an organization sets for itself, apart from its name and its limits: how it invites, and what its mails say."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import history, permissions
from .addresses import normalise
from .database import transaction
from .errors import BadDomain, NotAnAddress, ParagraphTooLong, UnknownLanguage, UnknownRole
from .languages import spoken
from .models import INVITERS, ROLES, Organization
from .permissions import Actor, Permission
from .places import clean_domain
from .standing import standing_of
from .text import paragraphs

LONGEST_PARAGRAPH = 2000


def change(
    session: Session, actor: Actor, organization_id: UUID, said: Mapping[str, Any], now: datetime
) -> Organization:
    """Sets what is named of ``language`` (None: the reader's), ``default_role``, ``invite_from``,
    ``allowed_domains`` (a list), ``reply_to`` (None: the inviter), ``mail_paragraph``, ``remind_halfway``,
    ``remind_last_day`` and ``approval``; what stays the same is not recorded.

    Raises NotAMember, NotAllowed, UnknownLanguage, UnknownRole, BadDomain, NotAnAddress or ParagraphTooLong.
    """
    with transaction(session):
        standing = standing_of(session, actor, organization_id, lock=True)
        permissions.require(standing.role, Permission.MANAGE_ORGANIZATION)
        organization = session.get_one(Organization, organization_id, populate_existing=True)
        after = {name: _CHECKS[name](value) for name, value in said.items()}
        after = {name: value for name, value in after.items() if value != getattr(organization, name)}
        if not after:
            return organization
        before = {name: getattr(organization, name) for name in after}
        for name, value in after.items():
            setattr(organization, name, value)
        organization.updated_at = now
        session.flush()
        history.record(
            session, actor, organization_id, "organization.changed", organization_id, now, before=before, after=after
        )
    return organization


def default_role(session: Session, actor: Actor, organization_id: UUID) -> str:
    """The role that inviting begins with; ``member`` where the actor may not offer that one.

    Raises NotAMember or OrganizationClosed.
    """
    role = standing_of(session, actor, organization_id).role
    default = session.scalars(select(Organization.default_role).where(Organization.id == organization_id)).one()
    return default if permissions.may_offer(role, default) else "member"


def _role(among: tuple[str, ...], field: str) -> Callable[[Any], str]:
    def check(role: Any) -> str:
        if role not in among:
            error = UnknownRole(role=str(role))
            error.field = field
            raise error
        return str(role)

    return check


def _domains(said: Any) -> str:
    try:
        return " ".join(dict.fromkeys(clean_domain(domain.removeprefix("@")) for domain in said))
    except BadDomain as error:
        error.field = "allowed_domains"
        raise


def _reply_to(said: Any) -> str | None:
    if not said:
        return None
    try:
        return normalise(said)
    except NotAnAddress as error:
        error.field = "reply_to"
        raise


def worded(said: str) -> str:
    """The paragraph as it is kept. Raises ParagraphTooLong."""
    words = paragraphs(said)
    if len(words) > LONGEST_PARAGRAPH:
        raise ParagraphTooLong(longest=LONGEST_PARAGRAPH)
    return words


def _language(said: Any) -> str | None:
    if said and said not in spoken():
        raise UnknownLanguage(language=str(said))
    return said or None


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "language": _language,
    "default_role": _role(ROLES, "default_role"),
    "invite_from": _role(INVITERS, "invite_from"),
    "allowed_domains": _domains,
    "reply_to": _reply_to,
    "mail_paragraph": worded,
    "remind_halfway": bool,
    "remind_last_day": bool,
    "approval": bool,
}
