"""Addresses that nothing is mailed to: seen by who invites, lifted by owners and administrators."""

import pytest

from portal import returns
from portal.delivery import stops

pytestmark = pytest.mark.sqlite
ANN = "ann@example.com"


@pytest.fixture
def complained(world):
    """Ann's invitation, whose mail she complained about."""
    key = world.invited(ANN)
    world.mails()[0].status = "sent"
    world.session.commit()
    returns.told(world.session, world.mails()[0].id, "complained", "The recipient complained: abuse", world.now)
    return key


def test_an_owner_sees_who_complained_and_mails_there_again(world, at, complained):
    page = at("owner").open(f"/o/northwind/invitations/{complained}").follow("Stopped mail")
    assert ANN in page.text
    assert "Nothing is mailed there: the recipient complained." in page.text
    page = page.press("Mail there again")
    assert f"Mail to {ANN} goes out again." in page.text
    assert "Mail is stopped to nobody." in page.text
    assert stops.of(world.session, world.id) == []
    assert world.invitation(complained).delivery == "sent"


def test_a_manager_sees_it_and_has_no_button(at, complained):
    page = at("manager").open("/o/northwind/mail-stops")
    assert ANN in page.text
    assert "Mail there again" not in page.text


def test_what_is_not_stopped_is_not_found(at, world):
    browser = at("owner")
    assert browser.send("/o/northwind/mail-stops/lift", {"email": ANN}).status == 404
    assert browser.send("/o/northwind/mail-stops/lift", {}).status == 404


def test_the_settings_lead_there(at):
    page = at("owner").open("/o/northwind/settings").follow("Addresses that no mail goes to")
    assert "Mail is stopped to nobody." in page.text
