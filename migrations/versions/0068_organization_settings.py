"""organization settings: who may invite and to where, the mail's own words, former slugs, deletion

Revision ID: 0068
Revises: 0067
"""

import sqlalchemy as sa
from alembic import op

from portal.database import Address, Instant

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

ROLES = "('owner', 'admin', 'manager', 'billing_manager', 'member')"
WORDS = {"default_role": "member", "invite_from": "manager", "allowed_domains": "", "mail_paragraph": ""}


def upgrade() -> None:
    with op.batch_alter_table("organizations") as table:
        for column, word in WORDS.items():
            table.add_column(sa.Column(column, sa.Text(), nullable=False, server_default=word))
        table.add_column(sa.Column("reply_to", Address(), nullable=True))
        table.add_column(sa.Column("deleted_at", Instant(), nullable=True))
        table.create_check_constraint(op.f("ck_organizations_default_role"), f"default_role IN {ROLES}")
        table.create_check_constraint(
            op.f("ck_organizations_invite_from"), "invite_from IN ('owner', 'admin', 'manager')"
        )
    with op.batch_alter_table("organizations") as table:
        for column in WORDS:
            table.alter_column(column, server_default=None)
    op.create_table(
        "former_slugs",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_former_slugs_organization_id_organizations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_former_slugs")),
    )  # fmt: skip
    op.create_index(op.f("ix_former_slugs_organization_id"), "former_slugs", ["organization_id"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
