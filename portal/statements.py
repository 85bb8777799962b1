"""The few hot statements: inviting, accepting, listing, the session check.

Each is a Core expression over the models, compiled once for each database and run on the driver (see
``database.Prepared``). Everything else in the portal uses the ORM.
"""

from functools import cache
from typing import Any, cast

from sqlalchemy import (
    JSON,
    FromClause,
    Integer,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    text,
    true,
    tuple_,
    update,
)

from .database import Address, Base, Instant, Prepared, Tools
from .models import (
    ApiToken,
    Event,
    Import,
    ImportRow,
    Invitation,
    InvitationProject,
    InvitationSite,
    InvitationTeam,
    Membership,
    MembershipSite,
    Message,
    Organization,
    Project,
    ProjectMember,
    Session,
    Site,
    Team,
    TeamMember,
    User,
)
from .models.words import OPEN, PENDING, WAITING

UNREACHED = "unreached"  # beside the states: pending, and no mail arrived
ANSWERED_YES = "answered_yes"  # beside the states: accepted, whether or not it waits for approval


def _table(model: type[Base]) -> Table:
    """The Core table of a model."""
    return cast(Table, model.__table__)


_invitations = _table(Invitation)
_NOW = bindparam("now", type_=Instant())
_ORGANIZATION = bindparam("organization_id", type_=Uuid())
_USER = bindparam("user_id", type_=Uuid())
_INVITATION = bindparam("invitation_id", type_=Uuid())


# The session check ------------------------------------------------------------------------------------------------


@Prepared
def session_by_token(_: Tools) -> Any:
    """The live session behind a cookie, with its person."""
    return (
        select(
            Session.id,
            Session.user_id,
            Session.lasts,
            Session.created_at,
            Session.renewed_at,
            Session.confirmed_at,
            Session.expires_at,
            Session.active_organization_id,
            Session.active_team_id,
            Session.ip_address,
            Session.user_agent,
            User.email,
            User.name,
            User.verified_at,
            User.language,
            User.created_at.label("user_created_at"),
            User.updated_at.label("user_updated_at"),
            User.time_zone,
        )
        .join(User, User.id == Session.user_id)
        .where(Session.token_hash == bindparam("token_hash"), Session.expires_at > _NOW, User.deactivated_at.is_(None))
    )


@Prepared
def token_by_hash(_: Tools) -> Any:
    """The live API token behind a secret, with its person."""
    return (
        select(
            ApiToken.id,
            ApiToken.user_id,
            ApiToken.organization_id,
            ApiToken.scopes,
            ApiToken.last_used_at,
            User.email,
            User.name,
            User.verified_at,
            User.language,
        )
        .join(User, User.id == ApiToken.user_id)
        .where(
            ApiToken.token_hash == bindparam("token_hash"),
            or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > _NOW),
            User.deactivated_at.is_(None),
        )
    )


@Prepared
def insert_user(tools: Tools) -> Any:
    """Opens an account that nobody has proved; the unique constraint passes over an address that has one."""
    return (
        tools.insert(_table(User))
        .values(
            id=bindparam("id", type_=Uuid()),
            email=bindparam("email", type_=Address()),
            name=bindparam("name", type_=Text()),
            created_at=_NOW,
            updated_at=_NOW,
        )
        .on_conflict_do_nothing(index_elements=["email"])
    )


# Standing: the organization, locked, and what somebody is in it ---------------------------------------------------


def _standing(locked: bool) -> Any:
    query = (
        select(
            Organization.id,
            Organization.name,
            Organization.slug,
            Organization.deactivated_at,
            Organization.second_step,
            Organization.invitation_lifetime,
            Organization.seat_limit,
            Organization.pending_limit,
            Organization.member_count,
            Organization.pending_count,
            Organization.waiting_count,
            Organization.owner_count,
            Organization.invite_from,
            Organization.allowed_domains,
            Membership.role,
            User.name.label("actor_name"),
        )
        .select_from(Organization)
        .join(Membership, and_(Membership.organization_id == Organization.id, Membership.user_id == _USER))
        .join(User, and_(User.id == Membership.user_id, User.deactivated_at.is_(None)))
        .where(Organization.id == _ORGANIZATION)
    )
    return query.with_for_update(of=(Organization, Membership), key_share=True) if locked else query


