"""What will become of each address is told before anything is sent, and the mail is shown as it will look."""

import pytest

pytestmark = pytest.mark.sqlite
NEW = "/o/northwind/invitations/new"
CHECK = "Check before sending"
PEOPLE = """Tomás Vidal <tomas@example.com>, member@northwind.example.com
"invited@example.com";TOMAS@example.com lena@
"""


def chips(page):
    return [" ".join(node.text.split()) for node in page.tree.all("li") if "chip" in node.attrs.get("class", "")]


def test_each_address_says_what_will_come_of_it_and_nothing_is_written(world, at, everything):
    world.invited("invited@example.com")
    page = at("owner").open(NEW)
    before = everything("sessions")
    page = page.press(CHECK, people=PEOPLE, message="Welcome!", role="manager", language="de")
    assert page.status == 200
    assert everything("sessions") == before
    assert chips(page) == [
        "✓ tomas@example.com", "! member@northwind.example.com already a member",
        "! invited@example.com already invited", "! tomas@example.com twice", "✕ lena@ not an address",
    ]  # fmt: skip
    assert "1 will be invited. 4 will not." in page.text
    assert "Send 1 invitation" in page.buttons
    assert page.fields("Send 1 invitation")["people"] == [PEOPLE.strip()]


def test_seats_are_counted_as_inviting_would(world, at):
    world.limit(seat_limit=7)  # five members, so two are free
    page = at("owner").open(NEW).press(CHECK, people="a@example.com b@example.com c@example.com")
    assert chips(page) == ["✓ a@example.com", "✓ b@example.com", "✕ c@example.com no seat left"]


def test_the_mail_is_shown_in_the_language_that_was_chosen(world, at):
    page = at("owner").open(NEW).press(CHECK, people="a@example.com", message="Come & see <b>", language="ar")
    sample = next(node for node in page.tree.all("div") if node.attrs.get("class") == "sample")
    assert (sample.attrs["lang"], sample.attrs["dir"]) == ("ar", "rtl")
    assert "Come & see <b>" in sample.text


@pytest.mark.parametrize("who", ["billing_manager", "member"])
def test_who_may_not_invite_learns_nothing_of_who_is_here(world, at, who):
    page = at(who).send(f"/o/{world.slug}/invitations/check", {"people": "member@northwind.example.com"})
    assert page.status == 403
    assert chips(page) == []


def test_what_is_sent_speaks_the_chosen_language(world, at, mails):
    at("owner").open(NEW).press("Send invitations", people="a@example.com", language="ar")
    assert 'dir="rtl"' in mails("a@example.com")[-1].get_body(("html",)).get_content()
