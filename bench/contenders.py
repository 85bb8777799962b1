"""Who is compared: the portal, and better-auth behind Node. One process each, and the same requests to both."""

import http.client
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import flask_migrate
import orjson

from portal import accounts, clock, config, create_app, organizations, passwords, sessions, tokens
from portal.extensions import db
from portal.launch.run import THREADS
from portal.models import Organization
from portal.permissions import Actor

from .load import HOST, NUMBERS, Asked, request

ROOT = Path(__file__).parent.parent
NODE = Path(__file__).parent / "better_auth"
KEY = "a key for a benchmark, thrown away 0123456789"
FIRST_PORT = int(os.environ.get("BENCH_PORT", "8150"))


class Contender:
    """A server that runs, an owner who is signed in, and what is asked of it."""

    name: str
    uri: str
    port: int
    process: "subprocess.Popen[bytes]"
    cookie: str

    def organization(self) -> str:
        """A new organization of the owner's, so that every round begins with none invited."""
        raise NotImplementedError

    def invitee(self) -> tuple[str, str]:
        """A person with a proved address: the address, and the cookie that they are signed in with."""
        raise NotImplementedError

    def post(self, path: str, body: Any, cookie: str = "") -> bytes:
        """A request that both understand."""
        headers = {"Cookie": cookie or self.cookie, "Origin": f"http://{HOST}:{self.port}"}
        return request("POST", path, headers, orjson.dumps(body))

    def ask(self, path: str, body: Any, cookie: str = "") -> Any:
        """The same, sent at once: the answer's JSON and its headers."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        headers = {"Content-Type": "application/json", "Origin": f"http://{HOST}:{self.port}"}
        connection.request("POST", path, orjson.dumps(body), headers | ({"Cookie": cookie} if cookie else {}))
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        if answer.status >= 300:
            raise SystemExit(f"{self.name}: {path}: {answer.status} {said[:300]!r}")
        return orjson.loads(said), answer.headers

    def invitation(self, organization: str) -> Asked:
        """An invitation, each time to a new address."""
        body = {"email": "personNUMBER@example.com", "role": "member", "organizationId": organization}
        return Asked("POST", "/api/auth/organization/invite-member", self.cookie, orjson.dumps(body).decode())

    def session_check(self) -> Asked:
        """The question who is signed in."""
        return Asked("GET", "/api/auth/get-session", self.cookie)

    def acceptances(self, organization: str, number: int) -> Iterator[bytes]:
        """As many people who each accept the one invitation that they have."""
        made = []
        for _ in range(number):
            email, cookie = self.invitee()
            body = {"email": email, "role": "member", "organizationId": organization}
            said, _headers = self.ask("/api/auth/organization/invite-member", body, self.cookie)
            accept = {"invitationId": said["id"]}
            made.append(self.post("/api/auth/organization/accept-invitation", accept, cookie))
        return iter(made)

    def list_all(self, organization: str) -> bytes:
        """The list of invitations as better-auth has it: all of them."""
        path = f"/api/auth/organization/list-invitations?organizationId={organization}"
        return request("GET", path, {"Cookie": self.cookie})


class Portal(Contender):
    """The portal, with everything on but the limits on how often; started as ``make run`` starts it."""

    name = "Usher"

    def __init__(self, uri: str, folder: Path, port: int = FIRST_PORT, **more: str) -> None:
        folder.mkdir(exist_ok=True)
        self.uri, self.port = uri, port
        self.url = f"http://{HOST}:{port}"
        self.settings = {
            "SECRET_KEY": KEY, "PUBLIC_URL": self.url, "INSTANCE_PATH": str(folder), "SQLALCHEMY_DATABASE_URI": uri,
            "LOG_LEVEL": "WARNING", "RATELIMIT_ENABLED": "0", **more,
        }  # fmt: skip
        self.app = create_app(config.Settings(**self.settings))  # type: ignore[arg-type]
        with self.app.app_context():
            flask_migrate.upgrade()
            self._owner()

    def start(self, threads: int = THREADS) -> None:
        """Starts the server, as ``make run`` does."""
        command = [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads",
            str(threads), "--no-ws", "--log-level", "critical", "--host", HOST, "--port", str(self.port), "app:app",
        ]  # fmt: skip
        self.process = _started(command, ROOT, self.environment(), self.port)

    def environment(self) -> dict[str, str]:
        """What a process of this portal runs with."""
        mine = {f"PORTAL_{name}": value for name, value in self.settings.items()}
        return {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")} | mine

    def _owner(self) -> None:
        now = clock.now()
        word = passwords.accepted("four unrelated words here")
        owner = accounts.create(db.session(), address(), "Owner", word, now, verified=True)
        self.email, self.actor = owner.email, Actor(owner.id)
        self.cookie = f"better-auth.session_token={sessions.start(db.session(), owner.id, now)}"
        self.bearer = f"Bearer {tokens.create(db.session(), self.actor, owner.id, now)[1]}"

    def organization(self) -> str:
        with self.app.app_context():
            made = organizations.create(db.session(), self.actor, "Northwind", clock.now(), seat_limit=1_000_000)
            return str(made.id)

    def invitee(self) -> tuple[str, str]:
        with self.app.app_context():
            now = clock.now()
            person = accounts.create(db.session(), address(), "Invitee", None, now, verified=True)
            return person.email, f"better-auth.session_token={sessions.start(db.session(), person.id, now)}"

    def bulk(self, organization: str, most: int) -> bytes:
        """One call that invites many: 50 through the batch dialect, up to 1,000 through the portal's own."""
        emails = [address() for _ in range(most)]
        path, body = f"/api/v1/organizations/{organization}/invitations", {"role": "member", "emails": emails}
        if most <= 50:
            path, body = "/manage/api/invitations", body | {"organizationId": organization}
        return request("POST", path, {"Authorization": self.bearer}, orjson.dumps(body))

    def page(self, organization: str, query: str = "") -> bytes:
        """A page of the list through the portal's own API."""
        path = f"/api/v1/organizations/{organization}/invitations?limit=50{query}"
        return request("GET", path, {"Authorization": self.bearer})

    def slug(self, organization: str) -> str:
        """The short name of an organization."""
        with self.app.app_context():
            return db.session().get_one(Organization, UUID(organization)).slug

    def session(self) -> Any:
        """A database session on the portal's own database, inside ``with portal.app.app_context()``."""
        return db.session()

    def actor_in(self, _: str) -> tuple[Actor, UUID]:
        """The owner as the rules take them, and an organization's id."""
        return self.actor, UUID(_)