@Prepared
def standing(_: Tools) -> Any:
    """An organization and the role of one of its members."""
    return _standing(locked=False)


@Prepared
def standing_locked(_: Tools) -> Any:
    """The same, holding both rows: every change of counts takes the organization's first, so none deadlocks.

    The membership is held as well because PostgreSQL reads anew, once it has waited, only what it locks: without
    that, somebody who was demoted meanwhile would act in the role that they had. The locks are of the kind that a
    foreign key's check does not wait for.
    """
    return _standing(locked=True)


@Prepared
def move_counts(_: Tools) -> Any:
    """Moves an organization's counts; its CHECKs refuse an overdraft."""
    moved = {
        name: getattr(Organization, name) + bindparam(name, type_=Integer())
        for name in ("member_count", "pending_count", "waiting_count", "owner_count")
    }
    return update(Organization).where(Organization.id == _ORGANIZATION).values(**moved)


# Inviting ---------------------------------------------------------------------------------------------------------


# Each incoming address is looked up by itself, in subqueries that no planner turns into a join: where statistics are
# old or missing, both databases would rather read all that an organization has. For the same reason the organization
# is compared in a way that PostgreSQL looks into no index for; an address or a person has few rows anyway.


def _is_open() -> Any:
    """Pending or waiting for approval, in the words of the index that holds that."""
    return text(f"({OPEN})")


def _here(column: Any) -> Any:
    return column.is_not_distinct_from(_ORGANIZATION)


def _membership_among(rows: FromClause) -> Any:
    person = select(User.id).where(User.email == rows.c.email).correlate(rows).scalar_subquery()
    mine = select(Membership.id).where(Membership.user_id == person, _here(Membership.organization_id))
    return mine.correlate(rows).scalar_subquery()


def _open_among(rows: FromClause, column: Any) -> Any:
    open_one = (Invitation.email == rows.c.email, _is_open(), _here(Invitation.organization_id))
    return select(column).where(*open_one).correlate(rows).scalar_subquery()


@Prepared
def members_among(tools: Tools) -> Any:
    """Which of the incoming addresses belong to members."""
    rows = tools.rows("rows", email=Address())
    return select(rows.c.email).where(_membership_among(rows).is_not(None))


@Prepared
def known_among(tools: Tools) -> Any:
    """For each of the incoming addresses, the membership, and the open invitation with the time that it ends, or
    None where it was accepted and waits for approval.
    """
    rows = tools.rows("rows", email=Address())
    lasts = case((Invitation.status == PENDING, Invitation.expires_at))
    return select(
        rows.c.email,
        _membership_among(rows).label("membership_id"),
        _open_among(rows, Invitation.id).label("invitation_id"),
        _open_among(rows, lasts).label("expires_at"),
    )


@Prepared
def expire_among(tools: Tools) -> Any:
    """Writes down as expired the lapsed invitations of the incoming addresses."""
    rows = tools.rows("rows", email=Address())
    return (
        update(Invitation)
        .where(
            Invitation.organization_id == _ORGANIZATION,
            Invitation.status == PENDING,
            Invitation.expires_at <= _NOW,
            Invitation.email.in_(select(rows.c.email)),
        )
        .values(status="expired", ended_at=Invitation.expires_at, updated_at=_NOW)
        .returning(Invitation.id, Invitation.email)
    )


