"""approval: who accepts may have to wait until somebody approves

Revision ID: 0080
Revises: 0070
"""

import sqlalchemy as sa
from alembic import op

from portal.database import Instant

revision = "0080"
down_revision = "0070"
branch_labels = None
depends_on = None

COUNTS = "member_count >= 0 AND pending_count >= 0 AND waiting_count >= 0 AND owner_count >= 1"
SEATS = "seat_limit IS NULL OR member_count + pending_count + waiting_count <= seat_limit"
STATUSES = "status IN ('pending', 'waiting', 'accepted', 'rejected', 'canceled', 'expired')"
ACCEPTED = (
    "(accepted_by IS NOT NULL OR status NOT IN ('waiting', 'accepted'))"
    " AND (accepted_by IS NULL OR status IN ('waiting', 'accepted', 'canceled'))"
)
OPEN = "status = 'pending' OR status = 'waiting'"
WAITING = "status = 'waiting'"


def upgrade() -> None:
    with op.batch_alter_table("organizations") as table:
        table.add_column(sa.Column("approval", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("waiting_count", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("approvers_told_at", Instant(), nullable=True))
        for name, rule in (("counts", COUNTS), ("seats", SEATS)):
            table.drop_constraint(op.f(f"ck_organizations_{name}"), type_="check")
            table.create_check_constraint(op.f(f"ck_organizations_{name}"), rule)
    with op.batch_alter_table("organizations") as table:
        table.alter_column("approval", server_default=None)
        table.alter_column("waiting_count", server_default=None)
    if op.get_bind().dialect.name == "sqlite":
        _upgrade_sqlite()
    else:
        _upgrade_postgresql()


def _upgrade_sqlite() -> None:
    with op.batch_alter_table("invitations") as table:
        for name, rule in (("status", STATUSES), ("accepted", ACCEPTED)):
            table.drop_constraint(op.f(f"ck_invitations_{name}"), type_="check")
            table.create_check_constraint(op.f(f"ck_invitations_{name}"), rule)
    _make_indexes()
    for name in ("uq_invitations_pending", "ix_invitations_own"):
        op.drop_index(name, "invitations")
    op.drop_index("ix_invitations_grantor", "invitations")
    _index("ix_invitations_grantor", ["organization_id", "grantor_id"], OPEN)


def _upgrade_postgresql() -> None:
    """Nothing here holds a lock for as long as the table takes to read, and the uniqueness is never without its index."""
    for name, rule in (("status", STATUSES), ("accepted", ACCEPTED)):
        op.execute(f"ALTER TABLE invitations DROP CONSTRAINT ck_invitations_{name}")
        op.execute(f"ALTER TABLE invitations ADD CONSTRAINT ck_invitations_{name} CHECK ({rule}) NOT VALID")
    with op.get_context().autocommit_block():
        for name in ("status", "accepted"):
            op.execute(f"ALTER TABLE invitations VALIDATE CONSTRAINT ck_invitations_{name}")
        _make_indexes()
        for name in ("uq_invitations_pending", "ix_invitations_own", "ix_invitations_grantor"):
            op.execute(f"DROP INDEX CONCURRENTLY {name}")
        _index("ix_invitations_grantor", ["organization_id", "grantor_id"], OPEN)


def _make_indexes() -> None:
    _index("uq_invitations_open", ["organization_id", "email"], OPEN, unique=True)
    _index("ix_invitations_addressed", ["email", "created_at", "id"], OPEN)
    _index("ix_invitations_waiting", ["accepted_by"], WAITING)


def _index(name: str, columns: list[str], where: str, unique: bool = False) -> None:
    told = sa.text(where)
    op.create_index(
        name, "invitations", columns, unique=unique, postgresql_where=told, sqlite_where=told,
        postgresql_concurrently=True,
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
