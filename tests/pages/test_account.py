"""One's own account: sessions and password."""

import pytest

from tests.world import PASSWORD

pytestmark = pytest.mark.sqlite
NEW = "a quite different phrase"


def test_one_session_is_ended(world, at):
    here, elsewhere = at("owner"), at("owner", user_agent="Mozilla/5.0 (X11; Linux) Firefox/130")
    page = here.open("/account")
    assert "Firefox on Linux" in page.text
    ends = [form.attrs["action"] for form in page.tree.all("form") if form.attrs.get("action", "").endswith("/end")]
    page = here.post(ends[1], page.fields("End"))
    assert page.said == "✓ That session has ended."
    assert (elsewhere.open("/").heading, here.open("/").heading) == ("Sign in", "Northwind")


def test_ending_this_session_signs_out(world, at):
    assert at("owner").open("/account").press("End").heading == "Sign in"


def test_all_other_sessions_are_ended(world, at):
    here, *others = (at("owner") for _ in range(3))
    assert here.open("/account").press("End all others").said == "✓ Every other session has ended."
    assert [browser.open("/").heading for browser in (here, *others)] == ["Northwind", "Sign in", "Sign in"]


def test_somebody_elses_session_cannot_be_ended(world, at):
    victim = at("admin")
    path = next(f.attrs["action"] for f in victim.open("/account").tree.all("form") if "End" in f.text)
    attacker = at("owner")
    assert attacker.post(path, attacker.open("/account").fields("End")).status == 404
    assert victim.open("/").heading == "Northwind"


def test_a_wrong_old_password_changes_nothing(world, at, stranger):
    page = at("owner").open("/account").press("Set new password", old="wrong", password=NEW)
    assert (page.status, page.errors) == (422, {"old": "This is not your current password."})
    assert stranger().open("/sign-in").press("Sign in", email=world.email("owner"), password=PASSWORD).status == 200


def test_a_poor_new_password_is_told_at_its_field(world, at):
    page = at("owner").open("/account").press("Set new password", old=PASSWORD, password="short")
    assert (page.status, list(page.errors)) == (422, ["password"])
