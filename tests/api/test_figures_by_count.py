"""Live and dated figures against a naive count of a made-up history: windows, moves, returns, baselines at every level."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from services.shared.clickhouse_store import ClickHouseStore
from tests.api.conftest import Api, eventually
from tests.api.support import PARTS, ZONE, Record, World, below, day_end, region_rows

DISTRICTS = {f"VN.{p}.{p}{d}": "district" for p in (11, 12) for d in range(3)}
COMMUNES = {f"{d}.{d[-3:]}{c:02d}": "commune" for d in DISTRICTS for c in range(4)}
TREE = {"VN": "country", "VN.11": "province", "VN.12": "province", **DISTRICTS, **COMMUNES}
PLACES = [*COMMUNES, *DISTRICTS, "VN.11"]
RECORDED = ("voluntary_si", "health", "compulsory_si")
SCHEMES = (*RECORDED, "social_insurance")
WINDOWS = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
NOW = datetime.now(UTC)
BASELINES = {  # region: (days before today, count), several a region
    ("VN.11", "health"): [(300, 900), (20, 1200)],
    ("VN.11.110", "health"): [(100, 300)],
    ("VN.12.121", "health"): [(40, 70)],
    ("VN.12.121.12101", "health"): [(10, 33)],
    ("VN.12.122", "health"): [(5, 11)],
    ("VN.11", "compulsory_si"): [(200, 1500)],
    ("VN.11.110", "voluntary_si"): [(100, 250), (15, 260)],
    ("VN.11.111", "social_insurance"): [(30, 400)],
    ("VN.12", "social_insurance"): [(25, 800)],
    ("VN.12.121", "compulsory_si"): [(60, 90)],
    ("VN.12.121", "voluntary_si"): [(50, 80)],
}


def today() -> date:
    return NOW.astimezone(ZONE).date()


@pytest.fixture(scope="module")
def world(store: ClickHouseStore) -> World:
    world, chance = World(store), random.Random(7)
    world.reference("regions", *region_rows(TREE))
    world.reference(
        "baselines",
        *(
            {"region": r, "scheme": s, "date": today() - timedelta(days=d), "count": n, "source": f"{r}"}
            for (r, s), rows in BASELINES.items()
            for d, n in rows
        ),
    )
    for _ in range(3):
        world.add(_random_record(chance) for _ in range(700))
        world.write()
    return world


def _random_record(chance: random.Random) -> Record:
    seconds = chance.choice((3_000, 80_000, 600_000, 3_000_000, 40_000_000))
    at = NOW - timedelta(seconds=chance.randrange(seconds), microseconds=chance.randrange(10**6))
    effect = chance.choices(("new", "left", "moved", "returned", "none"), (10, 3, 3, 1, 1))[0]
    region, origin = chance.sample(PLACES, 2)
    return Record(effect, chance.choice(RECORDED), region, at, origin if effect == "moved" else "")


@pytest.fixture(scope="module")
def ready(api: Api, world: World) -> Api:
    eventually(lambda: api.get("/v1/coverage", region="VN", scheme="health").status_code == 200)
    expected = world.stock("VN", "health")
    eventually(lambda: api.coverage("VN", "health")["active_by_record"] == expected)
    for scheme in SCHEMES:  # the edges of windows are read as often as a busy machine can afford
        eventually(lambda of=scheme: windows_are_right(api, world, "VN", of))
    return api


def windows_are_right(api: Api, world: World, region: str, scheme: str) -> bool:
    """Whether new and left of a region are, in every window, those of the naive count."""
    found = api.coverage(region, scheme)
    as_of = datetime.fromisoformat(found["as_of"])
    return all(
        found[effect] == {n: world.flow(effect, region, scheme, as_of - w, as_of) for n, w in WINDOWS.items()}
        for effect in ("new", "left")
    )


def expected_participants(world: World, region: str, scheme: str, day: date) -> int:
    """By definition: from the own latest baseline, else a total's components where they have one, else the children's."""
    own = [(today() - timedelta(days=d), n) for d, n in BASELINES.get((region, scheme), [])]
    held = [(when, n) for when, n in own if when <= day]
    if held:
        when, count = max(held)
        return count + world.stock(region, scheme, after=when, up_to=day)
    parts = PARTS.get(scheme, ())
    if any(today() - timedelta(days=d) <= day for part in parts for d, _ in BASELINES.get((region, part), [])):
        return sum(expected_participants(world, region, part, day) for part in parts)
    children = [r for r in TREE if r.rpartition(".")[0] == region]
    below = sum(world.stock(child, scheme, up_to=day) for child in children)
    at_itself = world.stock(region, scheme, up_to=day) - below
    return at_itself + sum(expected_participants(world, child, scheme, day) for child in children)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_live_figures_are_those_of_a_naive_count(ready: Api, world: World, scheme: str) -> None:
    for region in TREE:
        found = ready.coverage(region, scheme)
        as_of = datetime.fromisoformat(found["as_of"])
        assert found["active_by_record"] == world.stock(region, scheme), region
        assert found["participants"] == expected_participants(world, region, scheme, today()), region
        for effect in ("new", "left"):
            expected = {n: world.flow(effect, region, scheme, as_of - w, as_of) for n, w in WINDOWS.items()}
            assert found[effect] == expected, (region, effect)


@pytest.mark.parametrize("days_ago", [0, 1, 4, 5, 10, 19, 20, 35, 99, 100, 250, 299, 300, 301, 400, 3000])
@pytest.mark.parametrize("scheme", ["health", "social_insurance"])
def test_dated_figures_are_those_of_a_naive_count(ready: Api, world: World, scheme: str, days_ago: int) -> None:
    day = today() - timedelta(days=days_ago)
    end = day_end(day)
    for region in ("VN", "VN.11", "VN.11.110", "VN.12", "VN.12.121", "VN.12.121.12101", "VN.12.122"):
        found = ready.coverage(region, scheme, date=day)
        assert datetime.fromisoformat(found["as_of"]) == end
        assert found["active_by_record"] == world.stock(region, scheme, up_to=day), region
        assert found["participants"] == expected_participants(world, region, scheme, day), region
        for effect in ("new", "left"):
            expected = {n: world.flow(effect, region, scheme, end - w, end) for n, w in WINDOWS.items()}
            assert found[effect] == expected, (region, effect)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_parents_people_are_its_childrens_and_its_own(ready: Api, scheme: str) -> None:
    for region, level in TREE.items():
        if level == "commune":
            continue
        page = ready.get(f"/v1/regions/{region}", scheme=scheme).json()
        below = sum(child["active_by_record"] for child in page["children"])
        assert page["coverage"]["active_by_record"] == below + page["at_region_itself"], region


def test_growth_compares_with_the_naive_count_of_a_year_before(ready: Api, world: World) -> None:
    then = today().replace(year=today().year - 1)
    for region in TREE:
        yoy = ready.coverage(region)["yoy"]
        assert yoy["date"] == str(then)
        stock = world.stock(region, "voluntary_si", up_to=then)
        came_or_left = any(
            r.effect in ("new", "left") and r.scheme == "voluntary_si" and r.day <= then and below(r.region, region)
            for r in world.records
        )
        assert yoy["participants"] == stock if came_or_left or stock else yoy["participants"] is None, region


@pytest.mark.parametrize("grain", ["day", "month", "hour"])
@pytest.mark.parametrize(
    ("region", "scheme"),
    [
        ("VN", "health"),
        ("VN.11", "health"),
        ("VN.12.121", "health"),
        ("VN.12.121.12101", "health"),
        ("VN", "social_insurance"),
        ("VN.11.111", "social_insurance"),
    ],
)
def test_a_series_adds_up_to_the_figures_of_its_days(
    ready: Api, world: World, grain: str, region: str, scheme: str
) -> None:
    first = today() - timedelta(days={"hour": 12, "day": 60, "month": 420}[grain])
    found = ready.get(f"/v1/regions/{region}/series", scheme=scheme, grain=grain, from_=first, to=today()).json()
    for bucket in found["buckets"]:
        start, end = (datetime.fromisoformat(bucket[name]) for name in ("bucket_start", "bucket_end"))
        for effect in ("new", "returned", "left"):
            assert bucket[effect] == world.flow(effect, region, scheme, start, end), bucket
        assert bucket["moved_in"] == _crossings(world, region, start, end, scheme, entering=True), bucket
        assert bucket["moved_out"] == _crossings(world, region, start, end, scheme, entering=False), bucket
        day = (end - timedelta(microseconds=1)).astimezone(ZONE).date()
        if end == day_end(day):
            assert bucket["participants"] == expected_participants(world, region, scheme, day), bucket
    assert found["buckets"][-1]["participants"] == ready.coverage(region, scheme)["participants"]


def _crossings(world: World, region: str, start: datetime, end: datetime, scheme: str, *, entering: bool) -> int:
    return sum(
        r.effect == "moved" and r.scheme in PARTS.get(scheme, (scheme,)) and start <= r.at < end
        and below(r.region, region) != below(r.origin, region) and below(r.region, region) == entering
        for r in world.records
    )  # fmt: skip


def test_late_records_of_any_age_are_counted_while_it_runs(ready: Api, world: World) -> None:
    for age in (timedelta(minutes=1), timedelta(hours=5), timedelta(days=1), timedelta(days=7), timedelta(days=500)):
        world.new("VN.12.120", datetime.now(UTC) - age, 3)
        world.new("VN.12.120.12001", datetime.now(UTC) - age, 2)
        world.write()
        expected = world.stock("VN", "voluntary_si")
        eventually(lambda expected=expected: ready.coverage("VN")["active_by_record"] == expected, 5)

        def windows_agree() -> bool:
            found = ready.coverage("VN.12")
            as_of = datetime.fromisoformat(found["as_of"])
            flows = {n: world.flow("new", "VN.12", "voluntary_si", as_of - w, as_of) for n, w in WINDOWS.items()}
            return found["new"] == flows

        eventually(windows_agree, 12)


def test_a_month_of_before_that_changes_again_and_again_is_counted(ready: Api, world: World) -> None:
    first = datetime.now(UTC) - timedelta(days=210)
    for n in range(6):
        world.new("VN.12.120.12001", first + timedelta(days=n % 4), 1 + n)
        world.moved("VN.12.120.12001", "VN.11.110", first + timedelta(days=n % 4, hours=1))
        world.write()
        for region in ("VN", "VN.11", "VN.12.120"):
            expected = world.stock(region, "voluntary_si")
            eventually(lambda r=region, e=expected: ready.coverage(r)["active_by_record"] == e, 5)


def test_a_new_denominator_is_served_without_a_restart(ready: Api, world: World) -> None:
    world.reference(
        "populations", {"region": "VN.12", "scheme": "health", "year": 2019, "eligible": 3, "source": "census"}
    )
    found = eventually(lambda: (f := ready.coverage("VN.12", "health"))["coverage_pct"] is not None and f)
    assert isinstance(found, dict)
    assert found["coverage_pct"] == round(found["participants"] * 100 / 3 + 1e-9, 2)


def test_a_new_region_is_served_with_its_people(ready: Api, world: World) -> None:
    world.new("VN.12.129", datetime.now(UTC) - timedelta(hours=2), 4)
    world.write()
    world.reference("regions", *region_rows({**TREE, "VN.12.129": "district"}))
    eventually(lambda: ready.get("/v1/coverage", region="VN.12.129", scheme="voluntary_si").status_code == 200)
    assert ready.coverage("VN.12.129")["active_by_record"] == 4
    assert ready.coverage("VN")["active_by_record"] == world.stock("VN", "voluntary_si")


def test_a_leaderboard_in_a_total_ranks_by_its_components_together(ready: Api, world: World) -> None:
    board = ready.get("/v1/leaderboard", level="district", scheme="social_insurance", metric="participants").json()
    found = {leader["coverage"]["region"]["id"]: leader["value"] for leader in board["leaders"]}
    day = today()
    assert all(found[r] == expected_participants(world, r, "social_insurance", day) for r in DISTRICTS)
    assert [leader["value"] for leader in board["leaders"]] == sorted(found.values(), reverse=True)
