"""The members: another role, other sites, removal, leaving, and what goes with it."""

import pytest

SAVE = "Save access"


def path_of(world, who):
    return f"/o/northwind/members/{world[who].user_id}"


def role_of(world, who):
    world.session.rollback()
    membership = world.membership(world[who].user_id)
    return membership and membership.role


def test_everybody_sees_who_is_in(world, at):
    page = at("member").open("/o/northwind/members")
    assert [a.text for a in page.tree.all("a", **{"class": "main-link"})] == [
        "Owner", "Admin", "Manager", "Billing Manager", "Member",
    ]  # fmt: skip
    assert "Invite people" not in page.links


@pytest.mark.sqlite
def test_many_members_are_paged(world, at):
    for number in range(48):
        world.enlist(f"m{number:02}", "member")
    first = at("owner").open("/o/northwind/members")
    rest = first.follow("Further")
    counts = [len(list(page.tree.all("a", **{"class": "main-link"}))) for page in (first, rest)]
    assert (counts, "Further" in rest.links) == ([50, 3], False)


@pytest.mark.sqlite
@pytest.mark.parametrize("after", ["x", "00000000-0000-7000-8000-000000000000"])
def test_a_place_in_the_list_that_is_none_is_not_found(at, after):
    assert at("owner").open(f"/o/northwind/members?after={after}").status == 404


def test_a_member_gets_another_role(world, at):
    page = at("owner").open(path_of(world, "member")).press(SAVE, role="manager", restricted="all")
    assert page.said == "✓ The access of Member was changed."
    assert role_of(world, "member") == "manager"


@pytest.mark.sqlite
def test_a_member_is_held_to_some_sites_and_reaches_no_other(world, at):
    page = at("admin").open(path_of(world, "member"))
    page = page.press(SAVE, role="member", restricted="some", sites=world.sites[:1])
    assert "Shop" in page.text.split("What they reach")[1]
    assert "Blog" not in at("member").open("/o/northwind/").text


@pytest.mark.sqlite
def test_a_demotion_to_member_has_to_say_the_sites(world, at):
    page = at("owner").open(path_of(world, "manager"))
    page = page.browser.post(page.path, {"csrf_token": page.fields(SAVE)["csrf_token"], "role": "member"})
    assert (page.status, list(page.errors)) == (422, ["sites"])
    assert role_of(world, "manager") == "manager"


@pytest.mark.sqlite
def test_a_promotion_drops_the_restriction_and_says_so_first(world, at):
    world.enlist("held", "member", (world.sites[0],))
    page = at("owner").open(path_of(world, "held"))
    assert "Any role above member drops the restriction to sites." in page.text
    page.press(SAVE, role="manager", restricted="all", sites=[])
    assert not world.membership(world["held"].user_id).restricted


def test_a_demotion_says_first_how_many_invitations_it_cancels_then_does(world, at):
    world.invite("ann@example.com", "bob@example.com", offer=world.offer("admin"), by="admin")
    world.invite("cy@example.com", offer=world.offer("manager"), by="admin")
    page = at("owner").open(path_of(world, "admin"))
    told = {n.attrs["value"]: label.text for label in page.tree.all("label") for n in label.all("input", name="role")}
    assert "Cancels 2 pending invitations." in told["manager"]
    assert "Cancels 3 pending invitations." in told["billing_manager"]
    assert "Cancels" not in told["owner"]
    page = page.press(SAVE, role="manager")
    assert page.said.endswith("Pending invitations canceled with it: 2.")
    world.check_counts()


@pytest.mark.sqlite
def test_a_removal_says_first_what_goes_with_it_then_does(world, at):
    world.invite("ann@example.com", "bob@example.com", by="manager")
    gone = at("manager")
    page = at("admin").open(path_of(world, "manager")).follow("Remove")
    assert "Pending invitations that go with it: 2." in page.text
    page = page.press("Remove Manager")
    assert page.said == "✓ Manager is no longer a member. ! Pending invitations canceled with it: 2."
    assert role_of(world, "manager") is None
    assert gone.open("/o/northwind/").status == 404
    world.check_counts()


@pytest.mark.sqlite
def test_a_member_leaves(world, at):
    page = at("member").open(path_of(world, "member")).follow("Leave")
    assert page.heading == "Leave Northwind?"
    page = page.press("Leave Northwind")
    assert (page.path, page.said) == ("/invitations", "✓ You have left Northwind.")
    world.check_counts()


@pytest.mark.sqlite
@pytest.mark.parametrize("way", ["leave", "step down"])
def test_the_last_owner_stays(world, at, way):
    page = at("owner").open(path_of(world, "owner"))
    page = page.follow("Leave").press("Leave Northwind") if way == "leave" else page.press(SAVE, role="admin")
    assert "An organization keeps at least one owner." in page.text
    assert role_of(world, "owner") == "owner"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("role", "managed"),
    [
        ("owner", {"owner", "admin", "manager", "billing_manager", "member"}),
        ("admin", {"admin", "manager", "billing_manager", "member"}),
        ("manager", {"billing_manager", "member"}),
        ("billing_manager", set()),
        ("member", set()),
    ],
)
def test_only_who_may_manage_somebody_sees_the_form_and_the_way_out(world, at, role, managed):
    for who in list(world.actors):
        page = at(role).open(path_of(world, who))
        assert (SAVE in page.buttons) == (who in managed), who
        assert ("Remove" in page.links or "Leave" in page.links) == (who in managed or who == role), who
