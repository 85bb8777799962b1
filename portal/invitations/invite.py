"""Inviting: many at once, one round of reading and one transaction of writing, an outcome for each address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import history, permissions
from ..addresses import normalise
from ..clock import rfc3339
from ..database import new_id, packed, transaction
from ..delivery import outbox
from ..errors import (
    AlreadyInvited,
    AlreadyMember,
    DomainNotAllowed,
    NoSeatLeft,
    NotAnAddress,
    NotFound,
    PendingLimitReached,
    PortalError,
    SaidTwice,
)
from ..permissions import Actor
from ..standing import move, standing_of
from ..statements import insert_invitations, known_among
from ..text import shortened
from .expiry import count_lapsed, expire_among, expire_lapsed
from .offers import Offer, flaws, require_domain, write_grants


@dataclass(frozen=True, slots=True)
class Invitee:
    """One person to invite: the address as written, what is offered, and a name if one is known."""

    address: str
    offer: Offer
    name: str = ""


@dataclass(slots=True)
class Outcome:
    """What became of one address: an invitation's id, or the error that kept it from being made."""

    address: str
    invitation_id: UUID | None = None
    error: PortalError | None = None
    expires_at: datetime | None = None
    organization_name: str = ""

    @property
    def code(self) -> str:
        """``invited``, or the error's code."""
        return self.error.code if self.error else "invited"

    def made(self) -> UUID:
        """The invitation's id; raises the error where there is one."""
        if self.error is not None or self.invitation_id is None:
            raise self.error or NotFound()
        return self.invitation_id


@dataclass(slots=True)
class _Batch:
    """The addresses in hand, in the order said, each still open or with its outcome."""

    invitees: Sequence[Invitee]
    outcomes: list[Outcome] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)

    def read(
        self, wrong: Mapping[Offer, PortalError], domains: list[str], refused: Mapping[str, PortalError] | None = None
    ) -> None:
        for index, invitee in enumerate(self.invitees):
            outcome = Outcome(invitee.address)
            self.outcomes.append(outcome)
            try:
                outcome.address = address = normalise(invitee.address)
                require_domain(address, domains)
            except (NotAnAddress, DomainNotAllowed) as error:
                outcome.error = error
                continue
            if wrong and invitee.offer in wrong:
                outcome.error = wrong[invitee.offer]
            elif address in self.waiting:
                outcome.error = SaidTwice(address=address)
            elif refused and address in refused:
                outcome.error = refused[address]
            else:
                self.waiting[address] = index

    def settle(self, address: str, error: PortalError) -> None:
        self.outcomes[self.waiting.pop(address)].error = error

    def packed(self) -> str:
        return packed([{"email": address} for address in self.waiting])


def invite(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    invitees: Sequence[Invitee],
    now: datetime,
    *,
    each_alone: bool = False,
    refused: Mapping[str, PortalError] | None = None,
) -> list[Outcome]:
    """Invites each of ``invitees``; the outcomes come back in the order given, one for each.

    Raises NotAMember, MayNotInvite, OrganizationClosed, or what is wrong with an offer, before anything is written.
    What is wrong with one address is that address's outcome, and the rest goes through. One address or ten thousand
    take the same number of statements, and none of them reads the invitations that exist. With ``each_alone``, what is
    wrong with an offer is the outcome of those who were to get it. ``refused`` are addresses that the caller refuses,
    each with the outcome that it is to have.
    """
    batch = _Batch(invitees)
    with transaction(session):
        organization = standing_of(session, actor, organization_id, lock=True)
        permissions.require_invite(organization)
        wrong = flaws(session, organization_id, organization.role, [invitee.offer for invitee in invitees], now)
        if wrong and not each_alone:
            raise next(iter(wrong.values()))
        batch.read(wrong, organization.allowed_domains.split(), refused)
        lapsed = _settle_known(session, organization_id, batch, now)
        lapsed = expire_among(session, actor, organization_id, batch.packed(), now) if lapsed else 0
        limit = make_room(session, organization, len(batch.waiting), lapsed, now)
        made = _insert(session, actor, organization, batch, limit, now)
        _finish(session, actor, organization_id, made, now)
    return batch.outcomes


def foresee(
    session: Session, actor: Actor, organization_id: UUID, invitees: Sequence[Invitee], now: datetime, taken: int = 0
) -> list[Outcome]:
    """What ``invite`` with ``each_alone`` would come to, without writing; ``taken`` seats are spoken for already.

    Raises NotAMember, MayNotInvite or OrganizationClosed.
    """
    batch = _Batch(invitees)
    organization = standing_of(session, actor, organization_id)
    permissions.require_invite(organization)
    wrong = flaws(session, organization_id, organization.role, [invitee.offer for invitee in invitees], now)
    batch.read(wrong, organization.allowed_domains.split())
    free, full = _room(organization, _settle_known(session, organization_id, batch, now))
    if free is not None and free - taken < len(batch.waiting):
        free, full = _room(organization, count_lapsed(session, organization_id, now))
    if free is not None:
        for address in list(batch.waiting)[max(0, free - taken) :]:
            batch.settle(address, full(address=address))
    return batch.outcomes


