"""Stopping reminders out of a mail."""

import pytest

from portal import links
from portal.delivery import stops

pytestmark = pytest.mark.sqlite


@pytest.fixture
def path(world):
    world.invited("ann@example.com")
    return f"/unsubscribe/{links.mail_token(world.mails()[0].id)}"


def stopped(world):
    """What is stopped now, in a new transaction."""
    world.session.rollback()
    return [(stop.email, stop.kind) for stop in stops.of(world.session, world.id)]


def test_the_link_asks_and_the_button_stops(world, stranger, path, everything):
    before = everything()
    page = stranger().open(path)
    assert "Northwind then sends no more reminders to ann@example.com" in page.text
    assert everything() == before
    assert "sends no more reminders" in page.press("Stop reminders").text
    assert stopped(world) == [("ann@example.com", "reminders")]


def test_a_mail_program_stops_them_with_one_click(world, app, path):
    reply = app.test_client(use_cookies=False).post(path, data={"List-Unsubscribe": "One-Click"})
    assert reply.status_code == 200
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert stopped(world) == [("ann@example.com", "reminders")]


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_attack_8_looking_stops_nothing(world, app, path, method, everything):
    before = everything()
    for _ in range(50):
        getattr(app.test_client(), method)(path)
    assert everything() == before


def test_attack_10_what_is_no_link_is_404(stranger, path):
    assert stranger().open("/unsubscribe/x").status == 404
    assert stranger().send(f"{path}x", {}).status == 404
