"""The programmes as analysts see them: the published figures and the worked examples, from the views, beside the API."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from deploy.reference import files
from deploy.reference.client import Loader
from deploy.reference.expected import segments
from services.shared.clickhouse_store import ClickHouseStore
from services.shared.migrate import FOLDER
from tests.support.engines import settings_of
from tests.support.whole_stack import WholeStack

NAMES = ["P0", "P1", "P2", "P3", "P4"]
EXAMPLES = {path.stem[:2]: path for path in sorted((FOLDER / "examples").glob("*.sql"))}


@pytest.fixture(scope="module")
def store(loaded: Loader, stack: WholeStack) -> Iterator[ClickHouseStore]:
    """The stack's ClickHouse, with every programme in it."""
    store = ClickHouseStore(settings_of(stack.embedded.environ))
    yield store
    store.close()


@pytest.fixture(scope="module")
def api(loaded: Loader, stack: WholeStack) -> Iterator[httpx.Client]:
    with stack.api() as client:
        yield client


def rows_of(store: ClickHouseStore, sql: str, **bound: Any) -> list[dict[str, Any]]:
    """The rows of a query by the names of its columns."""
    found: list[dict[str, Any]] = store.arrow(sql, bound).to_pylist(maps_as_pydicts="strict")
    return found


def example(store: ClickHouseStore, number: str) -> list[dict[str, Any]]:
    """What a worked example answers."""
    return rows_of(store, EXAMPLES[number].read_text().replace("analytics.", f"{store.analytics}."))


COVERAGE = {
    "participants": "participants", "coverage_pct": "coverage_pct", "eligible.count": "eligible", "new.30d": "new_30d",
    "eligible.year": "eligible_year", "baseline.count": "baseline", "baseline.date": "baseline_date",
}  # fmt: skip
TARGETS = {"target": "target", "achieved": "achieved", "achieved_pct": "achieved_pct", "status": "is_met",
           "from": "first_day", "to": "last_day"}  # fmt: skip


@dataclass(frozen=True)
class Views:
    """The rows of the views, each read once."""

    coverage: dict[tuple[str, str, str], dict[str, Any]]
    targets: dict[tuple[str, str], dict[str, Any]]
    outreach: dict[str, dict[str, Any]]
    sponsored: dict[str, int]

    def figure(self, row: dict[str, Any]) -> Any:
        """An expected figure; NotImplemented where the views do not speak of it."""
        url, parts = httpx.URL(row["path"]), segments(row["field"])
        asked = dict(url.params)
        if parts[0] == "targets" and parts[2] in TARGETS:
            region = asked["region"] if "LAUNCH" in parts[1] else ""
            found = next(t for key, t in self.targets.items() if key[0] == parts[1] and key[1].startswith(region))
            return found[TARGETS[parts[2]]]
        if url.path == "/v1/coverage" and row["field"] in COVERAGE:
            found = self.coverage.get((asked["date"], asked["region"], asked["scheme"]), {})
            return found.get(COVERAGE[row["field"]])
        if url.path == "/v1/outreach" and parts[0] == "activities" and parts[2] != "cost":
            found = self.outreach[parts[1]]
            return found["enrolments_by_scheme"][parts[3]] if parts[2] == "enrolments" else found[parts[2]]
        return self.sponsored[parts[1]] if url.path == "/v1/sponsors" else NotImplemented


