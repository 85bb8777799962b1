"""What happens to machines: each kind of node dies and comes back, and a new version takes the place of the old one."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

from portal.launch.prepared import newest

from .cluster import Cluster
from .crowd import ask
from .nodes import ROOT, Web, beat, until, worker

NEXT = '''"""One version later."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{newest}"
branch_labels = depends_on = None


def upgrade():
    op.add_column("invitations", sa.Column("later", sa.Text(), nullable=True))
    with op.get_context().autocommit_block():
        op.create_index("ix_invitations_later", "invitations", ["later"], postgresql_concurrently=True)
'''


def web_dies(cluster: Cluster) -> None:
    cluster.killed(dead := cluster.webs.pop(0))
    dead.start()
    until(dead.answers)
    cluster.webs.append(dead)


def worker_dies(cluster: Cluster) -> None:
    cluster.killed(dead := cluster.workers.pop(0))
    dead.start()
    cluster.workers.append(dead)


def beat_dies(cluster: Cluster) -> None:
    cluster.killed(cluster.beat)
    cluster.beat.start()


def redis_dies(cluster: Cluster) -> None:
    cluster.killed(cluster.redis)
    cluster.redis.start()
    until(cluster.redis.answers)


def database_dies(cluster: Cluster) -> None:
    cluster.postgres.kill()
    cluster.post.kills += 1
    cluster.postgres.start()


DEATHS = (web_dies, worker_dies, beat_dies, redis_dies, database_dies)


def next_version(folder: Path) -> Path:
    """The same code with one more migration."""
    for name in ("portal", "templates", "static", "translations", "migrations"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", folder)
    (folder / "migrations" / "versions" / "9999_later.py").write_text(NEXT.format(newest=newest()))
    return folder


def migrate(cluster: Cluster, later: Path) -> None:
    """As one of the new nodes does before all others."""
    command = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]
    subprocess.run(command, cwd=later, env=cluster.surroundings, check=True, capture_output=True)


def replace(cluster: Cluster, later: Path, webs: int, workers: int) -> None:
    """Puts the next version in the place of so many nodes, one after the other, as whoever upgrades them."""
    for index in range(webs):
        new = Web(cluster.folder, cluster.surroundings, f"later-web{index}", cwd=later)
        until(new.answers)
        old, cluster.webs[index] = cluster.webs[index], new
        time.sleep(0.3)  # whoever stands before the nodes asks the old one no more
        old.end()
    for index in range(workers):
        cluster.workers[index].end()
        cluster.workers[index] = worker(cluster.folder, cluster.surroundings, f"later-worker{index}", later)
    cluster.beat.end()
    cluster.beat = beat(cluster.folder, cluster.surroundings, later)


def ready(web: Web) -> bool:
    """What the node says of itself to whoever sends people to it."""
    return bool(ask(web.port, "GET", "/readyz").json["ready"])
