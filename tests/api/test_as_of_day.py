"""Rankings, outreach, milestones, campaigns and plans as of the end of an earlier day: what begins later is not there."""

import uuid
from datetime import date
from typing import Any

import pytest

from services.shared.clickhouse_store import ClickHouseStore
from tests.api.conftest import Api, eventually
from tests.api.support import World, local, region_rows

TREE = {
    "VN": "country", "VN.91": "province", "VN.91.913": "district", "VN.91.914": "district", "VN.91.913.1": "village",
    "TH": "country", "TH.75": "province",
}  # fmt: skip
MAY_END = date(2020, 5, 31)
PLAN = {"id": "PLAN", "region": "VN.91", "scheme": "voluntary_si", "kind": "new_count", "from": "2020-05-01",
        "to": "2020-12-31", "target": 12, "per": "region", "name": ""}  # fmt: skip
MAY = {"id": "MAY", "name": "May", "schemes": ["voluntary_si"], "regions": ["VN.91"], "from": "2020-05-01",
       "to": "2020-05-31", "grace_days": 10}  # fmt: skip
TALK = {"id": "TALK", "region": "VN.91.913", "kind": "talk", "from": "2020-05-01", "to": "2020-06-30", "sessions": 2,
        "attendees": 50}  # fmt: skip


@pytest.fixture(scope="module")
def world(store: ClickHouseStore) -> World:
    """A district that begins in June, a village that was complete in May, a talk, two campaigns, a plan met in June."""
    world = World(store)
    world.reference("regions", *region_rows(TREE, VN_91_914=("2020-06-10", None)))
    village = {"region": "VN.91.913.1", "scheme": "voluntary_si", "year": 2020, "eligible": 3, "source": "census"}
    world.reference("populations", village)
    world.reference("targets", PLAN, PLAN | {"id": "EACH", "per": "each:district", "target": 6})
    world.reference("outreach", TALK, {**TALK, "id": "JUNE-TALK", "from": "2020-06-15", "sessions": 7})
    world.reference("campaigns", MAY, {**MAY, "id": "JUNE", "from": "2020-06-01", "to": "2020-06-30"})
    world.new("VN.91.913.1", local("2020-05-10 09:00"), 3, campaign="MAY")
    world.new("VN.91.913", local("2020-05-31 23:59"), 2, outreach="TALK", campaign="MAY")
    world.new("VN.91.913", local("2020-06-01 00:00"), 4, outreach="TALK")
    world.left("VN.91.913.1", local("2020-06-15 09:00"))
    world.new("VN.91.914", local("2020-06-20 09:00"), 7, outreach="JUNE-TALK", campaign="JUNE")
    world.new("TH.75", local("2020-05-10 09:00"), 2)
    world.new("TH.75", local("2020-06-20 09:00"), 9)
    world.write()

    def reached(kind: str, region: str, at: str, target: str = "") -> dict:
        return {"id": uuid.uuid4(), "kind": kind, "status": "reached", "region": region, "scheme": "voluntary_si", "target": target,
                "threshold_pct": 100, "needed": 3, "reached_on": at[:10], "reached_at": at, "published_at": at}  # fmt: skip

    world.reference(
        "milestones",
        reached("complete", "VN.91.913.1", "2020-05-10 02:00:00"),
        reached("target_met", "VN.91", "2020-06-20 02:00:00", "PLAN"),
    )
    return world


@pytest.fixture(scope="module")
def ready(api: Api, world: World) -> Api:
    eventually(lambda: api.get("/v1/coverage", region="TH", scheme="health").status_code == 200)
    eventually(lambda: api.coverage("TH")["participants"] == 11)
    eventually(lambda: api.coverage("VN")["participants"] == 15)
    return api


