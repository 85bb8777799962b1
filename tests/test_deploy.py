"""`deploy/` is taken by the programs it is for, and what it starts works: its own commands, run as processes."""

import contextlib
import re
import shlex
import socket
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from portal import clock
from portal.config import Settings
from portal.extensions import db
from tests import provision
from tests.api.scripts import secret_of
from tests.conftest import ended, started
from tests.mail.kills import Counting, environment
from tests.mail.servers import Server
from tests.processes import free_port
from tests.scale.crowd import ask
from tests.scale.nodes import Node, Redis, until
from tests.world import build

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]


def validated(file):
    """What Compose's published schema says of a file."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_compose_takes_the_file_and_would_not_take_another(tmp_path):
    assert validated(DEPLOY / "compose.yaml").returncode == 0
    (tmp_path / "compose.yaml").write_text((DEPLOY / "compose.yaml").read_text().replace("healthcheck:", "health:"))
    assert "'health' was unexpected" in validated(tmp_path / "compose.yaml").stdout


def test_every_value_is_explained():
    """Every line of a setting, a command or a limit has a comment right above it, or above the group that it is in."""
    lines = (DEPLOY / "compose.yaml").read_text().splitlines()
    known = {"image", "build", "context", "dockerfile", "condition", "interval", "timeout", "retries", "start_period"}
    known |= {"restart", "<<", "test", "volumes", "ports", "depends_on", "tmpfs"}
    for before, line in pairwise(lines):
        found = re.match(r" +(?:- )?(\S+?): \S", line)
        if found and found[1] not in known:
            same = len(line) - len(line.lstrip()) == len(before) - len(before.lstrip())
            assert before.lstrip().startswith("#") or (same and ":" in before), line


def test_every_setting_and_file_that_it_names_is_there():
    known = {f"PORTAL_{name}" for name in Settings.model_fields}
    given = dict(line.split("=", 1) for line in settings_of("compose.env"))
    for service in SERVICES.values():
        assert {n for n in service.get("environment", {}) if n.startswith("PORTAL_")} <= known
    assert {name for name in given if name.startswith("PORTAL_")} <= known
    asked = set(re.findall(r"\$\{(\w+):", (DEPLOY / "compose.yaml").read_text()))
    assert asked <= set(given)
    for source in re.findall(r"^COPY (\S+)", (DEPLOY / "Dockerfile").read_text(), re.M):
        assert (ROOT / source).exists(), source
    assert (DEPLOY / SERVICES["caddy"]["volumes"][0].split(":")[0]).is_file()


def settings_of(name):
    return [line for line in (DEPLOY / name).read_text().splitlines() if "=" in line and not line.startswith("#")]


def command_of(service, **instead):
    """What a container runs, by the programs of this environment; only where it listens is changed."""
    return here(shlex.split(SERVICES[service]["command"]), **instead)


def started_by(unit):
    """What a unit runs, beginning with its preparation."""
    found = re.findall(r"^ExecStart(?:Pre)?=(.+)$", (DEPLOY / f"usher-{unit}.service").read_text(), re.M)
    return [shlex.split(line.replace("/opt/usher/.venv/bin/", "")) for line in found]


def here(command, **instead):
    program, *arguments = [instead.get(word, word) for word in command]
    return [str(Path(sys.executable).parent / program), *arguments]


@pytest.fixture
def mail():
    server = Server(counting := Counting())
    server.start()
    server.counting = counting
    yield server
    server.stop()


@pytest.fixture
def run(tmp_path):
    nodes = []

    def go(surroundings, command):
        nodes.append(Node(tmp_path / f"node{len(nodes)}.log", surroundings, *command))
        return nodes[-1]

    yield go
    for node in nodes:
        node.process.terminate()
    for node in nodes:
        node.end()


def test_what_compose_starts_takes_an_invitation_to_its_mailbox(tmp_path, new_database, mail, run):
    app = started(tmp_path, SQLALCHEMY_DATABASE_URI=new_database("compose"))
    redis, port = Redis(tmp_path), str(free_port())
    stands_for = {"PORTAL_SQLALCHEMY_DATABASE_URI": app.config["SQLALCHEMY_DATABASE_URI"]}
    stands_for |= {"PORTAL_RATELIMIT_STORAGE_URI": redis.url, "PORTAL_CELERY_BROKER_URL": redis.url}
    stands_for |= {"PORTAL_METRICS_FOLDER": str(tmp_path / "metrics")}
    surroundings = environment(app, mail.port)

    def around(service):
        return surroundings | SERVICES[service]["environment"] | stands_for

    try:
        subprocess.run(command_of("migrate"), cwd=ROOT, env=around("migrate"), check=True, capture_output=True)
        where = {"0.0.0.0": "127.0.0.1", "8000": port}
        for service in ("web", "worker", "beat"):
            run(around(service), command_of(service, **where))
        invited(app, mail)
        check = SERVICES["web"]["healthcheck"]["test"][1:]
        look = [sys.executable, *(word.replace("8000", port) for word in check[1:])]
        until(lambda: subprocess.run(look, capture_output=True, check=False).returncode == 0)
        assert b"usher_mails_waiting" in ask(int(port), "GET", "/metrics").body
    finally:
        redis.kill()
        ended(app)


def test_what_the_units_of_one_machine_start_takes_an_invitation_to_its_mailbox(tmp_path, mail, run):
    app, port = started(tmp_path), str(free_port())
    surroundings = environment(app, mail.port)
    prepares, serves = started_by("web")
    subprocess.run(here(prepares), cwd=ROOT, env=surroundings, check=True, capture_output=True)
    run(surroundings, here(serves, **{"8000": port}))
    run(surroundings, here(*started_by("worker")))
    command, listens = caddy_before(port, tmp_path)
    run(None, command)
    world = invited(app, mail)
    until(lambda: ask(int(port), "GET", "/readyz").status == 200)
    until(lambda: ask(listens, "GET", "/healthz").status == 200)
    assert ask(listens, "GET", "/readyz").status == 404
    slow_senders_hold_nobody_up(listens)
    large = {"csv": "email,note\n" + "".join(f"p{n}@example.com,{'x' * 3000}\n" for n in range(1000))}
    assert ask(listens, "POST", f"/api/v1/organizations/{world.id}/imports", large, world.bearer).status == 201
    ended(app)


def caddyfile(name):
    """A Caddyfile; for a Caddy before 2.7, with that version's words for keeping a request back."""
    text = (DEPLOY / name).read_text()
    told = subprocess.run([str(provision.caddy()), "version"], capture_output=True, text=True, check=True).stdout
    major, minor = map(int, re.findall(r"\d+", told)[:2])
    old = (major, minor) < (2, 7)
    return text.replace("request_buffers 9MB", "buffer_requests\nmax_buffer_size 9MB") if old else text


