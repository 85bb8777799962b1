"""Whether the database has to be prepared, found out without importing what prepares it."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

VERSIONS = Path(__file__).resolve().parent.parent.parent / "migrations" / "versions"


def is_prepared(instance: Path, environment: Mapping[str, str]) -> bool:
    """Whether the instance's own SQLite database is at the newest migration and has somebody in it.

    Of any other database it says no: preparing it again changes nothing, and takes a second.
    """
    file = instance / "portal.db"
    if environment.get("PORTAL_SQLALCHEMY_DATABASE_URI") or not file.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            version = database.execute("SELECT version_num FROM alembic_version").fetchone()
            somebody = database.execute("SELECT 1 FROM users LIMIT 1").fetchone()
    except sqlite3.Error:
        return False
    return version == (newest(),) and somebody is not None


def newest() -> str:
    """The newest migration: they are numbered, and a file begins with its number."""
    return max(file.name for file in VERSIONS.glob("*.py")).partition("_")[0]