@pytest.fixture(scope="module")
def views(store: ClickHouseStore) -> Views:
    asked = [dict(httpx.URL(row["path"]).params) for name in NAMES for row in files.programme(name)["expected"]]
    days = ", ".join(sorted({f"toDate32('{parameters['date']}')" for parameters in asked if "date" in parameters}))
    sponsored = (
        "SELECT sponsor, count() AS people FROM {0}.events WHERE sponsor != '' AND effect = 'new' GROUP BY sponsor"
    )
    rows = {
        view: rows_of(store, f"SELECT * FROM {store.analytics}.{view}")
        for view in (f"coverage_on(days = [{days}])", "targets", "outreach_yield")
    }
    coverage, targets, outreach = rows.values()
    return Views(
        {(str(row["day"]), row["region"], row["scheme"]): row for row in coverage},
        {(row["id"], row["region"]): row for row in targets},
        {row["id"]: row for row in outreach},
        {row["sponsor"]: row["people"] for row in rows_of(store, sponsored.format(store.analytics))},
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_published_figures_come_out_of_the_views(views: Views, name: str) -> None:
    compared = 0
    for row in files.programme(name)["expected"]:
        found, expected = views.figure(row), row["value"]
        if found is NotImplemented:
            continue
        found = str(found) if isinstance(found, date) else float(found) if isinstance(found, Decimal) else found
        assert found == ({"met": True}[expected] if row["field"].endswith(".status") else expected), row
        compared += 1
    assert compared >= 7


def test_every_example_says_what_it_answers_in_one_sentence() -> None:
    assert list(EXAMPLES) == [f"{n:02}" for n in range(1, 11)]
    for path in EXAMPLES.values():
        first, second, *_ = path.read_text().splitlines()
        assert first.startswith("-- ")
        assert first.endswith("?")
        assert not second.startswith("--")


def test_coverage_of_districts(store: ClickHouseStore, api: httpx.Client) -> None:
    rows = {row["region"]: row for row in example(store, "01")}
    page = api.get("/v1/regions/VN.91", params={"scheme": "health", "date": "2020-12-31"}).json()
    served = {c["region"]["id"]: c for c in page["children"] if c["participants"] or c["eligible"]["count"]}
    assert set(rows) == set(served) >= {"VN.91.913"}
    for region, row in rows.items():
        assert (row["participants"], row["coverage_pct"]) == (
            served[region]["participants"],
            served[region]["coverage_pct"],
        )
    assert rows["VN.91.913"]["coverage_pct"] == 88.0


def test_growth_of_a_year(store: ClickHouseStore, api: httpx.Client) -> None:
    rows = {row["scheme"]: row for row in example(store, "02")}
    assert set(rows) == {"social_insurance", "voluntary_si"}
    for scheme, row in rows.items():
        yoy = api.get("/v1/coverage", params={"region": "VN", "scheme": scheme, "date": "2022-03-31"}).json()["yoy"]
        assert (row["before"], row["growth_pct"]) == (yoy["participants"], yoy["participants_pct"])


def test_new_by_month(store: ClickHouseStore, api: httpx.Client) -> None:
    rows = {str(row["month"])[:7]: row["new_people"] for row in example(store, "03")}
    asked = {"scheme": "voluntary_si", "grain": "month", "from": "2020-01-01", "to": "2020-12-31"}
    buckets = api.get("/v1/regions/VN.91.913/series", params=asked).json()["buckets"]
    served = [bucket["new"] for bucket in buckets]
    assert [rows.get(f"2020-{month:02}", 0) for month in range(1, 13)] == served
    assert sum(served) == 366


def test_plans_beyond_their_target(store: ClickHouseStore, api: httpx.Client) -> None:
    rows = {row["id"]: row for row in example(store, "04")}
    assert rows["P2-UMT-VOLUNTARY-2020"]["achieved_pct"] == 150.0
    for name, row in rows.items():
        assert row["achieved_pct"] == api.get(f"/v1/targets/{name}").json()["target"]["achieved_pct"] > 100


def test_districts_that_missed_the_launch(store: ClickHouseStore, api: httpx.Client) -> None:
    rows = {row["region"]: row for row in example(store, "05")}
    served = {t["region"]: t for t in api.get("/v1/targets/P2-KG-LAUNCH-2020").json()["regions"]}
    assert set(rows) == set(served)
    for region, row in rows.items():
        target = served[region]
        assert (row["achieved_people"], row["lacking"], row["is_met"]) == (
            target["achieved"], target["remaining"], target["status"] == "met",
        )  # fmt: skip
    assert rows["VN.91.913"]["is_met"]


def test_yield_of_outreach(store: ClickHouseStore, api: httpx.Client) -> None:
    rows = {row["id"]: row for row in example(store, "06")}
    served = {
        a["id"]: a for a in api.get("/v1/outreach", params={"region": "VN"}).json()["activities"] if a["attendees"]
    }
    assert set(rows) == set(served)
    for name, row in rows.items():
        assert (row["enrolments_by_scheme"], row["per_100_attendees"]) == (
            served[name]["enrolments"], served[name]["per_100_attendees"],
        )  # fmt: skip


def test_complete_villages(store: ClickHouseStore, api: httpx.Client) -> None:
    rows = {(row["region"], row["scheme"]): row["coverage_pct"] for row in example(store, "07")}
    complete = [c for top in ("TH", "VN") for c in api.get("/v1/milestones", params={"region": top}).json()["complete"]]
    assert rows == {(c["region"]["id"], c["scheme"]): c["coverage_pct"] for c in complete}
    assert rows["TH.75.7503.750307.02", "section40"] == 100.0


def test_half_of_the_plan(store: ClickHouseStore, api: httpx.Client) -> None:
    (row,) = example(store, "08")
    target = api.get("/v1/targets/P2-UMT-VOLUNTARY-2020").json()["target"]
    (half,) = [m for m in target["milestones"] if m["pct"] == 50]
    assert (str(row["reached_on"]), int(row["planned"])) == (half["reached_on"], target["target"])


def test_what_was_taken_back(store: ClickHouseStore, api: httpx.Client) -> None:
    rows = example(store, "09")
    served: dict[tuple[str, str, str], int] = {}
    for status in ("voided", "counted", "no_effect"):
        path: str | None = f"/v1/events?limit=1000&status={status}"
        while path:
            page = api.get(path).json()
            for event in page["events"]:
                for referring in event["referred_by"]:
                    if referring["status"] == "applied":
                        key = (event["scheme"], event["office"], referring["reason"])
                        served[key] = served.get(key, 0) + 1
            path = page["next"]
    assert {(row["scheme"], row["office"], row["reason"]): row["records"] for row in rows} == served
    assert served


def test_official_stock_and_records(store: ClickHouseStore, api: httpx.Client) -> None:
    rows = example(store, "10")
    assert {row["region"] for row in rows} == {"VN", "TH"}
    for row in rows:
        served = api.get("/v1/coverage", params={"region": row["region"], "scheme": row["scheme"]}).json()
        assert (row["participants"], row["baseline"]) == (served["participants"], served["baseline"]["count"])


def test_the_default_install_answers_under_the_plain_name(store: ClickHouseStore) -> None:
    assert store.analytics == "analytics"
    assert store.query("SELECT count() FROM analytics.coverage_now")[0][0] > 20
