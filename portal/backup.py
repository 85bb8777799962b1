"""Copies of an SQLite database while the portal runs, and back again, by SQLite's own online backup."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from .errors import NotABackup, NotSqlite


def write(engine: Engine, file: Path) -> int:
    """Writes a copy as of one moment into ``file``, whole or not at all, readable by this user only.

    Returns its size in bytes. Raises NotSqlite.
    """
    partial = file.with_name(f".{file.name}.part")
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        with closing(sqlite3.connect(_database(engine))) as source, closing(sqlite3.connect(partial)) as target:
            source.backup(target)  # in one step: a reader, which in WAL mode nobody waits for
            target.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        with partial.open("rb") as copied:
            os.fsync(copied.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return file.stat().st_size


def restore(engine: Engine, file: Path) -> str:
    """Puts a copy in the place of the database, in one transaction. Returns the migration that it stands at.

    What the database held is gone. Raises NotSqlite, or NotABackup for a file that is no sound copy of a portal.
    """
    database = _database(engine)
    with closing(_opened(file)) as source:
        version = _checked(source, file)
        with closing(sqlite3.connect(database, timeout=30)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=WAL")
    return version


def _database(engine: Engine) -> str:
    if engine.dialect.name != "sqlite" or not engine.url.database:
        raise NotSqlite()
    return engine.url.database


def _opened(file: Path) -> sqlite3.Connection:
    if not file.is_file():
        raise NotABackup(file=str(file))
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)


def _checked(source: sqlite3.Connection, file: Path) -> str:
    try:
        sound = source.execute("PRAGMA quick_check").fetchone() == ("ok",)
        version = source.execute("SELECT version_num FROM alembic_version").fetchone()
        source.execute("SELECT 1 FROM invitations LIMIT 1")
    except sqlite3.DatabaseError:
        raise NotABackup(file=str(file)) from None
    if not sound or version is None:
        raise NotABackup(file=str(file))
    return str(version[0])
