"""The whole way in a real browser: an owner invites twenty, a newcomer joins, and so does a person with an account."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.world import PASSWORD, World, person

from .conftest import NARROW, WIDE, is_too_wide, open_mail, sign_in

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
WIDTHS = pytest.mark.parametrize("width", [WIDE, NARROW])
MESSAGE = "Welcome aboard.\nThe first week is on us."


def twenty(world: World) -> list[str]:
    return [f"person{number:02}@{world.slug}.example.org" for number in range(20)]


def offer_all(page: Page, world: World) -> None:
    """Fills in what is offered: member, two sites, two teams, a project, words and a time."""
    page.get_by_role("radio", name=re.compile("^Member")).check()
    page.get_by_role("radio", name="Only these").check()
    page.get_by_role("checkbox", name="Shop").check()
    page.get_by_role("checkbox", name="Blog").check()
    page.get_by_label("Platform").select_option(label="developer")
    page.get_by_label("Support").select_option(label="team manager")
    page.get_by_label("Apollo").select_option(label="project member")
    page.get_by_label("Message").fill(MESSAGE)
    page.get_by_label("Expires").select_option(label="In 14 days")


def invite(page: Page, world: World, addresses: list[str], scripts: bool) -> None:
    sign_in(page, world.email("owner"), PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text(world.organization().name)
    page.get_by_role("link", name="Invite people").click()
    page.get_by_label("Who").fill("\n".join(addresses[:10]) + "\n" + ", ".join(addresses[10:]))
    if scripts:
        expect(page.locator(".chip")).to_have_count(20)  # they move what stands below them
    offer_all(page, world)
    page.get_by_role("button", name=re.compile(r"Send (20 )?invitations")).click()


@SCRIPTS
def test_an_owner_invites_twenty_and_looks_after_them(world, visitor, scripts):
    page, people = visitor(scripts), twenty(world)
    invite(page, world, people, scripts)
    expect(page.get_by_role("status")).to_have_text("✓ 20 invitations are on their way.")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(20)
    expect(rows.filter(has_text="Pending")).to_have_count(20)
    expect(rows.first).to_contain_text("2 sites · 2 teams · Apollo")

    page.get_by_role("link", name=people[3]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(people[3])
    link = page.get_by_label("Link to copy")
    assert "/join/" in link.input_value()
    copy = page.get_by_role("button", name="Copy link")
    if scripts:
        copy.click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == link.input_value()
    else:
        expect(copy).to_be_hidden()

    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("status")).to_have_text(f"✓ The invitation was sent to {people[3]} again.")
    page.get_by_role("link", name="Revoke").click()
    page.get_by_role("button", name="Revoke the invitation").click()
    expect(page.get_by_role("status")).to_have_text(f"✓ The invitation of {people[3]} was revoked.")
    expect(rows.filter(has_text=people[3])).to_contain_text("Revoked")


def expect_what_is_offered(page: Page, world: World, address: str) -> None:
    """Exactly what was promised, and until when."""
    expect(page.get_by_role("heading", level=1)).to_have_text(world.organization().name)
    card = page.get_by_role("main")
    for said in ("Owner invites you to join as member.", "2 sites of 2", "blog.example.com and shop.example.com"):
        expect(card).to_contain_text(said)
    for said in ("Platform as developer and Support as team manager", "Apollo as project member", "Welcome aboard."):
        expect(card).to_contain_text(said)
    expect(card).not_to_contain_text("Gemini")
    expect(card).to_contain_text(f"For {address}, until ")
    assert not is_too_wide(page)


def expect_inside(page: Page, world: World) -> None:
    """In the organization, with the sites, teams and project that were promised."""
    expect(page.get_by_role("status")).to_have_text(f"✓ Welcome to {world.organization().name}.")
    main = page.get_by_role("main")
    for reached in ("Your role here: member", "Shop", "Blog", "developer", "team manager", "Apollo", "project member"):
        expect(main).to_contain_text(reached)
    expect(main).not_to_contain_text("Gemini")
    assert not is_too_wide(page)


@SCRIPTS
@WIDTHS
def test_a_newcomer_joins_by_the_mailed_link(world, visitor, scripts, width):
    address = twenty(world)[0]
    world.invite(address, offer=promised(world))
    page = visitor(scripts, width)
    open_mail(page, address)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Owner invites you to {world.organization().name}")
    page.get_by_role("link", name="/join/").click()
    expect_what_is_offered(page, world, address)
    assert page.url.endswith("/join")
    page.get_by_label("Your name").fill("Ann Lee")
    page.get_by_label("Choose a password").fill("a quite different phrase")
    page.get_by_role("button", name="Join").click()
    expect_inside(page, world)


@SCRIPTS
@WIDTHS
def test_a_person_with_an_account_signs_in_and_accepts(world, visitor, scripts, width):
    address = twenty(world)[0]
    person(world.session, address, world.now)
    world.invite(address, offer=promised(world))
    page = visitor(scripts, width)
    open_mail(page, address)
    page.get_by_role("link", name="/join/").click()
    expect_what_is_offered(page, world, address)
    page.get_by_role("link", name="Sign in to join").click()
    page.get_by_label("E-mail address").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect_what_is_offered(page, world, address)
    page.get_by_role("button", name="Join").click()
    expect_inside(page, world)


def promised(world: World) -> object:
    """What ``offer_all`` offers."""
    teams = tuple(zip(world.teams, ("developer", "team_manager"), strict=True))
    projects = ((world.projects[0], "project_member"),)
    return world.offer(restricted=True, sites=tuple(world.sites), teams=teams, projects=projects, message=MESSAGE)
