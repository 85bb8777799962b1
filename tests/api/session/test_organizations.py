"""Organizations, the one that a session works in, and what a role allows in it."""

import pytest

from tests.api.scripts import NEVER, snapshot

FIELDS = {"id", "name", "slug", "logo", "metadata", "createdAt"}
NOT_A_MEMBER = "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION"
CREATE = "/organization/create"


def active(caller):
    return caller.get("/get-session")["session"]["activeOrganizationId"]


def test_whoever_makes_one_owns_it_and_works_in_it(at, account):
    ann = at(account("ann@example.com"))
    said = ann.post(
        CREATE, name="Acme", slug="acme", logo="https://example.com/a.png", metadata={"plan": ["pro", 1, None]}
    )
    assert set(said) == FIELDS | {"members"}
    assert (said["logo"], said["metadata"]) == ("https://example.com/a.png", {"plan": ["pro", 1, None]})
    (member,) = said["members"]
    assert set(member) == {"id", "organizationId", "userId", "role", "createdAt", "user"}
    assert set(member["user"]) == {"id", "name", "email", "image"}
    assert member["role"] == "owner"
    assert active(ann) == said["id"]
    assert ann.post(CREATE, name="B", slug="bb", keepCurrentActiveOrganization=True)["id"] != active(ann)


@pytest.mark.sqlite
def test_a_taken_slug_is_named_in_each_calls_own_words(world, another, owner):
    assert owner.refused(CREATE, name="N", slug="northwind") == "ORGANIZATION_ALREADY_EXISTS"
    assert owner.refused("/organization/check-slug", slug="northwind") == "ORGANIZATION_SLUG_ALREADY_TAKEN"
    assert owner.post("/organization/check-slug", slug="free") == {"status": True}
    changed = {"data": {"slug": another.slug}, "organizationId": str(world.id)}
    assert owner.refused("/organization/update", **changed) == "ORGANIZATION_SLUG_ALREADY_TAKEN"


def test_what_is_said_is_changed_and_the_rest_stays(world, owner):
    data = {"name": "Acme", "logo": "https://example.com/a.png", "metadata": {"a": 1}}
    said = owner.post("/organization/update", organizationId=str(world.id), data=data)
    assert (said["name"], said["slug"], said["metadata"]) == ("Acme", "northwind", {"a": 1})
    said = owner.post("/organization/update", organizationId=str(world.id), data={"logo": None})
    assert (said["name"], said["logo"]) == ("Acme", None)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("name", "updates", "deletes"),
    [("owner", 1, 1), ("admin", 1, 0), ("manager", 0, 0), ("billing_manager", 0, 0), ("member", 0, 0)],
)
def test_who_may_change_and_close_one(world, at, name, updates, deletes):
    here = {"organizationId": str(world.id)}
    changed = at(name).raw("POST", "/organization/update", here | {"data": {"name": "Acme"}})
    assert changed.json.get("code") == (None if updates else "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_ORGANIZATION")
    closed = at(name).raw("POST", "/organization/delete", here)
    assert closed.json.get("code") == (None if deletes else "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_ORGANIZATION")


@pytest.mark.sqlite
def test_a_closed_one_is_as_one_that_never_was(world, owner, at):
    owner.post("/organization/set-active", organizationId=str(world.id))
    assert set(owner.post("/organization/delete", organizationId=str(world.id))) == FIELDS
    assert active(owner) is None
    assert owner.get("/organization/list") == []
    for caller in (owner, at("member")):
        assert caller.unread("/organization/get-organization", organizationId=world.id) == NOT_A_MEMBER


@pytest.mark.sqlite
def test_an_empty_id_closes_nothing(world, owner):
    owner.post("/organization/set-active", organizationId=str(world.id))
    assert owner.refused("/organization/delete", organizationId="") == NOT_A_MEMBER
    assert owner.refused("/organization/leave", organizationId="") == NOT_A_MEMBER


@pytest.mark.sqlite
def test_the_session_works_in_one_and_can_be_told_another(world, owner):
    mine = owner.post(CREATE, name="Acme", slug="acme")
    assert [one["name"] for one in owner.get("/organization/list")] == ["Acme", "Northwind"]
    assert owner.post("/organization/set-active", organizationSlug="northwind")["id"] == str(world.id) == active(owner)
    assert owner.post("/organization/set-active")["id"] == str(world.id)
    assert owner.post("/organization/set-active", organizationId=mine["id"])["id"] == mine["id"] == active(owner)
    assert owner.post("/organization/set-active", organizationId=None) is None is active(owner)
    assert owner.post("/organization/set-active") is None


