"""The database under the models: types, connections, and statements that are compiled once.

SQLite runs in WAL mode with ``synchronous=FULL`` and foreign keys on; a unit of work that writes takes the write
lock at its start (``BEGIN IMMEDIATE``), so that it never fails half-way for want of it. PostgreSQL runs as it is.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    FromClause,
    MetaData,
    PoolProxiedConnection,
    String,
    Text,
    Uuid,
    bindparam,
    cast,
    column,
    event,
    func,
    literal_column,
    type_coerce,
)
from sqlalchemy import select as select_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator, TypeEngine
from uuid_utils.compat import uuid7

from .clock import rfc3339

_turns: WeakKeyDictionary[Any, Lock] = WeakKeyDictionary()
BUSY_TIMEOUT = 10  # seconds to wait for SQLite's write lock
_ITS_STATE = frozenset(
    {
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
    }
)  # fmt: skip
_LOST_IN_UNIT = "8s2b"  # SQLAlchemy's code: the connection was lost, and the unit of work went on
CACHE = 4_000  # KiB of SQLite's pages that a connection keeps, and each thread has a connection or two


def is_unavailable(error: BaseException) -> bool:
    """Whether the database cannot do it now: it is away, locked, full, or has no connection left.

    SQLite reports a statement that is wrong by the same exception, which is a fault of ours; its code tells them apart.
    """
    if isinstance(error, PoolExhausted) or getattr(error, "connection_invalidated", False):
        return True
    if isinstance(error, PendingRollbackError):
        return error.code == _LOST_IN_UNIT
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is None or code & 0xFF in _ITS_STATE


class Instant(TypeDecorator[datetime]):
    """An aware time in UTC, in whole milliseconds: ``timestamptz``, or RFC 3339 text on SQLite, which sorts as time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        native = DateTime(timezone=True) if dialect.name == "postgresql" else String(24)
        return dialect.type_descriptor(native)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return rfc3339(value) if value is not None and dialect.name != "postgresql" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


class Address(TypeDecorator[str]):
    """A normalised e-mail address, compared byte by byte on both databases, so that an index serves a prefix."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text(collation="C") if dialect.name == "postgresql" else Text())


class Base(DeclarativeBase):
    """The models' base: names for every constraint, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Instant, UUID: Uuid(), str: Text(), dict[str, Any]: JSON(), int: BigInteger()}


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562): random, and sorting by time of making."""
    return uuid7()


def engine_options() -> dict[str, Any]:
    """What both databases' engines share."""
    return {
        "json_serializer": lambda value: orjson.dumps(value, default=str).decode(),
        "json_deserializer": orjson.loads,
        "pool_pre_ping": False,
    }


@event.listens_for(Engine, "connect")
def _prepare(driver: Any, _: Any) -> None:
    if isinstance(driver, sqlite3.Connection):
        driver.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            f"cache_size=-{CACHE}",
            f"busy_timeout={BUSY_TIMEOUT * 1000}",
        ):
            driver.execute(f"PRAGMA {pragma}")
    elif hasattr(driver, "prepare_threshold"):
        driver.prepare_threshold = 3


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        writes = connection.get_execution_options().get("writes")
        _run(connection.dialect, connection.connection, "BEGIN IMMEDIATE" if writes else "BEGIN", ())


@contextmanager
def transaction(session: Session) -> Iterator[Session]:
    """One unit of work: all of it is committed at the end, or none of it.

    A unit inside another is part of it, so that rules compose: the outer one commits.
    """
    if "unit" in session.info:
        yield session
        return
    if session.in_transaction():
        session.commit()  # ends a read that came before,
    session.expire_all()  # so that the unit sees what is committed now
    with _turn(session):
        session.info["unit"] = session.connection(execution_options={"writes": True})
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            del session.info["unit"]


