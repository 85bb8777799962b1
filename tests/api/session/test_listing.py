"""Lists of invitations: an organization's by pages, and one's own."""

from urllib.parse import urlsplit

import pytest

from portal.invitations import Offer
from tests.api.scripts import NEVER

LIST, OWN = "/organization/list-invitations", "/organization/list-user-invitations"


@pytest.fixture
def three(world):
    """Three invitations, oldest first."""
    from datetime import timedelta

    return [str(world.invited(f"{n}@example.com", at=world.now + timedelta(seconds=n))) for n in range(3)]


def ids(rows):
    return [row["id"] for row in rows]


def test_pages_follow_each_other_newest_first_by_link(world, owner, three):
    reply = owner.raw("GET", f"{LIST}?organizationId={world.id}&limit=2")
    assert ids(reply.json) == three[:0:-1]
    address, relation = reply.headers["Link"].split("; ")
    assert relation == 'rel="next"'
    parts = urlsplit(address.strip("<>"))
    assert f"{parts.scheme}://{parts.netloc}" == "http://127.0.0.1:8000"
    rest = owner.script.get(f"{parts.path}?{parts.query}")
    assert ids(rest.json) == three[:1]
    assert "Link" not in rest.headers


@pytest.mark.sqlite
def test_the_active_organization_serves(world, owner, three):
    assert owner.unread(LIST) == "NO_ACTIVE_ORGANIZATION"
    owner.post("/organization/set-active", organizationId=str(world.id))
    assert ids(owner.get(LIST)) == three[::-1]


@pytest.mark.sqlite
def test_what_has_expired_reads_as_pending_in_the_past_and_can_be_asked_for(world, owner, three):
    world.invitation(world.mails()[0].invitation_id).expires_at = world.now.replace(year=world.now.year - 1)
    world.session.commit()
    owner.post("/organization/cancel-invitation", invitationId=three[1])
    said = {row["id"]: row for row in owner.get(LIST, organizationId=world.id)}
    lapsed = said[three[0]]
    assert lapsed["status"] == "pending"
    assert lapsed["expiresAt"] < lapsed["createdAt"]
    assert said[three[1]]["status"] == "canceled"
    listed = {status: ids(owner.get(LIST, organizationId=world.id, status=status)) for status in STATUSES}
    assert listed == {
        "pending": three[2:],
        "canceled": three[1:2],
        "expired": three[:1],
        "accepted": [],
        "rejected": [],
    }
    owner.post("/organization/invite-member", email="0@example.com", role="member", organizationId=str(world.id))
    swept = {row["id"]: row for row in owner.get(LIST, organizationId=world.id)}[three[0]]
    assert (swept["status"], swept["expiresAt"]) == ("pending", lapsed["expiresAt"])


STATUSES = ("pending", "accepted", "rejected", "canceled", "expired")


@pytest.mark.sqlite
def test_who_may_not_see_them_is_told_why(world, another, at):
    for name in ("member", "billing_manager"):
        assert at(name).unread(LIST, organizationId=world.id) == "YOU_ARE_NOT_ALLOWED_TO_LIST_INVITATIONS"
    for key in (another.id, NEVER, "x"):
        assert at("owner").unread(LIST, organizationId=key) == "YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION"
    for name in ("owner", "admin", "manager"):
        assert at(name).get(LIST, organizationId=world.id) == []


@pytest.mark.parametrize("cursor", ["x", "%00", "W10", "bnVsbA", "a" * 400])
def test_a_cursor_that_is_not_ours_is_refused(world, owner, cursor):
    reply = owner.raw("GET", f"{LIST}?organizationId={world.id}&cursor={cursor}")
    assert (reply.status_code, reply.json["code"]) == (400, "VALIDATION_ERROR")
    assert reply.json["message"].startswith("[query.cursor] ")


def test_ones_own_are_those_that_wait(world, another, account, at):
    ann = at(account("ann@example.com"))
    first = world.invited("ann@example.com", Offer("manager"))
    second = another.invited("ann@example.com")
    world.invited("bob@example.com")
    assert {(row["id"], row["organizationName"], row["role"]) for row in ann.get(OWN)} == {
        (str(first), "Northwind", "manager"), (str(second), "Southwind", "member"),
    }  # fmt: skip
    ann.post("/organization/reject-invitation", invitationId=str(first))
    assert ids(ann.get(OWN)) == [str(second)]


@pytest.mark.sqlite
def test_nobody_asks_for_another_address(world, owner):
    reply = owner.raw("GET", f"{OWN}?email=ann@example.com")
    assert (reply.status_code, reply.json["code"]) == (400, "EMAIL_IN_QUERY")
