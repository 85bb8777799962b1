"""Several invitations of the list at once, by who they are and by who asks."""

import pytest

from portal import limits
from portal.extensions import limiter

pytestmark = pytest.mark.sqlite
LIST = "/o/northwind/invitations"
AGAIN, REVOKE = f"{LIST}/selected/resend", f"{LIST}/selected/revoke"


@pytest.fixture
def made(world):
    """An invitation for each of three roles, by role."""
    return {role: world.invited(f"{role}@example.com", world.offer(role)) for role in ("member", "manager", "owner")}


@pytest.fixture
def limited(make_app):
    app = make_app(RATELIMIT_ENABLED=True)
    yield app
    with app.app_context():
        limiter.reset()


def states(world, made):
    world.session.rollback()
    return {role: world.invitation(key).status for role, key in made.items()}


def test_those_ticked_are_sent_again_each_once(world, at, made):
    page = at("owner").open(LIST)
    assert page.form("Revoke").attrs["id"] == "selected"
    ticked = [str(made["member"]), str(made["member"]), str(made["manager"])]
    page = page.browser.send(AGAIN, {"invitation": ticked})
    assert page.said == "✓ 2 invitations were sent again."
    assert page.path == LIST
    assert len(world.mails()) == 5


def test_revoking_asks_once_more_and_comes_back_to_the_same_place(world, at, made):
    browser = at("owner")
    ticked = {"invitation": [str(made["member"]), str(made["manager"])], "back": f"{LIST}?q=example&role=member"}
    page = browser.send(REVOKE, ticked)
    assert page.heading == "Revoke 2 invitations?"
    assert states(world, made) == dict.fromkeys(made, "pending")
    page = page.press("Revoke 2 invitations")
    assert page.address == f"{LIST}?q=example&role=member"
    assert page.said == "✓ 2 invitations were revoked."
    assert states(world, made) == {"member": "canceled", "manager": "canceled", "owner": "pending"}


def test_attack_4_what_is_above_ones_rank_stays_and_is_said(world, at, made):
    page = at("manager").send(REVOKE, {"invitation": list(map(str, made.values())), "sure": "1"})
    assert "Not done for owner@example.com: You cannot act on a role above your own." in page.said
    assert states(world, made) == {"member": "canceled", "manager": "canceled", "owner": "pending"}


@pytest.mark.parametrize("who", ["billing_manager", "member"])
@pytest.mark.parametrize("path", [AGAIN, REVOKE])
def test_attack_4_who_may_not_invite_does_nothing_here(world, at, made, everything, who, path):
    browser = at(who)
    assert browser.token
    before = everything()
    assert browser.send(path, {"invitation": str(made["member"]), "sure": "1"}).status == 403
    assert everything() == before


@pytest.mark.parametrize("path", [AGAIN, REVOKE])
@pytest.mark.parametrize("sure", ["", "1"])
def test_attack_15_another_organizations_invitation_is_none(world, at, another, everything, path, sure):
    theirs, browser = another.invited("ann@example.com"), at("owner")
    assert browser.token
    before = everything()
    for key in (theirs, "00000000-0000-7000-8000-000000000000", "no-id"):
        data = {"invitation": str(key)} | ({"sure": "1"} if sure else {})
        assert browser.send(path, data).status == 404
    assert everything() == before


def test_the_limit_on_mails_counts_each_of_them(limited, world, made):
    with limited.test_request_context():
        assert [limits.may_resend(made["member"]) for _ in range(11)] == [True] * 10 + [False]
        assert limits.may_resend(made["manager"])


def test_the_list_narrows_by_role_and_sorts_by_address(at, made):
    page = at("owner").open(f"{LIST}?sort=email")
    found = [a.text for a in page.tree.all("a", **{"class": "main-link"})]
    assert found == ["manager@example.com", "member@example.com", "owner@example.com"]
    page = at("owner").open(f"{LIST}?role=manager&sort=oldest")
    assert [a.text for a in page.tree.all("a", **{"class": "main-link"})] == ["manager@example.com"]
