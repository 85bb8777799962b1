"""What an organization sets for itself, and what follows: who may invite, to where, former slugs, its end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal import invitations, organizations, settings
from portal.errors import (
    BadDomain,
    DomainNotAllowed,
    MayNotInvite,
    NameDiffers,
    NotAllowed,
    NotAMember,
    NotAnAddress,
    NotFound,
    OrganizationClosed,
    ParagraphTooLong,
    SlugTaken,
    UnknownRole,
)
from portal.invitations import Change, Offer
from portal.models import FormerSlug, Invitation, Organization
from tests.world import build


def change(world, by="owner", **said):
    return settings.change(world.session, world[by], world.id, said, world.now)


def test_what_changed_is_recorded_before_and_after_and_what_stayed_is_not(world):
    change(world, reply_to=" People@Example.com ", default_role="member", allowed_domains=["@Example.com", "b.org"])
    assert world.organization().domains == ["example.com", "b.org"]
    event = world.events(world.id, "organization.changed")[-1]
    assert event.details == {
        "before": {"reply_to": None, "allowed_domains": ""},
        "after": {"reply_to": "people@example.com", "allowed_domains": "example.com b.org"},
    }
    change(world, reply_to="people@example.com")
    assert len(world.events(world.id, "organization.changed")) == 1


@pytest.mark.parametrize(
    ("said", "error", "field"),
    [
        ({"default_role": "boss"}, UnknownRole, "default_role"),
        ({"invite_from": "member"}, UnknownRole, "invite_from"),
        ({"allowed_domains": ["exa mple"]}, BadDomain, "allowed_domains"),
        ({"reply_to": "a@b\r\nBcc: c@d.com"}, NotAnAddress, "reply_to"),
        ({"mail_paragraph": "x" * 2001}, ParagraphTooLong, "mail_paragraph"),
    ],
)
def test_what_is_wrong_is_refused_at_its_field(world, said, error, field):
    with pytest.raises(error) as raised:
        change(world, **said)
    assert raised.value.field == field


def test_only_owners_and_admins_change_them(world):
    for role in ("manager", "billing_manager", "member"):
        with pytest.raises(NotAllowed):
            change(world, by=role, mail_paragraph="Mine")
    assert change(world, by="admin", mail_paragraph="Ours").mail_paragraph == "Ours"


def test_attack_13_who_may_not_invite_any_more_does_nothing_with_invitations(world):
    made = world.invited("ann@example.com")
    change(world, invite_from="admin")
    acts = [
        lambda: world.invite("bob@example.com", by="manager"),
        lambda: invitations.resend(world.session, world["manager"], made, world.now),
        lambda: invitations.new_link(world.session, world["manager"], made, world.now),
        lambda: invitations.edit(world.session, world["manager"], made, Change(Offer("member")), world.now),
        lambda: invitations.cancel(world.session, world["manager"], made, world.now),
        lambda: invitations.page(world.session, world["manager"], world.id, world.now),
    ]
    for act in acts:
        with pytest.raises(MayNotInvite):
            act()
    assert world.invite("bob@example.com", by="admin")[0].code == "invited"


def test_attack_13_domains_hold_when_inviting_resending_renewing_and_editing(world):
    made = world.invited("ann@elsewhere.com")
    change(world, allowed_domains=["example.com"])
    codes = [outcome.code for outcome in world.invite("bob@EXAMPLE.com", "eve@sub.example.com", "kim@elsewhere.com")]
    assert codes == ["invited", "domain_not_allowed", "domain_not_allowed"]
    good = world.invited("mia@example.com")
    acts = [
        lambda: invitations.resend(world.session, world["owner"], made, world.now),
        lambda: invitations.new_link(world.session, world["owner"], made, world.now),
        lambda: invitations.edit(
            world.session, world["owner"], good, Change(Offer("member"), "mia@elsewhere.com"), world.now
        ),
    ]
    for act in acts:
        with pytest.raises(DomainNotAllowed):
            act()
    assert invitations.resend(world.session, world["owner"], good, world.now).status == "pending"


def test_a_former_slug_leads_on_and_nobody_else_gets_it(world):
    southwind = build(world.session, world.now, "Southwind")
    organizations.update(world.session, world["owner"], world.id, world.now, slug="north")
    found, role = organizations.of_member(world.session, world["owner"], "northwind")
    assert (found.id, found.slug, role) == (world.id, "north", "owner")
    with pytest.raises(NotAMember):
        organizations.of_member(world.session, southwind["owner"], "northwind")
    with pytest.raises(SlugTaken):
        organizations.update(world.session, southwind["owner"], southwind.id, world.now, slug="northwind")
    with pytest.raises(SlugTaken):
        organizations.create(world.session, southwind["owner"], "Another", world.now, slug="northwind")
    assert organizations.create(world.session, southwind["owner"], "Northwind", world.now).slug == "northwind-2"
    assert not organizations.is_free(world.session, "northwind")
    organizations.update(world.session, world["owner"], world.id, world.now, slug="northwind")
    assert [former.slug for former in world.session.query(FormerSlug)] == ["north"]


def test_deleting_asks_for_the_name_and_is_undone_for_thirty_days(world):
    with pytest.raises(NameDiffers):
        organizations.delete(world.session, world["owner"], world.id, "Northwin", world.now)
    assert world.organization().deactivated_at is None
    organizations.delete(world.session, world["owner"], world.id, "Northwind", world.now)
    with pytest.raises(OrganizationClosed):
        organizations.get(world.session, world["owner"], world.id)
    assert organizations.forget_deleted(world.session, world.now + timedelta(days=30, seconds=-1)) == 0
    for role, error in (("admin", NotAllowed), ("member", NotAllowed)):
        with pytest.raises(error):
            organizations.reopen(world.session, world[role], world.id, world.now)
    assert [found.id for found in organizations.closed_of(world.session, world["owner"].user_id)] == [world.id]
    organizations.reopen(world.session, world["owner"], world.id, world.now)
    assert organizations.forget_deleted(world.session, world.now + timedelta(days=31)) == 0
    assert organizations.get(world.session, world["owner"], world.id).deleted_at is None


def test_after_thirty_days_nothing_of_it_is_left_and_nothing_of_others_is_gone(world):
    other = build(world.session, world.now, "Southwind")
    other.invited("ann@example.com")
    world.invited("ann@example.com", world.full_offer())
    organizations.delete(world.session, world["owner"], world.id, "Northwind", world.now)
    assert organizations.forget_deleted(world.session, world.now + timedelta(days=30)) == 1
    world.session.expire_all()
    assert world.session.get(Organization, world.id) is None
    assert [row.organization_id for row in world.session.query(Invitation)] == [other.id]
    other.check_counts()


def test_an_open_organization_is_not_reopened_and_anothers_token_does_not(world):
    with pytest.raises(NotFound):
        organizations.reopen(world.session, world["owner"], world.id, world.now)
    organizations.close(world.session, world["owner"], world.id, world.now)
    with pytest.raises(NotFound):
        organizations.reopen(world.session, replace(world["owner"], only_in=world.sites and world["owner"].user_id),
                             world.id, world.now)  # fmt: skip
