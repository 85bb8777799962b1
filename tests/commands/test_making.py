"""Accounts, organizations, sites, teams and projects from the command line."""

from uuid import UUID

import pytest
from sqlalchemy import select

from portal import accounts
from portal.models import Event, Membership, Organization, Site, Team, User

pytestmark = pytest.mark.sqlite
PASSWORD = "four unrelated words here"
USER = ("user", "create", "Ines@Example.com", "--name", "Ines", "--password", PASSWORD)


@pytest.fixture
def owner(told):
    told(*USER, "--verified")
    return "ines@example.com"


@pytest.fixture
def northwind(told, owner):
    return told("organization", "create", "Northwind Traders", "--owner", owner)


def test_a_person_is_made_and_can_sign_in(told, session):
    made = told(*USER)
    user = session.get(User, UUID(made["id"]))
    assert (user.email, user.name, user.is_verified) == ("ines@example.com", "Ines", False)
    assert accounts.sign_in(session, "ines@example.com", PASSWORD).id == user.id


def test_a_person_is_made_verified(told, session):
    assert told(*USER, "--verified")["verified"] is True


def test_a_password_is_read_from_stdin(told, session):
    told("user", "create", "ines@example.com", "--name", "Ines", "--password", "-", input=f"{PASSWORD}\n")
    assert accounts.sign_in(session, "ines@example.com", PASSWORD)


def test_a_person_is_verified_later(told, session):
    made = told(*USER)
    assert told("user", "verify", "INES@example.com")["verified"] is True
    assert session.get(User, UUID(made["id"])).is_verified


def test_words_are_printed_without_json(run):
    assert run(*USER).stdout == "Ines <ines@example.com> has an account, not verified.\n"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({2: "not an address"}, "“not an address” is not an e-mail address. Correct it and send again.\n"),
        ({4: ""}, "A name has 1 to 100 characters. Choose another name.\n"),
        ({6: "short"}, "A password has at least 8 characters. Choose a longer one.\n"),
    ],
)
def test_what_is_wrong_with_a_person_is_said(refused, changed, said):
    assert refused(*(changed.get(place, word) for place, word in enumerate(USER))) == said


def test_an_address_is_taken_once(refused, owner):
    assert refused(*USER) == "ines@example.com has an account already. Sign in with it.\n"


def test_nobody_is_verified_who_is_not_there(refused):
    said = "Nobody has an account with who@example.com. Make one with `flask user create`.\n"
    assert refused("user", "verify", "who@example.com") == said


def test_an_organization_is_made_with_its_owner(northwind, session):
    made = session.get(Organization, UUID(northwind["id"]))
    assert northwind["slug"] == made.slug == "northwind-traders"
    assert session.scalars(select(Membership.role)).all() == ["owner"]


def test_an_organization_takes_a_slug_and_limits(told, owner, session):
    made = told("organization", "create", "N", "--owner", owner, "--slug", "nw", "--seat-limit", 5)
    assert session.get(Organization, UUID(made["id"])).seat_limit == 5
    assert made["slug"] == "nw"


def test_a_taken_slug_is_refused(refused, northwind, owner):
    said = refused("organization", "create", "Other", "--owner", owner, "--slug", northwind["slug"])
    assert said == "The address name “northwind-traders” is taken. Choose another one.\n"


@pytest.mark.parametrize("by", ["slug", "id"])
def test_places_are_made_in_an_organization_named_by_slug_or_id(told, northwind, session, by):
    site = told("site", "create", northwind[by], "Shop", "--domain", "Shop.example.com")
    team = told("team", "create", northwind[by], "Platform")
    project = told("project", "create", northwind[by], "Apollo")
    assert (session.get(Site, site["id"]).domain, site["domain"]) == ("shop.example.com", "shop.example.com")
    assert session.get(Team, UUID(team["id"])).name == "Platform"
    assert UUID(project["id"])


def test_the_history_says_that_an_owner_did_it_by_command(told, northwind, session):
    site = told("site", "create", northwind["slug"], "Shop", "--domain", "shop.example.com")
    event = session.scalars(select(Event).where(Event.subject_id == str(site["id"]))).one()
    owner = session.scalars(select(User)).one()
    assert (event.kind, event.channel, event.actor_id) == ("site.created", "command", owner.id)


def test_a_place_is_refused_like_anywhere_else(refused, told, northwind):
    told("team", "create", northwind["slug"], "Platform")
    assert refused("team", "create", northwind["slug"], "Platform").startswith("“Platform” exists already.")
    assert refused("site", "create", northwind["slug"], "S", "--domain", "no domain").startswith("“no domain” is not")


def test_an_organization_that_is_not_there_is_said(refused, northwind):
    said = "There is no organization “southwind”. Make one with `flask organization create`.\n"
    assert refused("team", "create", "southwind", "Platform") == said


@pytest.mark.parametrize(
    "words", [("user", "create", "a@example.com"), ("site", "create", "northwind", "Shop"), ("team", "create")]
)
def test_a_command_that_lacks_a_word_is_a_mistake_in_usage(refused, words):
    assert "Missing" in refused(*words, status=2)
