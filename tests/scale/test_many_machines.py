"""Two web nodes, three Celery workers, one beat, PostgreSQL, Redis: one of each is killed in turn, under load."""

import psutil
import pytest

from tests.world import PASSWORD

from .cluster import running
from .crowd import INVITERS, Crowd, Findings, ask, found
from .events import DEATHS
from .nodes import until

MAILS = 600
ROWS = 1500  # of the list that is imported: three pieces


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with running(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


def sign_in(port, email, password):
    body = {"email": email, "password": password}
    return ask(port, "POST", "/api/auth/sign-in/email", body)


def test_one_of_each_kind_is_killed_and_nothing_is_lost(cluster):
    crowd = Crowd(cluster.people, cluster.ports)
    crowd.start()
    until(lambda: len(crowd.invited) > 20)
    for dies in DEATHS:
        dies(cluster)
        before = len(crowd.invited)
        until(lambda before=before: len(crowd.invited) > before + 10, what=f"nobody is served after {dies.__name__}")
    crowd.stop()
    cluster.forget_connections()
    missing = cluster.settle()
    assert found(cluster.app, crowd) == Findings()
    assert (missing, cluster.other_ids()) == (set(), set())
    doubled = cluster.doubled()
    assert max(doubled.values(), default=0) <= 1
    assert len(crowd.joined) > 3


def test_workers_are_killed_and_the_broker_is_wiped_and_every_mail_arrives(cluster):
    counting, before = cluster.post, len(cluster.post.copies)
    cluster.invite(f"m{n}@d{n % 8}.example.com" for n in range(MAILS))

    def arrived(share):
        until(lambda: len(counting.copies) - before >= MAILS * share)

    arrived(0.1)
    process = psutil.Process(cluster.workers[0].process.pid).children()[0]  # of its pool
    process.kill()
    counting.kills += 1
    arrived(0.3)
    cluster.redis.wipe()
    arrived(0.5)
    cluster.killed(cluster.workers[1])
    cluster.workers[1].start()
    assert (cluster.settle(), cluster.other_ids()) == (set(), set())
    assert max(cluster.doubled().values(), default=0) <= 1
    assert "Traceback" not in cluster.beat.said


def test_a_session_holds_on_every_node_and_ends_on_every_node(cluster):
    one, other = (web.port for web in cluster.webs)
    answer = sign_in(one, "owner@northwind.example.com", PASSWORD)
    cookie = {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}
    for port in (one, other):
        assert ask(port, "GET", "/api/auth/get-session", headers=cookie).json["user"]["name"] == "Owner"
    out = ask(other, "POST", "/api/auth/sign-out", {}, cookie | {"Origin": "http://127.0.0.1:8000"})
    assert out.status == 200
    assert ask(one, "GET", "/api/auth/get-session", headers=cookie).json is None


def test_a_limit_is_counted_over_all_nodes_and_over_a_restart(cluster):
    one, other = cluster.webs
    tries = [sign_in((one, other)[n % 2].port, "admin@northwind.example.com", "wrong").status for n in range(8)]
    one.kill()
    one.start()
    until(one.answers)
    tries += [sign_in((one, other)[n % 2].port, "admin@northwind.example.com", "wrong").status for n in range(4)]
    assert tries == [401] * 10 + [429] * 2


def test_the_bar_of_an_import_moves_on_every_node_while_a_worker_dies(cluster):
    one, other = (web.port for web in cluster.webs)
    who = {"Authorization": f"Bearer {cluster.people.tokens[INVITERS - 1]}"}
    path = f"/api/v1/organizations/{cluster.people.world.id}/imports"
    listed = "email\n" + "".join(f"listed{n}@example.com\n" for n in range(ROWS))
    made = ask(one, "POST", path, {"csv": listed}, who).json
    assert (made["total"], made["status"]) == (ROWS, "planned")
    assert ask(other, "POST", f"{path}/{made['id']}/start", None, who).status == 200
    seen = []

    def moved():
        seen.append([ask(port, "GET", f"{path}/{made['id']}", headers=who).json["done"] for port in (one, other)])
        return seen[-1][1] > 0

    until(moved)
    cluster.killed(cluster.workers[1])
    cluster.workers[1].start()
    until(lambda: moved() and seen[-1][1] == ROWS)
    flat = [done for pair in seen for done in pair]
    assert flat == sorted(flat)  # asked of the one, then of the other: it never goes back
    ended = {}
    until(lambda: ended.update(ask(one, "GET", f"{path}/{made['id']}", headers=who).json) or ended["status"] == "done")
    assert ended["outcomes"] == {"invited": ROWS}
