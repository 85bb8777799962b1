"""Flask-Migrate, imported when a migration is run: with Alembic it would take a sixth of every start."""

from functools import cached_property
from typing import Any

import click
from flask import Flask
from flask_sqlalchemy import SQLAlchemy


class Commands(click.Command):
    """``flask db``: becomes Flask-Migrate's own group when it is asked for."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """The context of their group."""
        from flask_migrate.cli import db

        context: click.Context = db.make_context(*args, **extra)
        return context


class Migrations:
    """What Flask-Migrate looks for on an application."""

    def __init__(self, db: SQLAlchemy, directory: str) -> None:
        self.db, self.directory = db, directory
        self.configure_args = {"compare_type": True, "render_as_batch": True}

    @cached_property
    def migrate(self) -> Any:
        """Flask-Migrate itself."""
        from flask_migrate import Migrate

        return Migrate(directory=self.directory)


class LazyMigrate:
    """Stands where Flask-Migrate's extension would."""

    def init_app(self, app: Flask, db: SQLAlchemy, directory: str) -> None:
        """Adds ``flask db`` and what it needs."""
        app.extensions["migrate"] = Migrations(db, directory)
        app.cli.add_command(Commands("db", help="Migrate the database."))
