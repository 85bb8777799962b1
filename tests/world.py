"""A small world to test in: an organization with a person of each role, sites, teams and projects."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import accounts, invitations, links, organizations, passwords, places
from portal.database import new_id, transaction
from portal.invitations import Invitee, Offer, Outcome
from portal.models import ROLES, Event, Invitation, Membership, MembershipSite, Message, Organization, User
from portal.permissions import Actor

PASSWORD = "correct horse battery"


@dataclass
class World:
    """An organization and its people; ``world["admin"]`` is the admin as an actor."""

    session: Session
    now: datetime
    id: UUID
    slug: str
    actors: dict[str, Actor]
    sites: list[int] = field(default_factory=list)
    teams: list[UUID] = field(default_factory=list)
    projects: list[UUID] = field(default_factory=list)

    def __getitem__(self, name: str) -> Actor:
        return self.actors[name]

    def user(self, name: str) -> User:
        return self.session.get_one(User, self.actors[name].user_id)

    def email(self, name: str) -> str:
        return self.user(name).email

    def enlist(self, name: str, role: str, sites: tuple[int, ...] = ()) -> Actor:
        """One more member with that role; restricted when sites are named."""
        self.actors[name] = actor = Actor(person(self.session, f"{name}@northwind.example.com", self.now).id)
        _put_in(self.session, self.id, actor, role, self.now, sites)
        self.session.commit()
        return actor

    def offer(self, role: str = "member", **given: Any) -> Offer:
        return Offer(role, **given)

    def full_offer(self, **given: Any) -> Offer:
        """A restricted member with both sites, both teams and both projects."""
        teams = tuple(zip(self.teams, ("developer", "team_manager"), strict=True))
        projects = tuple(zip(self.projects, ("project_member", "project_viewer"), strict=True))
        return Offer("member", True, tuple(self.sites), teams, projects, **given)

    def invite(self, *addresses: str, offer: Offer | None = None, by: str = "owner", at: datetime | None = None) -> Any:
        """The outcomes of inviting these addresses."""
        invitees = [Invitee(address, offer or Offer("member")) for address in addresses]
        return invitations.invite(self.session, self[by], self.id, invitees, at or self.now)

    def invited(self, address: str, offer: Offer | None = None, by: str = "owner", at: datetime | None = None) -> UUID:
        """The id of a new invitation."""
        outcome: Outcome = self.invite(address, offer=offer, by=by, at=at)[0]
        assert outcome.invitation_id is not None, outcome.code
        return outcome.invitation_id

    def invitation(self, invitation_id: UUID) -> Invitation:
        """The invitation as it is stored now."""
        return self.session.get_one(Invitation, invitation_id, populate_existing=True)

    def opened(self, invitation_id: UUID, kind: links.Kind = links.Kind.MAILED) -> links.Opened:
        """The invitation's newest link, as it is read from a request."""
        return links.open_invitation(
            links.invitation_token(invitation_id, self.invitation(invitation_id).generation, kind)
        )

    def membership(self, user_id: UUID | None) -> Membership | None:
        query = select(Membership).where(Membership.organization_id == self.id, Membership.user_id == user_id)
        return self.session.scalar(query.execution_options(populate_existing=True))

    def organization(self) -> Organization:
        """The organization as it is stored now."""
        return self.session.get_one(Organization, self.id, populate_existing=True)

    def limit(self, **limits: int | None) -> None:
        """Sets the organization's limits."""
        for name, value in limits.items():
            setattr(self.organization(), name, value)
            self.session.commit()

    def demote(self, name: str, role: str) -> None:
        """Another role behind the rules' back, with nothing else changed."""
        membership = self.membership(self[name].user_id)
        assert membership is not None
        membership.role = role
        self.session.commit()

    def waits(
        self, address: str = "ann@example.com", offer: Offer | None = None, by: str = "owner"
    ) -> tuple[UUID, Actor]:
        """Somebody who has accepted and waits for approval: their invitation's id, and they themselves."""
        key, waiting = self.invited(address, offer, by), Actor(person(self.session, address, self.now).id)
        before = self.organization().approval
        self.set(approval=True)
        assert invitations.accept(self.session, waiting, key, self.now).waits
        self.set(approval=before)
        return key, waiting

    def set(self, **given: Any) -> None:
        """Sets something of the organization behind the rules' back."""
        for name, value in given.items():
            setattr(self.organization(), name, value)
        self.session.commit()

    def events(self, subject: object, kind: str | None = None) -> list[Event]:
        query = select(Event).where(Event.subject_id == str(subject)).order_by(Event.created_at, Event.id)
        return [event for event in self.session.scalars(query) if kind in (None, event.kind)]

    def mails(self, kind: str = "invitation") -> list[Message]:
        return list(self.session.scalars(select(Message).where(Message.kind == kind).order_by(Message.id)))

    def check_counts(self) -> None:
        """The organization's counts are those of its rows."""
        self.session.rollback()
        said = self.organization()

        def count(model: Any, *conditions: Any) -> int:
            query = select(func.count()).select_from(model).where(model.organization_id == self.id, *conditions)
            return self.session.scalar(query) or 0

        assert said.member_count == count(Membership)
        assert said.owner_count == count(Membership, Membership.role == "owner")
        assert said.pending_count == count(Invitation, Invitation.status == "pending")
        assert said.waiting_count == count(Invitation, Invitation.status == "waiting")


def person(
    session: Session, address: str, now: datetime, *, name: str = "", verified: bool = True, password: str = PASSWORD
) -> User:
    """An account."""
    name = name or address.partition("@")[0].replace("_", " ").title()
    return accounts.create(session, address, name, _hashed(password), now, verified=verified)


@cache
def _hashed(password: str) -> str:
    return passwords.accepted(password)


def build(session: Session, now: datetime, name: str = "Northwind", **limits: int | None) -> World:
    """An organization with a person of each role (``owner@northwind.example.com`` and so on) and two of each place."""
    with transaction(session):
        return _build(session, now, name, **limits)


def _build(session: Session, now: datetime, name: str, **limits: int | None) -> World:
    domain = f"{name.lower()}.example.com"
    actors = {role: Actor(person(session, f"{role}@{domain}", now).id) for role in ROLES}
    owner = actors["owner"]
    organization = organizations.create(session, owner, name, now, **limits)
    for role in ROLES[1:]:
        _put_in(session, organization.id, actors[role], role, now)
    world = World(session, now, organization.id, organization.slug, actors)
    for place, domain in (("Shop", "shop.example.com"), ("Blog", "blog.example.com")):
        world.sites.append(places.create(session, owner, world.id, "site", place, now, domain=domain).id)
    world.teams = [places.create(session, owner, world.id, "team", team, now).id for team in ("Platform", "Support")]
    world.projects = [places.create(session, owner, world.id, "project", p, now).id for p in ("Apollo", "Gemini")]
    return world


def _put_in(
    session: Session, organization_id: UUID, actor: Actor, role: str, now: datetime, sites: tuple[int, ...] = ()
) -> None:
    moments = {"created_at": now, "updated_at": now}
    key = {"organization_id": organization_id, "user_id": actor.user_id}
    session.add(Membership(id=new_id(), **key, role=role, restricted=bool(sites), **moments))
    organization = session.get_one(Organization, organization_id, populate_existing=True)
    organization.member_count += 1
    organization.owner_count += role == "owner"
    session.flush()
    session.add_all(MembershipSite(**key, site_id=site) for site in sites)
    session.flush()
