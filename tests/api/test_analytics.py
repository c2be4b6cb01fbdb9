"""The analysts' views give the figures of the API: every region, scheme and day of a made-up history with everything in it."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.shared.clickhouse_store import ClickHouseStore
from tests.api.conftest import Api, eventually
from tests.api.support import Record, World, local, region_rows

DISTRICTS = {f"VN.{p}.{p}{d}": "district" for p in (11, 12) for d in range(2)}
COMMUNES = {f"{d}.{d[-3:]}{c:02d}": "commune" for d in DISTRICTS for c in range(2)}
TREE = {"VN": "country", "VN.11": "province", "VN.12": "province", **DISTRICTS, **COMMUNES, "TH": "country"}
GONE = "VN.12.121.12101"
LAST = date(2021, 6, 30)
DAYS = [LAST, date(2021, 6, 12), date(2021, 3, 1), date(2020, 12, 31), date(2019, 6, 1)]
BASELINES = {  # region and scheme: (date, count), several each
    ("VN.11", "health"): [("2020-08-01", 900), ("2021-06-10", 1_200)],
    ("VN.11.110", "health"): [("2021-02-01", 300)],
    ("VN.11.110.11001", "health"): [("2020-05-01", 40), ("2021-05-01", 44)],
    ("VN.12.121", "health"): [("2021-05-20", 70)],
    ("VN.12.120.12001", "health"): [("2021-06-25", 11)],
    ("VN", "voluntary_si"): [("2021-06-15", 5_000)],
    ("VN.12", "compulsory_si"): [("2021-01-01", 800)],
    ("VN.12", "voluntary_si"): [("2021-03-01", 60)],
    ("VN.12.120", "voluntary_si"): [("2020-09-01", 20)],
    ("VN.11.111", "social_insurance"): [("2021-04-01", 77)],
}
POPULATIONS = {  # region and scheme: (year, eligible, source)
    ("VN.11", "health"): [(2020, 4_000, "census"), (2021, 4_100, "census")],
    **{(c, "health"): [(2019, 311, "villages")] for c in COMMUNES if c.startswith("VN.12")},
    ("VN.12.120", "health"): [(2021, 700, "census")],
    ("VN.11.110.11000", "health"): [(2020, 0, "nobody lives there")],
    ("VN.12", "voluntary_si"): [(2020, 999, "office")],
    ("VN.11.110", "voluntary_si"): [(2020, 333, "office")],
    ("VN.11.111", "voluntary_si"): [(2021, 334, "office")],
}
TARGETS = [
    {"id": "NEW", "region": "VN.11", "scheme": "health", "kind": "new_count", "from": "2021-01-01", "to": "2021-03-31", "target": 7},
    {"id": "STOCK", "region": "VN.12.121", "scheme": "health", "kind": "participants", "from": "2021-01-01", "to": "2021-05-31", "target": 333},
    {"id": "PCT", "region": "VN.12", "scheme": "voluntary_si", "kind": "coverage_pct", "from": "2020-01-01", "to": "2020-12-31", "target": 12.5},
    {"id": "PCT-SUM", "region": "VN.12", "scheme": "health", "kind": "coverage_pct", "from": "2020-01-01", "to": "2030-12-31", "target": 33.33},
    {"id": "PCT-NONE", "region": "VN", "scheme": "unemployment", "kind": "coverage_pct", "from": "2020-01-01", "to": "2030-12-31", "target": 5},
    {"id": "EACH", "region": "VN", "scheme": "health", "kind": "new_count", "from": "2021-02-01", "to": "2021-02-28", "target": 3,
     "per": "each:commune"},
    {"id": "AGENT", "region": "VN.11", "scheme": "health", "kind": "new_count", "from": "2020-01-01", "to": "2021-12-31", "target": 9,
     "per": "agent", "owner": "A-7"},
    {"id": "LATER", "region": "VN.11", "scheme": "health", "kind": "new_count", "from": "2090-01-01", "to": "2090-03-31", "target": 7},
]  # fmt: skip


@pytest.fixture(scope="module")
def world(store: ClickHouseStore) -> World:
    world, chance = World(store), random.Random(21)
    world.reference("regions", *region_rows(TREE, **{GONE.replace(".", "_"): ("2008-08-01", "2021-05-01")}))
    rows = [(r, s, *row) for (r, s), each in BASELINES.items() for row in each]
    world.reference(
        "baselines", *({"region": r, "scheme": s, "date": d, "count": n, "source": f"{r} {d}"} for r, s, d, n in rows)
    )
    rows = [(r, s, *row) for (r, s), each in POPULATIONS.items() for row in each]
    world.reference(
        "populations",
        *({"region": r, "scheme": s, "year": y, "eligible": n, "source": said} for r, s, y, n, said in rows),
    )
    world.reference("targets", *({"per": "region", "owner": "", **t} for t in TARGETS))
    world.reference(
        "outreach",
        {"id": "OUT-1", "region": "VN.11.110", "kind": "talk", "from": "2021-05-01", "to": "2021-06-30", "sessions": 9,
         "attendees": 969, "cost": 5_430_000, "currency": "VND"},
        {"id": "OUT-2", "region": "VN.12", "kind": "radio", "from": "2021-05-01", "to": "2021-06-30", "sessions": 2},
    )  # fmt: skip
    for scheme, records in (("health", 1_200), ("voluntary_si", 500), ("compulsory_si", 200)):
        world.add(_random_record(chance, scheme) for _ in range(records))
    world.write()
    return world


def _random_record(chance: random.Random, scheme: str) -> Record:
    at = datetime(2021, 6, 30, 12, tzinfo=UTC) - timedelta(seconds=chance.randrange(45_000_000))
    effect = chance.choices(("new", "left", "moved", "returned", "none"), (10, 3, 4, 1, 2))[0]
    region, origin = chance.sample([*COMMUNES, *DISTRICTS, "VN.11"], 2)
    outreach = chance.choice(("", "", "OUT-1"))
    return Record(
        effect,
        scheme,
        region,
        at,
        origin if effect == "moved" else "",
        agent=chance.choice(("", "A-7")),
        outreach=outreach,
    )


@pytest.fixture(scope="module")
def ready(api: Api, world: World) -> Api:
    eventually(lambda: api.get("/v1/coverage", region="VN", scheme="health").status_code == 200)
    for scheme in ("health", "voluntary_si", "compulsory_si"):
        expected = world.stock("VN", scheme)
        eventually(lambda of=scheme, n=expected: api.coverage("VN", of)["active_by_record"] == n)
    return api


def rows_of(store: ClickHouseStore, view: str, *columns: str) -> list[dict[str, Any]]:
    """Columns of a view of the module's database."""
    found = store.query(f"SELECT {', '.join(columns)} FROM {store.analytics}.{view}")
    return [dict(zip(columns, row, strict=True)) for row in found]


