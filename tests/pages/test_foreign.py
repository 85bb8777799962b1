"""ATTACK 15: another organization's ids, and ids that never were, are answered with the same bytes."""

import re

import pytest

from portal import imports

pytestmark = pytest.mark.sqlite
NEVER, NO_SITE = "00000000-0000-7000-8000-000000000000", "987654321"


@pytest.fixture
def theirs(another):
    """What another organization has."""
    return {
        "invitation": another.invited("ann@example.com"),
        "import": imports.plan(another.session, another["owner"], another.id, "bob@example.com", another.now).id,
        "member": another["member"].user_id,
        "sites": another.sites[0], "teams": another.teams[0], "projects": another.projects[0],
    }  # fmt: skip


def bytes_of(browser, method, path, data=None):
    sent = {"csrf_token": browser.token, **(data or {})} if method == "post" else None
    answer = getattr(browser.client, method)(path, **({"data": sent} if sent else {}))
    headers = {k: v for k, v in answer.headers if k not in ("X-Request-ID", "Set-Cookie")}
    return answer.status_code, re.sub(r'(name="csrf_token"[^>]*value=")[^"]+', r"\1", answer.text), headers


BY_ID = [
    ("get", "invitations/{}", "invitation"), ("post", "invitations/{}/resend", "invitation"),
    ("get", "invitations/{}/link", "invitation"), ("post", "invitations/{}/link", "invitation"),
    ("get", "invitations/{}/edit", "invitation"), ("post", "invitations/{}/edit", "invitation"),
    ("get", "invitations/{}/revoke", "invitation"), ("post", "invitations/{}/revoke", "invitation"),
    ("get", "members/{}", "member"), ("post", "members/{}", "member"),
    ("get", "members/{}/remove", "member"), ("post", "members/{}/remove", "member"),
    ("get", "members?after={}", "member"),
    ("get", "imports/{}", "import"), ("get", "imports/{}/result.csv", "import"), ("get", "imports?at={}", "import"),
    ("post", "imports/{}/start", "import"), ("post", "imports/{}/stop", "import"),
    *((method, f"{kinds}/{{}}/{action}", kinds)
      for kinds in ("sites", "teams", "projects") for action in ("rename", "delete") for method in ("get", "post")),
]  # fmt: skip


@pytest.mark.parametrize("role", ["owner", "member"])
@pytest.mark.parametrize(("method", "path", "kind"), BY_ID)
def test_attack_15_an_id_of_another_organization(at, theirs, everything, method, path, kind, role):
    browser, data = at(role), {"role": "member", "restricted": "all", "name": "X", "domain": "x.example.com"}
    assert browser.token
    before = everything()
    there = bytes_of(browser, method, "/o/northwind/" + path.format(theirs[kind]), data)
    never = bytes_of(browser, method, "/o/northwind/" + path.format(NO_SITE if kind == "sites" else NEVER), data)
    assert there == never
    assert there[0] in (400, 403, 404)
    assert everything() == before


@pytest.mark.parametrize("role", ["owner", None])
@pytest.mark.parametrize(
    "path", ["", "invitations", "invitations/new", "members", "sites", "invitations/{invitation}", "members/{member}"]
)
def test_attack_15_the_name_of_another_organization(at, stranger, theirs, role, path):
    browser, path = at(role) if role else stranger(), path.format(**theirs)
    for method in ("get", "post"):
        there = bytes_of(browser, method, f"/o/southwind/{path}")
        never = bytes_of(browser, method, f"/o/neverwind/{path}")
        assert repr(there).replace("southwind", "neverwind") == repr(never)
        assert there[0] in (303, 404, 405)


@pytest.mark.parametrize(
    ("form", "field", "value"),
    [
        ("invitations/new", "sites", "{sites}"),
        ("invitations/new", "teams", "{teams}:developer"),
        ("invitations/new", "projects", "{projects}:project_admin"),
        ("members/{own}", "sites", "{sites}"),
    ],
)
def test_attack_15_an_id_of_another_organization_in_a_form(world, at, theirs, form, field, value):
    browser, own = at("owner"), world["member"].user_id
    data = {"people": "bob@example.com", "role": "member", "restricted": "some" if field == "sites" else "all"}
    answers = []
    for ids in (theirs, {"sites": NO_SITE, "teams": NEVER, "projects": NEVER}):
        sent = data | {field: value.format(**ids)}
        answers.append(bytes_of(browser, "post", f"/o/northwind/{form.format(own=own)}", sent))
    assert answers[0] == answers[1]
    assert answers[0][0] == 422


@pytest.mark.parametrize("action", ["approve", "decline"])
@pytest.mark.parametrize("role", ["owner", "member"])
def test_attack_15_approving_what_waits_elsewhere(another, at, everything, role, action):
    waiting, browser = another.waits()[0], at(role)
    assert browser.token
    before = everything()
    answers = [
        bytes_of(browser, "post", f"/o/northwind/inbox/{action}", {"invitation": str(key)} | sure)
        for sure in ({}, {"sure": "1"})
        for key in (waiting, NEVER)
    ]
    assert answers[0] == answers[1]
    assert answers[2] == answers[3]
    assert {status for status, _, _ in answers} == {404 if role == "owner" else 403}
    assert everything() == before
