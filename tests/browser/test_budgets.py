"""What a page may weigh, how much it may move while it loads, and that it asks nobody else."""

import pytest
from playwright.sync_api import expect

from portal import links
from portal.links import Kind
from tests.world import PASSWORD

from .conftest import NARROW, WIDE, is_too_wide, sign_in

MOVED = """() => new Promise(done => {
  let moved = 0;
  new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) moved += e.value; })
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(moved), 400);
})"""
WEIGHED = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .reduce((sum, entry) => sum + entry.transferSize, 0)"""
INLINE = "document.querySelectorAll('style, [style], script:not([src]), [onclick], [onload]').length"


def weighed(page, path):
    """Requests, bytes over the wire, and how far things moved."""
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path, wait_until="networkidle")
    moved = page.evaluate(MOVED)
    assert page.evaluate(INLINE) == 0
    return len(asked), page.evaluate(WEIGHED), moved


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_an_invitees_page_is_light_and_stands_still(site, world, visitor, width):
    key = world.invited(f"ann@{world.slug}.example.org", world.full_offer(message="Come and see"))
    with site.app.app_context():
        token = links.invitation_token(key, 1, Kind.MAILED)
    page = visitor(width=width)
    page.goto(f"/join/{token}")
    page = page.context.new_page()  # the link itself is a redirect; this is the page that it leads to
    requests, size, moved = weighed(page, "/join")
    assert requests <= 4
    assert 2_000 < size <= 30_000
    assert moved < 0.01


@pytest.mark.parametrize("path", ["", "invitations", "invitations/new", "members", "settings", "history"])
def test_an_owners_page_stays_in_its_budget_and_stands_still(world, visitor, path):
    page = visitor()
    sign_in(page, world.email("owner"), PASSWORD)
    requests, size, moved = weighed(page.context.new_page(), f"/o/{world.slug}/{path}")
    assert requests <= 6
    assert size <= 120_000
    assert moved < 0.01


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_insights_draw_their_chart_within_a_budget_of_their_own(world, visitor, width):
    """Chart.js is 71 kB over the wire, kept for good by the browser, and on this page alone."""
    world.invite("a@example.org", "b@example.org")
    page = visitor(width=width)
    sign_in(page, world.email("owner"), PASSWORD)
    page = page.context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/o/{world.slug}/insights", wait_until="networkidle")
    assert page.evaluate(MOVED) < 0.01
    assert sum("chart" in url for url in asked) == 1
    assert len(asked) <= 8
    assert page.evaluate(WEIGHED) <= 200_000
    assert page.evaluate("Chart.getChart(document.querySelector('canvas')).data.datasets.at(-1).data.at(-1)") == 2
    assert not is_too_wide(page)


def test_insights_say_all_of_it_without_a_script(world, visitor):
    world.invite("a@example.org")
    page = visitor(scripts=False)
    sign_in(page, world.email("owner"), PASSWORD)
    page.goto(f"/o/{world.slug}/insights")
    expect(page.locator("canvas")).to_be_hidden()
    expect(page.locator("#weeks tbody tr")).to_have_count(12)


def test_the_keys_search_invite_and_list_themselves(world, visitor):
    page = visitor()
    sign_in(page, world.email("owner"), PASSWORD)
    page.goto(f"/o/{world.slug}/invitations")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("input[name=q]")).to_be_focused()
    page.keyboard.press("Tab")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    page.wait_for_url("**/invitations/new")
