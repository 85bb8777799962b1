"""parts of addresses

Revision ID: 0050
Revises: 0040
"""

from alembic import op

revision = '0050'
down_revision = '0040'
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':  # the worker fills it
        op.execute(
            "CREATE VIRTUAL TABLE invitation_parts USING fts5("
            "email, organization, invitation_id UNINDEXED, tokenize='trigram', detail=column, columnsize=0)"
        )
        return
    op.execute("""
CREATE FUNCTION usher_trigrams(organization uuid, address text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT array_agg(DISTINCT right(organization::text, 4) || substr(address, i, 3))
FROM generate_series(1, length(address) - 2) AS i $$""")
    with op.get_context().autocommit_block():
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_invitations_parts ON invitations "
            "USING gin (usher_trigrams(organization_id, email)) "
            "WITH (fastupdate = on, gin_pending_list_limit = 512)"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.execute("DROP TABLE invitation_parts")
        return
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY ix_invitations_parts")
    op.execute("DROP FUNCTION usher_trigrams")
