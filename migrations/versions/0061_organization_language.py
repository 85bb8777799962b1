"""The language that an organization's pages and invitations speak unless somebody chose another

Revision ID: 0061
Revises: 0060
"""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("organizations", sa.Column("language", sa.Text(), nullable=True))


def downgrade():
    op.drop_column("organizations", "language")