def make_room(
    session: Session, organization: Any, wanted: int, expired: int, now: datetime
) -> tuple[int | None, type[PortalError]]:
    """How many more invitations fit, and which limit speaks when they are used up; with ``expired`` gone already.

    Where fewer than ``wanted`` do, lapsed ones give up what they hold. The caller holds the organization's row.
    """
    limit = _room(organization, expired)
    if limit[0] is not None and limit[0] < wanted:
        limit = _room(organization, expired + expire_lapsed(session, organization.id, now))
    return limit


def _room(organization: Any, expired: int) -> tuple[int | None, type[PortalError]]:
    pending = organization.pending_count - expired
    limits: list[tuple[int, type[PortalError]]] = []
    if organization.pending_limit is not None:
        limits.append((organization.pending_limit - pending, PendingLimitReached))
    if organization.seat_limit is not None:
        held = organization.member_count + organization.waiting_count + pending
        limits.append((organization.seat_limit - held, NoSeatLeft))
    return min(limits, key=lambda limit: limit[0], default=(None, NoSeatLeft))


def _settle_known(session: Session, organization_id: UUID, batch: _Batch, now: datetime) -> int:
    """Settles members and those who are invited already; how many others have an invitation that lapsed.

    Where the organization's row is held, what this look finds stays true until the unit of work ends.
    """
    lapsed = 0
    for row in known_among.all(session, rows=batch.packed(), organization_id=organization_id):
        if row.membership_id is not None:
            batch.settle(row.email, AlreadyMember(address=row.email))
        elif row.invitation_id is not None and (row.expires_at is None or row.expires_at > now):
            batch.settle(row.email, AlreadyInvited(address=row.email))
        elif row.invitation_id is not None:
            lapsed += 1
    return lapsed


def _insert(
    session: Session,
    actor: Actor,
    organization: Any,
    batch: _Batch,
    limit: tuple[int | None, type[PortalError]],
    now: datetime,
) -> list[tuple[UUID, str, Offer]]:
    """Inserts as many as fit, and names the limit to the others."""
    free, full = limit
    fitting = list(batch.waiting)[: None if free is None else max(0, free)]
    made = _insert_chunk(session, actor, organization, batch, fitting, now) if fitting else []
    for address in list(batch.waiting):
        batch.settle(address, full(address=address))
    return made


def _insert_chunk(
    session: Session, actor: Actor, organization: Any, batch: _Batch, chunk: list[str], now: datetime
) -> list[tuple[UUID, str, Offer]]:
    default = now + timedelta(seconds=organization.invitation_lifetime)
    ids = {address: new_id() for address in chunk}
    rows = [_row(batch.invitees[batch.waiting[address]], ids[address], address, default, now) for address in chunk]
    inserted = insert_invitations.run(
        session, rows=packed(rows), organization_id=organization.id, user_id=actor.user_id, now=now
    )
    if inserted < len(chunk):
        ids = _inserted(session, organization.id, ids)
    made = []
    for address in chunk:
        index = batch.waiting.pop(address)
        outcome, offer = batch.outcomes[index], batch.invitees[index].offer
        if (invitation_id := ids.get(address)) is None:
            outcome.error = AlreadyInvited(address=address)
            continue
        outcome.invitation_id, outcome.expires_at = invitation_id, offer.expires_at or default
        outcome.organization_name = organization.name
        made.append((invitation_id, address, offer))
    return made


def _inserted(session: Session, organization_id: UUID, ids: dict[str, UUID]) -> dict[str, UUID]:
    """Those that are there; the unique index passed over the others, whatever the look before had found."""
    rows = packed([{"email": address} for address in ids])
    there = {row.invitation_id for row in known_among.all(session, rows=rows, organization_id=organization_id)}
    return {address: key for address, key in ids.items() if key in there}


def halfway(now: datetime, expires_at: datetime) -> datetime:
    """When an invitation's first reminder is due."""
    return now + (expires_at - now) / 2


def _row(invitee: Invitee, key: UUID, address: str, default: datetime, now: datetime) -> dict[str, Any]:
    offer = invitee.offer
    expires_at = offer.expires_at or default
    return {
        "id": key.hex,
        "email": address,
        "name": shortened(invitee.name),
        "role": offer.role,
        "restricted": int(offer.restricted),
        "message": offer.message,
        "language": offer.language,
        "expires_at": rfc3339(expires_at),
        "remind_at": rfc3339(halfway(now, expires_at)),
    }


def _finish(
    session: Session, actor: Actor, organization_id: UUID, made: list[tuple[UUID, str, Offer]], now: datetime
) -> None:
    if not made:
        return
    write_grants(session, organization_id, ((invitation_id, offer) for invitation_id, _, offer in made))
    move(session, organization_id, pending=len(made))
    due = [outbox.Due(address, {"generation": 1}, invitation_id) for invitation_id, address, _ in made]
    outbox.queue(session, "invitation", due, organization_id, now)
    happenings = [("invitation.created", key, {"email": address, "role": offer.role}) for key, address, offer in made]
    history.record_all(session, actor, organization_id, happenings, now)
