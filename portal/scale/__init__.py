"""The worker's work as tasks of Celery, for many machines: ``celery --app portal.scale worker``, and ``beat``.

The database stays the truth. A task only says *look what is due*: beat says so every second, whoever hears it claims
rows under a lease, and a task that is lost with its broker or its worker is made good by the next. Nothing that people
wait for speaks to the broker, so that it may be away and nobody notices but the mails. Two beats do no harm, nor does
``flask worker`` beside them.
"""

from typing import Any

from celery import Celery
from celery.schedules import crontab

from ..config import BadSettings, Settings
from . import tasks

EVERY = 1.0  # seconds until new mail, or an import that was started, is noticed
SWEEP_EVERY = 60.0
STALE = 600  # seconds after which a task that nobody has begun is dropped: there are newer ones
VISIBLE_AGAIN = 600  # seconds after which Redis gives away again what a dead worker had taken

SETTLED: dict[str, Any] = {
    "task_ignore_result": True,
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,  # the portal writes its own lines
    "worker_cancel_long_running_tasks_on_connection_loss": False,  # a mail in flight would be sent twice
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_transport_options": {"visibility_timeout": VISIBLE_AGAIN},
    "timezone": "UTC",
    "beat_scheduler": "celery.beat:Scheduler",  # without a file: when what was done is in the database
    "beat_schedule": {
        "work": {"task": "usher.work", "schedule": EVERY, "options": {"expires": STALE}},
        "sweep": {"task": "usher.sweep", "schedule": SWEEP_EVERY, "options": {"expires": STALE}},
        "prune": {"task": "usher.prune", "schedule": crontab(hour="3", minute="0")},
    },
}


def create_celery(settings: Settings) -> Celery:
    """The Celery application with its tasks and their times. Raises config.BadSettings without a broker."""
    if not settings.CELERY_BROKER_URL:
        about = Settings.model_fields["CELERY_BROKER_URL"].description
        raise BadSettings(f"PORTAL_CELERY_BROKER_URL is missing. {about}")
    made = Celery("usher", broker=settings.CELERY_BROKER_URL)
    made.conf.update(SETTLED)
    for task in (tasks.work, tasks.sweep, tasks.prune):
        made.task(task, name=f"usher.{task.__name__}")
    return made
