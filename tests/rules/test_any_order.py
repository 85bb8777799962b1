"""Anybody does anything in any order, and what must hold holds after every step.

``ANY_ORDER_EXAMPLES`` says how many lives of an organization are tried; `make torture` tries a great many.
"""

import os
from datetime import timedelta

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from portal import clock, invitations, memberships
from portal.database import transaction
from portal.errors import PortalError
from portal.extensions import db
from portal.invitations import Change, Invitee, Offer
from portal.memberships import Access
from portal.models import RANKS, ROLES, Invitation, Membership
from portal.permissions import may_offer

from ..conftest import emptied
from ..world import build, person

SEATS = 9
EXAMPLES = int(os.environ.get("ANY_ORDER_EXAMPLES", "6"))
NEWCOMERS = tuple(f"{name}@example.com" for name in ("ann", "bob", "cem", "dee"))
somebody = st.sampled_from((*ROLES, *NEWCOMERS))
actor = st.one_of(st.sampled_from(("owner", "admin", "manager")), somebody)  # most may do something
a_role = st.sampled_from(ROLES)
newcomer = st.sampled_from(NEWCOMERS)
mostly = st.sampled_from((True, True, False))
an_index = st.integers(0, 30)


class Organization(RuleBasedStateMachine):
    """The life of one organization, with its five people and four who may come in."""

    app: Flask

    def __init__(self) -> None:
        super().__init__()
        self.context = self.app.app_context()
        self.context.push()
        emptied(self.app)
        self.session, self.now = db.session(), clock.now()
        self.world = build(self.session, self.now, seat_limit=SEATS)
        for address in NEWCOMERS:
            self.world.actors[address] = type(self.world["owner"])(person(self.session, address, self.now).id)
        self.made: list[object] = []
        self.ended: dict[object, str] = {}
        self.session.commit()
        for by, address in zip(("owner", "admin", "manager"), NEWCOMERS, strict=False):
            self.made.append(self.world.invited(address, Offer(by), by=by))

    def teardown(self) -> None:
        db.session.remove()
        self.context.pop()

    def attempt(self, act, *given, **named):
        """What the rule says, or None where it refuses; anything but its own errors ends the test."""
        try:
            return act(self.session, *given, **named)
        except PortalError:
            self.session.rollback()
            return None

    def one(self, index):
        return self.made[index % len(self.made)]

    @rule(
        by=actor, address=st.sampled_from(NEWCOMERS), role=a_role, restricted=st.booleans(), hours=st.integers(0, 300)
    )
    def invite(self, by, address, role, restricted, hours):
        sites = (self.world.sites[0],) if restricted and role == "member" else ()
        offer = Offer(role, bool(sites), sites, expires_at=self.now + timedelta(hours=hours + 1))
        outcomes = self.attempt(invitations.invite, self.world[by], self.world.id, [Invitee(address, offer)], self.now)
        for outcome in outcomes or ():
            if outcome.invitation_id:
                self.made.append(outcome.invitation_id)

    @precondition(lambda self: self.made)
    @rule(by=actor, which=an_index, what=st.sampled_from(["resend", "new_link", "cancel"]))
    def see_to(self, by, which, what):
        self.attempt(getattr(invitations, what), self.world[by], self.one(which), self.now)

    @precondition(lambda self: self.made)
    @rule(by=actor, which=an_index, role=a_role, address=st.sampled_from((None, *NEWCOMERS)))
    def edit(self, by, which, role, address):
        self.attempt(invitations.edit, self.world[by], self.one(which), Change(Offer(role), address), self.now)

    @precondition(lambda self: self.made)
    @rule(which=an_index, own=mostly, by=actor, generation=st.sampled_from([None, None, 1, 2]))
    def accept(self, which, own, by, generation):
        invitation = self.world.invitation(self.one(which))
        by = invitation.email if own else by
        role, address, grantor = invitation.role, invitation.email, invitation.grantor_id
        stands = self.world.membership(grantor)
        member = self.attempt(invitations.accept, self.world[by], invitation.id, self.now, generation=generation)
        if member is not None:
            assert (by, member.role) == (address, role)
            assert stands is not None
            assert RANKS[role] <= RANKS[stands.role]

    @precondition(lambda self: self.made)
    @rule(which=an_index, own=mostly, by=actor)
    def decline(self, which, own, by):
        by = self.world.invitation(self.one(which)).email if own else by
        self.attempt(invitations.reject, self.world[by], self.one(which), self.now)

    @rule(by=actor, whom=actor, role=a_role)
    def give_a_role(self, by, whom, role):
        member, who = (self.world.membership(self.world[name].user_id) for name in (whom, by))
        had = member.role if member else None
        changed = self.attempt(
            memberships.change, self.world[by], self.world.id, self.world[whom].user_id, Access(role, ()), self.now
        )
        if changed is not None and by != whom:
            assert max(RANKS[role], RANKS[had]) <= RANKS[who.role]

    @rule(by=actor, whom=st.sampled_from(("admin", "manager", *NEWCOMERS)))
    def remove(self, by, whom):
        self.attempt(memberships.remove, self.world[by], self.world.id, self.world[whom].user_id, self.now)

    @rule(hours=st.integers(1, 60), swept=st.booleans())
    def time_passes(self, hours, swept):
        self.now += timedelta(hours=hours)
        if swept:
            invitations.expire(self.session, self.now)

    @rule(by=actor, address=newcomer)
    def a_unit_that_fails_leaves_nothing(self, by, address):
        before = self.session.scalar(select(func.count()).select_from(Invitation))
        try:
            with transaction(self.session):
                self.attempt_inside(by, address)
                raise InterruptedError
        except InterruptedError:
            pass
        assert self.session.scalar(select(func.count()).select_from(Invitation)) == before

    def attempt_inside(self, by, address):
        try:
            offers = [Invitee(address, Offer("member"))]
            invitations.invite(self.session, self.world[by], self.world.id, offers, self.now)
        except PortalError:
            pass

    @invariant()
    def the_counts_are_those_of_the_rows(self):
        self.world.check_counts()

    @invariant()
    def there_is_an_owner_and_no_seat_too_many(self):
        organization = self.world.organization()
        assert organization.owner_count >= 1
        assert organization.member_count + organization.pending_count <= SEATS

    @invariant()
    def what_is_pending_is_of_no_member_and_somebody_stands_for_it(self):
        pending = list(self.session.scalars(select(Invitation).where(Invitation.status == "pending")))
        assert len({invitation.email for invitation in pending}) == len(pending)
        roles = dict(self.session.execute(select(Membership.user_id, Membership.role)).all())
        people = {actor.user_id: name for name, actor in self.world.actors.items()}
        assert not {invitation.email for invitation in pending} & {people[user_id] for user_id in roles}
        for invitation in pending:
            assert may_offer(roles[invitation.grantor_id], invitation.role)

    @invariant()
    def what_was_answered_or_revoked_stays_so(self):
        rows = self.session.execute(select(Invitation.id, Invitation.status, Invitation.accepted_by)).all()
        ended = {row.id: (row.status, row.accepted_by) for row in rows if row.status not in ("pending", "expired")}
        assert self.ended.items() <= ended.items()
        self.ended = ended


def test_anybody_does_anything_in_any_order(app):
    machine = type("OfThisDatabase", (Organization,), {"app": app})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=30, deadline=None, derandomize=EXAMPLES <= 6,
            suppress_health_check=list(HealthCheck), database=None,
        ),
    )  # fmt: skip