@Prepared
def insert_invitations(tools: Tools) -> Any:
    """Inserts the incoming invitations; the unique index passes over an address that has an open one."""
    rows = tools.rows(
        "rows",
        id=Uuid(),
        email=Address(),
        name=Text(),
        role=Text(),
        restricted=Integer(),
        message=Text(),
        language=Text(),
        expires_at=Text() if tools.is_sqlite else Instant(),
        remind_at=Text() if tools.is_sqlite else Instant(),
    )
    values = {
        "id": rows.c.id,
        "organization_id": _ORGANIZATION,
        "email": rows.c.email,
        "name": rows.c.name,
        "role": rows.c.role,
        "restricted": rows.c.restricted == 1,
        "message": rows.c.message,
        "language": rows.c.language,
        "status": PENDING,
        "expires_at": rows.c.expires_at,
        "remind_at": rows.c.remind_at,
        "delivery": literal("queued"),
        "generation": literal(1),
        "version": literal(1),
        "inviter_id": _USER,
        "grantor_id": _USER,
        "reason": literal(""),
        "created_at": _NOW,
        "updated_at": _NOW,
    }
    return (
        tools.insert(_invitations)
        .from_select(list(values), select(*values.values()).select_from(rows).where(true()), include_defaults=False)
        .on_conflict_do_nothing(index_elements=["organization_id", "email"], index_where=text(OPEN))
    )


def _insert_grants(tools: Tools, model: Any, place: str, kind: Any, with_role: bool) -> Any:
    columns = {"invitation_id": Uuid(), place: kind} | ({"role": Text()} if with_role else {})
    rows = tools.rows("rows", **columns)
    picked = [_ORGANIZATION, *(rows.c[name] for name in columns)]
    return tools.insert(_table(model)).from_select(
        ["organization_id", *columns], select(*picked).select_from(rows), include_defaults=False
    )


@Prepared
def grant_sites(tools: Tools) -> Any:
    """Inserts what incoming invitations grant: sites."""
    return _insert_grants(tools, InvitationSite, "site_id", Integer(), with_role=False)


@Prepared
def grant_teams(tools: Tools) -> Any:
    """Inserts what incoming invitations grant: teams, each with a role."""
    return _insert_grants(tools, InvitationTeam, "team_id", Uuid(), with_role=True)


@Prepared
def grant_projects(tools: Tools) -> Any:
    """Inserts what incoming invitations grant: projects, each with a role."""
    return _insert_grants(tools, InvitationProject, "project_id", Uuid(), with_role=True)


@Prepared
def queue_messages(tools: Tools) -> Any:
    """Inserts incoming mails into the outbox."""
    rows = tools.rows("rows", id=Uuid(), recipient=Address(), invitation_id=Uuid(), arguments=JSON())
    values = {
        "id": rows.c.id,
        "kind": bindparam("kind", type_=Text()),
        "recipient": rows.c.recipient,
        "arguments": rows.c.arguments,
        "organization_id": _ORGANIZATION,
        "invitation_id": rows.c.invitation_id,
        "status": literal("queued"),
        "attempts": literal(0),
        "available_at": bindparam("available_at", type_=Instant()),
        "reply": literal(""),
        "created_at": _NOW,
        "updated_at": _NOW,
    }
    return tools.insert(_table(Message)).from_select(
        list(values), select(*values.values()).select_from(rows), include_defaults=False
    )


@Prepared
def settle_messages(tools: Tools) -> Any:
    """Writes down what became of incoming mails that are still under the lease they were claimed with."""
    rows = tools.rows(
        "rows",
        id=Uuid(),
        lease=Uuid(),
        status=Text(),
        reply=Text(),
        available_at=Text() if tools.is_sqlite else Instant(),
        attempts=Integer(),
    )
    outbox = _table(Message)
    return (
        update(outbox)
        .where(outbox.c.id == rows.c.id, outbox.c.lease == rows.c.lease, outbox.c.status == "sending")
        .values(
            status=rows.c.status,
            reply=rows.c.reply,
            available_at=rows.c.available_at,
            attempts=rows.c.attempts,
            lease=null(),
            updated_at=_NOW,
        )
        .returning(outbox.c.id)
    )


@Prepared
def show_deliveries(tools: Tools) -> Any:
    """Writes down what the incoming invitations show of their mail."""
    rows = tools.rows("rows", id=Uuid(), delivery=Text())
    return (
        update(_invitations)
        .where(_invitations.c.id == rows.c.id, _invitations.c.delivery != rows.c.delivery)
        .values(delivery=rows.c.delivery)
    )


