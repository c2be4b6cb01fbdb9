"""The ClickHouse DDL: the same files for one server and for a cluster, and applied as often as one likes."""

import re

import pytest

from services.aggregator.store import DERIVED
from services.shared.clickhouse_store import ClickHouseStore
from services.shared.migrate import FOLDER, LEDGER, applicable, migrate, render, statements
from tests.support.engines import settings_of

FILES = sorted(FOLDER.glob("*.sql"))
LOCAL_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+)_local ")
DISTRIBUTED_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+) .* AS (\w+)_local ENGINE = Distributed\(([^)]*\)?)\)")
SCHEMA = (
    "SELECT name, engine_full, sorting_key, comment FROM system.tables WHERE database = {database:String} ORDER BY name"
)


def rendered(cluster: str = "") -> list[str]:
    """All statements for one server, or for a cluster."""
    texts = [path.read_text() for path in FILES]
    return [
        statement
        for sql in (LEDGER, *texts)
        if applicable(sql, cluster)
        for statement in statements(render(sql, "coverage", cluster))
    ]


def test_each_file_has_a_number_of_its_own() -> None:
    assert len({path.name[:3] for path in FILES}) == len(FILES)
    assert all(re.fullmatch(r"\d{3}_[a-z_]+\.sql", path.name) for path in FILES)


@pytest.mark.parametrize("cluster", ["", "main"], ids=["one server", "cluster"])
def test_no_macro_is_left(cluster: str) -> None:
    assert not [line for line in rendered(cluster) if re.search(r"<\w+", line)]


def test_one_server_knows_nothing_of_clusters() -> None:
    assert not [line for line in rendered() if re.search(r"_local\b|ON CLUSTER|Replicated|Distributed", line)]


def test_on_a_cluster_every_statement_is_for_all_of_it() -> None:
    assert all("ON CLUSTER 'main'" in line for line in rendered("main"))
    created = [line for line in rendered("main") if LOCAL_TABLE.search(line)]
    assert created
    assert all("ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/" in line for line in created)


def test_on_a_cluster_every_table_has_the_name_that_everyone_uses() -> None:
    text = "\n".join(rendered("main"))
    local = set(LOCAL_TABLE.findall(text)) - {"schema_migrations"}
    distributed = {name: (of, arguments) for name, of, arguments in DISTRIBUTED_TABLE.findall(text)}
    assert set(distributed) == local
    for name, (of, arguments) in distributed.items():
        assert of == name
        assert arguments.startswith(f"'main', 'coverage', '{name}_local', ")


def test_rows_of_one_key_land_on_one_shard() -> None:
    text = "\n".join(rendered("main"))
    for name, _, arguments in DISTRIBUTED_TABLE.findall(text):
        sharding = set(re.findall(r"\w+", arguments.split(", ")[-1])) - {"cityHash64"}
        key = re.search(rf"TABLE IF NOT EXISTS {name}_local .*?ORDER BY (\([^)]*\)|\w+)", text, re.DOTALL)
        assert key
        if name == "enrollment_events":  # its key ends with registration_id, which belongs to one participant
            assert sharding == {"participant"}
        else:
            assert sharding <= set(re.findall(r"\w+", key[1])), name


def test_applying_them_twice_changes_nothing(settings_env: dict[str, str]) -> None:
    store = ClickHouseStore(settings_of(settings_env))
    try:
        before = store.query(SCHEMA, {"database": store.database})
        assert migrate(store) == []
        for statement in rendered():
            store.command(statement)
        assert store.query(SCHEMA, {"database": store.database}) == before
        assert len(before) == len(LOCAL_TABLE.findall("\n".join(rendered("main"))))
    finally:
        store.close()


def test_every_table_and_column_says_what_it_holds(settings_env: dict[str, str]) -> None:
    store = ClickHouseStore(settings_of(settings_env))
    try:
        for table in ("columns", "tables"):
            of = "table || '.' || name" if table == "columns" else "name"
            silent = store.query(
                f"SELECT {of} FROM system.{table} WHERE database IN {{databases:Array(String)}} AND comment = '' ORDER BY 1",
                {"databases": [store.database, store.analytics]},
            )
            assert [name for (name,) in silent if not name.startswith("schema_migrations")] == []
    finally:
        store.close()


def test_a_view_without_parameters_lists_its_columns(settings_env: dict[str, str]) -> None:
    store = ClickHouseStore(settings_of(settings_env))
    try:
        silent = store.query(
            "SELECT name FROM system.tables WHERE database = {views:String} "
            "AND name NOT IN (SELECT table FROM system.columns WHERE database = {views:String}) ORDER BY name",
            {"views": store.analytics},
        )
        assert [name for (name,) in silent] == ["coverage_on", "eligible_on"]
    finally:
        store.close()


def test_what_is_rebuilt_from_the_topics_is_every_table() -> None:
    tables = set(re.findall(r"CREATE TABLE IF NOT EXISTS (\w+) ", "\n".join(rendered()))) - {"schema_migrations"}
    assert tables == {*DERIVED, "progress"}
