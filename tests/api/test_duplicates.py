"""The queue of possible duplicates: who is in it and why, what deciding would do, and what it does in the whole stack."""

import uuid
from typing import Any

import pytest

from deploy.reference.made_up_ids import person
from services.shared.clickhouse_store import ClickHouseStore
from tests.api.conftest import Api, eventually
from tests.api.support import Record, World, local, region_rows
from tests.support.whole_stack import WholeStack

TREE = {"VN": "country", "VN.91": "province", "VN.91.913": "district", "VN.91.914": "district"}
REGION, SCHEME = "VN.91.913", "unemployment"


@pytest.fixture(scope="module")
def world(store: ClickHouseStore) -> World:
    world = World(store)
    world.reference("regions", *region_rows(TREE))
    alike = {"birth_year": 1985, "sex": "F", "agent": "A-1"}
    world.add(
        [
            Record("new", "health", "VN.91.913", local("2021-03-01 09:00"), participant="a" * 32, **alike),
            Record("new", "health", "VN.91.913", local("2021-03-01 09:04"), participant="b" * 32, **alike),
            Record("moved", "health", "VN.91.914", local("2021-04-01 09:04"), "VN.91.913", participant="b" * 32),
            # not alike: another hour, another year of birth, nothing known
            Record("new", "health", "VN.91.913", local("2021-03-01 11:00"), participant="c" * 32, **alike),
            Record("new", "health", "VN.91.913", local("2021-03-01 09:05"), participant="d" * 32, **{**alike, "birth_year": 1986}),
            Record("new", "health", "VN.91.913", local("2021-03-01 09:05"), participant="e" * 32),
            Record("new", "health", "VN.91.913", local("2021-03-01 09:05"), participant="f" * 32),
            # one person at two offices within a day, and another a week later
            Record("new", "section40", "VN.91.914", local("2021-03-01 09:00"), participant="1" * 32, office="O-1"),
            Record("none", "section40", "VN.91.914", local("2021-03-01 17:00"), participant="1" * 32, office="O-2",
                   status="no_effect"),
            Record("new", "section40", "VN.91.914", local("2021-03-01 09:00"), participant="2" * 32, office="O-1"),
            Record("none", "section40", "VN.91.914", local("2021-03-08 09:00"), participant="2" * 32, office="O-2",
                   status="no_effect"),
        ]
    )  # fmt: skip
    world.write()
    return world


@pytest.fixture(scope="module")
def ready(api: Api, world: World) -> Api:
    eventually(lambda: api.get("/v1/coverage", region="VN", scheme="health").status_code == 200)
    eventually(lambda: api.coverage("VN", "health")["participants"] == 6)
    return api


def pairs_of(api: Api, region: str, **parameters: Any) -> list[dict]:
    answer = api.get("/v1/possible-duplicates", region=region, **parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()["pairs"]


def test_two_people_alike_within_minutes_and_one_person_at_two_offices_are_in_the_queue(ready: Api) -> None:
    found = {
        (p["earlier"]["participant"][0], p["later"]["participant"][0]): p["reasons"] for p in pairs_of(ready, "VN")
    }
    assert found == {("a", "b"): ["alike_at_one_office"], ("1", "1"): ["same_person_two_offices"]}


def test_the_queue_says_what_deciding_would_do_to_the_totals(ready: Api) -> None:
    for region, now, then in (("VN", 6, 5), ("VN.91.913", 5, 5)):  # the later one has moved out of the district
        (pair,) = [p for p in pairs_of(ready, region) if p["scheme"] == "health"]
        assert pair["totals"] == {"participants": now, "participants_if_same": then, "new_people_fewer": 1}
        assert {record["participant"] for record in pair["void"]} == {"b" * 32}
        assert len(pair["void"]) == 2
    (pair,) = [p for p in pairs_of(ready, "VN") if p["scheme"] == "section40"]
    assert (pair["void"], pair["totals"]["new_people_fewer"]) == ([], 0)


def test_the_queue_is_of_the_region_and_below(ready: Api) -> None:
    assert [p["scheme"] for p in pairs_of(ready, "VN.91.914")] == ["section40"]
    assert pairs_of(ready, "VN", state="reviewed") == []
    assert ready.get("/v1/possible-duplicates", region="VN.99").status_code == 404
    assert len(pairs_of(ready, "VN", limit=1)) == 1
    assert ready.get("/v1/possible-duplicates", region="VN", limit=1).json()["more"]


def body(number: int, occurred_at: str) -> dict[str, Any]:
    """A registration of a made-up person, alike to the others."""
    made_up = person(7, number, (1985, "F"), REGION)
    return {
        "registration_id": str(uuid.uuid4()), "kind": "enrolled", "scheme": SCHEME, "region": REGION, "agent": "A-DUP",
        "national_id": made_up.national_id, "occurred_at": occurred_at, "birth_year": 1985, "sex": "F",
    }  # fmt: skip


def test_deciding_that_two_are_the_same_takes_the_later_one_out_of_the_totals_once(stack: WholeStack) -> None:
    asked = {"region": REGION, "scheme": SCHEME}
    with stack.registration() as counter, stack.reference() as reviewer, stack.api() as api:

        def participants() -> int:
            return api.get("/v1/coverage", params=asked).json()["participants"]

        def pair(state: str) -> Any:
            found = api.get("/v1/possible-duplicates", params={"region": REGION, "state": state}).json()["pairs"]
            return next((p for p in found if p["later"]["agent"] == "A-DUP"), None)

        before = participants()
        for number, at in ((1, "2020-05-10T09:00:00+07:00"), (2, "2020-05-10T09:03:00+07:00")):
            assert counter.post("/v1/registrations", json=body(number, at)).status_code == 201
        eventually(lambda: participants() == before + 2, 60)
        eventually(lambda: pair("open"), 60)
        found = pair("open")
        assert found["totals"] == {
            "participants": before + 2, "participants_if_same": before + 1, "new_people_fewer": 1,
        }  # fmt: skip
        decision = {"id": found["id"], "decision": "same", "reviewer": "R-1", "note": "one book", "void": found["void"]}
        answers = [reviewer.post("/v1/reference/duplicate-reviews", json=decision) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
        assert answers[0].json()["voids"] == answers[1].json()["voids"]
        eventually(lambda: participants() == before + 1, 60)
        eventually(lambda: pair("reviewed"), 60)
        assert pair("open") is None
        decided = pair("reviewed")
        assert (decided["decision"], decided["reviewer"], decided["note"]) == ("same", "R-1", "one book")
        later = found["later"]["registration_id"]
        void, voided = api.get("/v1/events", params={"registration": later}).json()["events"]
        if void["registration_id"] == later:
            void, voided = voided, void
        assert (voided["status"], void["kind"], void["status"]) == ("voided", "voided", "applied")
        assert found["id"] in void["reason"]
        assert participants() == before + 1
