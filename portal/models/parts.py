"""What finds an invitation by a part of its address, from three letters on: trigrams, each database in its own way.

PostgreSQL keeps them in an index over a function, with every row. On SQLite they are a table of FTS5 that the worker
fills, so that nobody who invites waits for it; what it does not hold yet is looked through as it is. Both are narrowed
by the end of the organization's id, so that one organization does not look through another's.
"""

from sqlalchemy import DDL, event

from .invitations import Invitation

SHORTEST_PART = 3  # letters

FTS5 = (
    "CREATE VIRTUAL TABLE invitation_parts USING fts5("
    "email, organization, invitation_id UNINDEXED, tokenize='trigram', detail=column, columnsize=0)"
)
TRIGRAMS = """
CREATE FUNCTION usher_trigrams(organization uuid, address text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT array_agg(DISTINCT right(organization::text, 4) || substr(address, i, 3))
FROM generate_series(1, length(address) - 2) AS i $$"""
GIN = (
    "CREATE INDEX ix_invitations_parts ON invitations USING gin (usher_trigrams(organization_id, email)) "
    "WITH (fastupdate = on, gin_pending_list_limit = 512)"
)

_table = Invitation.__table__
for dialect, moment, statement in (
    ("sqlite", "after_create", FTS5),
    ("postgresql", "before_create", TRIGRAMS),
    ("postgresql", "after_create", GIN),
):
    event.listen(_table, moment, DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]
