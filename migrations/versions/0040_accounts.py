"""accounts: a time zone, and when a session's person last showed who they are

Revision ID: 0040
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from portal.database import Instant

revision = "0040"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("users") as users:
        users.add_column(sa.Column("time_zone", sa.Text(), nullable=True))
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("confirmed_at", Instant(), nullable=True))
    op.execute("UPDATE sessions SET confirmed_at = created_at")
    with op.batch_alter_table("sessions") as sessions:
        sessions.alter_column("confirmed_at", existing_type=Instant(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("sessions") as sessions:
        sessions.drop_column("confirmed_at")
    with op.batch_alter_table("users") as users:
        users.drop_column("time_zone")
