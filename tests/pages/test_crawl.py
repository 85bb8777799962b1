"""Every link and button leads somewhere, and no page holds anything inline."""

import re
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import select

from portal.config import ROOT
from portal.models import User

from .deeds import NEW

pytestmark = pytest.mark.sqlite
ACTIONS = ("/resend", "/sign-out", "/end", "/ask", "/mail", "/switch", "/accept")


@pytest.fixture
def lively(world, mails, at, account, stranger, link):
    """A world where most of what can be shown is there."""
    world.invite(*(f"p{number:02}@example.com" for number in range(52)), offer=world.full_offer(message="Come"))
    old = world.invited("old@example.com", at=world.now - timedelta(days=8))
    stranger().open(link(old)).press("Ask for a new invitation")
    stranger().open(link(world.invited("no@example.com"))).follow("Decline").press("Decline", reason="Busy")
    stranger().open(link(world.invited("in@example.com"))).press("Join Northwind", name="In", password=NEW)
    account("ann@example.com")
    world.invited("ann@example.com", world.full_offer())
    world.waits("waits@example.com", world.full_offer())
    mails()
    return world


def crawled(browser, start):
    """Every page that can be reached by links, each once; lists and invitations are enough by a handful."""
    waiting, pages, of_kind = [start], {}, {}
    while waiting:
        address = waiting.pop()
        if "/with/" in address or address.endswith("/connect"):
            continue  # off to a provider
        kind = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+|at=[^&]+", "*", address)
        if address in pages or of_kind.get(kind, 0) >= 3:
            continue
        of_kind[kind] = of_kind.get(kind, 0) + 1
        page = pages[address] = browser.open(address)
        for node in page.tree.all():
            target = node.attrs.get("href") or node.attrs.get("src")
            if target and not target.startswith(("http://127.0.0.1:8000/", "#")):
                waiting.append(urljoin(page.address, target))
            elif target and "#" not in target:
                waiting.append(urlsplit(target).path)
    return pages


@pytest.fixture
def reading(monkeypatch):
    """A stylesheet or picture is no page to take apart."""
    from . import reading

    real = reading.parsed
    monkeypatch.setattr(
        reading, "parsed", lambda text: real(text) if text.startswith("<!doctype") else reading.Node("")
    )


@pytest.mark.parametrize("who", ["owner", "manager", "member", "ann", None])
def test_every_link_and_every_form_leads_somewhere(lively, at, stranger, reading, who, app):
    ann = lively.session.scalar(select(User.id).where(User.email == "ann@example.com"))
    browser = stranger() if who is None else at(ann if who == "ann" else who)
    pages = crawled(browser, "/dev/mail" if who is None else "/")
    assert len(pages) > {"owner": 45, "manager": 30}.get(who, 8)
    assert {address: page.status for address, page in pages.items() if page.status not in (200, 403)} == {}
    assert not [a for a, page in pages.items() if page.status == 403]
    router = app.url_map.bind("127.0.0.1:8000")
    for address, page in pages.items():
        for form in page.tree.all("form"):
            if form.attrs.get("method") == "dialog":
                continue  # it closes the list of keys
            target = urlsplit(urljoin(page.address, form.attrs.get("action", ""))).path
            router.match(target, method=form.attrs.get("method", "get").upper())
            if form.attrs.get("method") == "post":
                assert list(form.all("input", name="csrf_token")), address


def test_no_page_holds_a_style_a_script_or_a_handler(lively, at, reading):
    for address, page in crawled(at("owner"), "/").items():
        assert not list(page.tree.all("style")), address
        for node in page.tree.all():
            assert not [name for name in node.attrs if name == "style" or name.startswith("on")], address
            assert node.tag != "script" or node.attrs["src"].startswith("/static/"), address
            for name in ("src", "href", "action"):
                assert not node.attrs.get(name, "").startswith(("javascript:", "data:", "//", "https:")), address
        ids = [node.attrs["id"] for node in page.tree.all() if "id" in node.attrs]
        assert len(ids) == len(set(ids)), (address, ids)


def test_no_template_of_a_page_holds_a_style_a_script_or_a_handler():
    inline = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:|https?://", re.I)
    pages = [
        file
        for file in (ROOT / "templates").rglob("*.html")
        if "mail" not in file.relative_to(ROOT / "templates").parts
    ]
    assert len(pages) > 30
    assert {file.name: found.group() for file in pages if (found := inline.search(file.read_text()))} == {}


def test_every_field_has_a_label_and_every_message_is_tied_to_its_field(lively, at, reading):
    for address, page in crawled(at("owner"), "/").items():
        labelled = {label.attrs.get("for") for label in page.tree.all("label")}
        inside = {id(node) for label in page.tree.all("label") for node in label.all()}
        for node in page.tree.all():
            if node.tag not in ("input", "select", "textarea") or node.attrs.get("type") == "hidden":
                continue
            named = id(node) in inside or node.attrs.get("id") in labelled or "aria-label" in node.attrs
            assert named or "hidden" in node.attrs, (address, node.attrs)
