"""The demo organization of a first run, made through the rules like any other: people, places, invitations.

Everything happened at some time before now, in the order in which it could have.
"""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from . import accounts, invitations, organizations, passwords, places
from .database import transaction
from .invitations import Invitee, Offer
from .models import Organization, User
from .permissions import Actor

OWNER = ("ines@northwind.example.com", "Ines Almeida")
MEMBERS = [
    ("ravi@northwind.example.com", "Ravi Menon", "admin", 54),
    ("maren@northwind.example.com", "Maren Holt", "manager", 48),
    ("tomasz@northwind.example.com", "Tomasz Zieliński", "billing_manager", 41),
    ("aiko@northwind.example.com", "Aiko Tanaka", "member", 33),
    ("jonas@example.org", "Jonas Okafor", "member", 20),
]
SITES = ["Shop", "Blog", "Docs", "Status", "Support", "Press", "Careers", "Partners", "Academy"]
TEAMS = ["Platform", "Support", "Design"]
PROJECTS = ["Apollo", "Harbor", "Meridian"]
SEATS = 200
WELCOME = "Good to have you on board. Apollo starts on Monday; everything you need is on Docs.\n\nInes"


def sign_in_file(instance: Path) -> Path:
    """Where the owner's address and password are kept."""
    return instance / "demo-owner.txt"


def fill(session: Session, now: datetime, keep: Path) -> Organization:
    """Makes the demo organization in one unit of work, and keeps its owner's sign-in in ``keep``, mode 0600.

    Its people share the owner's password, so that each role can be tried.
    """
    password = secrets.token_urlsafe(12)
    password_hash = passwords.accepted(password)
    with transaction(session):
        demo = _Demo(session, now, password_hash)
        demo.found()
        demo.settle_people()
        demo.leave_invitations()
        _keep(keep, f"{OWNER[0]}\n{password}\n")
    return demo.organization


def _keep(file: Path, text: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        os.fchmod(opened.fileno(), 0o600)
        opened.write(text)


@dataclass
class _Demo:
    """The organization while it is being made."""

    session: Session
    now: datetime
    password_hash: str

    def ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    def person(self, email: str, name: str, days: float) -> User:
        return accounts.create(self.session, email, name, self.password_hash, self.ago(days), verified=True)

    def found(self) -> None:
        """The owner, the organization and its places."""
        owner = Actor(self.person(*OWNER, days=60).id)
        self.organization = organizations.create(
            self.session, owner, "Northwind Traders", self.ago(60), slug="northwind", seat_limit=SEATS
        )
        self.actors = {"ines": owner}
        self.sites = self._places("site", SITES)
        self.teams = self._places("team", TEAMS)
        self.projects = self._places("project", PROJECTS)

    def _places(self, kind: str, names: Sequence[str]) -> dict[str, Any]:
        domains = {name: f"{name.lower()}.northwind.example.com" if kind == "site" else None for name in names}
        owner, of = self.actors["ines"], self.organization.id
        made = {
            name: places.create(self.session, owner, of, kind, name, self.ago(59), domain=domain)
            for name, domain in domains.items()
        }
        return {name: place.id for name, place in made.items()}

    def offer(
        self,
        role: str = "member",
        *,
        sites: Sequence[str] = (),
        teams: dict[str, str] | None = None,
        projects: dict[str, str] | None = None,
        message: str = "",
        expires_at: datetime | None = None,
    ) -> Offer:
        """An offer that names its places."""
        return Offer(
            role,
            restricted=bool(sites),
            sites=tuple(self.sites[name] for name in sites),
            teams=tuple((self.teams[name], team_role) for name, team_role in (teams or {}).items()),
            projects=tuple((self.projects[name], place_role) for name, place_role in (projects or {}).items()),
            message=message,
            expires_at=expires_at,
        )

    def invite(self, by: str, days: float, offer: Offer, *people: tuple[str, str]) -> list[UUID]:
        """Invites people as somebody, so many days ago. Returns the invitations' ids."""
        invitees = [Invitee(email, offer, name) for email, name in people]
        outcomes = invitations.invite(self.session, self.actors[by], self.organization.id, invitees, self.ago(days))
        return [outcome.invitation_id for outcome in outcomes if outcome.invitation_id]

    def settle_people(self) -> None:
        """The members, each invited by the owner and in a day later."""
        for email, name, role, days in MEMBERS:
            (made,) = self.invite("ines", days, self._members_offer(role), (email, name))
            member = Actor(self.person(email, name, days - 1).id)
            invitations.accept(self.session, member, made, self.ago(days - 1))
            self.actors[email.partition("@")[0]] = member

    def _members_offer(self, role: str) -> Offer:
        if role != "member":
            return self.offer(role, teams={"Platform": "team_manager"})
        return self.offer(sites=["Shop", "Docs"], teams={"Design": "developer"}, projects={"Apollo": "project_member"})

    def leave_invitations(self) -> None:
        """A dozen invitations, in every state."""
        self._leave_ended()
        self._leave_pending()
        invitations.expire(self.session, self.now)

    def _leave_ended(self) -> None:
        lapsed = self.offer(sites=["Blog"], expires_at=self.ago(9))
        self.invite("ravi", 16, lapsed, ("lucia@example.net", "Lucía Ferrer"), ("pavel@example.net", ""))
        (declined,) = self.invite("maren", 6, self.offer(), ("noor@example.org", "Noor Haddad"))
        noor = Actor(self.person("noor@example.org", "Noor Haddad", 5).id)
        reason = "Thank you, but I have left for another team."
        invitations.reject(self.session, noor, declined, self.ago(5), reason=reason)
        revoked = self.invite("ines", 5, self.offer("billing_manager"), ("accounts@example.net", ""))
        invitations.cancel(self.session, self.actors["ines"], revoked[0], self.ago(4))

    def _leave_pending(self) -> None:
        hour, day = timedelta(hours=1), timedelta(days=1)
        soon = self.offer(projects={"Harbor": "project_viewer"}, expires_at=self.now + 20 * hour)
        self.invite("maren", 3, soon, ("sofia@example.com", "Sofia Lindqvist"))
        self.invite("ravi", 2, self.offer("admin"), ("daniel@example.com", "Daniel Mbeki"))
        design = self.offer(
            sites=["Shop", "Docs"],
            teams={"Platform": "analyst_developer", "Design": "developer"},
            projects={"Apollo": "project_member"},
            message=WELCOME,
            expires_at=self.now + 14 * day,
        )
        newcomers = [
            ("chloe@example.com", "Chloé Martin"),
            ("emeka@example.com", "Emeka Obi"),
            ("yara@example.org", ""),
        ]
        self.invite("ines", 1, design, *newcomers)
        partner = self.offer(sites=["Partners"], expires_at=self.now + 90 * day)
        self.invite("ines", 0.1, partner, ("hello@partner.example.net", "Partner desk"))
        self.invite("maren", 0.02, self.offer(teams={"Support": "read_only"}), ("kim@example.com", "Kim Nguyen"))
