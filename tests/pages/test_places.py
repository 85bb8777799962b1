"""Sites, teams and projects: adding, renaming, deleting."""

import pytest

pytestmark = pytest.mark.sqlite
KINDS = ["sites", "teams", "projects"]


def names(page):
    return [
        node.text for cell in page.tree.all("td") for node in cell.all("a") if node.attrs.get("class") == "main-link"
    ]


@pytest.mark.parametrize("kinds", KINDS)
def test_a_place_is_added_renamed_and_deleted(world, at, kinds):
    page = at("admin").open(f"/o/northwind/{kinds}")
    domain = {"domain": "new.example.com"} if kinds == "sites" else {}
    page = page.press("Add", name="Newest", **domain)
    assert page.said == "✓ Newest was added."
    rename = next(a for a in page.tree.all("a") if a.attrs.get("aria-label") == "Rename Newest")
    page = page.browser.open(rename.attrs["href"]).press("Save changes", name="Renamed")
    assert "Renamed" in names(page)
    delete = next(a for a in page.tree.all("a") if a.attrs.get("aria-label") == "Delete Renamed")
    page = page.browser.open(delete.attrs["href"])
    assert "Nobody reaches it any more." in page.text
    page = page.press("Delete Renamed")
    assert (page.said, "Renamed" in names(page)) == ("✓ Renamed was deleted.", False)


@pytest.mark.parametrize(
    ("kinds", "typed", "field"),
    [
        ("sites", {"name": "", "domain": "a.example.com"}, "name"),
        ("sites", {"name": "A", "domain": "not a domain"}, "domain"),
        ("sites", {"name": "A", "domain": ""}, "domain"),
        ("teams", {"name": "x" * 101}, "name"),
        ("projects", {"name": " \t "}, "name"),
    ],
)
def test_bad_input_is_told_at_its_field_and_kept(at, kinds, typed, field):
    page = at("owner").open(f"/o/northwind/{kinds}").press("Add", **typed)
    assert (page.status, list(page.errors)) == (422, [field])
    assert page.fields("Add")["name"] == [typed["name"]]


def test_a_name_is_there_once(at):
    page = at("owner").open("/o/northwind/teams").press("Add", name="Platform")
    assert (page.status, page.errors) == (422, {"name": "“Platform” exists already. Choose another name."})


@pytest.mark.parametrize("role", ["manager", "billing_manager", "member"])
def test_who_may_not_manage_places_sees_them_without_buttons(at, role):
    page = at(role).open("/o/northwind/sites")
    assert names(page) == ["Blog", "Shop"]
    assert page.buttons == ["Sign out", "Close"]  # the list of keys is closed


NO_KEYS = ["0", "-1", "99999999999999999999", "x", "²", "%00", "1e3", "01a20514-97c7-759e-b585"]


@pytest.mark.parametrize("kinds", KINDS)
def test_a_key_that_is_none_is_not_found(at, kinds):
    owner = at("owner")
    for key in NO_KEYS:
        assert owner.open(f"/o/northwind/{kinds}/{key}/rename").status == 404, key
        assert owner.open(f"/o/northwind/{kinds}/{key}/delete").status == 404, key


def test_a_deleted_place_is_left_out_of_an_offer_and_named(world, at, link, stranger):
    ann = world.invited("ann@example.com", world.full_offer())
    at("owner").open(f"/o/northwind/sites/{world.sites[0]}/delete").press("Delete Shop")
    page = stranger().open(link(ann))
    assert "1 site of 1" in page.text
    assert "No longer there, and left out: Shop." in page.text
