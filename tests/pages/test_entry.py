"""Signing in and out, a forgotten password, and proving an address."""

import pytest

from tests.world import PASSWORD

from .conftest import link_in

NEW = "a quite different phrase"


def signs_in(stranger, email, password):
    page = stranger().open("/sign-in").press("Sign in", email=email, password=password)
    return page.path.startswith("/o/")


def test_signing_in_leads_to_ones_organization(world, stranger):
    page = stranger().open("/sign-in").press("Sign in", email=world.email("owner"), password=PASSWORD)
    assert (page.path, page.heading) == ("/o/northwind/", "Northwind")


def test_signing_in_leads_to_the_page_that_was_asked_for(world, stranger):
    page = stranger().open("/o/northwind/members?after=")
    assert (page.heading, page.address) == ("Sign in", "/sign-in?next=/o/northwind/members?after%3D")
    assert page.press("Sign in", email=world.email("owner"), password=PASSWORD).path == "/o/northwind/members"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("email", "password"),
    [("owner@northwind.example.com", "wrong"), ("nobody@example.com", PASSWORD), ("no address", PASSWORD), ("", "")],
)
def test_a_wrong_address_or_password_is_answered_alike_and_keeps_the_address(world, stranger, email, password):
    page = stranger().open("/sign-in").press("Sign in", email=email, password=password)
    assert (page.status, page.path) == (401, "/sign-in")
    assert page.said == "The address or the password is wrong. Try again, or set a new password."
    assert page.fields("Sign in")["email"] == [email]


@pytest.mark.sqlite
def test_a_person_without_an_organization_lands_at_their_invitations(stranger, account):
    account("ann@example.com")
    page = stranger().open("/sign-in").press("Sign in", email=" ANN@Example.com. ", password=PASSWORD)
    assert page.heading == "Invitations for you"


@pytest.mark.sqlite
def test_a_closed_account_cannot_sign_in(world, stranger):
    world.user("member").deactivated_at = world.now
    world.session.commit()
    assert not signs_in(stranger, world.email("member"), PASSWORD)


@pytest.mark.sqlite
def test_signing_out_ends_the_session_on_the_server(world, at):
    browser = at("owner")
    cookie = browser.client.get_cookie("better-auth.session_token").value
    assert browser.open("/").press("Sign out").said == "✓ You are signed out."
    browser.client.set_cookie("better-auth.session_token", cookie)
    assert browser.open("/").heading == "Sign in"


@pytest.mark.sqlite
@pytest.mark.parametrize("lasts", [True, False])
def test_the_cookie_outlives_the_browser_only_if_wished(world, stranger, lasts):
    page = stranger().open("/sign-in")
    sent = page.fields("Sign in") | {"email": world.email("owner"), "password": PASSWORD}
    if not lasts:
        del sent["lasts"]
    cookie = page.browser.client.post("/sign-in", data=sent).headers["Set-Cookie"]
    assert ("Max-Age=604800" in cookie) == lasts
    assert "; HttpOnly; Path=/; SameSite=Lax" in cookie


def test_a_forgotten_password_is_set_anew_by_mail(world, stranger, mails):
    page = stranger().open("/sign-in").follow("Forgot your password?")
    page = page.press("Send me the link", email=world.email("owner"))
    assert page.heading == "Look into your mailbox"
    page = stranger().open(link_in(mails()[0]))
    assert (page.path, page.heading) == ("/reset", "Choose a new password")
    page = page.press("Set this password", password=NEW)
    assert (page.path, page.said) == ("/o/northwind/", "✓ Your new password is set. Every other session has ended.")
    assert signs_in(stranger, world.email("owner"), NEW)
    assert not signs_in(stranger, world.email("owner"), PASSWORD)


@pytest.mark.sqlite
def test_a_link_for_a_new_password_works_once(world, stranger, mails):
    stranger().open("/forgot").press("Send me the link", email=world.email("owner"))
    path = link_in(mails()[0])
    page, again = stranger().open(path), stranger().open(path)
    page.press("Set this password", password=NEW)
    assert again.press("Set this password", password="yet another phrase").status == 404
    assert stranger().open(path).heading == "This link does not work."
    assert signs_in(stranger, world.email("owner"), NEW)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("password", "said"), [("short", "at least 8"), ("password1", "first"), ("x" * 129, "at most")]
)
def test_a_poor_password_is_told_at_its_field(world, stranger, mails, password, said):
    stranger().open("/forgot").press("Send me the link", email=world.email("owner"))
    page = stranger().open(link_in(mails()[0])).press("Set this password", password=password)
    assert page.status == 422
    assert said in page.errors["password"]


def test_verifying_while_signed_in_takes_one_button_and_keeps_this_session(account, at, mails):
    ann = account("ann@example.com", verified=False)
    here, elsewhere = at(ann), at(ann)
    assert here.open("/account").press("Mail me the link").said.startswith("✓ We have sent a link to ann@example.com.")
    page = here.open(link_in(mails()[0]))
    assert page.buttons == ["Verify ann@example.com"]
    assert page.press("Verify ann@example.com").said == "✓ ann@example.com is verified."
    assert here.open("/account").heading == "Ann"
    assert elsewhere.open("/account").heading == "Sign in"


def test_verifying_while_signed_out_takes_a_new_password_and_the_account(account, at, stranger, mails):
    ann = account("ann@example.com", verified=False)
    squatter = at(ann)
    squatter.open("/account").press("Mail me the link")
    page = stranger().open(link_in(mails()[0]))
    assert page.heading == "Verify your address"
    assert page.press("Set this password", password=NEW).heading == "Invitations for you"
    assert squatter.open("/account").heading == "Sign in"
    assert not signs_in(stranger, "ann@example.com", PASSWORD)


@pytest.mark.sqlite
def test_verifying_while_signed_in_to_another_account_takes_a_new_password(account, at, mails):
    at(account("ann@example.com", verified=False)).open("/account").press("Mail me the link")
    page = at(account("bob@example.com")).open(link_in(mails()[0]))
    assert page.buttons == ["Set this password"]


@pytest.mark.sqlite
@pytest.mark.parametrize("path", ["/reset", "/verify", "/reset/x", "/verify/x"])
def test_a_reset_or_verify_page_without_a_good_link_says_so(stranger, path):
    page = stranger().open(path)
    assert (page.status, page.heading) == (404, "This link does not work.")


@pytest.mark.sqlite
def test_a_stale_form_comes_back_with_what_was_typed_and_does_nothing(world, stranger):
    page = stranger().open("/sign-in")
    page.browser.client.delete_cookie("usher_form")
    page = page.press("Sign in", email=world.email("owner"), password=PASSWORD)
    assert (page.status, page.said) == (422, "This page had grown old. What you typed is still here: send it again.")
    assert page.press("Sign in", password=PASSWORD).heading == "Northwind"
