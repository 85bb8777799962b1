"""An address beside the faces' own is answered by the face that it lies nearest to, never by a page."""

import pytest

from .scripts import Script

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize(
    ("path", "code"),
    [
        *((path, "no_such_route") for path in ("/api", "/api/nope", "/api/v2/organizations")),
        *((path, "not_found") for path in ("/manage", "/manage/nope", "/manage/api")),
    ],
)
def test_an_unknown_route_is_a_problem_for_scripts(app, path, code):
    reply = Script(app).get(path)
    assert (reply.status_code, reply.mimetype, reply.json["code"]) == (404, "application/problem+json", code)
