"""Published attacks on accounts and on what a browser is told, each with its number in ATTACKS.md."""

import re

import pytest

from portal import passwords
from tests.world import PASSWORD

from .conftest import link_in

pytestmark = pytest.mark.sqlite
NEW = "a quite different phrase"
SESSION = "better-auth.session_token"


def told(page, address):
    """The page without its token and without the address that was typed."""
    html = re.sub(r'(name="csrf_token"[^>]*value=")[^"]+', r"\1", page.html)
    headers = {k: v for k, v in page.response.headers if k not in ("X-Request-ID", "Set-Cookie", "Content-Length")}
    return page.status, page.path, html.replace(address, "…"), headers


@pytest.fixture
def hashing(monkeypatch):
    """Counts what is slow about a password."""
    counted = []
    for name in ("hash", "verify"):
        real = getattr(type(passwords.hasher), name)
        counting = lambda self, *args, real=real, name=name: counted.append(name) or real(self, *args)  # noqa: E731
        monkeypatch.setattr(type(passwords.hasher), name, counting)
    return counted


def test_attack_22_signing_in_tells_nobody_who_has_an_account(world, account, stranger, hashing):
    passwords._nobody()
    closed = account("closed@northwind.example.com")
    account("nopassword@northwind.example.com").password_hash = None
    closed.deactivated_at = world.now
    world.session.commit()
    seen, work = set(), set()
    for name in ("owner", "nobody", "closed", "nopassword"):
        address = f"{name}@northwind.example.com"
        form = stranger().open("/sign-in")
        hashing.clear()
        page = form.press("Sign in", email=address, password="wrong" if name != "closed" else PASSWORD)
        seen.add(repr(told(page, address)))
        work.add(tuple(hashing))
    assert len(seen) == 1
    assert work == {("verify",)}


def test_attack_22_asking_for_a_new_password_tells_nobody_who_has_an_account(world, stranger, hashing):
    seen = set()
    for name in ("owner", "nobody"):
        address = f"{name}@northwind.example.com"
        page = stranger().open("/forgot").press("Send me the link", email=address)
        seen.add(repr(told(page, address)))
    assert len(seen) == 1
    assert hashing == []


POISON = {
    "Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
    "Origin": "http://evil.example",
    "Forwarded": "host=evil.example", "X-Original-Host": "evil.example", "X-Forwarded-Prefix": "/evil.example",
}  # fmt: skip


def test_attack_23_mails_link_to_the_public_address_whatever_host_is_said(world, at, stranger, mails):
    owner = at("owner")
    sent = {"people": "ann@example.com", "role": "member", "restricted": "all"}
    owner.client.set_cookie(SESSION, owner.client.get_cookie(SESSION).value, domain="evil.example")
    form = owner.open("/o/northwind/invitations/new", headers=POISON)
    token = form.fields("Send invitations")["csrf_token"]
    owner.client.post("/o/northwind/invitations/new", data=sent | {"csrf_token": token}, headers=POISON)
    browser = stranger()
    token = browser.open("/forgot", headers=POISON).fields("Send me the link")["csrf_token"]
    browser.client.post("/forgot", data={"email": world.email("owner"), "csrf_token": token}, headers=POISON)
    sent = mails()
    assert {mail["To"] for mail in sent} == {"ann@example.com", world.email("owner")}
    for mail in sent:
        assert "evil" not in mail.as_string()
        assert link_in(mail)


@pytest.mark.parametrize(
    "path", ["/", "/account", "/o/northwind", "/sign-in/", "/static//base.css", "/join/x", "/nowhere"]
)
def test_attack_23_no_answer_names_the_host_that_was_said(world, stranger, path):
    answer = stranger().client.get(path, headers=POISON)
    assert "evil" not in answer.headers.get("Location", "")
    assert "evil" not in answer.text


def test_attack_23_the_link_to_copy_is_of_the_public_address(world, at):
    owner = at("owner")
    owner.client.set_cookie(SESSION, owner.client.get_cookie(SESSION).value, domain="evil.example")
    page = owner.open(f"/o/northwind/invitations/{world.invited('ann@example.com')}", headers=POISON)
    assert "http://127.0.0.1:8000/join/" in page.html
    assert "evil" not in page.html


