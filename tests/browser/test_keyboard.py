"""Without a mouse: the owner's and the invitee's whole way, where the focus is, and what the system asks for."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal import links
from portal.links import Kind
from tests.world import PASSWORD

from .conftest import NARROW, WIDE, sign_in

# What has the focus: its name, whether an outline shows it, and whether it can be seen at all.
FOCUS = """() => {
  const focused = document.activeElement, shown = focused.closest("label, .tab") ?? focused;
  const box = shown.getBoundingClientRect();
  const lines = [focused, shown, focused.nextElementSibling].filter(Boolean).map(each => getComputedStyle(each));
  const label = focused.getAttribute("aria-label") || focused.labels?.[0]?.innerText;
  const name = label || focused.innerText || focused.value;
  return {
    name: name.trim().split("\\n")[0],
    outlined: lines.some(line => line.outlineStyle !== "none" && parseFloat(line.outlineWidth) >= 2),
    inside: box.top >= 0 && box.bottom <= innerHeight && box.width > 0,
  };
}"""
SMALL = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
  .filter(target => target.checkVisibility({visibilityProperty: true}) && !target.closest(".hidden, .skip"))
  .map(target => [target.closest("label") ?? target, target.innerText || target.name])
  .map(([target, name]) => [target.getBoundingClientRect(), getComputedStyle(target), name])
  .filter(([box, style]) => style.display !== "inline" && Math.min(box.width, box.height) < 24)
  .map(([box, , name]) => `${name} ${box.width}x${box.height}`)"""
MOVING = """() => [...document.querySelectorAll("*")].filter(each =>
  getComputedStyle(each).transitionDuration.split(", ").some(time => parseFloat(time)) ||
  getComputedStyle(each).animationName !== "none").length"""
BARE = """() => [...document.querySelectorAll(".button:not(.bare), .badge, .notice, .mark, .choice, .pill")]
  .filter(each => each.checkVisibility() && !each.matches(".skip") && getComputedStyle(each).borderTopWidth === "0px")
  .map(each => each.className)"""


def tabbed(page: Page, until: str, most: int = 40) -> list[str]:
    """Presses Tab until that has the focus, which is seen at each step. Returns the names on the way."""
    names: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        for _ in range(20):
            if focus["inside"] and focus["outlined"]:
                break
            page.wait_for_timeout(150)  # it is being scrolled to, or drawn
            focus = page.evaluate(FOCUS)
        assert focus["inside"], focus
        assert focus["outlined"], focus
        names.append(focus["name"])
        if re.fullmatch(until, focus["name"]):
            return names
    raise AssertionError(names)


def test_an_owner_signs_in_invites_and_revokes_by_keyboard_alone(world, visitor):
    page, address = visitor(), f"ann@{world.slug}.example.org"
    page.goto("/sign-in")
    page.keyboard.type(world.email("owner"))
    assert tabbed(page, "Password") == ["Password"]
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(world.organization().name)

    assert tabbed(page, "Skip to the page") == ["Skip to the page"]
    page.keyboard.press("Enter")
    page.wait_for_url("**#main")
    assert tabbed(page, "Invite people") == ["Invite people"]
    page.keyboard.press("Enter")
    expect(page.get_by_label("Who")).to_be_focused()
    page.keyboard.type(f"nobody@\n{address}")
    expect(page.locator(".chip.bad")).to_have_count(1)
    on_the_way = tabbed(page, "Send 1 invitation")
    wanted = ["Member", "All sites", "Platform", "Support", "Apollo", "Gemini", "Cancel", "Send 1 invitation"]
    assert [name for name in on_the_way if name in wanted] == wanted
    page.keyboard.press("Enter")
    expect(page.get_by_label("Who")).to_be_focused()  # one was not an address: back at the first error
    expect(page.get_by_role("alert")).to_contain_text("is not an e-mail address")

    page.goto(f"/o/{world.slug}/invitations")
    page.keyboard.press("/")
    expect(page.locator("input[name=q]")).to_be_focused()
    tabbed(page, f"Actions for {address}")
    page.keyboard.press("Enter")
    tabbed(page, "Open")
    page.keyboard.press("Escape")
    assert page.evaluate(FOCUS)["name"] == f"Actions for {address}"
    page.keyboard.press("Enter")
    tabbed(page, "Revoke")
    page.keyboard.press("Enter")
    page.wait_for_url("**/revoke")
    tabbed(page, "Revoke the invitation")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("was revoked")


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_an_invitee_joins_by_keyboard_alone(site, world, visitor, width):
    key = world.invited(f"ann@{world.slug}.example.org", world.full_offer(message="Come and see"))
    with site.app.app_context():
        token = links.invitation_token(key, 1, Kind.MAILED)
    page = visitor(width=width)
    page.goto(f"/join/{token}")
    organization = world.organization().name
    join = f"Join {organization}"
    assert tabbed(page, "Decline") == ["Your name", "Choose a password", "Show", join, "I have an account", "Decline"]
    page.get_by_label("Your name").focus()
    page.keyboard.press("Enter")
    field = page.get_by_label("Your name")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("A name has"))
    page.keyboard.type("Ann Lee")
    tabbed(page, "Choose a password")
    page.keyboard.type("a quite different phrase")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text(f"✓ Welcome to {organization}.")


def test_what_belongs_to_no_field_has_the_focus_itself(world, visitor):
    page = visitor()
    sign_in(page, world.email("owner"), "not the password")
    notice = page.get_by_role("alert")
    expect(notice).to_be_focused()
    tabbed(page, "E-mail address")


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_no_target_is_smaller_than_24_pixels(world, visitor, width):
    world.invite(*(f"ann{number}@{world.slug}.example.org" for number in range(3)), offer=world.full_offer())
    page = visitor(width=width)
    page.goto("/sign-in")
    small = {"/sign-in": page.evaluate(SMALL)}
    sign_in(page, world.email("owner"), PASSWORD)
    for path in ("", "invitations", "invitations/new", "members", "sites", "history", "imports", "settings"):
        page.goto(f"/o/{world.slug}/{path}")
        small[path] = page.evaluate(SMALL)
    for path in ("/account", "/account/tokens", "/invitations"):
        page.goto(path)
        small[path] = page.evaluate(SMALL)
    assert {path: found for path, found in small.items() if found} == {}


def test_less_motion_and_the_systems_colours_are_kept(world, visitor):
    world.invite(f"ann@{world.slug}.example.org")
    page = visitor()
    sign_in(page, world.email("owner"), PASSWORD)
    page.goto(f"/o/{world.slug}/invitations")
    assert page.evaluate(MOVING) > 0
    page.emulate_media(reduced_motion="reduce", forced_colors="active")
    assert page.evaluate(MOVING) == 0
    assert page.evaluate(BARE) == []
    tabbed(page, "Skip to the page")
    page.goto(f"/o/{world.slug}/invitations/new")
    assert page.evaluate(BARE) == []
