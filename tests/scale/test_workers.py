"""Celery: which tasks there are, what they do when a worker dies, and who speaks to the broker."""

import ast
import re
from pathlib import Path

import pytest

from portal import config
from portal.scale import SETTLED, create_celery, tasks
from tests.conftest import settings

ROOT = Path(__file__).resolve().parent.parent.parent


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