EVIL = "evil.example"
ELSEWHERE = [
    f"//{EVIL}", f"///{EVIL}", f"/\\{EVIL}", f"\\\\{EVIL}", f"\\/{EVIL}", f"https://{EVIL}", f"http:{EVIL}",
    f"https:/{EVIL}", f"HTTPS://{EVIL}", "javascript:alert(1)", "data:text/html,x", f"/\t/{EVIL}", f"/\n/{EVIL}",
    f"/\r/{EVIL}", f"\t//{EVIL}", f" //{EVIL}", f"\0//{EVIL}", f"/ /{EVIL}", "/x\r\nSet-Cookie: a=b", EVIL, f"@{EVIL}",
    f".{EVIL}", f"//127.0.0.1:8000@{EVIL}", f"http://127.0.0.1:8000.{EVIL}", f"//{EVIL}/%2f..", f"/\u2028/{EVIL}",
    f"/\x0b/{EVIL}", f"?next=//{EVIL}", "#x",
]  # fmt: skip
HERE = [
    "/account",
    "/o/northwind/members?after=",
    "/%2f%2fevil.example",
    "/%5cevil.example",
    "/join",
    "/a//b",
    "/%0d%0a",
]


def after_signing_in(world, stranger, target):
    browser = stranger()
    token = browser.token
    data = {"csrf_token": token, "email": world.email("owner"), "password": PASSWORD}
    return browser.client.post("/sign-in", query_string={"next": target}, data=data)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_attack_29_nobody_is_sent_elsewhere_after_signing_in_or_out(world, stranger, at, target):
    answer = after_signing_in(world, stranger, target)
    assert (answer.status_code, answer.location) == (303, "/")
    owner = at("owner")
    assert owner.client.get("/sign-in", query_string={"next": target}).location == "/"
    out = owner.client.post("/sign-out", query_string={"next": target}, data={"csrf_token": owner.token})
    assert out.location == "/sign-in"


@pytest.mark.parametrize("target", HERE)
def test_attack_29_a_path_of_this_site_is_gone_to(world, stranger, target):
    answer = after_signing_in(world, stranger, target)
    assert answer.location == target
    assert re.match(r"/(?![/\\])", answer.location)


def test_attack_30_signing_in_gives_a_new_session_id(world, stranger):
    browser = stranger()
    browser.client.set_cookie(SESSION, "planted")
    browser.open("/sign-in").press("Sign in", email=world.email("owner"), password=PASSWORD)
    first = browser.client.get_cookie(SESSION).value
    browser.send("/sign-in", {"email": world.email("owner"), "password": PASSWORD})
    second = browser.client.get_cookie(SESSION).value
    assert len({first, second, "planted"}) == 3
    planted = stranger()
    for value in ("planted", first):
        planted.client.set_cookie(SESSION, value)
        assert planted.open("/").heading == "Sign in"


def test_attack_30_joining_gives_a_new_session_id(world, stranger, link):
    browser = stranger()
    browser.client.set_cookie(SESSION, "planted")
    browser.open(link(world.invited("ann@example.com"))).press("Join Northwind", name="Ann", password=NEW)
    assert browser.client.get_cookie(SESSION).value != "planted"
    assert browser.open("/").heading == "Northwind"


def test_attack_30_a_new_password_ends_all_other_sessions_and_renews_this_one(world, at, stranger):
    here, elsewhere = at("owner"), at("owner")
    before = here.client.get_cookie(SESSION).value
    page = here.open("/account").press("Set new password", old=PASSWORD, password=NEW)
    assert page.said == "✓ Your new password is set. Every other session has ended."
    assert here.client.get_cookie(SESSION).value != before
    thief = stranger()
    thief.client.set_cookie(SESSION, before)
    assert [b.open("/").heading for b in (here, elsewhere, thief)] == ["Northwind", "Sign in", "Sign in"]


def test_attack_30_a_password_set_by_mail_ends_every_session(world, at, stranger, mails):
    elsewhere = at("owner")
    stranger().open("/forgot").press("Send me the link", email=world.email("owner"))
    stranger().open(link_in(mails()[0])).press("Set this password", password=NEW)
    assert elsewhere.open("/").heading == "Sign in"
