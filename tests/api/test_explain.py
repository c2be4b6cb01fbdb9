"""What is behind a number: the sum holds and is the one of /v1/coverage, for every region of a made-up history."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from services.shared.clickhouse_store import ClickHouseStore
from tests.api.conftest import Api, eventually
from tests.api.support import Record, World, below, local, region_rows

DISTRICTS = {f"VN.{p}.{p}{d}": "district" for p in (11, 12) for d in range(2)}
COMMUNES = {f"{d}.{d[-3:]}{c:02d}": "commune" for d in DISTRICTS for c in range(3)}
TREE = {"VN": "country", "VN.11": "province", "VN.12": "province", **DISTRICTS, **COMMUNES}
OFFICES = [f"OFFICE-{n}" for n in range(5)]
TODAY = date(2021, 6, 30)
BASELINES = {  # region: days before today and count, several a region
    "VN.11": [(300, 900), (20, 1_200)],
    "VN.11.110": [(100, 300)],
    "VN.12.121": [(40, 70)],
    "VN.12.121.12101": [(10, 33)],
    "VN.12.120.12002": [(5, 11)],
}


@pytest.fixture(scope="module")
def world(store: ClickHouseStore) -> World:
    world, chance = World(store), random.Random(11)
    world.reference("regions", *region_rows(TREE))
    world.reference("offices", {"id": "OFFICE-3", "name": "Bưu điện số 3", "region": "VN.11", "kind": "post_office"})
    world.reference(
        "baselines",
        *(
            {"region": r, "scheme": "health", "date": TODAY - timedelta(days=d), "count": n, "source": r}
            for r, rows in BASELINES.items()
            for d, n in rows
        ),
        {
            "region": "VN.12.121",
            "scheme": "social_insurance",
            "date": TODAY - timedelta(days=20),
            "count": 500,
            "source": "x",
        },
        {
            "region": "VN.11.110",
            "scheme": "voluntary_si",
            "date": TODAY - timedelta(days=40),
            "count": 90,
            "source": "x",
        },
    )
    world.add(_random_record(chance, "health") for _ in range(1_500))
    world.add(_random_record(chance, "voluntary_si") for _ in range(300))
    world.write()
    return world


def _random_record(chance: random.Random, scheme: str) -> Record:
    at = datetime(2021, 6, 30, 12, tzinfo=UTC) - timedelta(seconds=chance.randrange(40_000_000))
    effect = chance.choices(("new", "left", "moved", "returned", "none"), (10, 3, 4, 1, 2))[0]
    region, origin = chance.sample([*COMMUNES, *DISTRICTS, "VN.11"], 2)
    status = chance.choice(("no_effect", "voided", "applied", "waiting")) if effect == "none" else "counted"
    office = chance.choice(OFFICES)
    return Record(effect, scheme, region, at, origin if effect == "moved" else "", office=office, status=status)


@pytest.fixture(scope="module")
def ready(api: Api, world: World) -> Api:
    eventually(lambda: api.get("/v1/coverage", region="VN", scheme="health").status_code == 200)
    eventually(lambda: api.coverage("VN", "health")["active_by_record"] == world.stock("VN", "health"))
    return api


def explained(api: Api, region: str, scheme: str = "health", **parameters: object) -> dict:
    answer = api.get(f"/v1/coverage/{region}/{scheme}/explain", **parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def net_of(part: dict) -> int:
    return part["new"] + part["returned"] + part["moved_in"] - part["left"] - part["moved_out"]


@pytest.mark.parametrize("day", [None, TODAY, TODAY - timedelta(days=15), TODAY - timedelta(days=90), date(2019, 1, 1)])
@pytest.mark.parametrize("region", TREE)
def test_the_sum_behind_a_number_holds_and_is_what_coverage_says(ready: Api, region: str, day: date | None) -> None:
    of_day = {"date": day} if day else {}
    found, served = explained(ready, region, **of_day), ready.coverage(region, "health", **of_day)
    chain, same = found["chain"], found["coverage"]
    assert chain["participants"] == chain["baseline"] + net_of(chain) == same["participants"] == served["participants"]
    for key in ("baseline", "eligible", "coverage_pct", "coverage_reason", "active_by_record", "targets", "left"):
        assert same[key] == served[key], key
    for parts in (found["by_office"], found["by_channel"]):
        assert sum(part["net"] for part in parts) + chain["baseline"] == chain["participants"]
        assert all(part["net"] == net_of(part) for part in parts)
    assert sum(part["participants"] for part in found["by_region"]) == chain["participants"]
    assert found["counters"]["difference"] == 0


@pytest.mark.parametrize("day", [None, TODAY - timedelta(days=30)])
@pytest.mark.parametrize("region", ["VN", "VN.11", "VN.11.110", "VN.12.121"])
def test_a_total_is_explained_by_the_records_of_its_components(ready: Api, region: str, day: date | None) -> None:
    of_day = {"date": day} if day else {}
    found, served = (
        explained(ready, region, "social_insurance", **of_day),
        ready.coverage(region, "social_insurance", **of_day),
    )
    chain = found["chain"]
    assert chain["participants"] == chain["baseline"] + net_of(chain) == served["participants"]
    assert sum(part["participants"] for part in found["by_region"]) == chain["participants"]
    assert found["counters"]["difference"] == 0
    assert found["records"]["total"] > 0


@pytest.mark.parametrize("region", ["VN", "VN.12", "VN.11.110"])
def test_every_record_of_a_region_is_in_exactly_one_outcome(ready: Api, world: World, region: str) -> None:
    records = explained(ready, region)["records"]
    named = [r for r in world.records if r.scheme == "health" and (below(r.region, region) or below(r.origin, region))]
    assert records["total"] == len(named) == sum(records["outcomes"].values()) == sum(records["by_kind"].values())
    assert sum(records["recorded_after_days"].values()) == len(named)
    assert records["outcomes"]["waiting"] == sum(r.status == "waiting" for r in named)
    assert records["outcomes"]["no_effect"] == sum(r.status == "no_effect" for r in named)
    assert records["last_day"] == max(r.day for r in named).isoformat()


def test_the_changes_of_an_office_are_those_of_its_records_after_the_baseline(ready: Api, world: World) -> None:
    parts = {part["id"]: part for part in explained(ready, "VN.11")["by_office"]}
    assert set(parts) == set(OFFICES)
    assert parts["OFFICE-3"]["name"] == "Bưu điện số 3"
    since = TODAY - timedelta(days=20)
    for office, part in parts.items():
        own = [r for r in world.records if r.scheme == "health" and r.office == office and r.day > since]
        assert part["new"] == sum(r.effect == "new" and below(r.region, "VN.11") for r in own)
        gone = [r for r in own if r.effect == "moved" and below(r.origin, "VN.11") and not below(r.region, "VN.11")]
        assert part["moved_out"] == len(gone)


def test_without_a_baseline_the_number_is_made_of_records_alone(ready: Api, world: World) -> None:
    found = explained(ready, "VN.12", "voluntary_si")
    assert found["chain"]["baseline"] == 0
    assert found["chain"]["participants"] == world.stock("VN.12", "voluntary_si")
    assert "inside_baseline" not in found["records"]["outcomes"]


def test_a_region_without_any_record_is_explained_by_zeros(ready: Api) -> None:
    found = explained(ready, "VN.12", "unemployment")
    assert found["chain"]["text"] == "0 baseline + 0 new + 0 returned + 0 moved_in - 0 left - 0 moved_out = 0"
    assert found["records"]["total"] == 0
    assert found["by_office"] == []


def test_a_record_that_comes_later_shows_in_the_counts(ready: Api, world: World) -> None:
    before = explained(ready, "VN.11.111", "compulsory_si")["records"]
    assert before["total"] == 0
    world.new("VN.11.111", local("2021-06-01 09:00"), 2, scheme="compulsory_si")
    world.write()
    eventually(lambda: ready.coverage("VN.11.111", "compulsory_si")["participants"] == 2)
    after = eventually(
        lambda: (found := explained(ready, "VN.11.111", "compulsory_si")["records"])["total"] == 2 and found
    )
    assert after["by_kind"] == {"enrolled": 2}
    assert after["recorded_after_days"] == {"0": 2}


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/v1/coverage/VN.99/health/explain", 404, None),
        ("/v1/coverage/VN/life/explain", 422, "scheme"),
        ("/v1/coverage/VN/health/explain?date=2999-01-01", 422, "date"),
        ("/v1/coverage/VN/health/explain?date=yesterday", 422, "date"),
    ],
)
def test_a_wrong_question_is_answered_with_a_problem(ready: Api, path: str, status: int, field: str | None) -> None:
    answer = ready.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert field is None or answer.json()["errors"][0]["field"] == field