class BetterAuth(Contender):
    """better-auth and its organization plugin; see ``better_auth/server.mjs``."""

    name = "better-auth"

    def __init__(self, uri: str, port: int = FIRST_PORT + 1) -> None:
        self.port = port
        self.uri = uri

    def start(self) -> None:
        """Starts the server, and makes the owner through its own API."""
        install()
        environment = dict(os.environ) | {"BETTER_AUTH_TELEMETRY": "0", "NODE_ENV": "production"}
        self.process = _started(["node", "server.mjs", str(self.port), self._address()], NODE, environment, self.port)
        self.cookie = self._signed_up(address())

    def _address(self) -> str:
        return self.uri.replace("sqlite:///", "sqlite:").replace("+psycopg", "")

    def _signed_up(self, email: str) -> str:
        body = {"email": email, "name": "Somebody", "password": "four unrelated words here"}
        _, headers = self.ask("/api/auth/sign-up/email", body)
        return str(headers["Set-Cookie"]).partition(";")[0]

    def organization(self) -> str:
        body = {"name": "Northwind", "slug": f"northwind-{next(NUMBERS)}"}
        return str(self.ask("/api/auth/organization/create", body, self.cookie)[0]["id"])

    def invitee(self) -> tuple[str, str]:
        email = address()
        return email, self._signed_up(email)


def address() -> str:
    """An address that nobody has been given before."""
    return f"person{next(NUMBERS)}@example.com"


def install() -> None:
    """Installs what ``better_auth/package-lock.json`` lists, once."""
    if not (NODE / "node_modules").is_dir():
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit("The comparison needs Node 20 or newer, with npm, on PATH.")
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True, stdout=sys.stderr)  # noqa: S603


def _started(command: list[str], folder: Path, environment: dict[str, str], port: int) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        connection = http.client.HTTPConnection(HOST, port, timeout=1)
        try:
            connection.request("GET", "/api/auth/get-session")
            connection.getresponse()
            return process
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        finally:
            connection.close()
    process.kill()
    raise SystemExit(f"{command[0]} did not answer on port {port}.")


@contextmanager
def running(*contenders: Any) -> Iterator[None]:
    """Starts servers, and ends them afterwards."""
    try:
        for contender in contenders:
            contender.start()
        yield
    finally:
        for contender in contenders:
            if hasattr(contender, "process"):
                contender.process.terminate()
                contender.process.wait()
