"""One's API tokens: made and shown once, told when wrong, revoked."""

import pytest

pytestmark = pytest.mark.sqlite
MAKE = "Make a token"


def test_a_token_is_shown_once_and_revoked(world, at):
    page = at("owner").open("/account/tokens").press(MAKE, name="Nightly", organization=world.id, expires="30")
    assert page.status == 200
    secret = next(page.tree.all("input", id="secret")).attrs["value"]
    assert "Nightly" in page.text
    assert str(world.id) in page.html
    again = page.browser.open("/account/tokens")
    assert secret not in again.html
    page = again.press("Revoke")
    assert (page.said, "None yet." in page.text) == ("✓ The token was revoked.", True)


@pytest.mark.parametrize(("typed", "field"), [({"name": ""}, "name"), ({"name": "A", "scopes": "all:write"}, "scopes")])
def test_a_bad_token_is_told_at_its_field_and_not_made(at, everything, typed, field):
    page = at("owner").open("/account/tokens")
    before = everything()
    page = page.press(MAKE, **typed)
    assert (page.status, list(page.errors), everything() == before) == (422, [field], True)


def test_somebody_elses_token_cannot_be_revoked(at, everything):
    page = at("member").open("/account/tokens").press(MAKE, name="Mine")
    path, owner = page.form("Revoke").attrs["action"], at("owner")
    assert owner.token
    before = everything()
    assert owner.send(path).status == 404
    assert everything() == before
