"""What is in the portal that is looked at: an organization after some weeks, one of long names, one of one, a crowd."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import insert, select

from portal import accounts, clock, imports, invitations, profiles, returns, tokens
from portal.database import new_id, transaction
from portal.delivery import outbox
from portal.delivery.smtp import Transport, transport
from portal.extensions import db
from portal.invitations import Invitee, Offer
from portal.models import Membership, Message, Project, Site, Team, User
from portal.permissions import Actor
from portal.worker import run_once
from tests.pages.deeds import turned_on
from tests.world import World, build, person

WELCOME = "Good to have you on board. Apollo starts on Monday; everything you need is on Docs."
LONG = "a.person.with.quite.a.long.address.and.more@subdomain.of.an.organization.example.org"
CROWD = 10_000
UNBROKEN = "averylongaddressofonepersonwithoutasinglebreak0123456789@example.org"
SOCIETY = "The Incorporated Society of Wholesale Ironmongers and Allied Trades of Northumberland"
LIST = """email,name,role,sites
ann@example.com,Ann Lee,member,shop.example.com
owner@northwind.example.com,Ines Almeida,member,
not an address,,member,
bea@example.com,Béa Łącka,manager,
cy@example.com,,emperor,
"""


def captured_by(app: Flask) -> Transport:
    """What keeps the mails of the portal that is looked at."""
    found = transport(app)
    assert found is not None
    return found


class Lively:
    """An organization as it is after some weeks: every state of an invitation and of its mail."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.now = clock.now()
        self.world = build(db.session(), self.now - timedelta(days=40), "Northwind", seat_limit=200)
        self.world.now = self.now
        self.session = self.world.session
        self.keys: dict[str, UUID] = {}
        self._people()
        self._invitations()
        self._answers()
        self._approvals()
        self._mail()
        self._lists()

    def _people(self) -> None:
        names = {
            "owner": "Ines Almeida", "admin": "Ravi Menon", "manager": "Maren Holt",
            "billing_manager": "Tomasz Zieliński", "member": "Aiko Tanaka",
        }  # fmt: skip
        for role, name in names.items():
            self.world.user(role).name = name
        self.world.enlist("jonas", "member", (self.world.sites[0],))
        self.world.user("jonas").name = "Jonas Okafor"
        person(self.session, "newcomer@example.org", self.now, name="Nia Adeyemi")
        person(self.session, "unproven@example.org", self.now, name="Paul Brand", verified=False)
        person(self.session, "guarded@example.org", self.now, name="Greta Lund")
        person(self.session, "forgetful@example.org", self.now, name="Frida Berg")
        self.session.commit()
        tokens.create(
            self.session, self.world["owner"], self.world["owner"].user_id, self.now, name="nightly roster",
            organization_id=self.world.id, life=timedelta(days=90),
        )  # fmt: skip

    def invite(self, days: float, address: str, offer: Offer | None = None, name: str = "", by: str = "owner") -> UUID:
        """One more invitation, made so many days ago."""
        at = self.now - timedelta(days=days, hours=2)
        invitee = Invitee(address, offer or Offer("member"), name)
        made = invitations.invite(self.session, self.world[by], self.world.id, [invitee], at)[0]
        self.keys[address] = made.made()
        self.send(at)
        return made.made()

    def send(self, at: datetime) -> None:
        """Sends what is due at that time."""
        while run_once(db.session(), captured_by(self.app), at):
            pass

    def _invitations(self) -> None:
        full = self.world.full_offer
        self.invite(9, "old.timer@example.org")
        self.invite(8, "ghost@example.org")
        self.invite(7.9, "asks.again@example.org")
        self.invite(6, "member@northwind.example.net", Offer("manager"))
        self.invite(6, "k.osei@partner.example", Offer("manager", message=WELCOME))
        self.invite(4, "declines@example.net")
        self.invite(3, "lena@example.net", full())
        self.invite(3, "bounces@example.net")
        self.invite(2, LONG, full(message=WELCOME))
        self.invite(1, UNBROKEN)
        self.invite(1, "somebody.else@example.com", Offer("billing_manager"))
        self.invite(0.5, "samira@example.com", full(message="أهلًا بك في الفريق.", language="ar"), "سميرة")
        self.invite(0, "newcomer@example.org", full(message=WELCOME), "Nia Adeyemi")
        self.invite(0, "m.fischer@example.org", Offer("admin"), by="admin")
        self.invite(0, "tomas.vidal@example.com", full(message=WELCOME), "Tomás Vidal")

    def _answers(self) -> None:
        session, now = self.session, self.now
        joined = person(session, "joined@example.net", now, name="Kofi Osei")
        key = self.invite(5, "joined@example.net", self.world.full_offer())
        invitations.accept(session, Actor(joined.id, "page"), key, now - timedelta(days=3))
        invitations.cancel(session, self.world["owner"], self.keys["somebody.else@example.com"], now)
        invitations.new_link(session, self.world["owner"], self.keys["lena@example.net"], now)
        declined = self.world.opened(self.keys["declines@example.net"])
        invitations.reject(
            session, Actor(None), declined.invitation_id, now, opened=declined,
            reason="Thank you, but I have taken a post elsewhere.",
        )  # fmt: skip
        invitations.ask_for_new(session, self.world.opened(self.keys["asks.again@example.org"]), now)
        invitations.expire(session, now)
        self._approvals()

    def _approvals(self) -> None:
        """Three who wait, one who was let in and one who was not."""
        owner, self.world.organization().approval = self.world["owner"], True
        for hours, (address, name, role) in enumerate(APPLICANTS, 1):
            key, at = self.invite(2, address, Offer(role), name), self.now - timedelta(hours=hours)
            invitations.accept(self.session, Actor(person(self.session, address, self.now, name=name).id), key, at)
        invitations.approve(self.session, owner, self.world.id, self.keys["let.in@example.net"], self.now)
        invitations.refuse(self.session, owner, self.world.id, self.keys["not.let.in@example.net"], self.now)
        self.world.set(approval=False)

    def _approvals(self) -> None:
        """Of four who accepted where somebody has to approve, one is in, one is not, and two wait."""
        session, now, owner = self.session, self.now, self.world["owner"]
        names = {"yes": "Yara Osman", "no": "Noor Visser", "waits": "Wim de Boer", "waits.too": "Wanjiru Kamau"}
        self.world.set(approval=True)
        keys = []
        for name, said in names.items():
            came = person(session, f"{name}@example.net", now, name=said)
            keys.append(self.invite(2, f"{name}@example.net", self.world.full_offer()))
            invitations.accept(session, Actor(came.id, "page"), keys[-1], now - timedelta(days=1))
        invitations.approve(session, owner, self.world.id, keys[0], now)
        invitations.refuse(session, owner, self.world.id, keys[1], now)
        self.world.set(approval=False)

    def _mail(self) -> None:
        """One of every kind of mail is due, beside those of the invitations."""
        session, now, owner = self.session, self.now, self.world["owner"]
        session.commit()
        guarded, unproven = self.person("guarded@example.org"), self.person("unproven@example.org")
        accounts.ask_verification(session, unproven, now)
        accounts.ask_reset(session, guarded.email, now)
        accounts.ask_sign_in(session, guarded.email, now)
        accounts.ask_account(session, "wants.in@example.org", "Wanda Inman", None, now)
        profiles.ask_address(session, Actor(guarded.id, "page"), "greta@example.net", now)
        said = {"user_id": guarded.id.hex, "old": guarded.email, "new": "greta@example.net"}
        key = self.keys["k.osei@partner.example"]
        since = (now - timedelta(days=30)).isoformat()
        with transaction(session):
            outbox.queue(session, "address_changed", [outbox.Due(guarded.email, said)], None, now)
            reminded = outbox.Due("k.osei@partner.example", {"generation": 1}, key)
            outbox.queue(session, "reminder", [reminded], self.world.id, now)
            told = outbox.Due(self.world.email("owner"), {"user_id": owner.user_id.hex, "since": since})
            outbox.queue(session, "lapsed", [told], self.world.id, now)

    def person(self, address: str) -> User:
        """The account with this address."""
        found = accounts.by_address(self.session, address)
        assert found is not None
        return found

    def bounce(self) -> None:
        """What came back, once everything is sent."""
        key = self.keys["bounces@example.net"]
        message = self.session.scalars(select(Message).where(Message.invitation_id == key)).one()
        said = "550 5.1.1 The email account that you tried to reach does not exist."
        returns.told(self.session, message.id, "bounced", said, self.now)

    def _lists(self) -> None:
        session, world = self.session, self.world
        self.planned = imports.plan(session, world["owner"], world.id, LIST, self.now, file_name="people.csv").id
        done = imports.plan(session, world["owner"], world.id, "email\nzoe@example.com\n", self.now, file_name="z.csv")
        self.done = done.id
        imports.start(session, world["owner"], world.id, self.done, self.now)
        while imports.step(session, self.now):
            pass

    def guard(self) -> None:
        """Gives ``guarded@example.org`` a second step."""
        turned_on(self.world, Actor(self.person("guarded@example.org").id, "page"))