FIGURES = (
    "participants", "active_by_record", "baseline", "baseline_of", "baseline_unattributed", "eligible", "eligible_year",
    "eligible_source", "coverage_pct", "new_1d", "new_7d", "new_30d", "left_1d", "left_7d", "left_30d",
)  # fmt: skip
NOTHING = dict.fromkeys(FIGURES, 0) | {
    "baseline_of": "none", "eligible": None, "eligible_year": None, "eligible_source": "", "coverage_pct": None,
}  # fmt: skip


def as_the_view_has_it(served: dict) -> dict[str, Any]:
    """The body of /v1/coverage under the names of the columns."""
    baseline, eligible = served["baseline"], served["eligible"]
    windows = {
        f"{flow}_{days}": served[flow][hours]
        for flow in ("new", "left")
        for days, hours in (("1d", "24h"), ("7d", "7d"), ("30d", "30d"))
    }
    return windows | {
        "participants": served["participants"],
        "active_by_record": served["active_by_record"],
        "baseline": baseline["count"],
        "baseline_of": baseline["of"],
        "baseline_unattributed": baseline["unattributed"],
        "eligible": eligible["count"],
        "eligible_year": eligible["year"],
        "eligible_source": eligible["source"] or "",
        "coverage_pct": served["coverage_pct"],
    }


def schemes_served(api: Api) -> list[str]:
    """The schemes that have figures in this history, totals among them where there are any."""
    known = api.get("/openapi.json").json()["components"]["schemas"]["Scheme"]["enum"]
    return [scheme for scheme in ("health", "voluntary_si", "compulsory_si", "social_insurance") if scheme in known]


@pytest.mark.parametrize("day", DAYS)
def test_coverage_as_of_a_day_is_that_of_the_api(ready: Api, store: ClickHouseStore, day: date) -> None:
    rows = rows_of(store, f"coverage_on(days=['{day}'])", "scheme", "region", "coverage_reason", *FIGURES)
    found = {(row.pop("scheme"), row.pop("region")): row for row in rows}
    for scheme in schemes_served(ready):
        for region in TREE:
            served = ready.coverage(region, scheme, date=day)
            row = found.get((scheme, region), NOTHING | {"coverage_reason": served["coverage_reason"]})
            reason = row.pop("coverage_reason")
            assert row == as_the_view_has_it(served), (scheme, region)
            assert (served["coverage_reason"] or "").startswith(reason), (scheme, region)