@pytest.mark.parametrize("name", ["Caddyfile", "Caddyfile.many"])
def test_caddy_takes_the_caddyfiles(name, tmp_path):
    (tmp_path / name).write_text(caddyfile(name))
    command = [str(provision.caddy()), "validate", "--adapter", "caddyfile", "--config", str(tmp_path / name)]
    subprocess.run(command, check=True, capture_output=True)


def caddy_before(port, folder):
    """The machine's Caddy, on another port and without TLS."""
    listens = free_port()
    text = caddyfile("Caddyfile").replace("invite.example.com {", f"http://127.0.0.1:{listens} {{")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("{\n", "{\n\tadmin off\n", 1)
    (folder / "Caddyfile").write_text(text)
    return [str(provision.caddy()), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")], listens


def slow_senders_hold_nobody_up(port):
    """Ten who began to send something and stopped: the portal has one thread, and others are answered at once."""
    with contextlib.ExitStack() as held:
        for _ in range(10):
            slow = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            head = "POST /api/auth/sign-in/email HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            slow.sendall(f"{head}Content-Length: 1000\r\n\r\n{{".encode())
        time.sleep(0.2)
        assert ask(port, "GET", "/healthz", wait=10).status == 200


def invited(app, mail):
    """Invites somebody, and waits for the mail; returns the world, with the headers that its owner's script sends."""
    with app.app_context():
        world = build(db.session(), clock.now())
        world.invited("ann@example.com")
        world.bearer = {"Authorization": f"Bearer {secret_of(world, 'owner')}"}
        db.session.remove()
    until(lambda: mail.counting.copies)
    return world


@pytest.mark.parametrize(("unit", "service"), [("celery", "worker"), ("beat", "beat")])
def test_the_units_of_many_machines_start_what_compose_starts(unit, service):
    assert started_by(unit) == [shlex.split(SERVICES[service]["command"])]
