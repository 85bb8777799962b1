"""connections: accounts at providers that people sign in with

Revision ID: 0066
Revises: 0061
"""

import sqlalchemy as sa
from alembic import op

from portal.database import Instant

revision = "0066"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "connections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_connections_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_connections_issuer_subject")),
    )
    op.create_index(op.f("ix_connections_user_id"), "connections", ["user_id"])


def downgrade() -> None:
    op.drop_table("connections")
