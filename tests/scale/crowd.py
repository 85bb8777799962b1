"""People who invite, join and change settings all the time, at any node, and remember what they were told.

What a 2xx said must be there in the end; what was refused, cut off or unanswered may be or not, but whole.
"""

import http.client
import itertools
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select

from portal import clock, identity, sessions, tokens
from portal.delivery import outbox
from portal.extensions import db
from portal.models import Invitation, InvitationSite, InvitationTeam, Membership, MembershipSite, Organization
from portal.permissions import Actor
from tests.conftest import PUBLIC_URL
from tests.world import World, build, person

INVITERS = 10  # so that no limit for one person is reached
SEATS = 25  # of the small organization, where there are five members
RESTRICTED = 2  # sites and teams that every invitation grants


class Answer:
    """What a node said; status 0 when it said nothing."""

    def __init__(self, status: int, body: bytes = b"", headers: Any = None) -> None:
        self.status, self.body, self.headers = status, body, headers or {}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, wait: float = 30
) -> Answer:
    """Asks one node."""
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=wait)
    try:
        kind = {"Content-Type": "application/json"} if body is not None else {}
        asking.request(method, path, json.dumps(body) if body is not None else None, kind | (headers or {}))
        said = asking.getresponse()
        return Answer(said.status, said.read(), said.headers)
    except (OSError, http.client.HTTPException) as failure:
        return Answer(0, repr(failure).encode())
    finally:
        asking.close()


@dataclass
class People:
    """Who takes part: two organizations, tokens of those who invite, and newcomers with a cookie each."""

    world: World
    small: World
    tokens: list[str] = field(default_factory=list)
    newcomers: list[tuple[str, UUID, str]] = field(default_factory=list)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.left = iter(self.newcomers)


def people(app: Flask, newcomers: int) -> People:
    """Makes them."""
    with app.app_context():
        session, now = db.session(), clock.now()
        made = People(build(session, now), build(session, now, "Southwind", seat_limit=SEATS))
        for number in range(INVITERS):
            who = made.world.enlist(f"inviter{number}", "admin")
            made.tokens.append(_token(session, who, now))
        for number in range(newcomers):
            address = f"newcomer{number}@example.com"
            key = person(session, address, now).id
            made.newcomers.append((address, key, sessions.start(session, key, now)))
        made.tokens.append(_token(session, made.world["owner"], now))
        made.tokens.append(_token(session, made.small["owner"], now))
        db.session.remove()
    return made


def _token(session: Any, who: Actor, now: Any) -> str:
    assert who.user_id is not None
    return tokens.create(session, who, who.user_id, now)[1]


