"""The dashboards: every query runs on the engine, every series is exported, everything named is there."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from services.shared.clickhouse_store import ClickHouseStore
from tests.contract.contract_files import ROOT
from tests.deploy.exported import OF_OTHERS, asked_names, exported_names
from tests.support.engines import settings_of

FOLDER = ROOT / "deploy" / "grafana"
BOARDS = {path.stem: json.loads(path.read_text()) for path in sorted((FOLDER / "dashboards").glob("*.json"))}
SOURCES = yaml.safe_load((FOLDER / "provisioning" / "datasources" / "datasources.yaml").read_text())["datasources"]
PROVIDERS = yaml.safe_load((FOLDER / "provisioning" / "dashboards" / "dashboards.yaml").read_text())["providers"]
COMPOSE = yaml.safe_load((ROOT / "deploy" / "docker-compose.yml").read_text())["services"]
MACROS = (
    (re.compile(r"\$__timeFilter\((\w+)\)"), r"\1 >= toDateTime64('2020-01-01', 3) AND \1 <= now()"),
    (re.compile(r"\$__dateFilter\((\w+)\)"), r"\1 >= toDate('2020-01-01') AND \1 <= today()"),
    (re.compile(r"\$\{scheme\}"), "voluntary_si"),
)
"""What Grafana's plugin makes of its macros, and of the variable."""


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, board in BOARDS.items():
        for panel in board["panels"]:
            yield f"{name}: {panel['title']}", panel


def expressions() -> dict[str, str]:
    """Prometheus's."""
    return {
        f"{title} {target['refId']}": target["expr"]
        for title, panel in panels()
        for target in panel["targets"]
        if target["datasource"]["uid"] == "prometheus"
    }


def statements() -> dict[str, str]:
    """ClickHouse's, those of variables too."""
    of_variables = {
        f"{name}: ${variable['name']}": variable["query"]
        for name, board in BOARDS.items()
        for variable in board["templating"]["list"]
    }
    return of_variables | {
        title: panel["targets"][0]["rawSql"] for title, panel in panels() if panel["datasource"]["uid"] == "clickhouse"
    }


def filled_in(sql: str) -> str:
    for macro, text in MACROS:
        sql = macro.sub(text, sql)
    assert "$" not in sql, sql
    return sql


@pytest.fixture(scope="module")
def store(module_settings_env: dict[str, str]) -> Iterator[ClickHouseStore]:
    """Tables with two communes of a province, and some people in them."""
    store = ClickHouseStore(settings_of(module_settings_env))
    regions = [("VN", []), ("VN.91", ["VN"]), ("VN.91.913", ["VN.91", "VN"]), ("VN.91.914", ["VN.91", "VN"])]
    for id_, above in regions:
        store.command(
            f"INSERT INTO regions (id, name_en, ancestors, version) VALUES ('{id_}', '{id_}', {[id_, *above]}, 1)"
        )
    store.command(
        "INSERT INTO populations (region, scheme, year, eligible) VALUES ('VN.91', 'voluntary_si', 2019, 900)"
    )
    store.command(
        "INSERT INTO populations (region, scheme, year, eligible) VALUES ('VN.91', 'voluntary_si', 2020, 244)"
    )
    for region, new, version in (("VN.91.913", 1, 1), ("VN.91.913", 300, 2), ("VN.91.914", 66, 1)):
        store.command(
            "INSERT INTO coverage_daily (scheme, day, region, kafka_partition, new, version) "
            f"VALUES ('voluntary_si', '2020-05-10', '{region}', 0, {new}, {version})"
        )
    yield store
    store.close()


def test_dashboards_have_names_of_their_own():
    assert len({board["uid"] for board in BOARDS.values()}) == len(BOARDS) == 2
    for board in BOARDS.values():
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids)
        assert all(panel["description"] for panel in board["panels"])


def test_panels_do_not_lie_on_each_other():
    for name, board in BOARDS.items():
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            place = panel["gridPos"]
            cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
            assert not cells & taken, f"{name}: {panel['title']}"
            assert place["x"] + place["w"] <= 24
            taken |= cells


@pytest.mark.parametrize("expression", expressions().values(), ids=expressions().keys())
def test_a_panel_asks_only_for_series_that_somebody_exports(expression):
    assert asked_names(expression) - OF_OTHERS <= exported_names()


@pytest.mark.parametrize("sql", statements().values(), ids=statements().keys())
def test_a_query_runs_on_the_engine(store, sql):
    store.query(filled_in(sql))


def test_people_are_counted_once_however_often_a_counter_was_written(store):
    assert store.query(filled_in(statements()["coverage: People by scheme"])) == [("voluntary_si", 366)]


def test_a_provinces_coverage_is_that_of_all_that_lies_in_it_and_is_not_capped(store):
    rows = store.query(filled_in(statements()["coverage: Coverage by province"]))
    assert rows == [("VN.91", 366, 244, 150.0, 2020)]


def test_every_source_that_is_asked_is_provisioned():
    provisioned = {(source["type"], source["uid"]) for source in SOURCES}
    asked = {(t["datasource"]["type"], t["datasource"]["uid"]) for _, panel in panels() for t in panel["targets"]}
    assert asked == provisioned


def test_sources_are_parts_of_the_stack_and_their_passwords_come_from_outside():
    by_name = {source["uid"]: source for source in SOURCES}
    clickhouse = by_name["clickhouse"]["jsonData"]
    assert by_name["prometheus"]["url"] == "http://prometheus:9090"
    assert clickhouse["host"] in COMPOSE
    assert clickhouse["username"] == "analyst"
    (variable,) = re.findall(r"^\$(\w+)$", by_name["clickhouse"]["secureJsonData"]["password"])
    assert variable in COMPOSE["grafana"]["environment"]


def test_grafana_gets_the_folders_and_the_plugin():
    mounted = dict(volume.split(":")[:2] for volume in COMPOSE["grafana"]["volumes"] if volume.startswith("."))
    assert mounted["./grafana/provisioning"] == "/etc/grafana/provisioning"
    assert mounted["./grafana/dashboards"] == PROVIDERS[0]["options"]["path"]
    plugin, _, version = COMPOSE["grafana"]["environment"]["GF_PLUGINS_PREINSTALL_SYNC"].partition("@")
    assert plugin in {source["type"] for source in SOURCES}
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    home = COMPOSE["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home.rpartition("/")[2].removesuffix(".json") in BOARDS


def test_numbers_of_the_engine_reach_a_chart_as_numbers(store):
    """Decimals would be drawn as text."""
    (row,) = store.query(filled_in(statements()["coverage: Coverage by province"]))
    assert all(isinstance(value, int | float) for value in row[1:])
