"""The migrations make what the models say: tables, columns, keys, CHECKs and partial indexes, on both databases."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from portal.database import Base
from portal.extensions import db
from portal.launch.prepared import newest

CATALOGUE = {
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name, is_identity
        FROM information_schema.columns WHERE table_schema = 'public'""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}


def in_postgresql(connection):
    """Everything that PostgreSQL knows of the tables, in its own words."""
    rows = [(kind, *row) for kind, query in CATALOGUE.items() for row in connection.execute(text(query))]
    return {row for row in rows if "alembic_version" not in row}


def in_sqlite(connection):
    """Everything that SQLite knows of the tables: columns and keys as it reads them, CHECKs and indexes as written."""
    named = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    found = set()
    for kind, name, table, sql in connection.exec_driver_sql(named).all():
        if "alembic_version" in (name, table):
            continue
        if kind == "index":
            found.add((kind, name, table, words(sql)))
            continue
        for pragma in ("table_info", "foreign_key_list"):
            rows = connection.exec_driver_sql(f"PRAGMA {pragma}({name})").all()
            found |= {(pragma, name, *row[1 if pragma == "table_info" else 2 :]) for row in rows}
        found |= {("rule", name, rule) for rule in rules(sql)}
    return found


def words(sql):
    return " ".join(sql.replace('"', "").split())


def rules(sql):
    """The named constraints in a CREATE TABLE, each on one line."""
    body = words(sql).partition("(")[2].rpartition(")")[0]
    parts, depth, current = [], 0, ""
    for sign in body:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and not depth:
            parts.append(current.strip())
            current = ""
        else:
            current += sign
    return [part for part in [*parts, current.strip()] if part.startswith("CONSTRAINT")]


def made_by_models(address, read):
    """What a database of that address looks like when the models make its tables."""
    engine = create_engine(address, poolclass=NullPool)
    with engine.connect() as connection:
        Base.metadata.create_all(connection)
        found = read(connection)
        connection.rollback()
    return found


def test_sqlite_is_as_the_models_say(sqlite_portal):
    with sqlite_portal.app_context(), db.engine.connect() as connection:
        migrated = in_sqlite(connection)
    assert migrated == made_by_models("sqlite://", in_sqlite)
    assert any(row[0] == "rule" and "CHECK" in row[2] for row in migrated)
    assert any(row[0] == "index" and "WHERE status = 'pending'" in row[3] for row in migrated)


def test_postgresql_is_as_the_models_say(postgresql_portal, new_database):
    with postgresql_portal.app_context(), db.engine.connect() as connection:
        migrated = in_postgresql(connection)
    assert migrated == made_by_models(new_database("models"), in_postgresql)
    assert any(row[0] == "constraints" and "CHECK" in row[3] for row in migrated)
    assert any(row[0] == "indexes" and "WHERE (status = 'pending'::text)" in row[3] for row in migrated)


def test_the_newest_migration_is_the_last_file(sqlite_portal):
    """``make run`` tells by the number in a file's name whether the database is up to date."""
    with sqlite_portal.app_context(), db.engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == newest()


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_every_constraint_has_a_name(table):
    unnamed = [rule for rule in Base.metadata.tables[table].constraints if rule.name is None]
    assert not unnamed