class Crowd:
    """Threads that ask until they are stopped."""

    def __init__(
        self, among: People, ports: Callable[[], Sequence[int]], threads: int = 3, pause: float = 0.02
    ) -> None:
        self.among, self.ports, self.pause = among, ports, pause
        self.invited: dict[str, str] = {}
        self.joined: list[tuple[str, UUID]] = []
        self.setting = self.last_setting = 0
        self.said: Counter[tuple[str, int]] = Counter()
        self.unanswered: list[str] = []
        self.numbers, self.nodes = among.numbers, itertools.count()
        self.left = among.left
        self.ending = threading.Event()
        acts = [self._change, *[self._work] * threads]
        self.threads = [threading.Thread(target=self._repeat, args=(act,), daemon=True) for act in acts]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Ends once everybody has their answer."""
        self.ending.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive(), "somebody still waits for an answer"

    def _repeat(self, act: Callable[[], None]) -> None:
        while not self.ending.is_set():
            act()
            self.ending.wait(random.uniform(0, 2 * self.pause))

    def _work(self) -> None:
        random.choices([self._invite, self._invite_small, self._join], [6, 1, 2])[0]()

    def _asked(self, what: str, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        ports = self.ports()
        answer = ask(ports[next(self.nodes) % len(ports)], method, path, body, headers)
        self.said[what, answer.status] += 1
        if not answer.status:
            self.unanswered.append(f"{what}: {answer.body.decode()}")
        return answer

    def _bearer(self, number: int) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.among.tokens[number]}"}

    def _invite(self, address: str = "") -> str | None:
        """Invites to the large organization with everything that can be granted; returns the id if it was told."""
        world, number = self.among.world, next(self.numbers)
        address = address or f"p{number}@d{number % 8}.example.com"
        body = {
            "emails": [address], "role": "member", "sites": world.sites,
            "teams": [{"id": str(team), "role": "developer"} for team in world.teams],
        }  # fmt: skip
        path = f"/api/v1/organizations/{world.id}/invitations"
        answer = self._asked("invite", "POST", path, body, **self._bearer(number % INVITERS))
        if answer.status != 201:
            return None
        key: str = answer.json["outcomes"][0]["invitation"]["id"]
        self.invited[key] = address
        return key

    def _invite_small(self) -> None:
        path = f"/api/v1/organizations/{self.among.small.id}/invitations"
        body = {"emails": [f"s{next(self.numbers)}@example.com"], "role": "member"}
        self._asked("invite where seats are few", "POST", path, body, **self._bearer(-1))

    def _join(self) -> None:
        if (newcomer := next(self.left, None)) is None:
            return
        address, user_id, cookie = newcomer
        if (key := self._invite(address)) is None:
            return
        signed_in = {"Cookie": f"{identity.COOKIE}={cookie}", "Origin": PUBLIC_URL}
        path = "/api/auth/organization/accept-invitation"
        if self._asked("accept", "POST", path, {"invitationId": key}, **signed_in).status == 200:
            self.joined.append((key, user_id))

    def _change(self) -> None:
        """One person alone changes this setting, so that the last one is known."""
        self.last_setting += 1
        body = {"mail_paragraph": str(self.last_setting)}
        path = f"/api/v1/organizations/{self.among.world.id}"
        if self._asked("change a setting", "PATCH", path, body, **self._bearer(-2)).status == 200:
            self.setting = self.last_setting
        self.ending.wait(0.1)

    def unclear(self) -> dict[str, int]:
        """What was answered by something else than a result, a limit, nothing, or 503 with when to come back."""
        clear = {0, 200, 201, 409, 429, 503}
        few = {("invite where seats are few", 403)}  # none is left
        wrong = {pair: n for pair, n in self.said.items() if pair[1] not in clear and pair not in few}
        return {f"{what}: {status}": n for (what, status), n in wrong.items()}


@dataclass
class Findings:
    """What is not as it should be; every number should be 0 and every text empty."""

    lost_invitations: int = 0
    lost_acceptances: int = 0
    lost_setting: str = ""
    half_granted: int = 0
    seats_overdrawn: int = 0
    wrong_counts: str = ""
    unclear: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        wrong = [f"{name.replace('_', ' ')}: {value}" for name, value in vars(self).items() if value]
        return ", ".join(wrong) or "nothing lost, half granted, overdrawn, miscounted or unclear"


def found(app: Flask, crowd: Crowd) -> Findings:
    """Holds the database against what people were told."""
    with app.app_context():
        session, said, among = db.session(), Findings(unclear=crowd.unclear()), crowd.among
        there = set(session.scalars(select(Invitation.id)))
        said.lost_invitations = sum(UUID(key) not in there for key in crowd.invited)
        pairs = session.execute(select(Membership.organization_id, Membership.user_id))
        members = {tuple(pair) for pair in pairs}
        said.lost_acceptances = sum((among.world.id, user) not in members for _, user in crowd.joined)
        setting = session.get_one(Organization, among.world.id).mail_paragraph
        if not crowd.setting <= int(setting or 0) <= crowd.last_setting:
            said.lost_setting = f"{setting} in place of {crowd.setting}"
        said.half_granted = _half_granted(session, among.world, [user for _, user in crowd.joined])
        small = session.get_one(Organization, among.small.id)
        said.seats_overdrawn = max(0, small.member_count + small.pending_count - SEATS)
        for world in (among.world, among.small):
            world.session = session
            try:
                world.check_counts()
            except AssertionError as wrong:
                said.wrong_counts = str(wrong)
        db.session.remove()
    return said


def _half_granted(session: Any, world: World, joined: list[UUID]) -> int:
    """Invitations without all their grants, and members without theirs."""
    wrong = 0
    of_world = select(Invitation.id).where(Invitation.organization_id == world.id)
    every = set(session.scalars(of_world))
    for table in (InvitationSite, InvitationTeam):
        counted = session.execute(select(table.invitation_id, func.count()).group_by(table.invitation_id))
        whole = {key for key, number in counted if number == RESTRICTED}
        wrong += len(every - whole)
    counted = session.execute(select(MembershipSite.user_id, func.count()).group_by(MembershipSite.user_id))
    whole = {key for key, number in counted if number == RESTRICTED}
    return wrong + len(set(joined) - whole)


def on_its_way(app: Flask) -> int:
    """How many mails are still to be sent."""
    with app.app_context():
        number = outbox.waiting(db.session(), clock.now())[0]
        db.session.remove()
    return number


def pending(app: Flask) -> set[str]:
    """The addresses of all invitations that wait for their answer, acknowledged or not."""
    with app.app_context():
        addresses = set(db.session.scalars(select(Invitation.email).where(Invitation.status == "pending")))
        db.session.remove()
    return addresses
