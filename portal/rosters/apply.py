"""Carrying the plan out, through the rules of members, places and invitations, in one unit of work."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import history, invitations, memberships, permissions, placements
from ..database import transaction
from ..errors import PortalError
from ..invitations import Change, Invitee, Outcome
from ..invitations.offers import check as check_offers
from ..invitations.offers import read_offer
from ..models import Invitation
from ..permissions import Actor
from ..standing import standing_of
from .held import Access, held
from .plan import Person, Step, check, of_deed, planned, with_keys

DEEDS = ("invite", "change", "keep", "remove")


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done, or would be."""

    steps: list[Step]
    dry_run: bool


def apply(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    people: Sequence[Person],
    now: datetime,
    *,
    dry_run: bool,
    invite: Callable[..., list[Outcome]] = invitations.invite,
) -> Applied:
    """Makes the organization's people those of the list; a dry run does it all and takes it back.

    ``invite`` is the rule, or one that limits how often an address is invited.

    Raises NotAMember, MayNotInvite, RosterRefused with the people whom the actor may not touch, LastOwner, what is
    wrong with one person (``about`` is their place in the list), or what a rule says of one: AlreadyMember,
    NoSeatLeft, PendingLimitReached. Nothing is changed then.
    """
    with transaction(session):
        organization = standing_of(session, actor, organization_id, lock=True)
        permissions.require_invite(organization)
        steps = planned(people, held(session, organization_id, now))
        check(steps, organization.role, actor.user_id)
        _check_access(session, organization_id, organization.role, steps, now)
        trial = session.begin_nested() if dry_run else None
        made = _Deeds(session, actor, organization_id, now, invite).do(steps)
        if trial is not None:
            trial.rollback()
            return Applied(steps, dry_run)
    return Applied(with_keys(steps, made), dry_run)


def _check_access(session: Session, organization_id: UUID, role: str, steps: list[Step], now: datetime) -> None:
    wanted = [(s.after.offer(), s.index) for s in steps if s.deed in ("invite", "change") and s.after is not None]
    try:
        check_offers(session, organization_id, role, [offer for offer, _ in wanted], now)
    except PortalError as error:
        error.about = next((index for offer, index in wanted if offer == error.about), None)
        raise


@dataclass(frozen=True, slots=True)
class _Deeds:
    """The steps in an order in which each is allowed: whoever acts keeps their own role until everything else is done.

    So an owner is there all along, and whether one is left is the organization's own CHECK to say.
    """

    session: Session
    actor: Actor
    organization_id: UUID
    now: datetime
    invite: Callable[..., list[Outcome]]

    def do(self, steps: list[Step]) -> dict[str, UUID]:
        """The ids of the invitations that were made, by address."""
        mine = [step for step in steps if step.what == "member" and step.key == self.actor.user_id]
        others = [step for step in steps if step not in mine]
        self._stand_for(others)
        self._change_members(of_deed(others, "change", "member"))
        for step in of_deed(others, "remove"):
            self._remove(step)
        for step in of_deed(others, "change", "invitation"):
            self._edit(step)
        made = self._invite(list(of_deed(others, "invite")))
        self._record(steps)
        self._change_members(of_deed(mine, "change"))
        for step in of_deed(mine, "remove"):
            self._remove(step)
        return made

    def _stand_for(self, steps: list[Step]) -> None:
        """Lets the actor stand for what stays of the invitations that go with somebody's rights."""
        staying = {s.key for s in steps if s.what == "invitation" and s.deed in ("keep", "change")}
        for step in steps:
            if step.what != "member" or step.deed not in ("change", "remove") or step.key is None:
                continue
            role = step.after.role if step.after else None
            lost = invitations.unsupported(self.session, self.organization_id, step.key, role)
            for invitation in lost:
                if invitation.id in staying and self.actor.user_id is not None:
                    invitation.grantor_id = self.actor.user_id
        self.session.flush()

    def _change_members(self, steps: Iterable[Step]) -> None:
        for step in steps:
            assert step.key is not None
            assert step.before is not None
            assert step.after is not None
            self._place(step.key, "team", step.before.teams, step.after.teams)
            self._place(step.key, "project", step.before.projects, step.after.projects)
            if (step.before.role, step.before.sites) != (step.after.role, step.after.sites):
                access = memberships.Access(step.after.role, tuple(sorted(step.after.sites or ())))
                memberships.change(self.session, self.actor, self.organization_id, step.key, access, self.now)

    def _place(self, user_id: UUID, kind: str, before: Iterable[Any], after: Iterable[Any]) -> None:
        had, wanted = dict(before), dict(after)
        here = (self.session, self.actor, self.organization_id, kind)
        for place in sorted(had.keys() - wanted.keys()):
            placements.remove(*here, place, user_id, self.now)
        for place, role in sorted(wanted.items()):
            if place not in had:
                placements.add(*here, place, user_id, role, self.now)
            elif had[place] != role:
                placements.change(*here, place, user_id, role, self.now)

    def _remove(self, step: Step) -> None:
        assert step.key is not None
        if step.what == "member":
            memberships.remove(self.session, self.actor, self.organization_id, step.key, self.now)
            return
        invitation = self.session.get_one(Invitation, step.key, populate_existing=True)
        if invitation.status == "pending":  # not if it went with whoever stood for it
            invitations.cancel(self.session, self.actor, step.key, self.now)
        elif invitation.status == "waiting":
            invitations.refuse(self.session, self.actor, self.organization_id, step.key, self.now)

    def _edit(self, step: Step) -> None:
        assert step.key is not None
        assert step.after is not None
        before = read_offer(self.session, self.session.get_one(Invitation, step.key, populate_existing=True))
        wanted = step.after.offer()
        offer = replace(
            before, role=wanted.role, restricted=wanted.restricted, sites=wanted.sites, teams=wanted.teams,
            projects=wanted.projects,
        )  # fmt: skip
        invitations.edit(self.session, self.actor, step.key, Change(offer), self.now)

    def _invite(self, steps: list[Step]) -> dict[str, UUID]:
        invitees = [Invitee(step.address, _access(step).offer()) for step in steps]
        if not invitees:
            return {}
        outcomes = self.invite(self.session, self.actor, self.organization_id, invitees, self.now)
        for outcome, step in zip(outcomes, steps, strict=True):
            if outcome.error is not None:
                outcome.error.about = step.index
        return {outcome.address: outcome.made() for outcome in outcomes}

    def _record(self, steps: list[Step]) -> None:
        counts = {deed: sum(1 for _ in of_deed(steps, deed)) for deed in DEEDS}
        history.record(
            self.session, self.actor, self.organization_id, "organization.roster_applied", self.organization_id,
            self.now, **counts,
        )  # fmt: skip


def _access(step: Step) -> Access:
    assert step.after is not None
    return step.after
