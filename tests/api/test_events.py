"""Records page by page: every one once, filtered exactly, with the trace of what took them back or corrected them."""

import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from services.shared.clickhouse_store import ClickHouseStore
from tests.api.conftest import Api, eventually
from tests.api.support import Record, World, below, local, region_rows

TREE = {"VN": "country", "VN.91": "province", "VN.91.913": "district", "VN.91.914": "district"}
WRONG, VOID, FIRST, CORRECTION = (uuid.UUID(int=n) for n in (0xA1, 0xA2, 0xA3, 0xA4))


@pytest.fixture(scope="module")
def world(store: ClickHouseStore) -> World:
    world, chance = World(store), random.Random(3)
    world.reference("regions", *region_rows(TREE))
    for _ in range(230):
        at = datetime(2021, 3, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(300))  # many at one moment
        region = chance.choice(("VN.91", "VN.91.913", "VN.91.914"))
        scheme, office = chance.choice(("health", "voluntary_si")), chance.choice(("O-1", "O-2"))
        world.add([Record("new", scheme, region, at, office=office, agent=chance.choice(("", "A-7")))])
    world.moved("VN.91.913", "VN.91.914", local("2021-03-20 10:00"), 3, scheme="health")
    world.add(
        [
            Record("none", "section40", "VN.91", local("2021-04-01 08:00"), status="voided", registration_id=WRONG),
            Record("none", "section40", "VN.91", local("2021-04-02 08:00"), status="applied", registration_id=VOID,
                   kind="voided", refers_to=WRONG, reason="entered twice"),
            Record("new", "section40", "VN.91", local("2021-04-03 08:00"), registration_id=FIRST, corrected_by=CORRECTION),
            Record("none", "section40", "VN.91", local("2021-04-04 08:00"), status="applied", registration_id=CORRECTION,
                   kind="corrected", refers_to=FIRST, reason="the commune was wrong"),
        ]
    )  # fmt: skip
    world.write()
    return world


@pytest.fixture(scope="module")
def ready(api: Api, world: World) -> Api:
    eventually(lambda: api.get("/v1/coverage", region="VN", scheme="health").status_code == 200)
    return api


def every_page(api: Api, **parameters: object) -> list[dict]:
    found, path = [], "/v1/events"
    while path:
        answer = api.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        found += answer.json()["events"]
        path, parameters = answer.json()["next"], {}
    return found


@pytest.mark.parametrize("limit", [7, 100, 1000])
def test_the_pages_together_hold_every_record_once_the_latest_first(ready: Api, world: World, limit: int) -> None:
    found = every_page(ready, limit=limit)
    assert {e["registration_id"] for e in found} == {str(r.registration_id) for r in world.records}
    assert len(found) == len(world.records)
    order = [e["occurred_at"] for e in found]
    assert order == sorted(order, reverse=True)


def test_a_record_that_comes_meanwhile_moves_no_other(ready: Api, world: World) -> None:
    asked = {"scheme": "unemployment", "limit": 2}
    world.new("VN.91", local("2021-03-05 10:00"), 5, scheme="unemployment")
    world.write()
    first = ready.get("/v1/events", **asked).json()
    world.new("VN.91", local("2021-03-06 10:00"), 3, scheme="unemployment")
    world.write()
    rest = every_page(ready, **asked, after=first["next"].rpartition("after=")[2])
    ids = [e["registration_id"] for e in first["events"] + rest]
    assert len(ids) == len(set(ids)) == 5


@pytest.mark.parametrize(
    ("parameters", "chosen"),
    [
        ({"scheme": "health"}, lambda r: r.scheme == "health"),
        ({"office": "O-1", "scheme": "health"}, lambda r: r.office == "O-1" and r.scheme == "health"),
        ({"agent": "A-7"}, lambda r: r.agent == "A-7"),
        ({"status": "voided"}, lambda r: r.status == "voided"),
        ({"effect": "moved"}, lambda r: r.effect == "moved"),
        ({"kind": "corrected"}, lambda r: r.kind == "corrected"),
        ({"region": "VN.91.913"}, lambda r: below(r.region, "VN.91.913") or below(r.origin, "VN.91.913")),
        ({"from_": "2021-03-03", "to": "2021-03-05"}, lambda r: "2021-03-03" <= r.day.isoformat() <= "2021-03-05"),
        ({"registration": WRONG}, lambda r: WRONG in (r.registration_id, r.refers_to)),
        ({"participant": WRONG.hex}, lambda r: r.registration_id == WRONG),
        ({"office": "no\tsuch\\N 'office' %41\n\x00"}, lambda r: False),
    ],
)
def test_a_filter_leaves_exactly_the_records_it_names(ready: Api, world: World, parameters: dict, chosen) -> None:
    found = {e["registration_id"] for e in every_page(ready, **parameters, limit=50)}
    assert found == {str(r.registration_id) for r in world.records if chosen(r)}


def test_a_void_and_a_correction_leave_their_trace(ready: Api) -> None:
    wrong, right = (every_page(ready, registration=one)[-1] for one in (WRONG, FIRST))
    assert (wrong["status"], wrong["effect"], wrong["to_region"]) == ("voided", "none", None)
    (void,) = wrong["referred_by"]
    assert (void["registration_id"], void["kind"], void["reason"]) == (str(VOID), "voided", "entered twice")
    assert (right["status"], right["effect"], right["corrected_by"]) == ("counted", "new", str(CORRECTION))
    assert [(r["kind"], r["reason"], r["status"]) for r in right["referred_by"]] == [
        ("corrected", "the commune was wrong", "applied")
    ]
    (correction, _) = every_page(ready, registration=FIRST)
    assert (correction["refers_to"], correction["reason"]) == (str(FIRST), "the commune was wrong")


def test_the_explanation_names_as_many_records_as_the_pages_it_points_to(ready: Api, world: World) -> None:
    found = ready.get("/v1/coverage/VN.91.913/health/explain").json()
    path, _, query = found["events"].partition("?")
    assert path == "/v1/events"
    assert len(every_page(ready, **dict(part.split("=") for part in query.split("&")))) == found["records"]["total"]


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/v1/events?region=VN.99", 404, None),
        ("/v1/events?after=nonsense", 422, "after"),
        ("/v1/events?after=" + "A" * 32, 200, None),
        ("/v1/events?after=" + "_" * 32, 422, "after"),
        ("/v1/events?from=2021-03-03&to=2021-03-02", 422, "from"),
        ("/v1/events?limit=0", 422, "limit"),
        ("/v1/events?registration=1", 422, "registration"),
        ("/v1/events?status=lost", 422, "status"),
    ],
)
def test_a_wrong_question_is_answered_with_a_problem(ready: Api, path: str, status: int, field: str | None) -> None:
    answer = ready.get(path)
    assert answer.status_code == status, answer.text
    assert field is None or answer.json()["errors"][0]["field"] == field
