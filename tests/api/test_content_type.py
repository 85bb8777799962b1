"""Every face takes ``application/json``, with a charset as well, and nothing that only resembles it."""

import pytest

from tests.api.scripts import Script, bearer, cookie_of

pytestmark = pytest.mark.sqlite


@pytest.fixture
def posts(app, world):
    """A call of each face that would work: who calls, where, with what."""
    cookie, token = Script(app, Cookie=cookie_of(world, "owner")), bearer(app, world, "owner")
    one = {"email": "new@example.com", "role": "member"}
    return {
        "session": (cookie, "/api/auth/organization/invite-member", one | {"organizationId": str(world.id)}),
        "batch": (
            token, "/manage/api/invitations",
            {"emails": ["new@example.com"], "organizationId": str(world.id), "role": "member"},
        ),
        "team": (token, f"/organization/{world.id}/invite", one),
        "native": (token, f"/api/v1/organizations/{world.id}/invitations", {"emails": ["new@example.com"]}),
    }  # fmt: skip


@pytest.mark.parametrize("face", ["session", "batch", "team", "native"])
def test_only_json_is_taken(posts, world, face):
    who, path, body = posts[face]
    for kind in ("application/vnd.api+json", "application/problem+json", "text/json", "application/jsonx"):
        assert who.post(path, body, Content_Type=kind).status_code == 415, kind
    assert not world.mails()
    assert who.post(path, body, Content_Type="Application/JSON; charset=utf-8").status_code in (200, 201)