def asked(ready: Api, path: str, **parameters: Any) -> dict:
    answer = ready.get(path, **parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ranked(ready: Api, **parameters: Any) -> dict[str, Any]:
    """The ranking by region, the best first."""
    board = asked(ready, "/v1/leaderboard", scheme="voluntary_si", **parameters)
    return {leader["coverage"]["region"]["id"]: leader["value"] for leader in board["leaders"]}


def test_a_ranking_as_of_a_day_is_of_the_units_and_figures_of_that_day(ready: Api) -> None:
    districts = {"level": "district", "metric": "participants", "within": "VN.91"}
    assert ranked(ready, **districts) == {"VN.91.913": 8, "VN.91.914": 7}
    assert ranked(ready, **districts, date=MAY_END) == {"VN.91.913": 5}
    assert ranked(ready, **districts, date="2020-06-09") == {"VN.91.913": 9}
    board = asked(ready, "/v1/leaderboard", scheme="voluntary_si", **districts, date=MAY_END)
    assert board["as_of"] == "2020-05-31T17:00:00Z"


@pytest.mark.parametrize("metric", ["participants", "new_24h", "new_30d"])
@pytest.mark.parametrize("units", [{}, {"as_": "was"}])
def test_a_ranking_of_all_countries_as_of_a_day_says_what_coverage_says(ready: Api, metric: str, units: dict) -> None:
    found = ranked(ready, level="province", metric=metric, date=MAY_END, **units)
    for region, value in found.items():
        served = ready.coverage(region, date=MAY_END, **units)
        assert value == (served["participants"] if metric == "participants" else served["new"][metric[4:]])
    assert found.keys() == {"VN.91", "TH.75"}
    assert found["VN.91"] == (2 if metric == "new_24h" else 5)


def test_outreach_as_of_a_day_is_what_had_begun_and_brought_people_by_then(ready: Api) -> None:
    now, then = (asked(ready, "/v1/outreach", region="VN", **day) for day in ({}, {"date": MAY_END}))
    assert {a["id"]: a["enrolments_total"] for a in now["activities"]} == {"TALK": 6, "JUNE-TALK": 7}
    assert {a["id"]: a["enrolments_total"] for a in then["activities"]} == {"TALK": 2}
    assert (then["total"]["sessions"], then["total"]["per_session"]) == (2, 1.0)
    assert then["as_of"] == "2020-05-31T17:00:00Z"


def test_milestones_as_of_a_day_are_those_reached_by_then(ready: Api) -> None:
    now, then = (asked(ready, "/v1/milestones", region="VN.91", **day) for day in ({}, {"date": MAY_END}))
    assert [place["region"]["id"] for place in now["complete"]] == []
    assert [(place["region"]["id"], place["coverage_pct"]) for place in then["complete"]] == [("VN.91.913.1", 100.0)]
    assert {t["id"] for t in now["targets_met"]} == {"PLAN", "EACH"}
    assert then["targets_met"] == []
    assert [one["kind"] for one in now["history"]] == ["target_met", "complete"]
    assert [one["kind"] for one in then["history"]] == ["complete"]
    assert then["as_of"] == "2020-05-31T17:00:00Z"


@pytest.mark.parametrize(
    ("day", "status", "named"), [("2020-05-20", "running", 3), ("2020-06-05", "grace", 5), ("2020-06-10", "closed", 5)]
)
def test_a_campaign_as_of_a_day_has_the_people_and_the_state_of_that_day(
    ready: Api, day: str, status: str, named: int
) -> None:
    rows = {c["id"]: c for c in asked(ready, "/v1/campaigns", region="VN.91", date=day)["campaigns"]}
    assert (rows["MAY"]["status"], rows["MAY"]["running"]["named"]) == (status, named)
    assert rows["MAY"]["running"]["in_scope"] == named
    page = asked(ready, "/v1/campaigns/MAY", date=day)
    assert {name: page[name] for name in rows["MAY"]} == rows["MAY"]
    assert sum(part["running"]["named"] for part in page["by_region"]) == named
    assert page["as_of"] == f"{day}T17:00:00Z"
    assert page["outreach"]["enrolments_total"] == {"2020-05-20": 0, "2020-06-05": 6, "2020-06-10": 6}[day]


def test_a_campaign_that_begins_later_is_not_there(ready: Api) -> None:
    assert {c["id"] for c in asked(ready, "/v1/campaigns")["campaigns"]} == {"MAY", "JUNE"}
    assert {c["id"] for c in asked(ready, "/v1/campaigns", date=MAY_END)["campaigns"]} == {"MAY"}
    assert ready.get("/v1/campaigns/JUNE", date=MAY_END).status_code == 404


def test_a_plan_as_of_a_day_stands_as_it_stood(ready: Api) -> None:
    now, then = (asked(ready, "/v1/targets/PLAN", **day)["target"] for day in ({}, {"date": MAY_END}))
    assert (now["achieved"], now["status"]) == (16, "met")
    assert (then["achieved"], then["remaining"]) == (5, 7)
    assert then == next(t for t in ready.coverage("VN.91", date=MAY_END)["targets"] if t["id"] == "PLAN")
    by_district = {t["region"]: t["achieved"] for t in asked(ready, "/v1/targets/EACH", date=MAY_END)["regions"]}
    assert by_district == {"VN.91.913": 5}


@pytest.mark.parametrize(
    "path",
    [
        "/v1/leaderboard?level=district&scheme=health", "/v1/outreach?region=VN", "/v1/milestones?region=VN",
        "/v1/campaigns?region=VN", "/v1/campaigns/MAY?", "/v1/targets/PLAN?",
    ],
)  # fmt: skip
def test_a_day_that_has_not_begun_is_refused_and_the_parameter_documented(ready: Api, path: str) -> None:
    answer = ready.get(f"{path}&date=2099-01-01")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["date"]
    route = path.partition("?")[0].replace("/MAY", "/{campaign}").replace("/PLAN", "/{target}")
    parameters = ready.get("/openapi.json").json()["paths"][route]["get"]["parameters"]
    (documented,) = [p for p in parameters if p["name"] == "date"]
    assert "end of this day" in documented["description"]
