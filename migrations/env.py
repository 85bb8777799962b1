"""Runs the migrations: batch mode on SQLite, with foreign keys off outside the transaction and checked after it.

Rebuilding a parent table with foreign keys on would delete every child row through CASCADE.
"""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, Engine, text

from portal.database import Address, Instant

LOCK_WAIT = "5s"  # a migration that cannot get its lock gives way to the portal

database = current_app.extensions["migrate"].db
target_metadata = database.metadata


def run_offline() -> None:
    """Prints the statements instead of running them."""
    context.configure(url=str(database.engine.url), target_metadata=target_metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Runs the migrations on the configured database."""
    engine: Engine = database.engine
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        connection = connection.execution_options(writes=True)
        if sqlite:
            _pragma(connection, "foreign_keys=OFF")
        else:
            connection.execute(text(f"SET lock_timeout = '{LOCK_WAIT}'"))
            connection.commit()
        _migrate(connection, sqlite)
        if sqlite:
            _check(connection)


def _migrate(connection: Connection, sqlite: bool) -> None:
    options = {**current_app.extensions["migrate"].configure_args, "render_as_batch": sqlite, "render_item": _render}
    context.configure(connection=connection, target_metadata=target_metadata, **options)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()


def _render(kind: str, item: Any, _: Any) -> str | bool:
    """Writes our own column types by their short names, which the template imports."""
    return f"{type(item).__name__}()" if kind == "type" and isinstance(item, (Address, Instant)) else False


def _check(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    connection.commit()
    _pragma(connection, "foreign_keys=ON")
    if broken:
        raise RuntimeError(f"The migration left rows that point nowhere: {broken[:5]}")


def _pragma(connection: Connection, said: str) -> None:
    driver: Any = connection.connection.dbapi_connection
    driver.execute(f"PRAGMA {said}")


if context.is_offline_mode():
    run_offline()
else:
    run_online()
