"""Making an account without an invitation: never, for listed domains, or for anyone."""

import pytest

from portal.config import Settings
from portal.models import User

from .conftest import link_in
from .deeds import NEW

pytestmark = pytest.mark.sqlite


@pytest.fixture
def allow(app, monkeypatch):
    """Says who may sign up."""

    def say(how, *domains):
        monkeypatch.setitem(app.config, "SIGN_UP", how)
        monkeypatch.setitem(app.config, "SIGN_UP_DOMAINS", list(domains))

    return say


def signs_up(stranger, email):
    page = stranger().open("/sign-in").follow("New here? Make an account")
    return page.press("Mail me the link", name="Ann", email=email)


def test_by_invitation_only_there_is_no_page_for_it(world, stranger, mails):
    assert "New here? Make an account" not in stranger().open("/sign-in").links
    page = stranger().send("/sign-up", {"name": "Ann", "email": "ann@example.com"})
    assert (page.status, page.heading) == (403, "Accounts are opened by invitation here.")
    assert world.session.query(User).filter_by(email="ann@example.com").count() == 0


def test_whoever_opens_the_mail_chooses_the_password(world, stranger, mails, allow):
    allow("open")
    assert signs_up(stranger, "Ann@Example.com.").heading == "Look into your mailbox"
    page = stranger().open(link_in(mails("ann@example.com")[0])).press("Set this password", password=NEW)
    assert page.heading == "Invitations for you"


def test_attack_22_a_taken_address_is_answered_alike_and_its_owner_is_told(world, stranger, mails, allow):
    allow("open")
    taken, free = signs_up(stranger, world.email("owner")), signs_up(stranger, "free@example.org")
    assert taken.text.replace(world.email("owner"), "") == free.text.replace("free@example.org", "")
    assert link_in(mails("owner@")[0]) == "/sign-in"


@pytest.mark.parametrize(
    ("email", "may"),
    [
        ("ann@corp.example.com", True), ("ann@CORP.example.com", True), ("ann@sub.corp.example.com", False),
        ("ann@evilcorp.example.com", False), ("ann@corp.example.com.evil.example", False), ("ann@example.com", False),
    ],
)  # fmt: skip
def test_only_addresses_at_listed_domains(world, app, stranger, allow, email, may):
    allow("domains", "Corp.example.com")
    page = signs_up(stranger, email)
    assert page.status == (200 if may else 422)
    assert list(page.errors) == ([] if may else ["email"])
    body = {"name": "Ann", "email": email, "password": NEW}
    reply = app.test_client().post("/api/auth/sign-up/email", json=body)
    assert reply.status_code == (200 if may else 400)


def test_listed_domains_need_a_list_and_proof():
    given = {"SECRET_KEY": "k" * 8 + "0123456789abcdefghijklmnop", "PUBLIC_URL": "http://127.0.0.1:8000"}
    for more in ({}, {"SIGN_UP_DOMAINS": "a.example", "SIGN_UP_VERIFY": False}):
        with pytest.raises(ValueError, match="needs PORTAL_SIGN_UP_DOMAINS"):
            Settings(**given, SIGN_UP="domains", **more)
