"""The examples of the three dialects, sent as they stand with real credentials and ids, do what they say."""

import pytest

from portal import links
from portal.api import document
from portal.links import Kind
from portal.models import Membership, User
from tests.api.scripts import Script, bearer, cookie_of

pytestmark = pytest.mark.sqlite
SIGNING = ("/sign-up/email", "/sign-in/email")  # these ask for a password of their own: tests/api/session has them
FREE = {path: {"slug": "still-free"} for path in ("/api/auth/organization/check-slug", "/api/auth/organization/create")}
FOR_TEAM_MEMBERS = ("remove-team-member", "set-active-team")


@pytest.fixture
def real(world):
    """What stands in the place of each field of an example."""
    member = world.session.query(Membership).filter_by(organization_id=world.id, user_id=world["member"].user_id).one()
    (invited,) = world.invite("asked@example.com")
    (own,) = world.invite("answering@example.com")
    return {
        "organizationId": str(world.id), "teamId": str(world.teams[0]), "projectId": str(world.projects[0]),
        "siteId": world.sites[0], "memberId": str(member.id), "userId": str(member.user_id),
        "memberIdOrEmail": world.session.get(User, member.user_id).email, "invitationId": str(invited.invitation_id),
        "token": links.invitation_token(own.invitation_id, 1, Kind.COPIED),
    }  # fmt: skip


def filled(value, real):
    """The example with the ids of this world; only ids are put in."""
    if isinstance(value, list):
        return [filled(each, real) for each in value]
    if isinstance(value, dict):
        return {name: real.get(name, filled(each, real)) for name, each in value.items()}
    return value


def answer_only(path):
    """Calls for the addressee alone: for anybody else a right request ends in 403."""
    return path.endswith(("/accept-invitation", "/reject-invitation", "/accept"))


def dialects(app):
    for path, methods in document.of(app)["paths"].items():
        for method, operation in methods.items():
            if "requestBody" in operation and not path.startswith("/api/v1") and not path.endswith(SIGNING):
                yield path, method.upper(), operation["requestBody"]["content"]["application/json"]["example"]


PATHS = [
    "accept-invitation", "cancel-invitation", "create", "delete", "invite-member", "leave", "create-team",
    "add-team-member", "remove-team-member", "remove-team", "update-team", "set-active-team", "set-active", "update",
    "update-member-role", "remove-member", "has-permission", "check-slug", "reject-invitation", "sign-out",
    "invitations", "invite", "accept",
]  # fmt: skip


@pytest.mark.parametrize("name", PATHS)
def test_a_bodys_example_works_as_it_stands(app, world, real, name):
    found = [call for call in dialects(app) if call[0].rsplit("/", 1)[1] == name]
    assert found
    session = Script(app, Cookie=cookie_of(world, "admin" if name == "leave" else "owner"))
    session.post("/api/auth/organization/set-active", {"organizationId": str(world.id)})
    if name in FOR_TEAM_MEMBERS:
        for user_id in (real["userId"], str(world["owner"].user_id)):
            placed = {"teamId": real["teamId"], "userId": user_id}
            assert session.post("/api/auth/organization/add-team-member", placed).status_code == 200
    for path, method, example in found:
        at = path.replace("{organizationId}", str(world.id))
        who = session if path.startswith("/api/auth") else bearer(app, world, "owner")
        reply = who.call(method, at, filled(example, real) | FREE.get(path, {}))
        known = {200, 201, 403} if answer_only(path) else {200, 201}
        assert reply.status_code in known, (path, reply.get_data(as_text=True))


def test_no_body_of_a_dialect_is_left_out(app):
    assert {path.rsplit("/", 1)[1] for path, _, _ in dialects(app)} == set(PATHS)