@contextmanager
def _turn(session: Session) -> Iterator[None]:
    """SQLite's writers of one process take turns as they came; left to itself, each sleeps and asks again.

    Whoever waited too long goes on, and SQLite says that it is locked.
    """
    engine = session.get_bind()
    if engine.dialect.name != "sqlite":
        yield
        return
    lock = _turns.setdefault(engine, Lock())
    held = lock.acquire(timeout=BUSY_TIMEOUT)
    try:
        yield
    finally:
        if held:
            lock.release()


class Prepared:
    """A statement that is built and compiled once for each database, and run on the driver.

    ``build`` takes the dialect's own ``insert`` and a maker of incoming rows, and returns a Core statement. Binding
    and reading use the types of the statement's own columns, so that callers see the same values as through the ORM.
    """

    def __init__(self, build: Callable[["Tools"], Any]) -> None:
        self.build = build
        self.__doc__ = build.__doc__
        self.compiled: dict[str, _Compiled] = {}

    def all(self, session: Session, **values: Any) -> list[Any]:
        """Every row, as named tuples."""
        statement, rows = self._fetched(session, values, "fetchall")
        return [statement.read(row) for row in rows]

    def first(self, session: Session, **values: Any) -> Any | None:
        """The first row as a named tuple, or None."""
        statement, row = self._fetched(session, values, "fetchone")
        return statement.read(row) if row is not None else None

    def run(self, session: Session, **values: Any) -> int:
        """The number of rows touched, on the session's own connection."""
        connection = _connection(session)
        cursor = self._for(connection.dialect).execute(connection.connection, values)
        count: int = cursor.rowcount
        cursor.close()
        return count

    def _fetched(self, session: Session, values: dict[str, Any], fetch: str) -> tuple["_Compiled", Any]:
        """What came back, on the session's own connection while it is in a transaction.

        Otherwise on one without any: a single SELECT needs none, and beginning and ending one through the session
        takes several times as long as the read.
        """
        if session.in_transaction():
            connection = _connection(session)
            statement = self._for(connection.dialect)
            return statement, statement.fetched(connection.connection, values, fetch)
        engine = session.get_bind()
        assert isinstance(engine, Engine)
        statement = self._for(engine.dialect)
        driver = _asked(engine.dialect, "connect", engine.raw_connection)
        if getattr(driver.dbapi_connection, "closed", False):  # it was cut while it lay in the pool
            driver.invalidate()
            driver = _asked(engine.dialect, "connect", engine.raw_connection)
        try:
            _set_autocommit(engine.dialect, driver, True)
            found = statement.fetched(driver, values, fetch)
            _set_autocommit(engine.dialect, driver, False)
        except BaseException:
            driver.invalidate()  # it may be broken, and the next read takes a new one
            raise
        driver.close()
        return statement, found

    def _for(self, dialect: Dialect) -> "_Compiled":
        statement = self.compiled.get(dialect.name)
        if statement is None:
            statement = self.compiled[dialect.name] = _Compiled(self.build(Tools(dialect)), dialect)
        return statement


def _connection(session: Session) -> Connection:
    """The session's connection; that of the unit of work at hand is known without asking."""
    connection: Connection = session.info.get("unit") or session.connection()
    return connection


def _set_autocommit(dialect: Dialect, driver: PoolProxiedConnection, on: bool) -> None:
    """On PostgreSQL, whose driver otherwise begins a transaction by itself; SQLite's begins one only when told to."""
    if dialect.name != "sqlite":
        _asked(dialect, "autocommit", driver.dbapi_connection.set_autocommit, on)  # type: ignore[union-attr]


def _run(dialect: Dialect, driver: PoolProxiedConnection, sql: str, values: Any) -> Any:
    """The cursor of a statement run on the driver."""
    return _asked(dialect, sql, driver.dbapi_connection.execute, sql, values)  # type: ignore[union-attr]


