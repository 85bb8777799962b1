"""second steps: an authenticator app and recovery codes, which an organization may demand

Revision ID: 0067
Revises: 0066
"""

import sqlalchemy as sa
from alembic import op

from portal.database import Instant

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_steps",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_second_steps_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_steps")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["second_steps.user_id"],
            name=op.f("fk_recovery_codes_user_id_second_steps"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name=op.f("pk_recovery_codes")),
    )
    with op.batch_alter_table("organizations") as table:
        table.add_column(sa.Column("second_step", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("organizations") as table:
        table.alter_column("second_step", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("organizations") as table:
        table.drop_column("second_step")
    op.drop_table("recovery_codes")
    op.drop_table("second_steps")
