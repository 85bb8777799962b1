"""How the hot statements are run: every table by an index, however many rows it has and whatever is known of them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from portal import statements
from portal.database import Prepared, new_id, packed
from portal.extensions import db
from portal.invitations.parts import within

SCANS = {
    "sqlite": re.compile(r"^SCAN (?!\w+ VIRTUAL TABLE|\(|rows)", re.MULTILINE),
    "postgresql": re.compile(r"Seq Scan on (invitations|outbox)"),
}
SORTS = re.compile(r"TEMP B-TREE FOR ORDER BY|\bSort\b")
PAGES = [
    (state, by_address, older)
    for state in ("", "accepted", "pending")
    for by_address in (False, True)
    for older in (False, True)
    if not (state and by_address)
]


def plan(world: Any, statement: Prepared, **values: Any) -> str:
    """What the database says that it would do."""
    connection = world.session.connection()
    compiled = statement._for(connection.dialect)
    bound = compiled.bind({name: values[name] for name in compiled.binders if name in values})
    return explained(connection, compiled.sql, tuple(bound) if isinstance(bound, list) else bound)


def explained(connection: Any, sql: str, bound: Any) -> str:
    explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    return "\n".join(str(row[-1]).strip() for row in connection.exec_driver_sql(explain + sql, bound))


def _compiled(session: Any, statement: Any, values: dict[str, Any]) -> tuple[str, Any]:
    """The same of a statement that goes through the session."""
    compiled = statement.compile(dialect=session.get_bind().dialect, compile_kwargs={"render_postcompile": True})
    given = compiled.construct_params({name: value for name, value in values.items() if name in compiled.params})
    bound = {name: way(given[name]) if (way := compiled._bind_processors.get(name)) else given[name] for name in given}
    return str(compiled), tuple(bound[name] for name in compiled.positiontup) if compiled.positiontup else bound


@pytest.fixture
def grown(world):
    """Two thousand invitations, a minute between each hundred, without statistics on SQLite."""
    _forget(world)
    for minute in range(20):
        addresses = (f"person{number}@example.com" for number in range(minute * 100, minute * 100 + 100))
        world.invite(*addresses, at=world.now + timedelta(minutes=minute))
    yield world
    _forget(world)


@pytest.fixture
def many(grown):
    """The same with statistics, which PostgreSQL takes by itself within a minute."""
    grown.session.execute(text("ANALYZE"))
    grown.session.commit()
    return grown


def _forget(world: Any) -> None:
    """No statistics on SQLite, and no connection that remembers any."""
    if db.engine.dialect.name == "sqlite":
        world.session.execute(text("DROP TABLE IF EXISTS sqlite_stat1"))
        world.session.execute(text("DROP TABLE IF EXISTS sqlite_stat4"))
        world.session.commit()
        world.session.close()
        db.engine.dispose()


def half_way(world: Any) -> dict[str, Any]:
    """What a page in the middle of the list is asked with."""
    place = {"after_created_at": world.now + timedelta(minutes=10), "after_id": new_id(), "after_email": "person15"}
    return {"organization_id": world.id, "now": world.now, "most": 51, "low": "person1", "high": "person2"} | place


def check_pages(world: Any) -> None:
    for wanted in PAGES:
        statement = statements.invitations_page(*wanted)
        said = plan(world, statement, **half_way(world))
        assert not SORTS.search(said), (wanted, said)
        assert not SCANS[db.engine.dialect.name].search(said), (wanted, said)


def test_every_page_of_the_list_walks_an_index_in_its_order(many):
    check_pages(many)


@pytest.mark.sqlite
def test_nothing_need_be_known_of_the_rows(grown):
    check_pages(grown)
    check_addresses(grown)


BY_ADDRESS = {
    "sqlite": re.compile(r"SEARCH invitations USING (?:COVERING )?INDEX \w+ \((?:organization_id=\? AND )?email=\?"),
    "postgresql": re.compile(r"Index Scan using ix_invitations_addressed on invitations"),
}


def check_addresses(world: Any) -> None:
    rows = packed([{"email": "person5@example.com"}])
    said = plan(world, statements.known_among, rows=rows, organization_id=world.id)
    assert len(BY_ADDRESS[db.engine.dialect.name].findall(said)) == 2, said
    assert not SCANS[db.engine.dialect.name].search(said), said


def test_an_incoming_address_is_looked_up_by_itself(many):
    check_addresses(many)


def test_a_part_of_an_address_is_found_by_its_trigrams(many):
    conditions = [within(many.session, many.id, "son1999@")]
    statement = statements.invitations_filed("", conditions, by_address=False, older=True)
    said = explained(many.session.connection(), *_compiled(many.session, statement, half_way(many)))
    assert {"sqlite": "invitation_parts VIRTUAL TABLE INDEX 0:M", "postgresql": "ix_invitations_parts"}[
        db.engine.dialect.name
    ] in said, said