@Prepared
def record_events(tools: Tools) -> Any:
    """Inserts incoming events into the history."""
    rows = tools.rows("rows", id=Uuid(), kind=Text(), subject_id=Text(), details=JSON())
    values = {
        "id": rows.c.id,
        "organization_id": _ORGANIZATION,
        "actor_id": bindparam("actor_id", type_=Uuid()),
        "kind": rows.c.kind,
        "subject_id": rows.c.subject_id,
        "details": rows.c.details,
        "channel": bindparam("channel", type_=Text()),
        "ip_address": bindparam("ip_address", type_=Text()),
        "created_at": _NOW,
    }
    return tools.insert(_table(Event)).from_select(
        list(values), select(*values.values()).select_from(rows), include_defaults=False
    )


# Accepting --------------------------------------------------------------------------------------------------------


@Prepared
def take_seat(_: Tools) -> Any:
    """Turns the seat of a pending invitation into a member's, or, where somebody has to approve first, into that of
    one who waits; and holds its organization's row.

    No row comes back where nothing is pending at all.
    """
    owner = select(Invitation.organization_id).where(Invitation.id == _INVITATION).scalar_subquery()
    waits = case((Organization.approval, literal_column("1")), else_=literal_column("0"))
    return (
        update(Organization)
        .where(Organization.id == owner, Organization.pending_count > 0)
        .values(
            member_count=Organization.member_count + 1 - waits,
            waiting_count=Organization.waiting_count + waits,
            pending_count=Organization.pending_count - 1,
            updated_at=_NOW,
        )
        .returning(
            Organization.id, Organization.name, Organization.slug, Organization.deactivated_at, Organization.approval
        )
    )


@Prepared
def claim_invitation(_: Tools) -> Any:
    """The guarded UPDATE that makes an invitation accepted or waiting, once, if it is pending and as it was shown."""
    generation, version = bindparam("generation", type_=Integer()), bindparam("version", type_=Integer())
    return (
        update(_invitations)
        .where(
            _invitations.c.id == _INVITATION,
            _invitations.c.status == PENDING,
            _invitations.c.expires_at > _NOW,
            _invitations.c.generation == func.coalesce(generation, _invitations.c.generation),
            _invitations.c.version == func.coalesce(version, _invitations.c.version),
        )
        .values(status=bindparam("status", type_=Text()), accepted_by=_USER, ended_at=_NOW, updated_at=_NOW)
        .returning(
            _invitations.c.id,
            _invitations.c.organization_id,
            _invitations.c.email,
            _invitations.c.role,
            _invitations.c.restricted,
            _invitations.c.grantor_id,
            _invitations.c.inviter_id,
        )
    )


@Prepared
def grantor_role(_: Tools) -> Any:
    """The role that somebody has in an organization now; no row when they have left or were deactivated."""
    return (
        select(Membership.role)
        .join(User, and_(User.id == Membership.user_id, User.deactivated_at.is_(None)))
        .where(Membership.organization_id == _ORGANIZATION, Membership.user_id == _USER)
    )


@Prepared
def insert_membership(tools: Tools) -> Any:
    """Makes somebody a member; the unique constraint passes over one who is."""
    return (
        tools.insert(_table(Membership))
        .values(
            id=bindparam("id", type_=Uuid()),
            organization_id=_ORGANIZATION,
            user_id=_USER,
            role=bindparam("role", type_=Text()),
            restricted=bindparam("restricted"),
            created_at=_NOW,
            updated_at=_NOW,
        )
        .on_conflict_do_nothing(index_elements=["organization_id", "user_id"])
        .returning(_table(Membership).c.id)
    )


def _granted(grant: Any, place: Any, key: str) -> Any:
    return and_(place.organization_id == grant.organization_id, place.id == getattr(grant, key))


