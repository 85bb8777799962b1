"""One's own name, language, time zone and address; taking one's data along; leaving for good."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import update

from portal import clock, tokens
from portal.models import Session
from tests.world import PASSWORD

from .conftest import link_in

pytestmark = pytest.mark.sqlite
NEW = "new@example.com"


def moves(browser, email=NEW):
    return browser.open("/account").follow("Change address").press("Send the link", email=email)


def test_name_and_time_zone_are_changed_and_times_are_shown_in_it(world, at):
    page = at("owner").open("/account").follow("Change").press("Save", name=" Ines  Okoye ", time_zone="Asia/Tokyo")
    assert (page.heading, page.said) == ("Ines Okoye", "✓ Your account was changed.")
    titles = [node.attrs["title"] for node in page.tree.all("time")]
    assert titles
    assert all(title.endswith("+0900") for title in titles)


@pytest.mark.parametrize(("field", "value"), [("name", " "), ("language", "xx"), ("time_zone", "Mars/Olympus")])
def test_what_is_no_name_language_or_zone_is_told_at_its_field(world, at, field, value):
    page = at("owner").open("/account/profile").press("Save", **{field: value})
    assert (page.status, list(page.errors)) == (422, [field])


def test_attack_28_a_profile_form_sets_nothing_else(world, at):
    at("member").send("/account/profile", {"name": "M", "email": NEW, "verified_at": "", "id": "1", "is_verified": "0"})
    world.session.expire_all()
    assert (world.email("member"), world.user("member").is_verified) == ("member@northwind.example.com", True)


def test_an_address_is_changed_once_its_mailbox_is_shown_and_both_are_told(world, at, stranger, mails):
    here, elsewhere = at("member"), at("member")
    assert moves(here).heading == "Look into your mailbox"
    assert [mail["Subject"] for mail in mails("member@")] == ["Your address is about to change"]
    page = here.open(link_in(mails(NEW)[0]))
    assert page.path == "/new-address"
    assert page.press("Change my address").said == f"✓ Your address is {NEW} now."
    for whose in ("member@", NEW):
        assert mails(whose)[-1]["Subject"] == "Your address was changed"
    assert elsewhere.open("/account").heading == "Sign in"
    assert stranger().open("/sign-in").press("Sign in", email=NEW, password=PASSWORD).heading == "Northwind"


def test_the_link_of_a_mistyped_address_gives_the_account_to_nobody(world, at, stranger, account, mails, everything):
    moves(at("member"))
    path = link_in(mails(NEW)[0])
    assert stranger().open(path).heading == "Sign in"
    other = at(account("bob@example.com"))
    before = everything()
    assert other.open(path).heading == "Another account asked for this"
    assert other.send("/new-address").status == 403
    assert everything() == before


@pytest.mark.parametrize("meanwhile", ["password", "used", "hour"])
def test_a_link_to_a_new_address_dies(world, at, mails, meanwhile, monkeypatch):
    here = at("member")
    moves(here)
    page = here.open(link_in(mails(NEW)[0]))
    if meanwhile == "password":
        here.open("/account").press("Set new password", old=PASSWORD, password="a quite different phrase")
    elif meanwhile == "used":
        page.press("Change my address")
    else:
        page.browser.client.delete_cookie("usher_link_new-address", path="/new-address")
    again = here.send("/new-address")
    assert (again.status, again.heading) == (404, "This link does not work.")


def test_attack_22_an_address_that_has_an_account_is_answered_like_a_free_one(world, at, mails):
    taken, free = (moves(at("member"), email) for email in (world.email("owner"), "free@example.org"))
    assert taken.text.replace(world.email("owner"), "") == free.text.replace("free@example.org", "")
    assert mails("owner@") == []


def test_an_address_that_got_an_account_meanwhile_is_not_taken_over(world, at, account, mails):
    here = at("member")
    moves(here)
    page = here.open(link_in(mails(NEW)[0]))
    account(NEW)
    assert f"{NEW} has an account already." in page.press("Change my address").said


def test_ones_data_is_a_file_without_secrets(world, at):
    world.invited("ann@example.com", by="admin")
    _token, secret = tokens.create(world.session, world["admin"], world["admin"].user_id, world.now)
    reply = at("admin").client.get("/account/data")
    found = json.loads(reply.data)
    assert reply.headers["Content-Disposition"].startswith('attachment; filename="usher-')
    assert found["account"]["email"] == world.email("admin")
    assert [row["organization"] for row in found["memberships"]] == ["Northwind"]
    assert [row["email"] for row in found["invitations_sent"]] == ["ann@example.com"]
    assert len(found["tokens"]) == len(found["sessions"]) == 1
    assert {"invitation.created"} <= {row["kind"] for row in found["history"]}
    for hidden in (secret, "argon2", "hash", world.email("owner")):
        assert hidden not in reply.text


def test_a_deleted_account_leaves_and_opens_nothing(world, at, stranger):
    here, elsewhere = at("admin"), at("admin")
    email, key = world.email("admin"), world["admin"].user_id
    page = here.open("/account").follow("Delete my account").press("Delete my account", email=email)
    assert (page.heading, page.said) == ("Sign in", "✓ Your account is deleted.")
    assert elsewhere.open("/").heading == "Sign in"
    assert stranger().open("/sign-in").press("Sign in", email=email, password=PASSWORD).status == 401
    world.session.rollback()
    assert world.membership(key) is None
    world.check_counts()
    assert email not in at("owner").open("/o/northwind/members").text


def test_a_last_owner_hands_over_first(world, at):
    page = at("owner").open("/account/delete")
    assert "You are the only owner of Northwind." in page.text
    refused = page.browser.send("/account/delete", {"email": world.email("owner")})
    assert refused.status == 422
    world.enlist("second", "owner")
    sent = at("owner").open("/account/delete").press("Delete my account", email=world.email("owner"))
    assert sent.heading == "Sign in"


def test_another_address_than_ones_own_deletes_nothing(world, at):
    page = at("member").open("/account/delete").press("Delete my account", email=world.email("owner"))
    assert (page.status, list(page.errors)) == (422, ["email"])
    assert world.membership(world["member"].user_id)


ASKS_AGAIN = ["/account/tokens", "/account/address", "/account/delete", "/account/data"]


@pytest.mark.parametrize("path", ASKS_AGAIN)
def test_what_matters_asks_again_who_it_is(world, at, path, everything):
    browser = at("member")
    world.session.execute(update(Session).values(confirmed_at=clock.now() - timedelta(minutes=15, seconds=1)))
    world.session.commit()
    page = browser.open(path)
    assert (page.heading, page.address) == ("Show that it is you", f"/confirm?next={path}")
    before = everything()
    sent = {"name": "X", "scopes": "members:read", "expires": "30", "email": world.email("member")}
    assert path == "/account/data" or browser.send(path, sent).heading == "Show that it is you"
    assert page.press("Go on", password="wrong").status == 422
    assert everything() == before
    answer = page.browser.client.post(page.address, data=page.fields("Go on") | {"password": PASSWORD})
    assert answer.location == path
    assert browser.client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/o/northwind/settings/deactivate", {}), ("/o/northwind/settings/delete", {"typed": "Northwind"}),
        ("/o/northwind/members/{admin}", {"role": "owner", "restricted": "all"}),
        ("/o/northwind/members/{second}", {"role": "member", "restricted": "all"}),
        ("/o/northwind/members/{second}/remove", {}), ("/o/northwind/members/{admin}/transfer", {}),
    ],
)  # fmt: skip
def test_who_owns_what_and_whether_it_is_there_asks_again_too(world, at, everything, path, sent):
    second = world.enlist("second", "owner").user_id
    browser = at("owner")
    world.session.execute(update(Session).values(confirmed_at=clock.now() - timedelta(minutes=16)))
    world.session.commit()
    before = everything()
    page = browser.send(path.format(admin=world["admin"].user_id, second=second), sent)
    assert page.heading == "Show that it is you"
    assert everything() == before


@pytest.mark.parametrize("target", ["//evil.example.com", "https://evil.example.com", "/\\evil.example.com"])
def test_attack_29_confirming_leads_nowhere_else(world, at, target):
    browser = at("owner")
    reply = browser.client.post(
        "/confirm", query_string={"next": target}, data={"csrf_token": browser.token, "password": PASSWORD}
    )
    assert reply.location == "/account"