def test_coverage_now_is_that_of_the_api(ready: Api, store: ClickHouseStore) -> None:
    names = tuple(name for name in FIGURES if not name.endswith("d") or name == "baseline_unattributed")
    for row in rows_of(store, "coverage_now", "scheme", "region", *names):
        scheme, region = row.pop("scheme"), row.pop("region")
        if scheme in schemes_served(ready):
            served = as_the_view_has_it(ready.coverage(region, scheme))
            assert row == {name: served[name] for name in names}, (scheme, region)


def test_the_last_row_up_to_a_day_is_the_stock_of_that_day(ready: Api, store: ClickHouseStore) -> None:
    for scheme in schemes_served(ready):
        rows = rows_of(store, f"coverage_daily WHERE scheme = '{scheme}' ORDER BY day", "region", "day", "participants")
        for day in DAYS:
            last = {row["region"]: row["participants"] for row in rows if row["day"] <= day}
            for region in ("VN", "VN.11", "VN.12", "VN.12.120", "VN.11.110.11001"):
                assert last.get(region, 0) == ready.coverage(region, scheme, date=day)["participants"]


def test_flows_are_those_of_the_series(ready: Api, store: ClickHouseStore) -> None:
    names = ("new", "returned", "left", "moved_in", "moved_out")
    for region in ("VN", "VN.11", "VN.11.110", "VN.12.120.12000"):
        where = f"flows WHERE scheme = 'health' AND region = '{region}' AND day >= '2021-01-01'"
        rows = {str(row.pop("day")): row for row in rows_of(store, where, "day", *names)}
        series = ready.get(f"/v1/regions/{region}/series", scheme="health", from_="2021-01-01", to=LAST).json()
        served = {
            (datetime.fromisoformat(b["bucket_start"]) + timedelta(hours=7)).date().isoformat(): {
                n: b[n] for n in names
            }
            for b in series["buckets"]
        }
        assert rows == {day: flows for day, flows in served.items() if any(flows.values())}, region


def test_targets_stand_as_the_api_says(ready: Api, store: ClickHouseStore) -> None:
    rows = rows_of(store, "targets", "id", "region", "achieved", "achieved_pct", "is_met")
    assert {row["id"] for row in rows} == {target["id"] for target in TARGETS}
    for row in rows:
        page = ready.get(f"/v1/targets/{row['id']}").json()
        served = next(t for t in [*page["regions"], page["target"]] if t["region"] == row["region"])
        assert (row["achieved"], row["achieved_pct"]) == (served["achieved"], served["achieved_pct"]), row
        assert row["is_met"] == {"met": True, "unknown": None}.get(served["status"], False), row
    assert sum(row["id"] == "EACH" for row in rows) == len(ready.get("/v1/targets/EACH").json()["regions"]) > 5


def test_the_yield_of_outreach_is_that_of_the_api(ready: Api, store: ClickHouseStore) -> None:
    names = ("id", "sessions", "attendees", "enrolments", "enrolments_by_scheme", "per_session", "per_100_attendees",
             "cost_per_enrolment")  # fmt: skip
    rows = {row.pop("id"): row for row in rows_of(store, "outreach_yield", *names)}
    activities = ready.get("/v1/outreach", region="VN").json()["activities"]
    assert {a["id"] for a in activities} == set(rows)
    for served in activities:
        row = rows[served["id"]]
        assert row["enrolments"] == served["enrolments_total"]
        assert row["enrolments_by_scheme"] == served["enrolments"]
        assert row["cost_per_enrolment"] == served["cost_per_enrolment"].get("VND")
        for name in ("sessions", "attendees", "per_session", "per_100_attendees"):
            assert row[name] == served[name], name


def test_events_are_those_of_the_api(ready: Api, store: ClickHouseStore, world: World) -> None:
    rows = rows_of(store, "events", "registration_id", "effect", "from_region", "to_region")
    assert {row["registration_id"] for row in rows} == {record.registration_id for record in world.records}
    page = {e["registration_id"]: e for e in ready.get("/v1/events", limit=1000).json()["events"]}
    for row in rows:
        if served := page.get(str(row["registration_id"])):
            assert (row["effect"], row["from_region"] or None) == (served["effect"], served["from_region"])


def test_days_that_regions_without_children_or_records_have_no_row(ready: Api, store: ClickHouseStore) -> None:
    assert rows_of(store, "coverage_now WHERE region = 'TH'", "region") == []
    assert ready.coverage("TH", "health")["participants"] == 0


def test_a_moment_in_the_views_says_up_to_when_all_is_counted(ready: Api, store: ClickHouseStore) -> None:
    ((as_of,),) = store.query(f"SELECT any(as_of) FROM {store.analytics}.coverage_now")
    assert abs(as_of - datetime.now(UTC)) < timedelta(minutes=10)
    assert local("2021-06-30 00:00") < as_of
