"""Apply the ClickHouse tables of `schemas/clickhouse/`: `python -m services.shared.migrate`.

Each file is applied once, in the order of its number; `schema_migrations` remembers which. Statements are idempotent,
so a crash in the middle is mended by the next start. Setting CLICKHOUSE_CLUSTER makes the tables Replicated, under
Distributed ones; files marked `-- only: cluster` are left out without it.
"""

import re
import sys
from pathlib import Path

from services.shared.clickhouse_store import UNKNOWN_DATABASE, UNKNOWN_TABLE, ClickHouseStore, analytics_database
from services.shared.errors import CoverageError, StoreError
from services.shared.settings import SharedSettings

FOLDER = Path(__file__).parents[2] / "schemas" / "clickhouse"
MACRO = re.compile(r"<(on_cluster|analytics|local:(\w+)|replacing:(\w+)|distributed:(\w+):([^>]+))>")
LEDGER = """CREATE TABLE IF NOT EXISTS <local:schema_migrations> <on_cluster> (name String, applied_at DateTime DEFAULT now())
ENGINE = <replacing:applied_at> ORDER BY name"""


def render(sql: str, database: str, cluster: str = "") -> str:
    """The SQL for one server, or for a cluster of that name."""

    def macro(match: re.Match[str]) -> str:
        name, local, replacing, distributed, sharding = match.groups()
        if name == "analytics":
            return analytics_database(database)
        if local:
            return f"{local}_local" if cluster else local
        if replacing:
            path = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"
            return (
                f"ReplicatedReplacingMergeTree({path}, {replacing})" if cluster else f"ReplacingMergeTree({replacing})"
            )
        if distributed:
            return f"Distributed('{cluster}', '{database}', '{distributed}_local', {sharding})"
        return f"ON CLUSTER '{cluster}'" if cluster else ""

    return MACRO.sub(macro, sql)


def statements(sql: str) -> list[str]:
    """The statements of a file, comments at the start of a line left out."""
    bare = "\n".join(line for line in sql.splitlines() if not line.lstrip().startswith("--"))
    return [statement.strip() for statement in re.split(r";\s*(?:\n|$)", bare) if statement.strip()]


def applicable(sql: str, cluster: str) -> bool:
    """Whether a file is for this kind of deployment."""
    return bool(cluster) or not sql.startswith("-- only: cluster")


def pending(store: ClickHouseStore, cluster: str = "", folder: Path = FOLDER) -> list[str]:
    """Names of the files that are not applied yet, in their order; all where there is no database."""
    ledger = "schema_migrations_local" if cluster else "schema_migrations"
    try:
        done = {name for (name,) in store.query(f"SELECT name FROM {ledger}")}
    except StoreError as error:
        if error.code not in (UNKNOWN_TABLE, UNKNOWN_DATABASE):
            raise
        done = set()
    paths = sorted(folder.glob("[0-9]*.sql"))
    return [path.name for path in paths if path.name not in done and applicable(path.read_text(), cluster)]


def migrate(store: ClickHouseStore, cluster: str = "", folder: Path = FOLDER) -> list[str]:
    """Apply what is not applied yet; returns the names of the files applied now."""
    store.create_database(render("<on_cluster>", store.database, cluster))
    store.command(render(LEDGER, store.database, cluster))
    ledger = "schema_migrations_local" if cluster else "schema_migrations"
    applied = pending(store, cluster, folder)
    for name in applied:
        for statement in statements(render((folder / name).read_text(), store.database, cluster)):
            store.command(statement)
        store.command(f"INSERT INTO {ledger} (name) VALUES ('{name}')")
    return applied


def main() -> int:
    """Apply the migrations; exit 1 with one line where it cannot."""
    try:
        settings = SharedSettings.from_environment()
        applied = migrate(ClickHouseStore(settings), settings.clickhouse_cluster)
    except CoverageError as error:
        print(f"migrate: {error}", file=sys.stderr)
        return 1
    print(f"migrate: {', '.join(applied) or 'nothing to do'} in database {settings.clickhouse_database}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
