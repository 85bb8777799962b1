"""mail that tells what became of it: deferred and bounced, reminders, stops

Revision ID: 0060
Revises: 0056
"""

import sqlalchemy as sa
from alembic import op

from portal.database import Address, Instant

revision = "0060"
down_revision = "0056"
branch_labels = None
depends_on = None

STATES = "('queued', 'sending', 'deferred', 'sent', 'failed', 'bounced', 'dropped')"
DUE = "status IN ('queued', 'sending', 'deferred')"
LAPSED = "kind = 'lapsed' AND status IN ('queued', 'deferred')"
DELIVERIES = "('queued', 'deferred', 'sent', 'failed', 'bounced', 'complained')"
REMIND = "status = 'pending' AND remind_at IS NOT NULL"
REMINDERS = ("remind_halfway", "remind_last_day")
UNDELIVERED = "status = 'pending' AND delivery IN ('failed', 'bounced', 'complained')"


def upgrade() -> None:
    op.create_table(
        "mail_stops",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("email", Address(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('complaint', 'reminders')", name=op.f("ck_mail_stops_kind")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], ondelete="CASCADE",
            name=op.f("fk_mail_stops_organization_id_organizations"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "email", "kind", name=op.f("pk_mail_stops")),
    )
    if _is_sqlite():
        _upgrade_sqlite()
    else:
        _upgrade_postgresql()


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _upgrade_sqlite() -> None:
    op.drop_index("ix_outbox_due", "outbox")
    with op.batch_alter_table("outbox") as table:
        table.drop_constraint(op.f("ck_outbox_status"), type_="check")
        table.create_check_constraint(op.f("ck_outbox_status"), f"status IN {STATES}")
    with op.batch_alter_table("invitations") as table:
        table.add_column(sa.Column("delivery", sa.Text(), nullable=False, server_default="queued"))
        table.add_column(sa.Column("remind_at", Instant(), nullable=True))
        table.create_check_constraint(op.f("ck_invitations_delivery"), f"delivery IN {DELIVERIES}")
    with op.batch_alter_table("organizations") as table:
        for column in REMINDERS:
            table.add_column(sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.true()))
    for name, columns in (("invitations", ("delivery",)), ("organizations", REMINDERS)):
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.alter_column(column, server_default=None)
    _tell_deliveries()
    _make_indexes()


def _upgrade_postgresql() -> None:
    """Nothing here holds a lock for as long as a table takes to read: rows are checked and indexed afterwards."""
    op.execute("ALTER TABLE outbox DROP CONSTRAINT ck_outbox_status")
    op.execute(f"ALTER TABLE outbox ADD CONSTRAINT ck_outbox_status CHECK (status IN {STATES}) NOT VALID")
    op.add_column("invitations", sa.Column("delivery", sa.Text(), nullable=False, server_default="queued"))
    op.alter_column("invitations", "delivery", server_default=None)
    op.add_column("invitations", sa.Column("remind_at", Instant(), nullable=True))
    op.execute(
        f"ALTER TABLE invitations ADD CONSTRAINT ck_invitations_delivery CHECK (delivery IN {DELIVERIES}) NOT VALID"
    )
    for column in REMINDERS:
        op.add_column("organizations", sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.true()))
        op.alter_column("organizations", column, server_default=None)
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE outbox VALIDATE CONSTRAINT ck_outbox_status")
        op.execute("ALTER TABLE invitations VALIDATE CONSTRAINT ck_invitations_delivery")
        _tell_deliveries()
        op.execute("DROP INDEX CONCURRENTLY ix_outbox_due")
        _make_indexes()


def _make_indexes() -> None:
    _index("ix_outbox_due", "outbox", ["available_at", "id"], DUE)
    _index("ix_outbox_lapsed", "outbox", ["organization_id", "recipient"], LAPSED)
    _index("ix_invitations_remind", "invitations", ["remind_at", "id"], REMIND)
    _index("ix_invitations_undelivered", "invitations", ["organization_id", "created_at", "id"], UNDELIVERED)


def _tell_deliveries() -> None:
    """What became of the mails of invitations that wait, as far as the outbox tells."""
    for status in ("sent", "failed"):
        op.execute(
            f"UPDATE invitations SET delivery = '{status}' WHERE status = 'pending' AND id IN ("
            f"SELECT invitation_id FROM outbox WHERE kind = 'invitation' AND status = '{status}')"
        )


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    told = sa.text(where)
    op.create_index(name, table, columns, postgresql_where=told, sqlite_where=told, postgresql_concurrently=True)


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
