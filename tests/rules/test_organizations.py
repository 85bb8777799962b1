"""Organizations: making one, its slug, who changes and closes it, and finding it."""

import pytest

from portal import organizations
from portal.database import new_id
from portal.errors import BadName, BadSlug, NotAllowed, NotAMember, OrganizationClosed, SlugTaken
from portal.models import Organization
from portal.permissions import Actor
from tests.world import person


@pytest.fixture
def ann(session, now):
    return Actor(person(session, "ann@example.com", now).id)


def test_who_makes_an_organization_owns_it(session, now, ann):
    made = organizations.create(session, ann, " Acme\n Works ", now, seat_limit=5)
    assert (made.name, made.slug) == ("Acme Works", "acme-works")
    assert (made.member_count, made.owner_count, made.pending_count, made.free_seats) == (1, 1, 0, 4)
    assert organizations.of_member(session, ann, "acme-works")[1] == "owner"


def test_slugs_made_from_one_name_are_numbered(session, now, ann):
    slugs = [organizations.create(session, ann, "Acme", now).slug for _ in range(3)]
    assert slugs == ["acme", "acme-2", "acme-3"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Südwind & Co.", "sudwind-co"), ("北", "organization"), ("x" * 99, "x" * 40), ("A", "organization-a")],
)
def test_a_slug_is_made_of_plain_letters(name, slug):
    assert organizations.slugified(name) == slug


@pytest.mark.parametrize("slug", ["", "a", "-ab", "ab-", "Acme", "a b", "x" * 49, "a_b", "é" * 3])
def test_a_bad_slug_is_refused(session, now, ann, slug):
    with pytest.raises(BadSlug):
        organizations.create(session, ann, "Acme", now, slug=slug)


def test_a_slug_is_taken_once(session, now, ann):
    organizations.create(session, ann, "Acme", now, slug="acme")
    with pytest.raises(SlugTaken):
        organizations.create(session, ann, "Other", now, slug="acme")


@pytest.mark.parametrize("name", ["", " \r\n", "x" * 101])
def test_a_name_has_something_to_read(session, now, world, ann, name):
    with pytest.raises(BadName):
        organizations.create(session, ann, name, now)
    with pytest.raises(BadName):
        organizations.update(session, world["owner"], world.id, now, name=name)


def test_it_is_found_by_slug_and_by_id(world):
    for named in (world.slug, str(world.id)):
        assert organizations.find(world.session, named).id == world.id
    for named in ("nothing", str(new_id()), ""):
        assert organizations.find(world.session, named) is None


@pytest.mark.parametrize("slug", ["southwind", "nothing", "", "Ä", "x" * 99, "\x00"])
def test_attack_15_another_organization_opens_as_one_that_never_was(world, another, slug):
    with pytest.raises(NotAMember) as caught:
        organizations.of_member(world.session, world["owner"], slug)
    assert caught.value.facts == {}


MAY_CHANGE = {"owner", "admin"}
MAY_CLOSE = {"owner"}
ROLES = ("owner", "admin", "manager", "billing_manager", "member")


@pytest.mark.parametrize("role", ROLES)
def test_who_changes_and_closes_it(world, role):
    rules = (
        (MAY_CHANGE, lambda: organizations.update(world.session, world[role], world.id, world.now, name="Other")),
        (MAY_CLOSE, lambda: organizations.close(world.session, world[role], world.id, world.now)),
    )
    for allowed, rule in rules:
        if role in allowed:
            rule()
        else:
            with pytest.raises(NotAllowed):
                rule()
    assert world.organization().name == ("Other" if role in MAY_CHANGE else "Northwind")
    assert (world.organization().deactivated_at is not None) is (role in MAY_CLOSE)


def test_an_empty_slug_is_refused_and_none_leaves_it(world):
    with pytest.raises(BadSlug):
        organizations.update(world.session, world["owner"], world.id, world.now, slug="")
    assert organizations.update(world.session, world["owner"], world.id, world.now, name="Other").slug == "northwind"


def test_attack_18_a_closed_organization_tells_its_members_so(world, another):
    organizations.close(world.session, world["owner"], world.id, world.now)
    with pytest.raises(OrganizationClosed):
        organizations.of_member(world.session, world["owner"], world.slug)
    with pytest.raises(NotAMember):
        organizations.of_member(world.session, another["owner"], world.slug)
    assert world.session.get_one(Organization, another.id).deactivated_at is None