APPLICANTS = (
    ("waits@example.net", "Wilma Aster", "member"), ("waits.too@example.net", "Chioma Okafor", "manager"),
    ("waits.long@example.net", "Maximiliane von Hohenstein-Wittelsbach", "admin"),
    ("let.in@example.net", "Lia Innes", "member"), ("not.let.in@example.net", "Noah Ost", "member"),
)  # fmt: skip
LONG_NAMES = {
    "owner": "Maximiliane Alexandra von Hohenstein-Wittelsbach zu Sonderburg",
    "admin": "Bartholomew Featherstonehaugh-Cholmondeley",
    "manager": "Uvuvwevwevwe Onyetenyevwe Ugwemubwem Ossas",
    "billing_manager": "Wolfeschlegelsteinhausenbergerdorff",
    "member": "María de los Ángeles Fernández de Córdoba y Álvarez de Toledo",
}
LONG_PLACES = (
    "Wholesale ironmongery of the northern and north-eastern counties, with the islands",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
)


def society() -> World:
    """An organization in which everything has a long name."""
    now = clock.now()
    world = build(db.session(), now - timedelta(days=3), "Ironmongers")
    world.organization().name = SOCIETY
    for role, name in LONG_NAMES.items():
        world.user(role).name = name
    for model in (Site, Team, Project):
        named = select(model).where(model.organization_id == world.id).order_by(model.name)
        for place, name in zip(world.session.scalars(named), LONG_PLACES, strict=True):
            place.name = name
    world.session.commit()
    offer = world.full_offer(message="We look forward to working with you on everything that is planned. " * 6)
    world.invite(LONG, UNBROKEN, offer=offer, at=now - timedelta(days=1))
    return world


def alone() -> World:
    """An organization that was just made by its only person."""
    world = build(db.session(), clock.now(), "Solo")
    others = [actor.user_id for name, actor in world.actors.items() if name != "owner"]
    for membership in world.session.scalars(select(Membership).where(Membership.user_id.in_(others))):
        world.session.delete(membership)
    world.organization().member_count = 1
    world.session.commit()
    return world


def crowded() -> World:
    """An organization with 10,000 people waiting, and 10,000 in it."""
    world = build(db.session(), clock.now(), "Harbor")
    for start in range(0, CROWD, 2_000):
        world.invite(*(f"person{number:05}@example.org" for number in range(start, start + 2_000)))
    people = [
        {"id": new_id(), "email": f"member{number:05}@example.net", "name": f"Member {number:05}"} | _moments(world)
        for number in range(CROWD)
    ]
    in_it = {"organization_id": world.id, "role": "member"} | _moments(world)
    world.session.execute(insert(User), people)
    world.session.execute(insert(Membership), [{"id": new_id(), "user_id": each["id"]} | in_it for each in people])
    world.organization().member_count += CROWD
    world.session.commit()
    return world


def _moments(world: World) -> dict[str, Any]:
    return {"created_at": world.now, "updated_at": world.now}
