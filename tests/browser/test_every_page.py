"""Every page in a real browser: nothing to be moved sideways, and nothing that axe finds."""

import re
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from sqlalchemy import select

from portal import links
from portal.links import Kind
from portal.models import Invitation
from tests.world import PASSWORD, World

from .conftest import NARROW, WIDE, is_too_wide, sign_in

# The pages that people live in; what the others are made of stands on these.
MAIN = r"^/o/[^/]+/($|invitations$|invitations/(new|[0-9a-f-]+)$|members|sites$|insights$|inbox$)|/account"
MAIN += "|/sign-in|/join/W|/dev/mail"
OWN = [
    "/account/profile",
    "/account/address",
    "/account/delete",
    "/account/second-step",
    "/account/providers",
    "/confirm",
]
SMALLEST = 320
BARELY_WIDE = 1081  # where the side bar and the tables have just appeared
UNBROKEN = "averylongaddressofonepersonwithoutasinglebreak0123456789"
LONG = "a.person.with.quite.a.long.address.and.more@subdomain.of.an.organization.example.org"


@pytest.fixture
def lively(world: World) -> World:
    """A world with long words in it."""
    world.invite(*(f"person{n:02}@{world.slug}.example.org" for n in range(6)), offer=world.full_offer())
    world.invited(LONG, world.full_offer(message="Come and see, " * 30))
    world.invited(f"old@{world.slug}.example.org", at=world.now - timedelta(days=8))
    world.waits(f"waits@{world.slug}.subdomain.of.an.organization.example.org", world.full_offer())
    world.enlist(f"held_{world.slug}", "member", (world.sites[0],))
    return world


def inside(world: World, invitation_id: Any) -> list[str]:
    """Every page of somebody who is signed in."""
    member, site = world["member"].user_id, world.sites[0]
    pages = [
        "", "invitations", "invitations?state=pending&q=person", "invitations/new", "members",
        "sites", "teams", "projects", "insights", "insights/unsent", "mail-stops", "inbox",
        f"invitations/{invitation_id}", f"invitations/{invitation_id}/edit", f"invitations/{invitation_id}/link",
        f"invitations/{invitation_id}/revoke", f"members/{member}", f"members/{member}/remove",
        f"sites/{site}/rename", f"sites/{site}/delete",
    ]  # fmt: skip
    own = ["/account", *OWN, "/account/tokens", "/invitations", "/nowhere"]
    return [f"/o/{world.slug}/{page}" for page in pages] + own


def outside(site: Any, world: World, invitation_id: Any) -> list[str]:
    """Every page of somebody who is not."""
    with site.app.app_context():
        old = next(i for i in world.session.scalars(links_of(world)) if i.email.startswith("old@"))
        made = [(invitation_id, Kind.MAILED), (invitation_id, Kind.COPIED), (old.id, Kind.MAILED)]
        tokens = [links.invitation_token(key, 1, kind) for key, kind in made]
        mailed = links.account_token(world.user("owner"), Kind.SIGN_IN)
        reset = links.account_token(world.user("owner"), Kind.RESET)
    joins = [f"/join/{token}" for token in (*tokens, "damaged")]
    ways = ["/sign-in", "/sign-in/mail", "/forgot", f"/mailed-sign-in/{mailed}", f"/reset/{reset}"]
    return [*ways, *joins, "/join/decline", "/dev/mail"]


def links_of(world: World) -> Any:
    return select(Invitation).where(Invitation.organization_id == world.id)


AXE = """options => axe.run({resultTypes: ["violations"], ...options}).then(seen => seen.violations.map(
  wrong => `${wrong.id}: ${wrong.nodes.slice(0, 3).map(node => node.html.slice(0, 120))}`))"""
TARGETS = {"rules": {"target-size": {"enabled": True}}}  # WCAG 2.2, which axe leaves out unless it is told
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def found_by_axe(page: Any) -> list[str]:
    """On a wide screen, on the smallest, and of the colours in the dark, from one visit."""
    page.set_viewport_size({"width": WIDE, "height": 800})
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate(AXE, TARGETS)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")  # no colour on its way to another
    found += page.evaluate(AXE, COLOURS)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": SMALLEST, "height": 800})
    return [*found, *page.evaluate(AXE, TARGETS)]


@pytest.fixture
def pages(site, lively, visitor):
    """Opens every page in turn, and yields its path with the browser."""

    def each(only=""):
        invitation_id = lively.invited(f"{UNBROKEN}@{lively.slug}.example.org", lively.full_offer(message="Come"))
        owner, stranger = visitor(), visitor()
        sign_in(owner, lively.email("owner"), PASSWORD)
        todo = [(owner, path) for path in inside(lively, invitation_id)]
        todo += [(stranger, path) for path in outside(site, lively, invitation_id)]
        for browser, path in todo:
            if not re.search(only, path):
                continue
            browser.goto(path)
            yield path, browser

    return each


def test_no_page_has_to_be_moved_sideways(pages):
    wrong = []
    for path, browser in pages():
        for width in (WIDE, BARELY_WIDE, NARROW, SMALLEST):
            browser.set_viewport_size({"width": width, "height": 800})
            if is_too_wide(browser):
                wrong.append((path, width))
    assert wrong == []


def test_axe_finds_nothing(pages):
    wrong = {}
    for path, browser in pages(MAIN):
        if found := found_by_axe(browser):
            wrong[path] = found
    assert wrong == {}


def test_axe_finds_nothing_from_right_to_left(lively, visitor):
    page = visitor(width=NARROW)
    sign_in(page, lively.email("owner"), PASSWORD)
    page.context.add_cookies([{"name": "usher_language", "value": "ar", "url": page.url}])
    wrong = {}
    for path in ("", "invitations", "invitations/new", "members", "settings"):
        page.goto(f"/o/{lively.slug}/{path}")
        assert page.evaluate("document.dir") == "rtl"
        page.evaluate(AXE_SCRIPT)
        if page.evaluate(AXE, TARGETS) or is_too_wide(page):
            wrong[path] = page.evaluate(AXE, TARGETS)
    assert wrong == {}