@Prepared
def give_sites(tools: Tools) -> Any:
    """Gives a new member the sites of the invitation that still exist."""
    picked = (
        select(InvitationSite.organization_id, _USER, InvitationSite.site_id)
        .join(Site, _granted(InvitationSite, Site, "site_id"))
        .where(InvitationSite.invitation_id == _INVITATION, Site.deleted_at.is_(None))
    )
    return tools.insert(_table(MembershipSite)).from_select(
        ["organization_id", "user_id", "site_id"], picked, include_defaults=False
    )


def _give_roles(tools: Tools, grant: Any, place: Any, members: Any, key: str) -> Any:
    rows = tools.rows("rows", id=Uuid(), place=Uuid())
    picked = (
        select(rows.c.id, grant.organization_id, getattr(grant, key), _USER, grant.role, _NOW)
        .select_from(rows)
        .join(grant, and_(getattr(grant, key) == rows.c.place, grant.invitation_id == _INVITATION))
        .join(place, _granted(grant, place, key))
        .where(place.deleted_at.is_(None))
    )
    return tools.insert(_table(members)).from_select(
        ["id", "organization_id", key, "user_id", "role", "created_at"], picked, include_defaults=False
    )


@Prepared
def give_teams(tools: Tools) -> Any:
    """Puts a new member into the teams of the invitation that still exist."""
    return _give_roles(tools, InvitationTeam, Team, TeamMember, "team_id")


@Prepared
def give_projects(tools: Tools) -> Any:
    """Puts a new member into the projects of the invitation that still exist."""
    return _give_roles(tools, InvitationProject, Project, ProjectMember, "project_id")


# The list ---------------------------------------------------------------------------------------------------------
#
# Paged by key. The first page starts beyond any row there can be, so that one statement serves every page.


_IN_ORGANIZATION = Invitation.organization_id == _ORGANIZATION


def _listed() -> Any:
    """The columns of a row of the list."""
    return (
        select(*_invitations.c, User.name.label("inviter_name"))
        .join(User, User.id == Invitation.inviter_id)
        .where(_IN_ORGANIZATION)
    )


def _keys(by_address: bool) -> list[Any]:
    return [*([Invitation.email] if by_address else []), Invitation.created_at, Invitation.id]


def _paged(query: Any, keys: list[Any], older: bool) -> Any:
    values = [bindparam(f"after_{key.key}", type_=key.type) for key in keys]
    place = tuple_(*keys) < tuple_(*values) if older else tuple_(*keys) > tuple_(*values)
    return _ordered(query.where(place), keys, older)


def _ordered(query: Any, keys: list[Any], older: bool) -> Any:
    order = [key.desc() if older else key.asc() for key in keys]
    return query.order_by(*order).limit(bindparam("most", type_=Integer()))


def _in_state(query: Any, state: str) -> Any:
    """Rows that read as ``state`` now: until it is swept, a lapsed row is stored as pending and reads as expired."""
    if state == "pending":
        return query.where(Invitation.status == PENDING, Invitation.expires_at > _NOW)
    if state == "expired":
        lapsed = and_(Invitation.status == PENDING, Invitation.expires_at <= _NOW)
        return query.where(or_(Invitation.status == "expired", lapsed))
    if state == UNREACHED:
        undelivered = text("invitations.delivery IN ('failed', 'bounced', 'complained')")  # as its index has it
        return query.where(Invitation.status == PENDING, undelivered)
    if state == ANSWERED_YES:
        return query.where(or_(Invitation.status == literal_column("'accepted'"), Invitation.status == WAITING))
    return query.where(Invitation.status == state) if state else query


@cache
def invitations_page(state: str, by_address: bool, older: bool) -> Prepared:
    """A page of an organization's invitations.

    ``state`` is a status or empty; ``by_address`` narrows to a prefix (``low`` ≤ address < ``high``) and orders by
    address; ``older`` reads away from the newest, otherwise towards it.
    """

    def build(_: Tools) -> Any:
        query = _in_state(_listed(), state)
        if by_address:
            low, high = bindparam("low", type_=Address()), bindparam("high", type_=Address())
            query = query.where(Invitation.email >= low, Invitation.email < high)
        return _paged(query, _keys(by_address), older)

    return Prepared(build)


