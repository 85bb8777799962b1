"""Celery on a real Redis and a real PostgreSQL: workers are killed and the broker is wiped, and no mail is lost."""

import ast
import re
import time
from pathlib import Path

import psutil
import pytest

from portal import config
from portal.scale import SETTLED, create_celery, tasks
from tests.conftest import ended, migrated, settings, started
from tests.mail.kills import Counting, environment, outcome, queued, unsettled
from tests.mail.servers import Server

from .nodes import Redis, beat, until, worker

ROWS = 800
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def redis(tmp_path):
    running = Redis(tmp_path)
    yield running
    running.kill()


def test_workers_are_killed_and_the_broker_is_wiped_and_every_mail_arrives(tmp_path, new_database, redis):
    app = migrated(started(tmp_path, SQLALCHEMY_DATABASE_URI=new_database("celery")))
    everybody = queued(app, ROWS)
    server = Server(counting := Counting())
    server.start()
    surroundings = environment(app, server.port, MAIL_CONNECTIONS="1", CELERY_BROKER_URL=redis.url)
    nodes = [worker(tmp_path, surroundings, "first"), worker(tmp_path, surroundings, "second")]
    nodes.append(beat(tmp_path, surroundings))
    try:
        arrived(counting, ROWS // 8)
        counted(counting, psutil.Process(nodes[0].process.pid).children()[0].kill)  # a process of its pool
        arrived(counting, ROWS // 4)
        redis.wipe()
        arrived(counting, ROWS // 2)
        counted(counting, nodes[1].kill)  # the whole machine
        until(lambda: {who for who, *_ in counting.copies} == everybody and not unsettled(app))
    finally:
        for node in nodes:
            node.end()
        server.stop()
        ended(app)
    said = outcome(counting, everybody, 0, 0)
    assert (said.missing, said.other_ids) == (set(), set())
    assert max(said.twice.values(), default=0) <= 1
    assert "Traceback" not in nodes[2].said


def arrived(counting, number):
    until(lambda: len(counting.copies) >= number)


def counted(counting, kill):
    kill()
    time.sleep(0.05)  # the server has read what was sent before
    counting.kills += 1


def test_every_task_that_beat_sends_is_one_and_is_given_back_when_its_worker_dies(tmp_path):
    app = create_celery(settings(tmp_path, CELERY_BROKER_URL="redis://127.0.0.1:1/0"))
    assert {entry["task"] for entry in SETTLED["beat_schedule"].values()} == {n for n in app.tasks if "usher" in n}
    for name in ("work", "sweep", "prune"):
        task = app.tasks[f"usher.{name}"]
        assert (task.run.__name__, task.acks_late, task.reject_on_worker_lost) == (name, True, True)
        assert callable(getattr(tasks, name))


def test_it_does_not_start_without_a_broker(tmp_path):
    with pytest.raises(config.BadSettings, match=r"PORTAL_CELERY_BROKER_URL is missing\. .*Redis"):
        create_celery(settings(tmp_path))


def test_nobody_else_speaks_to_the_broker():
    """So that an invitation is queued, and soon, whether there is a broker or not."""
    for module in (ROOT / "portal").rglob("*.py"):
        inside = module.is_relative_to(ROOT / "portal" / "scale")
        names = [
            node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        sources = {name for node in names for name in (getattr(node, "module", None), *(a.name for a in node.names))}
        assert inside or not {"celery", "kombu", "scale"}.intersection(sources), module


def test_what_is_installed_for_many_machines_is_what_was_tested():
    pins = [
        re.findall(r"^(\S+==\S+)", (ROOT / f"requirements{n}.txt").read_text(), re.M) for n in ("", "-scale", "-dev")
    ]
    assert set(pins[0]) < set(pins[1]) < set(pins[2])