@pytest.mark.sqlite
def test_one_is_read_by_id_by_slug_and_as_the_active_one(world, owner):
    for query in ({"organizationId": world.id}, {"organizationSlug": "northwind"}):
        assert set(owner.get("/organization/get-organization", **query)) == FIELDS
    for call in ("get-organization", "get-full-organization"):
        assert owner.unread(f"/organization/{call}") == "NO_ACTIVE_ORGANIZATION"
    owner.post("/organization/set-active", organizationId=str(world.id))
    assert owner.get("/organization/get-organization")["id"] == str(world.id)


@pytest.mark.sqlite
def test_the_full_one_shows_invitations_to_who_may_invite_only(world, at):
    key = world.invited("ann@example.com")
    for name in ("owner", "admin", "manager", "billing_manager", "member"):
        said = at(name).get("/organization/get-full-organization", organizationId=world.id, membersLimit=2)
        assert set(said) == FIELDS | {"members", "teams", "invitations"}
        assert len(said["members"]) == len(said["teams"]) == 2
        shown = [str(key)] if name in ("owner", "admin", "manager") else []
        assert [one["id"] for one in said["invitations"]] == shown


@pytest.mark.parametrize("key", ["id", NEVER, "x", "%20", "a" * 500])
def test_attack_15_one_that_is_not_ones_own_never_was(app, world, another, owner, key):
    key = another.id if key == "id" else key
    before = snapshot(app)
    for call in ("get-organization", "get-full-organization", "list-members", "list-teams"):
        assert owner.unread(f"/organization/{call}", organizationId=key) == NOT_A_MEMBER
    for call in ("get-organization", "get-full-organization"):
        assert (
            owner.unread(f"/organization/{call}", organizationSlug=another.slug if key == another.id else key)
            == NOT_A_MEMBER
        )
    named = {"organizationId": str(key)}
    for call, body in {
        "update": {"data": {"name": "Mine"}}, "delete": {}, "leave": {}, "set-active": {},
        "has-permission": {"permissions": {}}, "update-member-role": {"memberId": "x", "role": "member"},
        "remove-member": {"memberIdOrEmail": "x"}, "create-team": {"name": "T"}, "remove-team": {"teamId": "x"},
    }.items():  # fmt: skip
        assert owner.refused(f"/organization/{call}", **body | named) == NOT_A_MEMBER, call
    assert snapshot(app) == before


@pytest.mark.sqlite
def test_without_an_active_one_each_call_says_so(owner):
    for call in ("list-members", "get-active-member", "get-active-member-role", "list-teams"):
        assert owner.unread(f"/organization/{call}") == "NO_ACTIVE_ORGANIZATION"
    for call, body in {
        "update": {"data": {}}, "has-permission": {"permissions": {}}, "create-team": {"name": "T"},
        "update-member-role": {"memberId": "x", "role": "member"}, "remove-member": {"memberIdOrEmail": "x"},
        "remove-team": {"teamId": "x"}, "set-active-team": {"teamId": "x"},
    }.items():  # fmt: skip
        assert owner.refused(f"/organization/{call}", **body) == "NO_ACTIVE_ORGANIZATION", call


RIGHTS = {
    "organization": {"update": {"owner", "admin"}, "delete": {"owner"}},
    "member": dict.fromkeys(("create", "update", "delete"), {"owner", "admin", "manager"}),  # noqa: RUF024
    "invitation": dict.fromkeys(("create", "cancel"), {"owner", "admin", "manager"}),  # noqa: RUF024
    "team": dict.fromkeys(("create", "update", "delete"), {"owner", "admin"}),  # noqa: RUF024
    "ac": {"read": {"owner", "admin", "manager", "billing_manager", "member"}, "create": set(), "delete": set()},
    "rocket": {"launch": set()},
}


@pytest.mark.sqlite
@pytest.mark.parametrize("name", ["owner", "admin", "manager", "billing_manager", "member"])
def test_what_a_role_allows(world, at, name):
    caller = at(name)

    def may(permissions):
        said = caller.post("/organization/has-permission", permissions=permissions, organizationId=str(world.id))
        assert said["error"] is None
        return said["success"]

    for resource, actions in RIGHTS.items():
        for action, who in actions.items():
            assert may({resource: [action]}) == (name in who), (resource, action)
    assert may({"ac": ["read"], "organization": ["delete"]}) == (name == "owner")
    assert may({}) is may({"ac": []}) is False
