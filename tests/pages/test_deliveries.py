"""What an owner sees of an invitation's mail, and the next step that each page offers."""

import pytest

from portal import returns

pytestmark = pytest.mark.sqlite


@pytest.fixture
def bounced(world):
    """An invitation whose mail came back."""
    key = world.invited("ann@example.com")
    message = world.mails()[0]
    message.status = "sent"
    world.session.commit()
    returns.told(world.session, message.id, "bounced", "550 5.1.1 No such mailbox", world.now)
    return key


def test_the_invitation_says_what_happened_and_what_to_do(at, bounced):
    page = at("owner").open(f"/o/northwind/invitations/{bounced}")
    for said in ("Bounced", "550 5.1.1 No such mailbox", "Correct the address", "The mail came back"):
        assert said in page.text


def test_the_overview_says_how_many_did_not_arrive_with_a_way_on_for_each(world, at, bounced):
    page = at("owner").open("/o/northwind/")
    assert "1 invitation did not arrive" in page.text
    assert page.follow("Correct the address").path.endswith("/edit")
    assert page.follow("Copy the link").path.endswith(str(bounced))
    assert "was sent to ann@example.com again" in page.press("Try again").said
    assert "did not arrive" not in at("owner").open("/o/northwind/").text


def test_who_may_not_invite_is_not_told(at, bounced):
    assert "did not arrive" not in at("member").open("/o/northwind/").text


def test_the_list_marks_and_filters_what_did_not_arrive(world, at, bounced):
    world.invited("bob@example.com")
    page = at("owner").open("/o/northwind/invitations")
    assert "Bounced" in page.text
    page = page.follow("Did not arrive")
    assert "ann@example.com" in page.text
    assert "bob@example.com" not in page.text


def test_a_reminder_is_sent_by_hand(world, at):
    key = world.invited("ann@example.com")
    world.invitation(key).delivery = "sent"
    world.session.commit()
    page = at("owner").open(f"/o/northwind/invitations/{key}").press("Remind")
    assert "A reminder is on its way" in page.said
    world.session.rollback()
    assert [mail.recipient for mail in world.mails("reminder")] == ["ann@example.com"]


def test_why_a_mail_was_not_sent_is_said_in_words(world, at):
    key = world.invited("ann@example.com")
    message = world.mails()[0]
    message.status, message.reply = "dropped", "not_pending"
    world.session.commit()
    page = at("owner").open(f"/o/northwind/invitations/{key}")
    assert "It was answered or revoked before." in page.text
    assert "not_pending" not in page.text
