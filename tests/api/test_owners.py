"""Offices, agents, groups and sponsors: their own figures, counted over the real engine."""

from datetime import UTC, datetime, timedelta

import pytest

from services.shared.clickhouse_store import ClickHouseStore
from tests.api.conftest import Api, eventually
from tests.api.support import Record, World, local, region_rows

TREE = {"VN": "country", "VN.66": "province", "VN.66.01": "commune", "VN.66.02": "commune", "VN.91": "province"}
DAY = "2025-12-31"
NOW = datetime.now(UTC)
OLDEST = "2025-12-30T02:00:00Z"


@pytest.fixture(scope="module")
def world(store: ClickHouseStore) -> World:
    world = World(store)
    world.reference("regions", *region_rows(TREE))
    world.reference(
        "offices",
        {"id": "OFFICE-66", "name": "Bưu điện 66", "region": "VN.66.01", "kind": "post_office"},
        {"id": "OFFICE-QUIET", "name": "Bưu điện vắng", "region": "VN.66.02", "kind": "post_office"},
        {"id": "OFFICE-91", "name": "Bưu điện 91", "region": "VN.91", "kind": "post_office"},
    )
    world.reference(
        "office_sync",
        {
            "office": "OFFICE-66",
            "unsynced_count": 3,
            "oldest_unsynced_at": OLDEST,
            "reported_at": "2025-12-31T02:00:00Z",
        },
        {"office": "OFFICE-91", "unsynced_count": 0, "oldest_unsynced_at": None, "reported_at": "2025-12-31T03:00:00Z"},
    )
    world.reference(
        "targets",
        {"id": "AGENT-PLAN", "region": "VN.66", "scheme": "social_insurance", "kind": "new_count", "from": "2025-07-01",
         "to": DAY, "target": 10, "per": "agent", "owner": "A-1",
         "milestones": '[{"on": "2025-09-30", "pct": "50"}]'},
        {"id": "OFFICE-PLAN", "region": "VN.66", "scheme": "health", "kind": "new_count", "from": "2025-07-01",
         "to": DAY, "target": 8, "per": "office", "owner": "OFFICE-66"},
    )  # fmt: skip
    world.reference(
        "groups",
        {"id": "CLAN-1", "region": "VN.66.01", "kind": "clan", "name": "Dòng họ 1", "members": 4},
        {"id": "CLAN-2", "region": "VN.66.02", "kind": "clan", "name": "Dòng họ 2", "members": 5},
        {"id": "CLAN-3", "region": "VN.66.02", "kind": "clan", "name": "Dòng họ 3", "members": 0},
    )
    office = {"office": "OFFICE-66", "agent": "A-1"}
    world.new("VN.66.01", local("2025-08-10 09:00"), 4, scheme="compulsory_si", **office)
    world.new("VN.66.01", local("2025-10-10 09:00"), 9, **office)
    world.new("VN.66.01", local("2025-12-20 09:00"), 6, scheme="health", office="OFFICE-66", agent="A-2", sponsor="D-1")
    world.new("VN.91", local("2025-12-31 23:30"), 2, scheme="health", office="OFFICE-66", agent="A-2", sponsor="D-2")
    world.new("VN.66.01", local("2024-12-31 09:00"), 7, **office)
    world.new("VN.91", local("2025-03-01 09:00"), 5, office="OFFICE-91", agent="A-9")
    world.add(
        Record(effect, "voluntary_si", "VN.66.01", local("2025-12-30 10:00"), status=status, kind=kind, **office)
        for effect, status, kind in (
            ("left", "counted", "withdrawn"),
            ("returned", "counted", "renewed"),
            ("none", "voided", "enrolled"),
            ("none", "voided", "enrolled"),
            ("none", "no_effect", "enrolled"),
        )
    )
    _groups(world)
    world.write()
    return world


def _groups(world: World) -> None:
    def record(person: int, effect: str, when: str, group: str, scheme: str = "health") -> Record:
        at = local(f"2025-{when} 09:00")
        return Record(effect, scheme, "VN.66.01", at, group=group, participant=f"{person:032x}", office="OFFICE-GROUPS")

    world.add([record(n, "new", "05-01", "CLAN-1") for n in range(4)])
    world.add([record(n, "new", "05-02", "CLAN-1", "unemployment") for n in range(2)])  # the same people
    world.add([record(n, "new", "05-01", "CLAN-2") for n in range(10, 14)])
    world.add([record(10, "left", "06-01", ""), record(11, "left", "06-01", ""), record(11, "returned", "07-01", "")])
    world.add([record(12, "left", "06-01", ""), record(12, "returned", "07-01", "CLAN-3")])  # to another group


@pytest.fixture(scope="module")
def ready(api: Api, world: World) -> Api:
    eventually(lambda: api.get("/v1/coverage", region="VN", scheme="health").status_code == 200)
    eventually(lambda: api.get("/v1/targets/AGENT-PLAN").status_code == 200)
    return api


