"""schemathesis over every operation, signed in and not: no 500, no undocumented status, no body that breaks its schema.

The seed is fixed. ``make fuzz`` runs the same at length: FUZZ_EXAMPLES says how many requests an operation gets.
"""

import os
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import schemathesis
import schemathesis.checks as checks
from hypothesis import HealthCheck, given, seed, settings

from portal import sessions, tokens
from portal.extensions import db
from portal.identity import COOKIE
from tests.conftest import emptied
from tests.world import build

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))
REAL = SimpleNamespace(ids={})
HELD = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
)


def map_path_parameters(_context, path_parameters):
    """Half of the paths lead to things that are there, so that views are reached and not only the router."""
    for name, value in (path_parameters or {}).items():
        thing = next((kind for kind in REAL.ids if name.lower().startswith(kind)), None)
        if thing and len(str(value)) % 2 == 0:
            path_parameters[name] = REAL.ids[thing]
    return path_parameters


@pytest.fixture(scope="module")
def api(sqlite_portal):
    """The document of a portal with a small world in it, whose ids the paths are often filled with."""
    with sqlite_portal.app_context():
        now = datetime.now(UTC).replace(microsecond=0)
        world = build(db.session(), now)
        owner = world.actors["owner"]
        _, secret = tokens.create(db.session(), owner, owner.user_id, now)
        cookie = sessions.start(db.session(), owner.user_id, now)
        invited = world.invite("fuzzed@example.com")[0].invitation_id
        REAL.ids = {
            "organization": str(world.id), "invitation": str(invited), "user": str(owner.user_id),
            "team": str(world.teams[0]), "project": str(world.projects[0]), "site": world.sites[0],
        }  # fmt: skip
        REAL.credentials = {"token": {"Authorization": f"Bearer {secret}"}, "session": {"Cookie": f"{COOKIE}={cookie}"}}
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", sqlite_portal)
    schema.hook(map_path_parameters)
    yield schema
    emptied(sqlite_portal)


@pytest.mark.parametrize("credential", ["token", "session", None])
def test_no_request_finds_a_fault_or_something_undocumented(api, credential):
    faults = []
    for operation in (found.ok() for found in api.get_all_operations()):
        try:
            hammer(operation, REAL.credentials.get(credential, {}))
        except Exception as fault:  # every operation is looked at before the test says what it found
            faults.append(f"{operation.label}: {fault}")
    assert not faults, "\n\n".join(faults)


def hammer(operation, headers):
    @seed(20261122)
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy())
    def send(case):
        case.validate_response(case.call(headers=headers), checks=HELD)

    send()
