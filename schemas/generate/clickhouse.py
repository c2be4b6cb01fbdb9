"""The ClickHouse tables as the engine itself understands the DDL: applied to an empty engine in memory, then asked for."""

import json
from typing import Any, NamedTuple

from chdb.session import Session

from services.shared.clickhouse_store import analytics_database
from services.shared.migrate import FOLDER, applicable, render, statements

DATABASE = "coverage"
ANALYTICS = analytics_database(DATABASE)
COLUMNS = "SELECT table, name, type, comment FROM system.columns WHERE database = '{}' ORDER BY table, position"
TABLES = "SELECT name, sorting_key, comment FROM system.tables WHERE database = '{}' ORDER BY name"


class Column(NamedTuple):
    """A column and what it holds."""

    name: str
    type: str
    comment: str


class Table(NamedTuple):
    """A table, what it is for, and its sorting key, by which a newer row replaces an older one."""

    name: str
    key: str
    comment: str
    columns: list[Column]


def tables_and_views() -> tuple[dict[str, Table], dict[str, Table]]:
    """The tables of a single server, and the views for analysts, by name; a view has no key."""
    with Session() as session:  # type: ignore[no-untyped-call]
        session.query(f"CREATE DATABASE {DATABASE}")
        session.query(f"USE {DATABASE}")
        for path in sorted(FOLDER.glob("[0-9]*.sql")):
            sql = path.read_text()
            for statement in statements(render(sql, DATABASE)) if applicable(sql, "") else ():
                session.query(statement)
        return _found(session, DATABASE), _found(session, ANALYTICS)


def _found(session: Session, database: str) -> dict[str, Table]:
    rows = _ask(session, TABLES, database)
    found = {row["name"]: Table(row["name"], row["sorting_key"], row["comment"], []) for row in rows}
    for row in _ask(session, COLUMNS, database):
        found[row["table"]].columns.append(Column(row["name"], row["type"], row["comment"]))
    return found


def _ask(session: Session, sql: str, database: str) -> list[dict[str, Any]]:
    answer = session.query(sql.format(database), "JSONEachRow")  # type: ignore[no-untyped-call]
    return [json.loads(line) for line in str(answer).splitlines()]
