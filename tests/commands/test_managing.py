"""``flask user``, ``organization`` and ``token``: looking at what is there, shutting and opening it."""

import pytest
from sqlalchemy import text

from portal import accounts, sessions, tokens
from portal.errors import WrongPassword
from tests.world import PASSWORD


def test_accounts_are_listed_and_found_by_the_beginning_of_an_address(world, told, run):
    everybody = [user["email"] for user in told("user", "list")["users"]]
    assert everybody == sorted(everybody)
    assert len(everybody) == 5
    assert told("user", "list")["more"] is False
    assert "… and more" in run("user", "list", "--limit", "2").stdout
    assert len(told("user", "list", "--limit", "2")["users"]) == 2
    (owner,) = told("user", "list", "--search", "OWNER@")["users"]
    assert (owner["email"], owner["deactivated_at"]) == (world.email("owner"), None)


def test_an_account_is_shown_with_its_places(world, told, session, now):
    sessions.start(session, world["admin"].user_id, now)
    shown = told("user", "show", world.email("admin"))
    assert (shown["sessions"], shown["memberships"]) == (1, [{"organization": "northwind", "role": "admin"}])


def test_a_shut_account_opens_nothing_until_it_is_opened_again(world, told, session, now):
    email, key = world.email("member"), world["member"].user_id
    cookie, (_, secret) = sessions.start(session, key, now), tokens.create(session, world["member"], key, now)
    told("user", "deactivate", email)
    assert sessions.find(session, cookie, now) is None
    assert tokens.find(session, secret, now) is None
    with pytest.raises(WrongPassword):
        accounts.sign_in(session, email, PASSWORD)
    told("user", "reactivate", email)
    assert accounts.sign_in(session, email, PASSWORD).id == key
    assert tokens.find(session, secret, now) is not None
    assert sessions.find(session, cookie, now) is None


def test_the_last_owner_is_not_shut(world, refused, session):
    assert "owner" in refused("user", "deactivate", world.email("owner"))
    assert world.user("owner").deactivated_at is None


def test_everybody_is_signed_out_and_tokens_go_on(world, told, session, now):
    key = world["member"].user_id
    cookie, (_, secret) = sessions.start(session, key, now), tokens.create(session, world["member"], key, now)
    assert told("user", "sign-out", world.email("member"))["ended"] == 1
    assert sessions.find(session, cookie, now) is None
    assert tokens.find(session, secret, now) is not None


def test_tokens_are_listed_without_their_secret_and_revoked(world, told, run, refused, session, now):
    key, email = world["admin"].user_id, world.email("admin")
    token, secret = tokens.create(session, world["admin"], key, now, name="Deploys")
    assert secret not in run("token", "list", "--user", email).stdout
    (listed,) = told("token", "list", "--user", email)["tokens"]
    assert (listed["id"], listed["name"]) == (str(token.id), "Deploys")
    assert refused("token", "revoke", token.id, "--user", world.email("owner"))
    assert told("token", "revoke", token.id, "--user", email)["revoked"] is True
    assert tokens.find(session, secret, now) is None


def test_organizations_are_listed_and_limited(world, told, refused):
    assert [each["slug"] for each in told("organization", "list")["organizations"]] == ["northwind"]
    limited = told("organization", "limit", "northwind", "--seat-limit", 7)
    assert (limited["seat_limit"], limited["pending_limit"], limited["member_count"]) == (7, None, 5)
    assert refused("organization", "limit", "northwind", "--seat-limit", 4)
    assert told("organization", "show", str(world.id))["seat_limit"] == 7
    assert told("organization", "limit", "northwind", "--seat-limit", 0)["seat_limit"] is None
    assert refused("organization", "limit", "northwind", status=2)


@pytest.mark.sqlite
def test_a_database_that_cannot_be_used_is_said_in_a_sentence(session, refused):
    session.execute(text("ALTER TABLE users RENAME TO people"))
    session.commit()
    try:
        said = refused("user", "list", "--json")
    finally:
        session.execute(text("ALTER TABLE people RENAME TO users"))
        session.commit()
    assert said.startswith("The database says: no such table: users. See what `flask doctor` says")
    assert len(said.splitlines()) == 1
