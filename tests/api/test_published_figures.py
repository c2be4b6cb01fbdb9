"""Figures of the kind the programmes publish, exact to the last digit, over the real engine."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.shared.clickhouse_store import ClickHouseStore
from tests.api.conftest import Api, eventually
from tests.api.support import World, local, region_rows

TREE = {
    "VN": "country", "VN.91": "province", "VN.91.913": "district", "VN.91.914": "district",
    "VN.91.913.31042": "commune", "VN.91.913.31045": "commune",
    "TH": "country", "TH.75": "province", "TH.75.7503": "district", "TH.75.7501": "district",
}  # fmt: skip


@pytest.fixture(scope="module")
def world(store: ClickHouseStore) -> World:
    world = World(store)
    world.reference("regions", *region_rows(TREE))
    world.reference(
        "targets",
        {"id": "UMT-2020", "region": "VN.91.913", "scheme": "voluntary_si", "kind": "new_count", "from": "2020-01-01",
         "to": "2020-12-31", "target": 244, "per": "region", "milestones": '[{"on": "2020-06-30", "pct": "50"}]'},
        {"id": "LAUNCH", "region": "VN.91", "scheme": "voluntary_si", "kind": "new_count", "from": "2020-05-01",
         "to": "2020-05-31", "target": 50, "per": "each:district"},
        {"id": "SMK-2019", "region": "TH.75", "scheme": "section40", "kind": "new_count", "from": "2018-10-01",
         "to": "2019-09-30", "target": 2878, "per": "region"},
        {"id": "AGENT-7", "region": "VN.91.913", "scheme": "voluntary_si", "kind": "new_count", "from": "2020-01-01",
         "to": "2020-12-31", "target": 40, "per": "agent", "owner": "A-7"},
    )  # fmt: skip
    world.reference(
        "populations",
        {"region": "VN.91.913", "scheme": "health", "year": 2019, "eligible": 1_000, "source": "census"},
        {"region": "VN.91.913", "scheme": "health", "year": 2020, "eligible": 800, "source": "census"},
    )
    world.reference(
        "baselines",
        {"region": "TH.75", "scheme": "section40", "date": "2019-10-31", "count": 17_093, "source": "SSO"},
    )
    world.new("VN.91.913.31042", local("2020-03-10 09:00"), 300, agent="A-7")
    world.new("VN.91.913.31045", local("2020-05-10 09:00"), 60)
    world.new("VN.91.913", local("2020-12-31 23:59:59.999999"), 6)
    world.new("VN.91.913", local("2021-01-01 00:00"), 5)
    world.new("VN.91.914", local("2020-05-31 23:00"), 49)
    world.new("VN.91.913", local("2020-02-01 10:00"), 704, scheme="health")
    world.new("TH.75.7503", local("2018-10-01 00:00"), 2_000, scheme="section40")
    world.new("TH.75.7501", local("2019-09-30 23:30"), 878, scheme="section40")
    world.new("TH.75.7503", local("2019-11-01 00:00"), 7, scheme="section40")
    world.left("TH.75.7503", local("2019-11-02 08:00"), 2, scheme="section40")
    world.write()
    return world


@pytest.fixture(scope="module")
def ready(api: Api, world: World) -> Api:
    eventually(lambda: api.get("/v1/coverage", region="TH.75", scheme="section40").status_code == 200)
    eventually(lambda: api.coverage("TH.75", "section40")["participants"] == 17_098)
    eventually(lambda: api.coverage("VN.91.913", "voluntary_si")["participants"] == 371)
    return api


def test_366_new_of_a_plan_of_244_are_150_percent(ready: Api) -> None:
    target = ready.coverage("VN.91.913")["targets"][0]
    assert (target["id"], target["achieved"], target["achieved_pct"], target["remaining"]) == (
        "UMT-2020",
        366,
        150.0,
        0,
    )
    assert (target["status"], target["per_day_needed"], target["expected_on"]) == ("met", 0, None)


def test_a_milestone_says_when_it_was_reached(ready: Api) -> None:
    (milestone,) = ready.coverage("VN.91.913")["targets"][0]["milestones"]
    assert milestone == {"on": "2020-06-30", "pct": 50.0, "needed": 122.0, "reached_on": "2020-03-10", "status": "met"}


def test_a_plan_counts_both_of_its_days_in_full_and_nothing_outside(ready: Api) -> None:
    target = ready.coverage("TH.75", "section40")["targets"][0]
    assert (target["achieved"], target["achieved_pct"], target["status"]) == (2878, 100.0, "met")


def test_a_baseline_takes_in_the_records_up_to_its_date(ready: Api) -> None:
    found = ready.coverage("TH.75", "section40")
    assert found["participants"] == 17_093 + 7 - 2
    assert found["active_by_record"] == 2_878 + 7 - 2
    assert found["baseline"] == {
        "count": 17_093, "date": "2019-10-31", "source": "SSO", "of": "own", "unattributed": 17_093,
    }  # fmt: skip


def test_the_baseline_of_a_child_is_part_of_its_parent(ready: Api) -> None:
    found = ready.coverage("TH", "section40")
    assert found["participants"] == 17_098
    assert (found["baseline"]["count"], found["baseline"]["of"]) == (17_093, "children")


@pytest.mark.parametrize(
    ("day", "participants"),
    [("2019-10-30", 2_878), ("2019-10-31", 17_093), ("2019-11-01", 17_100), ("2019-11-02", 17_098)],
)
def test_as_of_a_day_only_what_was_known_of_it_counts(ready: Api, day: str, participants: int) -> None:
    assert ready.coverage("TH.75", "section40", date=day)["participants"] == participants


def test_coverage_is_participants_out_of_the_eligible_of_the_latest_year(ready: Api) -> None:
    found = ready.coverage("VN.91.913", "health")
    assert (found["coverage_pct"], found["coverage_reason"]) == (88.0, None)
    assert found["eligible"] == {"count": 800, "year": 2020, "source": "census"}


def test_as_of_the_year_before_the_denominator_is_that_years(ready: Api) -> None:
    found = ready.coverage("VN.91.913", "health", date="2019-12-31")
    assert (found["participants"], found["coverage_pct"], found["eligible"]["year"]) == (0, 0.0, 2019)


def test_without_a_denominator_coverage_is_null_and_says_why(ready: Api) -> None:
    found = ready.coverage("VN.91.913", "health", date="2018-06-01")
    assert found["coverage_pct"] is None
    assert found["coverage_reason"] == "no eligible population for VN.91.913 in health for 2018 or before"
    above = ready.coverage("VN.91", "health", date="2020-06-01")
    assert "1 of the 2 regions right below have one" in above["coverage_reason"]


def test_a_plan_for_each_district_is_listed_in_each(ready: Api) -> None:
    achieved = {
        region: next(t for t in ready.coverage(region)["targets"] if t["id"] == "LAUNCH")
        for region in ("VN.91.913", "VN.91.914", "VN.91")
    }
    assert [(t["achieved"], t["status"], t["region"]) for t in achieved.values()] == [
        (60, "met", "VN.91.913"),
        (49, "missed", "VN.91.914"),
        (109, "met", "VN.91"),
    ]
    whole = achieved["VN.91"]
    assert (whole["target"], whole["regions"], whole["regions_met"]) == (100, 2, 1)


def test_a_target_page_has_a_row_for_each_region(ready: Api) -> None:
    page = ready.get("/v1/targets/LAUNCH").json()
    assert {row["region"]: row["achieved"] for row in page["regions"]} == {"VN.91.913": 60, "VN.91.914": 49}
    assert page["target"]["achieved"] == 109


def test_an_agents_plan_counts_the_agents_own_records(ready: Api) -> None:
    page = ready.get("/v1/targets/AGENT-7").json()
    assert (page["target"]["achieved"], page["target"]["achieved_pct"]) == (300, 750.0)
    assert page["target"]["owner"] == "A-7"
    assert "AGENT-7" not in {t["id"] for t in ready.coverage("VN.91.913")["targets"]}


def test_growth_is_against_the_same_date_a_year_before(ready: Api) -> None:
    found = ready.coverage("VN.91.913", date="2021-03-10")["yoy"]
    assert found == {
        "date": "2020-03-10", "participants": 300, "participants_pct": 23.67, "new_pct": -100.0, "basis": "records",
    }  # fmt: skip
    nothing = ready.coverage("VN.91.913", date="2020-12-31")["yoy"]
    assert (nothing["basis"], nothing["participants"]) == ("none", None)


def test_today_is_the_countrys(ready: Api) -> None:
    as_of = datetime.fromisoformat(ready.coverage("VN")["as_of"])
    assert abs(as_of - datetime.now(UTC)) < timedelta(seconds=30)
    today = (datetime.now(UTC) + timedelta(hours=7)).date()
    assert ready.get("/v1/coverage", region="VN", scheme="health", date=today).status_code == 200
    later = ready.get("/v1/coverage", region="VN", scheme="health", date=today + timedelta(days=1))
    assert later.status_code == 422
    assert later.json()["errors"][0]["field"] == "date"
    assert date.fromisoformat(ready.coverage("VN", date=today)["yoy"]["date"]).year == today.year - 1
