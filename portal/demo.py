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
from .delivery import outbox
from .delivery.outbox import Settled
from .invitations import Invitee, Offer
from .models import Invitation, Organization, User
from .permissions import Actor

OWNER = ("ines@northwind.example.com", "Ines Almeida")
MEMBERS = [
    ("ravi@northwind.example.com", "Ravi Menon", "admin", 54, 0.4),
    ("maren@northwind.example.com", "Maren Holt", "manager", 48, 1.2),
    ("tomasz@northwind.example.com", "Tomasz Zieliński", "billing_manager", 41, 2.6),
    ("aiko@northwind.example.com", "Aiko Tanaka", "member", 33, 0.3),
    ("jonas@example.org", "Jonas Okafor", "member", 20, 0.8),
]
# Invited before now: who, by whom, into which team, so many days ago; then after how many days the link was viewed and
# the invitation accepted, if ever.
EARLIER = [
    ("nadia@northwind.example.com", "Nadia Petrov", "ines", "Platform", 82, 0.1, 0.2),
    ("hugo@northwind.example.com", "Hugo Lambert", "ines", "Design", 79, 0.5, 2.1),
    ("leila@northwind.example.com", "Leila Haddad", "ines", "Platform", 75, 0.3, 0.3),
    ("oskar@northwind.example.com", "Oskar Nyberg", "ines", "Support", 74, 2.4, 5.2),
    ("grace@example.net", "Grace Mensah", "ines", "Support", 68, 1.2, None),
    ("ivo@northwind.example.com", "Ivo Marin", "ines", "Platform", 61, 0.1, 0.1),
    ("priya@northwind.example.com", "Priya Raman", "ravi", "Platform", 50, 0.2, 1.4),
    ("sam@example.net", "Sam Doyle", "ravi", None, 47, None, None),
    ("yuki@northwind.example.com", "Yuki Mori", "ravi", "Design", 45, 0.6, 0.9),
    ("clara@northwind.example.com", "Clara Weiss", "maren", "Support", 40, 1.1, 3.0),
    ("dele@northwind.example.com", "Dele Adeyemi", "maren", "Support", 38, 0.2, 0.4),
    ("petra@example.org", "Petra Novak", "maren", None, 31, None, None),
    ("luis@northwind.example.com", "Luis Ortega", "maren", "Design", 27, 0.1, 0.2),
    ("amina@northwind.example.com", "Amina Diallo", "ravi", "Platform", 24, 0.8, 4.3),
    ("finn@northwind.example.com", "Finn Larsen", "maren", "Support", 17, 0.3, 0.5),
    ("rosa@northwind.example.com", "Rosa Conti", "ravi", None, 12, 0.2, 1.0),
]
FOUNDED = 84  # days ago
MAILED = "Part of the demo: told as handed over, without a mail."
REFUSED = "Part of the demo: told as come back, 550 5.1.1 No such mailbox."
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
        demo.settle_earlier()
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
        owner = Actor(self.person(*OWNER, days=FOUNDED).id)
        self.organization = organizations.create(
            self.session, owner, "Northwind Traders", self.ago(FOUNDED), slug="northwind", seat_limit=SEATS
        )
        self.actors = {"ines": owner}
        self.sites = self._places("site", SITES)
        self.teams = self._places("team", TEAMS)
        self.projects = self._places("project", PROJECTS)

    def _places(self, kind: str, names: Sequence[str]) -> dict[str, Any]:
        domains = {name: f"{name.lower()}.northwind.example.com" if kind == "site" else None for name in names}
        owner, of = self.actors["ines"], self.organization.id
        made = {
            name: places.create(self.session, owner, of, kind, name, self.ago(FOUNDED), domain=domain)
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

    def mailed(self, days: float, status: str = "sent", reply: str = MAILED) -> None:
        """What was due so many days ago, told as handed over then, or as come back."""
        due = outbox.claim(self.session, self.ago(days), most=100)
        told = [Settled(mail, status, reply, delivery=status) for mail in due]
        outbox.settle(self.session, told, self.ago(days))

    def viewed(self, invitation_id: UUID, days: float) -> None:
        """The link was viewed so many days ago."""
        invitation = self.session.get_one(Invitation, invitation_id, populate_existing=True)
        invitations.mark_viewed(self.session, invitation, self.ago(days))

    def joined(self, invitation_id: UUID, email: str, name: str, days: float) -> Actor:
        """An account for whoever accepts, so many days ago."""
        member = Actor(self.person(email, name, days).id)
        invitations.accept(self.session, member, invitation_id, self.ago(days))
        return member

    def settle_people(self) -> None:
        """The members, each invited by the owner so many days ago, and in so many days later."""
        for email, name, role, days, later in MEMBERS:
            (made,) = self.invite("ines", days, self._members_offer(role), (email, name))
            self.mailed(days)
            self.viewed(made, days - later)
            self.actors[email.partition("@")[0]] = self.joined(made, email, name, days - later)

    def settle_earlier(self) -> None:
        """Those who came, or did not, in the weeks before."""
        for email, name, by, team, days, viewed, accepted in EARLIER:
            offer = self.offer(teams={team: "developer"} if team else None)
            (made,) = self.invite(by, days, offer, (email, name))
            self.mailed(days)
            if viewed is not None:
                self.viewed(made, days - viewed)
            if accepted is not None:
                self.joined(made, email, name, days - accepted)

    def _members_offer(self, role: str) -> Offer:
        if role != "member":
            return self.offer(role, teams={"Platform": "team_manager"})
        return self.offer(sites=["Shop", "Docs"], teams={"Design": "developer"}, projects={"Apollo": "project_member"})

    def leave_invitations(self) -> None:
        """Two dozen invitations, in every state."""
        self._leave_ended()
        self._leave_stuck()
        self._leave_pending()
        invitations.expire(self.session, self.now)

    def _leave_ended(self) -> None:
        lapsed = self.offer(sites=["Blog"], expires_at=self.ago(9))
        self.invite("ravi", 16, lapsed, ("lucia@example.net", "Lucía Ferrer"), ("pavel@example.net", ""))
        self.mailed(16)
        (declined,) = self.invite("maren", 6, self.offer(), ("noor@example.org", "Noor Haddad"))
        self.mailed(6)
        self.viewed(declined, 5.5)
        revoked = self.invite("ines", 5, self.offer("billing_manager"), ("accounts@example.net", ""))
        self.mailed(5)
        invitations.cancel(self.session, self.actors["ines"], revoked[0], self.ago(4))
        noor = Actor(self.person("noor@example.org", "Noor Haddad", 5).id)
        reason = "Thank you, but I have left for another team."
        invitations.reject(self.session, noor, declined, self.ago(5), reason=reason)

    def _leave_stuck(self) -> None:
        """What Insights tells of: one that did not arrive, one that was not viewed, one that was not answered."""
        offer = self.offer(sites=["Shop"], expires_at=self.now + timedelta(days=20))
        for days, email, status, reply, viewed in (
            (8, "otto@example.net", "sent", MAILED, None),
            (7, "mina@example.org", "sent", MAILED, 6.5),
            (4.5, "hanna@exmaple.example", "bounced", REFUSED, None),
        ):
            (made,) = self.invite("maren", days, offer, (email, ""))
            self.mailed(days, status, reply)
            if viewed is not None:
                self.viewed(made, viewed)

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
