"""Requests in the form that each product's published documentation shows, from every language that is here.

A Cookie or Authorization header, Content-Type, the JSON body, and nothing else that the language does not add itself.
"""

import http.client
import json
import subprocess

import pytest

from tests import provision
from tests.api.scripts import cookie_of, secret_of

from .languages import PRESENT, known, sent

languages = pytest.mark.parametrize("language", sorted(PRESENT))


def test_the_languages_of_this_machine_are_named(pytestconfig, capsys):
    missing = ", ".join(sorted(set(known()) - set(PRESENT))) or "none"
    with capsys.disabled():
        line = f"plain requests from {', '.join(PRESENT)}; not on this machine: {missing}"
        pytestconfig.get_terminal_writer().write(f"\n{line}\n")
    assert {"curl", "python", "node"} <= set(PRESENT)
    assert set(known()) == {"curl", "python", "node", "php", "ruby", "go"}


@languages
def test_the_session_dialect_from_every_language(served, there, language):
    cookie = f"Cookie: {cookie_of(there, 'owner')}"
    path = f"{served.url}/api/auth/organization"
    body = {"email": "teammate@example.com", "role": "member", "organizationId": str(there.id)}
    status, made = sent(language, "POST", f"{path}/invite-member", cookie, body)
    assert (status, made["email"], made["status"]) == (200, "teammate@example.com", "pending")
    status, listed = sent(language, "GET", f"{path}/list-invitations?organizationId={there.id}", cookie)
    assert (status, [one["id"] for one in listed]) == (200, [made["id"]])
    status, refused = sent(language, "POST", f"{path}/invite-member", "", body)
    assert (status, refused["code"]) == (401, "UNAUTHORIZED")


@languages
def test_the_batch_dialect_from_every_language(served, there, language):
    token = f"Authorization: Bearer {secret_of(there, 'owner')}"
    path = f"{served.url}/manage/api/invitations"
    body = {
        "emails": ["one@example.com", "two@example.com"],
        "organizationId": str(there.id),
        "role": "member",
        "assignments": [{"projectId": str(there.projects[0]), "projectRole": "project_member"}],
    }
    status, made = sent(language, "POST", path, token, body)
    assert (status, [one["status"] for one in made["data"]]) == (200, ["success", "success"])
    key = made["data"][0]["id"]
    status, mail = sent(language, "GET", f"{path}/{key}/email-status", f"Cookie: {cookie_of(there, 'owner')}")
    assert (status, mail) == (200, {"emailSent": False})
    status, refused = sent(language, "POST", path, "", body)
    assert (status, refused["code"]) == (401, "unauthorized")


BIG = """
const [url, token] = process.argv.slice(1);
const headers = {Authorization: token, "Content-Type": "application/json"};
for (let turn = 0; turn < 5; turn++)
  console.log((await fetch(url, {method: "POST", headers, body: "x".repeat(10_000_000)})).status);
"""


def test_ten_megabytes_are_answered_although_the_client_looks_for_an_answer_only_when_all_is_sent(served, there):
    token, url = f"Bearer {secret_of(there, 'owner')}", f"{served.url}/manage/api/invitations"
    node = [provision.node(), "--input-type=module", "-e", BIG, url, token]
    assert subprocess.run(node, capture_output=True, text=True, timeout=60).stdout.split() == ["413"] * 5
    asking = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    for _ in range(3):
        asking.request("POST", "/sign-in", b"x" * 10_000_000, {"Content-Type": "application/x-www-form-urlencoded"})
        assert asking.getresponse().status == 413
        asking.close()


@languages
def test_the_team_dialect_from_every_language(served, there, language):
    token = f"Authorization: Bearer {secret_of(there, 'owner')}"
    path = f"{served.url}/organization/{there.id}"
    body = {
        "email": "teammate@example.com",
        "role": "administrator",
        "teamAssignments": [{"teamId": str(there.teams[0]), "role": "developer"}],
    }
    status, made = sent(language, "POST", f"{path}/invite", token, body)
    assert (status, made["organizationRole"]) == (201, "administrator")
    status, ended = sent(language, "DELETE", f"{path}/invitation/{made['id']}", token)
    assert (status, ended["status"]) == (200, "canceled")
    status, refused = sent(language, "POST", f"{path}/invite", "", body)
    assert (status, refused["statusCode"]) == (401, 401)


def test_a_chunked_body_is_read_and_measured_by_the_server(served, there):
    headers = {"Authorization": f"Bearer {secret_of(there, 'owner')}", "Content-Type": "application/json"}
    body = {"emails": ["one@example.com"], "organizationId": str(there.id), "role": "member"}

    def posted(chunks):
        asking = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
        try:
            asking.request("POST", "/manage/api/invitations", iter(chunks), headers, encode_chunked=True)
            reply = asking.getresponse()
            return reply.status, json.loads(reply.read())
        finally:
            asking.close()

    text = json.dumps(body).encode()
    assert posted([text[:20], text[20:]])[0] == 200
    assert posted([b" " * 65_536] * 40)[0] == 413