def _asked(dialect: Dialect, what: str, of_driver: Callable[..., Any], *given: Any) -> Any:
    """What the driver answers. Callers see the same errors as through the ORM, without values."""
    errors = dialect.loaded_dbapi.Error
    try:
        return of_driver(*given)
    except errors as failed:
        raise DBAPIError.instance(what, None, failed, errors, dialect=dialect) from failed


class Tools:
    """What a statement is built with: the dialect's ``insert`` and rows that come in as one parameter."""

    def __init__(self, dialect: Dialect) -> None:
        self.is_sqlite = dialect.name == "sqlite"
        self.insert = sqlite.insert if self.is_sqlite else postgresql.insert

    def rows(self, parameter: str, **columns: TypeEngine[Any]) -> FromClause:
        """A table out of one JSON parameter, so that one statement serves one row and ten thousand.

        The parameter is what ``packed`` makes: an array of objects with these keys.
        """
        bind = bindparam(parameter, type_=Text())
        if self.is_sqlite:
            each = func.json_each(bind).table_valued("value")
            picked = [
                type_coerce(func.json_extract(each.c.value, literal_column(f"'$.{name}'")), kind).label(name)
                for name, kind in columns.items()
            ]
            return select_(*picked).select_from(each).subquery(parameter)
        typed = [column(name, kind) for name, kind in columns.items()]
        return (
            func.json_to_recordset(cast(bind, JSON))
            .table_valued(*typed, name=parameter)
            .render_derived(with_types=True)
        )


def packed(rows: list[dict[str, Any]]) -> str:
    """Rows as the JSON parameter that ``Tools.rows`` reads; UUIDs in the form that both databases compare by."""
    return orjson.dumps(rows, option=orjson.OPT_PASSTHROUGH_DATACLASS, default=str).decode()


class _Compiled:
    """The text of a statement for one database, and how its values go in and out."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        self.sql = str(compiled)
        self.dialect = dialect
        self.order = compiled.positiontup
        self.constants = {k: v for k, v in compiled.params.items() if v is not None}
        binds = {name: bind.type for bind, name in compiled.bind_names.items()}
        self.binders = {name: _way_in(kind, dialect) for name, kind in binds.items()}
        columns = list(getattr(statement, "exported_columns", ()))
        self.readers = [_way_out(c.type, dialect) for c in columns]
        self.row = namedtuple("Row", [c.key for c in columns]) if columns else tuple

    def execute(self, driver: PoolProxiedConnection, values: dict[str, Any]) -> Any:
        return _run(self.dialect, driver, self.sql, self.bind(values))

    def fetched(self, driver: PoolProxiedConnection, values: dict[str, Any], fetch: str) -> Any:
        cursor = self.execute(driver, values)
        found = _asked(self.dialect, self.sql, getattr(cursor, fetch))
        cursor.close()
        return found

    def bind(self, values: dict[str, Any]) -> Any:
        values = self.constants | values if self.constants else values
        named = {name: values[name] if way is None else way(values[name]) for name, way in self.binders.items()}
        return [named[name] for name in self.order] if self.order is not None else named

    def read(self, row: Any) -> Any:
        return self.row(*[value if way is None else way(value) for value, way in zip(row, self.readers, strict=True)])


def _way_in(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _way_out(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


@contextmanager
def refusals(session: Session, **errors: Exception) -> Iterator[None]:
    """Lets the database decide: what it refuses by the constraint of that name is raised as that error."""
    try:
        yield
        session.flush()
    except IntegrityError as refused:
        said = str(refused.orig)
        for name, error in errors.items():
            if _name_in(said, name):
                raise error from refused
        raise


def _name_in(said: str, name: str) -> bool:
    """Whether the refusal speaks of that constraint; SQLite calls a unique one by its columns."""
    for table in Base.metadata.tables.values():
        rules: list[Any] = [*table.indexes, *table.constraints]
        for rule in rules:
            if rule.name == name:
                columns = ", ".join(f"{table.name}.{c.name}" for c in rule.columns)
                return name in said or (columns != "" and columns in said)
    raise LookupError(name)
