"""One invitation: its page, resend, a new link, edit and revoke."""

from datetime import timedelta

import pytest

from portal.links import Kind, open_invitation

from .conftest import link_in

pytestmark = pytest.mark.sqlite
AGAIN, SAVE = "Send again", "Save changes"


@pytest.fixture
def ann(world):
    return world.invited("ann@example.com", world.full_offer(message="Welcome aboard"))


def path_of(invitation_id):
    return f"/o/northwind/invitations/{invitation_id}"


def copied(page):
    return next(page.tree.all("input", id="link")).attrs["value"].removeprefix("http://127.0.0.1:8000/join/")


def test_the_page_shows_what_is_offered_what_happened_and_the_mail(at, ann, mails):
    mails()
    text = at("owner").open(path_of(ann)).text
    for said in ("Platform developer", "Apollo project member", "blog.example.com and shop.example.com"):
        assert said in text
    for said in ("Invited by Owner", "Welcome aboard", "Captured", "Handed over", "Expires in 7 days"):
        assert said in text


def test_the_link_to_copy_is_a_copied_one(world, at, ann):
    opened = open_invitation(copied(at("owner").open(path_of(ann))))
    assert (opened.invitation_id, opened.kind) == (ann, Kind.COPIED)


def test_who_may_not_offer_the_role_sees_no_link_and_no_buttons(world, at):
    page = at("manager").open(path_of(world.invited("eve@example.com", world.offer("admin"))))
    assert page.status == 200
    assert "Link to copy" not in page.text
    assert page.buttons == ["Sign out", "Close"]  # the list of keys is closed


def test_resending_renews_the_expiry_and_mails_the_same_link(world, at, mails):
    old = world.invited("ann@example.com", at=world.now - timedelta(days=8))
    page = at("owner").open(path_of(old))
    assert page.press(AGAIN).said == "✓ The invitation was sent to ann@example.com again."
    world.session.rollback()
    assert world.invitation(old).expires_at > world.now
    first, second = mails("ann@example.com")
    assert link_in(first) == link_in(second)


def test_a_new_link_ends_the_older_ones_and_is_mailed(world, at, ann, mails, stranger):
    mails()
    page = at("owner").open(path_of(ann)).follow("Make a new link")
    assert page.heading == "Make a new link for ann@example.com?"
    assert page.press("Make a new link").said.startswith("✓ A new link is on its way to ann@example.com.")
    older, newer = (link_in(mail) for mail in mails("ann@example.com"))
    assert stranger().open(older).heading == "A newer link was sent"
    assert stranger().open(newer).heading == "Northwind"


def test_revoking_asks_first_then_ends_the_link(world, at, ann, link, stranger):
    page = at("owner").open(path_of(ann)).follow("Revoke")
    assert world.invitation(ann).status == "pending"
    page = page.press("Revoke the invitation")
    assert (page.path, page.said) == ("/o/northwind/invitations", "✓ The invitation of ann@example.com was revoked.")
    assert stranger().open(link(ann)).heading == "This invitation was revoked"
    world.check_counts()


def test_what_was_revoked_cannot_be_revoked_again(at, ann):
    page = at("owner").open(f"{path_of(ann)}/revoke")
    page.press("Revoke the invitation")
    assert page.press("Revoke the invitation").status == 409


def test_editing_shows_what_is_offered_and_changes_it_without_breaking_the_link(world, at, ann, link, stranger):
    before = link(ann)
    page = at("owner").open(path_of(ann)).follow("Edit")
    shown = page.fields(SAVE)
    assert shown["sites"] == [str(site) for site in reversed(world.sites)]
    assert shown["teams"] == [f"{world.teams[0]}:developer", f"{world.teams[1]}:team_manager"]
    page = page.press(SAVE, role="manager", restricted="all", sites=[], message="Changed", name="Ann", expires="30")
    assert page.said == "✓ The invitation of ann@example.com was changed."
    world.session.rollback()
    now = world.invitation(ann)
    assert (now.role, now.restricted, now.message, now.name, now.generation) == ("manager", False, "Changed", "Ann", 1)
    assert "as manager" in stranger().open(before).text


def test_another_address_gets_a_new_link_by_mail_and_the_old_one_dies(at, ann, mails, stranger):
    old = link_in(mails()[0])
    at("owner").open(f"{path_of(ann)}/edit").press(SAVE, email="Eve@Example.com")
    (mail,) = mails("eve@example.com")
    assert stranger().open(link_in(mail)).heading == "Northwind"
    assert stranger().open(old).heading == "A newer link was sent"


def test_of_two_who_edit_at_once_the_second_is_told_and_may_insist(world, at, ann):
    mine, theirs = (at(who).open(f"{path_of(ann)}/edit") for who in ("owner", "admin"))
    theirs.press(SAVE, role="manager", restricted="all", sites=[])
    page = mine.press(SAVE, role="admin", restricted="all", sites=[], message="Mine")
    assert (page.status, "Somebody changed this invitation while you did." in page.said) == (409, True)
    assert page.fields(SAVE)["role"] == ["admin"]
    assert page.fields(SAVE)["message"] == ["Mine"]
    world.session.rollback()
    assert world.invitation(ann).role == "manager"
    assert page.follow("See how it is now").heading == "ann@example.com"
    assert page.press(SAVE).status == 200
    world.session.rollback()
    assert world.invitation(ann).role == "admin"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"email": "nonsense"}, "email"),
        ({"email": "member@northwind.example.com"}, "email"),
        ({"email": "taken@example.com"}, "email"),
        ({"role": "emperor"}, "role"),
        ({"role": "manager"}, "sites"),
        ({"sites": []}, "sites"),
        ({"expires": "0"}, "expires"),
        ({"message": "x" * 2001}, "message"),
    ],
)
def test_a_bad_edit_is_422_at_its_field_and_changes_nothing(world, at, ann, everything, typed, field):
    world.invited("taken@example.com")
    page = at("owner").open(f"{path_of(ann)}/edit")
    before = everything()
    page = page.browser.post(page.path, page.fields(SAVE) | typed)
    assert (page.status, list(page.errors)) == (422, [field])
    assert everything() == before


@pytest.mark.parametrize("action", ["", "/link", "/edit", "/revoke"])
def test_an_invitation_of_ones_other_organization_is_not_found_under_this_one(world, at, another, action):
    elsewhere = another.invited("ann@example.com")
    world.invited("owner@southwind.example.com", world.offer("owner"))
    owner = at(another["owner"].user_id)
    owner.open("/invitations").press("Join Northwind")
    assert owner.open("/o/northwind/invitations").status == 200
    assert owner.open(f"/o/northwind/invitations/{elsewhere}{action}").status == 404
    assert owner.open(f"/o/southwind/invitations/{elsewhere}{action}").status == 200
