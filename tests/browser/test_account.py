"""One's own account by keyboard alone and without JavaScript, and what a script adds."""

import pyotp
import pytest

from tests.world import PASSWORD

from .conftest import sign_in

NEW = "a quite different phrase"


def reach(page, name):
    """Tabs to the control of that name, which has to be seen where it has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "() => { const e = document.activeElement; return (e.innerText || e.labels?.[0]?.innerText || '').trim() }"
        )
        if found == name:
            return page
    raise AssertionError(f"{name} was not reached")


def choose(page, name):
    reach(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page, name, text):
    reach(page, name)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


IN_A_FIELD = "document.activeElement.tagName === 'INPUT'"


@pytest.mark.parametrize("scripts", [False, True])
def test_the_whole_account_by_keyboard(world, visitor, scripts):
    page = visitor(scripts=scripts)
    sign_in(page, world.email("member"), PASSWORD)
    page.goto("/account")
    choose(page, "Change")
    write(page, "Your name", "Mia Member")
    choose(page, "Save")
    assert page.locator("h1").inner_text() == "Mia Member"
    choose(page, "Set it up")
    assert page.locator("h1").inner_text() == "Second step"
    choose(page, "Set it up")
    write(page, "Code", pyotp.TOTP(page.locator("code.break").inner_text()).now())
    choose(page, "Turn it on")
    assert page.locator("h1").inner_text() == "Your recovery codes"
    code = page.locator("li code").first.inner_text()
    choose(page, "I have kept them")
    page.goto("/account")
    write(page, "Current password", PASSWORD)
    write(page, "New password", NEW)
    choose(page, "Set new password")
    again = visitor(scripts=scripts)
    again.goto("/sign-in")
    again.wait_for_function(IN_A_FIELD)
    again.keyboard.type(world.email("member"))  # the field has the focus already
    write(again, "Password", NEW)
    again.keyboard.press("Enter")
    again.wait_for_url("**/second-step")
    again.wait_for_function(IN_A_FIELD)
    again.keyboard.type(code)
    again.keyboard.press("Enter")
    again.wait_for_url(f"**/o/{world.slug}/")
    again.goto("/account")
    choose(again, "Delete my account")
    write(again, "Your e-mail address", world.email("member"))
    choose(again, "Delete my account")
    assert "Your account is deleted." in again.locator("[role=status]").inner_text()


def test_a_password_is_shown_and_hidden_and_pasted(world, visitor):
    page = visitor()
    page.goto("/sign-in")
    page.evaluate("text => navigator.clipboard.writeText(text)", PASSWORD)
    page.fill("#email", world.email("owner"))
    page.focus("#password")
    page.keyboard.press("Control+V")
    button = page.get_by_role("button", name="Show")
    button.click()
    assert (page.get_attribute("#password", "type"), button.get_attribute("aria-pressed")) == ("text", "true")
    assert page.input_value("#password") == PASSWORD
    button.click()
    assert page.get_attribute("#password", "type") == "password"
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"**/o/{world.slug}/")
