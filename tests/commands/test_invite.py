"""``flask invite``: one call for all addresses, and an outcome for each."""

import json
from uuid import UUID

import pytest

from portal.models import Invitation, Organization
from portal.reach import all_of

pytestmark = pytest.mark.sqlite


@pytest.fixture
def northwind(told):
    told("user", "create", "ines@example.com", "--name", "Ines", "--password", "four unrelated words", "--verified")
    made = told("organization", "create", "Northwind", "--owner", "ines@example.com", "--seat-limit", 4)
    told("site", "create", "northwind", "Shop", "--domain", "shop.example.com")
    told("team", "create", "northwind", "Platform")
    told("project", "create", "northwind", "A=B")
    return made


def invite(*words, role="member", by="ines@example.com"):
    return ("invite", "northwind", *words, "--role", role, "--as", by)


def test_each_address_has_its_outcome(told, northwind, session):
    told(*invite("old@example.com"))
    addresses = ["a@example.com", "A@example.com", "nonsense", "ines@example.com", "old@example.com", "b@example.com"]
    answer = told(*invite(*addresses, "c@example.com"))
    assert [outcome["outcome"] for outcome in answer["outcomes"]] == [
        "invited", "said_twice", "not_an_address", "already_member", "already_invited", "invited", "no_seat_left",
    ]  # fmt: skip
    assert answer["invited"] == 2
    made = session.get(Invitation, UUID(answer["outcomes"][0]["id"]))
    assert (made.email, made.role, made.status) == ("a@example.com", "member", "pending")
    assert session.get(Organization, UUID(northwind["id"])).pending_count == 3


def test_an_offer_names_its_places(told, northwind, session):
    answer = told(
        *invite("a@example.com"), "--site", "Shop", "--team", "Platform=developer", "--project", "A=B=project_viewer",
        "--message", "Welcome", "--expires-in", 30,
    )  # fmt: skip
    made = session.get(Invitation, UUID(answer["outcomes"][0]["id"]))
    assert (made.restricted, made.message) == (True, "Welcome")
    assert 29 <= (made.expires_at - made.created_at).days <= 30


def test_what_was_offered_is_what_is_reached(told, northwind, session, now):
    from portal import accounts, invitations
    from portal.permissions import Actor

    answer = told(*invite("a@example.com"), "--site", "Shop", "--team", "Platform=developer")
    user = accounts.create(session, "a@example.com", "A", None, now, verified=True)
    invitations.accept(session, Actor(user.id), UUID(answer["outcomes"][0]["id"]), now)
    reached = all_of(session, user.id, UUID(northwind["id"]))
    assert {kind: [place.name for place, _ in places] for kind, places in reached.items()} == {
        "site": ["Shop"], "team": ["Platform"], "project": [],
    }  # fmt: skip


def test_each_address_has_its_line(run, northwind):
    lines = run(*invite("a@example.com", "nonsense")).stdout.splitlines()
    assert lines[0].startswith("a@example.com: invited until ")
    assert lines[1].startswith("nonsense: not invited. “nonsense” is not an e-mail address.")


def test_when_nobody_was_invited_the_status_says_so(run, northwind):
    result = run(*invite("nonsense"), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["outcomes"][0]["outcome"] == "not_an_address"
    assert result.stderr == "Nobody was invited. What kept each address from it stands beside it.\n"


def test_a_stranger_may_not_invite(refused, told, northwind):
    told("user", "create", "out@example.com", "--name", "Out", "--password", "four unrelated words")
    assert refused(*invite("a@example.com", by="out@example.com")).startswith("There is no such organization")
    assert refused(*invite("a@example.com", by="who@example.com")).startswith("Nobody has an account")


def test_a_place_that_is_not_there_is_said(refused, northwind):
    said = "There is no “Blog”. Make it with `flask site create`, or correct the name.\n"
    assert refused(*invite("a@example.com"), "--site", "Blog") == said


@pytest.mark.parametrize(
    "words",
    [
        invite("a@example.com", role="boss"),
        invite(),
        (*invite("a@example.com"), "--team", "Platform"),
        (*invite("a@example.com"), "--project", "A=developer"),
        (*invite("a@example.com"), "--expires-in", 366),
    ],
)
def test_mistakes_in_the_command_have_their_own_status(refused, northwind, words):
    assert "Error: " in refused(*words, status=2)
