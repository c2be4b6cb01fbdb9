"""Campaigns: the running figure beside the closing one, in parts that add up."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from services.shared.clickhouse_store import ClickHouseStore
from tests.api.conftest import Api, eventually
from tests.api.support import PARTITIONS, ZONE, Record, World, local, region_rows

TREE = {
    "VN": "country", "VN.91": "province", "VN.91.913": "district", "VN.91.913.31042": "commune", "VN.91.914": "district",
    "VN.66": "province", "TH": "country",
}  # fmt: skip
TODAY = datetime.now(UTC).astimezone(ZONE).date()
MAY = {"id": "MAY", "name": "May", "schemes": ["social_insurance"], "regions": ["VN.91"], "from": "2020-05-01",
       "to": "2020-05-31", "grace_days": 10}  # fmt: skip
CLOSES = datetime(2020, 6, 10, 17, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(store: ClickHouseStore) -> World:
    world = World(store)
    world.reference("regions", *region_rows(TREE))
    world.reference("offices", {"id": "OFFICE-1", "name": "Bưu điện 1", "region": "VN.91", "kind": "post_office"})
    world.reference(
        "outreach",
        {"id": "TALK", "region": "VN.91.913", "kind": "talk", "from": "2020-05-31", "to": "2020-06-03", "sessions": 2,
         "attendees": 50},
        {"id": "BEFORE", "region": "VN.91.913", "kind": "talk", "from": "2020-04-01", "to": "2020-04-30", "sessions": 7},
    )  # fmt: skip
    world.new("VN.91.913.31042", local("2020-05-01 00:00"), 20, campaign="MAY", outreach="TALK")
    world.new("VN.91.913", local("2020-05-31 23:59"), 5, campaign="MAY", scheme="compulsory_si", office="OFFICE-2")
    world.new("VN.91", local("2020-05-10 09:00"), 3)
    world.new("VN.66", local("2020-05-10 09:00"), 2, campaign="MAY")
    world.new("VN.91.914", local("2020-05-10 09:00"), 4, campaign="MAY", recorded_at=CLOSES)
    world.new("VN.91.914", local("2020-05-11 09:00"), 1, recorded_at=CLOSES + timedelta(days=9))
    world.new("VN.91.913", local("2020-06-01 00:00"), 50, campaign="MAY")
    world.new("VN.91.913", local("2020-05-10 09:00"), 60, scheme="health")
    world.add([Record("none", "voluntary_si", "VN.91", local("2020-05-10 09:00"), status="voided", campaign="MAY")])
    world.new("VN.91.913", datetime.now(UTC) - timedelta(minutes=1), 6, campaign="NOW", scheme="health")
    world.write()
    now = {**MAY, "id": "NOW", "schemes": ["health"], "regions": ["VN"], "from": TODAY - timedelta(days=1)}
    now |= {"to": TODAY, "grace_days": 5}
    world.reference("campaigns", MAY, now, {**now, "id": "GRACE", "to": now["from"]})
    _closings(world)
    return world


def _closings(world: World) -> None:
    """As the aggregator writes them; one that was voided since is still there."""
    version = world.store.query("SELECT version FROM campaigns FINAL WHERE id = 'MAY'")[0][0]
    common = {"campaign": "MAY", "campaign_version": version, "kafka_partition": 0, "office": "OFFICE-1"}
    world.reference(
        "campaign_closings",
        {**common, "scheme": "voluntary_si", "region": "VN.91.913.31042", "named": 20, "in_scope": 20},
        {**common, "scheme": "compulsory_si", "region": "VN.91.913", "named": 5, "in_scope": 5, "office": "OFFICE-2"},
        {**common, "scheme": "voluntary_si", "region": "VN.91", "named": 1, "in_scope": 4},
        {**common, "scheme": "voluntary_si", "region": "VN.66", "named": 2, "in_scope": 0},
        *({**common, "kafka_partition": p, "scheme": "", "region": "", "office": ""} for p in range(PARTITIONS - 1)),
        {**common, "campaign_version": version - 1, "scheme": "voluntary_si", "region": "VN.91", "named": 900},
    )


@pytest.fixture(scope="module")
def ready(api: Api, world: World) -> Api:
    eventually(lambda: api.get("/v1/coverage", region="TH", scheme="health").status_code == 200)
    eventually(lambda: api.coverage("VN", "health")["participants"] == 66)
    eventually(lambda: api.get("/v1/freshness").json()["freshness_ms"] is not None)
    return api


@pytest.fixture(scope="module")
def page(ready: Api, world: World) -> Callable[[], dict]:
    return lambda: ready.get("/v1/campaigns/MAY").json()


def test_until_every_partition_is_closed_there_is_no_closing_figure(page: Callable[[], dict], world: World) -> None:
    found = page()
    assert (found["status"], found["closing"]) == ("closed", None)
    assert found["closing_reason"] == f"being counted: {PARTITIONS - 1} of {PARTITIONS} partitions are closed"
    version = world.store.query("SELECT version FROM campaigns FINAL WHERE id = 'MAY'")[0][0]
    row = {"campaign": "MAY", "campaign_version": version, "kafka_partition": PARTITIONS - 1, "scheme": ""}
    world.reference("campaign_closings", {**row, "region": "", "office": ""})
    eventually(lambda: page()["closing"] == {"named": 28, "in_scope": 29})


def test_the_running_figure_stands_beside_the_closing_one_and_the_difference_is_explained(
    page: Callable[[], dict],
) -> None:
    found = page()
    assert found["running"] == {"named": 31, "in_scope": 33}
    assert found["late_after_close"] == {"named": 4, "in_scope": 5}
    assert found["changed_since_close"] == {"named": -1, "in_scope": -1}
    assert datetime.fromisoformat(found["closes_at"]) == CLOSES
    assert (found["days"], found["days_gone"], found["named_per_day"]) == (31, 31, 1.0)
    assert found["by_scheme"] == {
        "voluntary_si": {"named": 26, "in_scope": 28},
        "compulsory_si": {"named": 5, "in_scope": 5},
    }


def test_the_parts_of_a_campaign_add_up_to_it(page: Callable[[], dict]) -> None:
    found = page()
    parts = {(p["part"], p["region"] and p["region"]["id"]): p for p in found["by_region"]}
    assert {key: p["running"]["named"] for key, p in parts.items()} == {
        ("itself", "VN.91"): 0, ("below", "VN.91.913"): 25, ("below", "VN.91.914"): 4, ("elsewhere", None): 2,
    }  # fmt: skip
    for rows in (found["by_region"], found["by_office"]):
        for figure in ("running", "closing"):
            for count in ("named", "in_scope"):
                assert sum(row[figure][count] for row in rows) == found[figure][count]
    assert [(o["id"], o["name"], o["running"]["named"]) for o in found["by_office"]] == [
        ("OFFICE-1", "Bưu điện 1", 26),
        ("OFFICE-2", None, 5),
    ]


def test_the_outreach_of_a_campaign_is_that_of_its_regions_and_days(page: Callable[[], dict]) -> None:
    outreach = page()["outreach"]
    assert (outreach["sessions"], outreach["enrolments"], outreach["per_session"]) == (2, {"voluntary_si": 20}, 10.0)


def test_an_open_campaign_says_until_when_records_count(ready: Api) -> None:
    found = {c["id"]: c for c in ready.get("/v1/campaigns").json()["campaigns"]}
    assert {id_: c["status"] for id_, c in found.items()} == {"MAY": "closed", "NOW": "running", "GRACE": "grace"}
    assert found["NOW"]["running"] == {"named": 6, "in_scope": 6}
    assert found["NOW"]["closing"] is None
    assert found["NOW"]["closing_reason"].startswith("records count until ")


def test_the_list_says_what_the_page_says(ready: Api, page: Callable[[], dict]) -> None:
    (row,) = (c for c in ready.get("/v1/campaigns").json()["campaigns"] if c["id"] == "MAY")
    assert {name: page()[name] for name in row} == row


@pytest.mark.parametrize(
    ("region", "ids"),
    [
        ("VN", {"MAY", "NOW", "GRACE"}),
        ("VN.66", {"NOW", "GRACE"}),
        ("TH", set()),
        ("VN.91.913", {"MAY", "NOW", "GRACE"}),
    ],
)
def test_campaigns_of_a_region_are_those_in_it_above_it_and_below_it(ready: Api, region: str, ids: set[str]) -> None:
    found = ready.get("/v1/campaigns", region=region).json()
    assert {c["id"] for c in found["campaigns"]} == ids


@pytest.mark.parametrize("path", ["/v1/campaigns/NOTHING", "/v1/campaigns?region=XX"])
def test_an_unknown_campaign_or_region_is_a_404(ready: Api, path: str) -> None:
    assert ready.get(path).status_code == 404