@Prepared
def invitations_among(tools: Tools) -> Any:
    """Those of the organization's invitations whose ids come in, as rows of the list."""
    rows = tools.rows("rows", id=Uuid())
    return _listed().join(rows, rows.c.id == Invitation.id)


def invitations_filtered(state: str, conditions: list[Any], by_address: bool, older: bool) -> Any:
    """A page of an organization's invitations by any other conditions: one statement, bounded by the page.

    It is run through the session, which keeps what it compiled; ``older`` reads down the keys, otherwise up.
    """
    return _paged(_in_state(_listed(), state).where(*conditions), _keys(by_address), older)


WINDOW = 10_000  # rows


def invitations_in_window(state: str, conditions: list[Any], by_address: bool, older: bool) -> Any:
    """Those of the next rows that fit: where many do, a page is full before the window ends."""
    keys = _keys(by_address)
    fits = case((and_(*conditions), 1), else_=0).label("fits")
    here = select(Invitation.id.label("key"), *keys, fits).where(_IN_ORGANIZATION)
    window = _paged(_in_state(here, state), keys, older).limit(WINDOW).subquery("rows")
    fitting = _ordered(select(window.c.key).where(window.c.fits == 1), [window.c[key.key] for key in keys], older)
    found = fitting.subquery("found")
    return _ordered(_listed().join(found, found.c.key == Invitation.id), keys, older)


def invitations_filed(state: str, conditions: list[Any], by_address: bool, older: bool) -> Any:
    """As ``invitations_filtered``, where what is found is sorted before all of it is read."""
    keys = _keys(by_address)
    here = select(Invitation.id).where(_IN_ORGANIZATION, *conditions)
    found = _paged(_in_state(here, state), keys, older).subquery("rows")
    return _ordered(_listed().join(found, found.c.id == Invitation.id), keys, older)


@Prepared
def sites_of(tools: Tools) -> Any:
    """The sites that the incoming invitations grant."""
    return _grants_of(tools, InvitationSite, Site, "site_id", [Site.domain])


@Prepared
def teams_of(tools: Tools) -> Any:
    """The teams that the incoming invitations grant."""
    return _grants_of(tools, InvitationTeam, Team, "team_id", [InvitationTeam.role])


@Prepared
def projects_of(tools: Tools) -> Any:
    """The projects that the incoming invitations grant."""
    return _grants_of(tools, InvitationProject, Project, "project_id", [InvitationProject.role])


def _grants_of(tools: Tools, grant: Any, place: Any, key: str, more: list[Any]) -> Any:
    rows = tools.rows("rows", id=Uuid())
    return (
        select(grant.invitation_id, place.id, place.name, place.deleted_at, *more)
        .select_from(rows)
        .join(grant, grant.invitation_id == rows.c.id)
        .join(place, _granted(grant, place, key))
        .order_by(place.name, place.id)
    )


# Importing --------------------------------------------------------------------------------------------------------


@Prepared
def running_import(_: Tools) -> Any:
    """The import that is next to be worked on."""
    running = select(Import.id).where(Import.status == literal_column("'running'"))
    return running.order_by(Import.created_at, Import.id).limit(literal_column("1"))


@Prepared
def insert_import_rows(tools: Tools) -> Any:
    """Keeps the incoming rows of a list."""
    columns: dict[str, Any] = {
        "number": Integer(), "address": Text(), "name": Text(), "offer": JSON(), "outcome": Text(), "error": Text(),
        "facts": JSON(),
    }  # fmt: skip
    rows = tools.rows("rows", **columns)
    picked = [bindparam("import_id", type_=Uuid()), *(rows.c[name] for name in columns)]
    return tools.insert(_table(ImportRow)).from_select(
        ["import_id", *columns], select(*picked).select_from(rows), include_defaults=False
    )
