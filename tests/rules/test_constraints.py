"""What the database itself refuses, whatever the code above it does."""

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.database import new_id
from portal.models import (
    Invitation,
    InvitationProject,
    InvitationSite,
    InvitationTeam,
    Membership,
    MembershipSite,
    Message,
    Organization,
    ProjectMember,
    TeamMember,
    User,
)


def refuses(session, name, statement):
    """The database refuses the statement, by the constraint of that name (or kind, as SQLite speaks of it)."""
    with pytest.raises(IntegrityError) as caught:
        session.execute(statement)
    session.rollback()
    names = name if isinstance(name, tuple) else (name,)
    assert any(each in str(caught.value.orig) for each in names), caught.value.orig


FOREIGN = ("fk_", "FOREIGN KEY")


def invitation_row(world, **given):
    person = world["owner"].user_id
    row = {"id": new_id(), "organization_id": world.id, "email": "ann@example.com", "role": "member"}
    row |= {"expires_at": world.now, "inviter_id": person, "grantor_id": person}
    return insert(Invitation).values(row | {"created_at": world.now, "updated_at": world.now} | given)


def test_one_pending_invitation_for_an_organization_and_address(world, another):
    world.invited("ann@example.com")
    refuses(world.session, ("uq_invitations_open", "invitations.email"), invitation_row(world))
    waiting = {"status": "waiting", "ended_at": world.now, "accepted_by": world["owner"].user_id}
    refuses(world.session, ("uq_invitations_open", "invitations.email"), invitation_row(world, **waiting))
    world.session.execute(invitation_row(another))
    world.session.execute(invitation_row(world, status="canceled", ended_at=world.now))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"status": "maybe", "ended_at": clock.now()}, "ck_invitations_status"),
        ({"role": "root"}, "ck_invitations_role"),
        ({"role": "admin", "restricted": True}, "ck_invitations_restriction"),
        ({"generation": 0}, "ck_invitations_counters"),
        ({"version": 0}, "ck_invitations_counters"),
        ({"status": "canceled"}, "ck_invitations_ended"),
    ],
)
def test_an_invitation_is_in_a_state_that_makes_sense(world, given, name):
    refuses(world.session, name, invitation_row(world, **given))


def test_an_accepted_invitation_says_who_accepted_it(world):
    accepted = {"status": "accepted", "ended_at": world.now}
    refuses(world.session, "ck_invitations_accepted", invitation_row(world, **accepted))
    refuses(world.session, "ck_invitations_accepted", invitation_row(world, **accepted | {"status": "waiting"}))
    refuses(world.session, "ck_invitations_accepted", invitation_row(world, accepted_by=world["owner"].user_id))


def test_attack_05_an_invitation_grants_only_places_of_its_own_organization(world, another):
    key = {"organization_id": world.id, "invitation_id": world.invited("ann@example.com")}
    site = insert(InvitationSite).values(key | {"site_id": another.sites[0]})
    team = insert(InvitationTeam).values(key | {"team_id": another.teams[0], "role": "developer"})
    project = insert(InvitationProject).values(key | {"project_id": another.projects[0], "role": "project_admin"})
    for statement in (site, team, project):
        refuses(world.session, FOREIGN, statement)


def test_attack_05_a_grant_does_not_carry_an_invitation_into_another_organization(world, another):
    key = {"organization_id": another.id, "invitation_id": world.invited("ann@example.com")}
    refuses(world.session, FOREIGN, insert(InvitationSite).values(key | {"site_id": another.sites[0]}))


def test_attack_05_a_member_is_given_only_places_of_the_organization(world, another):
    who = {"user_id": world["member"].user_id}
    moment = {"id": new_id(), "created_at": world.now}
    for key in ({"organization_id": world.id}, {"organization_id": another.id}):
        site = insert(MembershipSite).values(key | who | {"site_id": another.sites[0]})
        team = insert(TeamMember).values(key | who | moment | {"team_id": another.teams[0], "role": "developer"})
        refuses(world.session, FOREIGN, site)
        refuses(world.session, FOREIGN, team)
    project = {"project_id": another.projects[0], "role": "project_admin", "organization_id": world.id}
    refuses(world.session, FOREIGN, insert(ProjectMember).values(project | who | moment))


def test_one_membership_for_a_person_and_organization(world):
    row = {"id": new_id(), "organization_id": world.id, "user_id": world["member"].user_id, "role": "admin"}
    again = insert(Membership).values(row | {"created_at": world.now, "updated_at": world.now})
    refuses(world.session, ("uq_memberships_organization_id", "memberships.user_id"), again)


def test_only_members_are_restricted_to_sites(world):
    admin = update(Membership).where(Membership.user_id == world["admin"].user_id)
    refuses(world.session, "ck_memberships_restriction", admin.values(restricted=True))
    refuses(world.session, "ck_memberships_role", admin.values(role="root"))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"pending_count": -1}, "ck_organizations_counts"),
        ({"member_count": -1}, "ck_organizations_counts"),
        ({"waiting_count": -1}, "ck_organizations_counts"),
        ({"seat_limit": 5, "waiting_count": 1}, "ck_organizations_seats"),
        ({"owner_count": 0}, "ck_organizations_counts"),
        ({"seat_limit": 4}, "ck_organizations_seats"),
        ({"seat_limit": 5, "pending_count": 1}, "ck_organizations_seats"),
        ({"pending_limit": 1, "pending_count": 2}, "ck_organizations_pending"),
        ({"invitation_lifetime": 3599}, "ck_organizations_lifetime"),
        ({"invitation_lifetime": 31_536_001}, "ck_organizations_lifetime"),
    ],
)
def test_counts_and_limits_of_an_organization_hold(world, given, name):
    refuses(world.session, name, update(Organization).where(Organization.id == world.id).values(given))


def test_an_address_has_one_account(world):
    row = {"id": new_id(), "email": world.email("member"), "name": "Copy"}
    again = insert(User).values(row | {"created_at": world.now, "updated_at": world.now})
    refuses(world.session, ("uq_users_email", "users.email"), again)


def test_a_mail_is_in_a_known_state(world):
    world.invited("ann@example.com")
    refuses(world.session, "ck_outbox_status", update(Message).values(status="lost"))


def test_leaving_takes_the_places_along(world):
    session, who = world.session, {"organization_id": world.id, "user_id": world["member"].user_id}
    session.execute(insert(MembershipSite).values(who | {"site_id": world.sites[0]}))
    team = who | {"id": new_id(), "team_id": world.teams[0], "role": "developer", "created_at": world.now}
    session.execute(insert(TeamMember).values(team))
    session.execute(delete(Membership).where(Membership.user_id == who["user_id"]))
    assert session.scalars(select(MembershipSite)).all() == session.scalars(select(TeamMember)).all() == []
