"""``make run`` as a person meets it: real processes, started, asked, killed."""

import http.client
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from portal.launch.checks import CannotStart, Listening, usable
from portal.launch.made import captures, settle

from .processes import free_port

ROOT = Path(__file__).resolve().parent.parent
LOCKED = ROOT / "requirements.txt"


def waited(done, seconds=20):
    """Waits until something is done, and returns what it says."""
    deadline = time.monotonic() + seconds
    while not (said := done()):
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)
    return said


def command_of(process):
    """How it was started; nothing for one that has just ended."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


class Running:
    """A ``make run`` in a session of its own, as a terminal would have it."""

    def __init__(self, instance, venv, **given):
        self.instance, self.log = instance, instance.parent / f"{instance.name}.log"
        self.port = int(given.pop("PORT", 0)) or free_port()
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "MAKE"))}
        environment |= {"PORTAL_INSTANCE_PATH": str(instance), "HOST": "127.0.0.1", **given}
        self.started_at = time.monotonic()
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                ["make", "run", f"VENV={venv}", f"PORT={self.port}"],
                cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    @property
    def said(self):
        return self.log.read_text()

    def answers(self):
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            asking.request("GET", "/")
            return asking.getresponse().status
        except OSError:
            assert self.process.poll() is None, self.said
            return None
        finally:
            asking.close()

    def ready(self):
        """Waits until it answers and has said so; returns the seconds that the first answer took."""
        waited(self.answers, 60)
        took = time.monotonic() - self.started_at
        waited(lambda: "Ctrl-C ends it." in self.said)
        return took

    def children(self, word):
        return [child for child in self.family() if word in command_of(child) and "guard" not in command_of(child)]

    def family(self):
        return psutil.Process(self.process.pid).children(recursive=True)

    def signal(self, number, whole_group=False):
        (os.killpg if whole_group else os.kill)(self.process.pid, number)

    def ended(self):
        return self.process.wait(timeout=40)


@pytest.fixture(scope="module")
def venv(tmp_path_factory):
    """Stands for ``.venv``: everything that the run needs is installed where the tests run."""
    folder = tmp_path_factory.mktemp("venv")
    python = folder / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    shutil.copy(LOCKED, folder / LOCKED.name)
    return folder


@pytest.fixture(scope="module")
def first(venv, tmp_path_factory):
    """What a first run leaves behind, and what it said."""
    running = Running(tmp_path_factory.mktemp("run") / "instance", venv)
    running.ready()
    waited(lambda: list((running.instance / "mail").glob("*.eml")))
    running.family_then = running.family()
    running.signal(signal.SIGTERM)
    running.ended()
    return running


@pytest.fixture
def start(first, venv, tmp_path):
    """Starts it again on a copy of what the first run left; whatever is left at the end is killed."""
    started = []

    def go(**given):
        instance = tmp_path / f"instance{len(started)}"
        shutil.copytree(first.instance, instance)
        started.append(Running(instance, venv, **given))
        return started[-1]

    yield go
    for running in started:
        if running.process.poll() is None:
            running.signal(signal.SIGTERM)
            running.ended()


def test_a_first_run_says_where_it_answers_and_how_to_sign_in(first):
    email, password = (first.instance / "demo-owner.txt").read_text().split()
    assert f"http://127.0.0.1:{first.port}\n" in first.said
    assert f"http://127.0.0.1:{first.port}/dev/mail" in first.said
    assert email in first.said
    assert password in first.said


def test_what_a_first_run_leaves_is_this_users_alone(first):
    for name in ("run.env", "demo-owner.txt", "portal.db"):
        assert stat.S_IMODE((first.instance / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE((first.instance / "mail").stat().st_mode) == 0o700


def test_term_to_make_ends_everything(first):
    assert "Ending, once what is in flight is finished." in first.said
    assert len(first.family_then) >= 4  # web server and its worker process, mail worker, supervisor
    assert psutil.wait_procs(first.family_then, timeout=5)[1] == []
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind(("127.0.0.1", first.port))


def test_a_second_run_answers_without_preparing_anything(start):
    running = start()
    running.ready()
    assert "Preparing" not in running.said


def test_ctrl_c_ends_everything_once(start):
    running = start()
    running.ready()
    family = running.family()
    running.signal(signal.SIGINT, whole_group=True)
    running.ended()
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert running.said.count("Ending,") == 1
    assert "Traceback" not in running.said


def test_a_request_in_flight_is_finished(start):
    running = start()
    running.ready()
    body = b"email=a%40example.com&password=" + b"x" * 2000
    with socket.create_connection(("127.0.0.1", running.port), timeout=20) as line:
        head = f"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\nContent-Length: {len(body)}\r\n"
        head += "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n"
        line.sendall(head.encode() + body[:100])
        time.sleep(0.3)
        running.signal(signal.SIGTERM)
        time.sleep(0.7)
        line.sendall(body[100:])
        assert line.recv(200).startswith(b"HTTP/1.1 ")
    running.ended()


def test_nothing_outlives_a_launcher_that_is_killed(start):
    running = start()
    running.ready()
    waited(lambda: running.children("flask"))
    family = running.family()
    (launcher,) = running.children("-m portal.launch")
    launcher.kill()
    assert psutil.wait_procs(family, timeout=20)[1] == []


def test_a_mail_worker_that_dies_is_started_again(start):
    running = start()
    running.ready()
    (worker,) = waited(lambda: running.children("flask"))
    worker.kill()
    (other,) = waited(lambda: [child for child in running.children("flask") if child.pid != worker.pid])
    assert other.is_running()
    assert "The mail worker ended by itself (status -9); it starts again in 1 s." in running.said


def test_a_web_server_that_dies_ends_the_run(start):
    running = start()
    running.ready()
    family = running.family()
    running.children("granian")[0].kill()
    assert running.ended() != 0
    assert "The web server ended by itself (status -9), so everything ends." in running.said
    assert psutil.wait_procs(family, timeout=5)[1] == []


def test_a_second_shell_works_beside_it(start):
    running = start()
    running.ready()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    environment["PORTAL_INSTANCE_PATH"] = str(running.instance)
    waited(lambda: list((running.instance / "mail").glob("*.eml")))
    told = subprocess.run(
        [sys.executable, "-m", "flask", "doctor"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert f"Every link begins with http://127.0.0.1:{running.port}." in told.stdout, told.stderr


def test_it_runs_on_postgresql(start, new_database):
    running = start(PORTAL_SQLALCHEMY_DATABASE_URI=new_database("run"))
    running.ready()
    assert "Preparing the database" in running.said
    assert re.search(r"Sign in as +ines@", running.said)


# What keeps it from starting ----------------------------------------------------------------------------------------


def refusal(instance, venv, **given):
    """All that it says before it ends, without what make adds."""
    running = Running(instance, venv, **given)
    assert running.ended() == 2  # make's own status for a recipe that failed
    return "\n".join(line for line in running.said.splitlines() if not line.startswith("make"))


def test_a_taken_port_is_said(venv, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refusal(tmp_path / "instance", venv, PORT=str(port))
    choose = "stop what listens there, or choose another one, as in `make run PORT=8001`."
    assert said == f"Port {port} is taken: {choose}"


def test_a_folder_that_cannot_be_written_to_is_said(venv, tmp_path):
    (tmp_path / "instance").write_text("a file in its place")
    said = refusal(tmp_path / "instance", venv)
    assert said.startswith(f"Nothing can be written to {tmp_path / 'instance'} (File exists): ")
    assert len(said.splitlines()) == 1


def test_what_somebody_else_left_is_said(tmp_path, monkeypatch):
    usable(tmp_path / "portal.db")
    (tmp_path / "portal.db").touch()
    usable(tmp_path / "portal.db")
    monkeypatch.setattr(os, "access", lambda *_: False)  # nothing is forbidden to root
    with pytest.raises(CannotStart, match=r"portal\.db cannot be read and written"):
        usable(tmp_path / "portal.db")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"PORT": "70000"}, "PORT=70000 is not a port: choose a number from 1 to 65535."),
        ({"HOST": "192.0.2.1"}, "HOST=192.0.2.1 is not an address of this machine: leave it out, or say 127.0.0.1."),
        ({"HOST": "no host"}, "HOST=no host is not an address of this machine: leave it out, or say 127.0.0.1."),
        ({"HOST": "0.0.0.0"},
         "HOST=0.0.0.0 is every address of this machine: say in PORTAL_PUBLIC_URL which one people open."),
        ({"PORTAL_MAIL_PORT": "smtp", "PORTAL_COLOUR": "red"},
         "The portal does not start:\nPORTAL_COLOUR is not a setting of the portal."),
        ({"PORTAL_SECRET_KEY": "short"},
         "The portal does not start:\nPORTAL_SECRET_KEY is too weak: use 32 or more random characters."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_without_a_traceback(venv, tmp_path, given, said):
    heard = refusal(tmp_path / "instance", venv, **given)
    assert heard.removeprefix("Preparing the database …\n") == said


def test_a_bad_setting_is_said_by_a_later_run_too(start):
    running = start(PORTAL_LOG_LEVEL="LOUD")
    assert running.ended() == 2
    assert "The portal does not start:\nPORTAL_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR." in running.said
    assert "Traceback" not in running.said


@pytest.mark.parametrize(
    ("fails_at", "said"),
    [
        ("version_info", "Usher needs Python 3.11 or newer"),
        ("ensurepip", "Python's venv module is missing: install it (Debian and Ubuntu: apt install python3-venv)"),
    ],
)
def test_a_python_that_will_not_do_is_said(tmp_path, fails_at, said):
    python = tmp_path / "python3"
    python.write_text(f'#!/bin/sh\ncase "$2" in *{fails_at}*) exit 1;; esac\n')
    python.chmod(0o755)
    environment = {**os.environ, "PYTHON": str(python), "VENV": str(tmp_path / "venv")}
    command = ["sh", str(ROOT / "portal" / "launch" / "install.sh"), str(LOCKED)]
    told = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert told.returncode == 1
    assert told.stderr.startswith(said)
    assert len(told.stderr.splitlines()) == 1


# The key and the address ------------------------------------------------------------------------------------------

HERE = Listening("127.0.0.1", "127.0.0.1", 8000)


def kept(folder):
    lines = (folder / "run.env").read_text().splitlines()[1:]
    return dict(line.split("=", 1) for line in lines)


def test_the_key_stays_and_the_address_follows(tmp_path):
    assert settle(tmp_path, HERE, {}) == "http://127.0.0.1:8000"
    key = kept(tmp_path)["PORTAL_SECRET_KEY"]
    assert settle(tmp_path, HERE._replace(port=8001), {}) == "http://127.0.0.1:8001"
    assert kept(tmp_path) == {"PORTAL_SECRET_KEY": key, "PORTAL_PUBLIC_URL": "http://127.0.0.1:8001"}
    assert len(key) >= 32


def test_what_the_environment_says_wins(tmp_path):
    given = {"PORTAL_PUBLIC_URL": "https://invite.example.com", "PORTAL_SECRET_KEY": "kept elsewhere"}
    assert settle(tmp_path, HERE, given) == "https://invite.example.com"
    assert kept(tmp_path) == {"PORTAL_PUBLIC_URL": "https://invite.example.com"}


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [("::1", 8000, "http://[::1]:8000"), ("localhost", 80, "http://localhost"), ("10.0.0.5", 81, "http://10.0.0.5:81")],
)
def test_the_address_is_one_that_a_browser_takes(host, port, url):
    assert Listening(host, host, port).url == url


def test_mails_are_not_shown_to_the_network(tmp_path):
    open_to_all = Listening("0.0.0.0", "0.0.0.0", 8000)
    given = {"PORTAL_PUBLIC_URL": "http://127.0.0.1:8000"}
    settle(tmp_path, open_to_all, given)
    assert kept(tmp_path)["PORTAL_MAIL_CAPTURE"] == "0"
    assert not captures(open_to_all, "http://127.0.0.1:8000", given)
    assert captures(HERE, "http://127.0.0.1:8000", given)
    assert not captures(HERE, "http://127.0.0.1:8000", {"PORTAL_MAIL_SERVER": "mail.example.com"})
