"""mailed sign-in: when an account last used a mailed link to sign in, so that each works once

Revision ID: 0056
Revises: 0050
"""

import sqlalchemy as sa
from alembic import op

from portal.database import Instant

revision = "0056"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("users") as users:
        users.add_column(sa.Column("link_used_at", Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("users") as users:
        users.drop_column("link_used_at")