def body(api: Api, path: str, **parameters: object) -> dict:
    answer = api.get(path, **parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_office_shows_who_came_and_went_by_its_own_records(ready: Api) -> None:
    page = body(ready, "/v1/offices/OFFICE-66", date=DAY)
    assert (page["name"], page["kind"], page["region"]["id"]) == ("Bưu điện 66", "post_office", "VN.66.01")
    assert page["new"] == {"1h": 2, "24h": 2, "7d": 2, "30d": 8}
    assert page["left"] == {"1h": 0, "24h": 0, "7d": 1, "30d": 1} == page["returned"]
    assert page["year"] == {
        "records": 26, "new": 21, "returned": 1, "left": 1, "moved": 0, "no_effect": 1, "voided": 2, "corrected": 0,
    }  # fmt: skip
    schemes = {row["scheme"]: row["year"]["new"] for row in page["schemes"]}
    assert schemes == {"compulsory_si": 4, "voluntary_si": 9, "health": 8}
    assert [(t["id"], t["achieved"], t["achieved_pct"]) for t in page["targets"]] == [("OFFICE-PLAN", 8, 100.0)]


def test_as_of_an_earlier_day_what_came_later_is_not_counted(ready: Api) -> None:
    page = body(ready, "/v1/offices/OFFICE-66", date="2025-12-30")
    assert page["year"]["new"] == 19
    assert page["targets"][0]["achieved"] == 6


def test_an_office_says_what_it_holds_and_up_to_when_its_records_are_in(ready: Api) -> None:
    sync = body(ready, "/v1/offices/OFFICE-66", date=DAY)["sync"]
    assert (sync["unsynced_count"], sync["oldest_unsynced_at"], sync["complete_up_to"]) == (3, OLDEST, OLDEST)
    assert sync["silent_since"] == "2025-12-31T16:30:00Z"
    nothing_held = body(ready, "/v1/offices/OFFICE-91", date=DAY)["sync"]
    assert nothing_held["complete_up_to"] == "2025-12-31T03:00:00Z"
    quiet = body(ready, "/v1/offices/OFFICE-QUIET")["sync"]
    assert (quiet["complete_up_to"], quiet["silent_since"]) == (None, None)
    assert quiet["reason"] == "the office has never reported what it still holds"


def test_the_offices_of_a_region_are_listed_with_the_quiet_ones(ready: Api) -> None:
    page = body(ready, "/v1/offices", region="VN.66", date=DAY)
    assert [(o["id"], o["year"]["new"]) for o in page["offices"]] == [("OFFICE-66", 21), ("OFFICE-QUIET", 0)]


def test_an_agents_plan_in_a_total_counts_both_of_its_schemes(ready: Api) -> None:
    page = body(ready, "/v1/agents/A-1", date=DAY)
    (target,) = page["targets"]
    assert (target["achieved"], target["achieved_pct"], target["status"]) == (13, 130.0, "met")
    assert target["milestones"][0]["reached_on"] == "2025-10-10"
    assert target["milestones"][0]["status"] == "missed"
    assert {row["scheme"]: row["year"]["new"] for row in page["schemes"]} == {"compulsory_si": 4, "voluntary_si": 9}
    assert page["year"]["voided"] == 2
    assert page["offices"] == ["OFFICE-66"]


def test_the_agents_of_a_region_are_those_with_records_or_plans_there(ready: Api) -> None:
    page = body(ready, "/v1/agents", region="VN.66", date=DAY)
    assert [(a["id"], a["year"]["new"], len(a["targets"])) for a in page["agents"]] == [("A-1", 13, 1), ("A-2", 8, 0)]
    assert body(ready, "/v1/agents", region="VN.66", date=DAY, limit=1)["left_out"] == 1


def test_a_group_is_complete_when_all_its_members_are_enrolled(ready: Api) -> None:
    page = body(ready, "/v1/groups", region="VN.66")
    assert [(g["id"], g["enrolled"], g["enrolled_pct"], g["complete"]) for g in page["groups"]] == [
        ("CLAN-1", 4, 100.0, True),
        ("CLAN-2", 2, 40.0, False),
        ("CLAN-3", 1, None, False),
    ]
    assert page["groups"][0]["schemes"] == {"health": 4, "unemployment": 2}
    assert page["totals"] == {"groups": 3, "complete": 1, "members": 9, "enrolled": 7, "enrolled_pct": 77.78}


def test_groups_in_one_scheme_or_as_of_a_day(ready: Api) -> None:
    assert body(ready, "/v1/groups", region="VN.66.01", scheme="unemployment")["totals"]["enrolled"] == 2
    june = body(ready, "/v1/groups", region="VN.66", date="2025-06-15")
    assert {g["id"]: g["enrolled"] for g in june["groups"]} == {"CLAN-1": 4, "CLAN-2": 1, "CLAN-3": 0}


def test_sponsors_are_served_with_the_people_they_paid_for(ready: Api) -> None:
    page = body(ready, "/v1/sponsors")
    assert [(s["id"], s["enrolled"], s["schemes"]) for s in page["sponsors"]] == [
        ("D-1", 6, {"health": 6}),
        ("D-2", 2, {"health": 2}),
    ]
    assert [s["id"] for s in body(ready, "/v1/sponsors", region="VN.66")["sponsors"]] == ["D-1"]
    assert body(ready, "/v1/sponsors", scheme="voluntary_si")["enrolled"] == 0
    assert body(ready, "/v1/sponsors", from_="2025-12-25")["enrolled"] == 2


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/v1/offices/NOBODY", 404, None),
        ("/v1/agents/NOBODY", 404, None),
        ("/v1/offices?region=XX", 404, None),
        ("/v1/agents", 422, "region"),
        ("/v1/groups?region=VN&scheme=life", 422, "scheme"),
        ("/v1/sponsors?from=2020-02-01&to=2020-01-01", 422, "from"),
        (f"/v1/agents/A-1?date={(NOW + timedelta(days=3)).date()}", 422, "date"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(ready: Api, path: str, status: int, field: str | None) -> None:
    answer = ready.get(path)
    assert answer.status_code == status
    assert field is None or answer.json()["errors"][0]["field"] == field
