"""`as=was` and `as=now` over a reform of boundaries, against the engine: totals never change, parts say what they are."""

from datetime import date

import pytest

from services.shared.clickhouse_store import ClickHouseStore
from tests.api.conftest import Api, eventually
from tests.api.support import World, local, region_rows

REFORM = date(2025, 7, 1)
BEFORE, SINCE = ("2008-08-01", "2025-07-01"), ("2025-07-01", None)
OLD = {
    "VN.01": "province", "VN.91": "province", "VN.91.913": "district", "VN.91.913.26740": "commune",
    "VN.91.913.31012": "commune", "VN.89": "province", "VN.89.1": "district", "VN.89.1.30280": "commune",
}  # fmt: skip
NEW = {"VN.91-2025": "province", "VN.91-2025.26740": "commune", "VN.91-2025.31012": "commune"}
TREE = {"VN": "country", **OLD, **NEW}
WHOLE = {"VN.91": "VN.91-2025", "VN.89": "VN.91-2025", "VN.91.913": "VN.91-2025", "VN.89.1": "VN.91-2025",
         "VN.91.913.26740": "VN.91-2025.31012", "VN.89.1.30280": "VN.91-2025.26740"}  # fmt: skip
DAYS = [date(2020, 6, 1), date(2022, 1, 5), date(2025, 6, 30), REFORM, date(2025, 8, 20)]


@pytest.fixture(scope="module")
def world(store: ClickHouseStore) -> World:
    world = World(store)
    validity = {id_.replace(".", "_"): BEFORE for id_ in OLD if id_ != "VN.01"}
    validity |= {id_.replace(".", "_"): SINCE for id_ in NEW}
    world.reference("regions", *region_rows(TREE, **validity))
    lineage = [{"from": a, "to": b, "weight": "1", "effective_on": REFORM} for a, b in WHOLE.items()]
    halves = [("VN.91-2025.26740", "0.3"), ("VN.91-2025.31012", "0.7")]
    lineage += [{"from": "VN.91.913.31012", "to": to, "weight": w, "effective_on": REFORM} for to, w in halves]
    world.reference("lineage", *lineage)
    world.reference(
        "populations",
        *({"region": r, "scheme": "voluntary_si", "year": 2020, "eligible": n, "source": "census"}
          for r, n in (("VN.01", 1000), ("VN.91", 400), ("VN.89", 351), ("VN.91.913.31012", 101))),
    )  # fmt: skip
    world.reference(
        "baselines",
        {"region": "VN.91", "scheme": "voluntary_si", "date": "2021-12-31", "count": 77, "source": "VSS"},
        {"region": "VN.91.913.31012", "scheme": "voluntary_si", "date": "2021-12-31", "count": 31, "source": "VSS"},
        {"region": "VN.91-2025", "scheme": "voluntary_si", "date": "2025-08-10", "count": 300, "source": "VSS"},
    )
    world.new("VN.91.913.31012", local("2020-05-10 09:00"), 11)
    world.new("VN.91.913.26740", local("2022-01-03 09:00"), 5)
    world.new("VN.91.913.31012", local("2022-01-04 09:00"), 7)
    world.new("VN.89.1.30280", local("2025-06-29 09:00"), 4)
    world.moved("VN.91.913.31012", "VN.01", local("2025-06-30 09:00"), 2)
    world.left("VN.91.913.26740", local("2025-06-30 09:00"), 1)
    world.new("VN.91-2025.26740", local("2025-07-02 09:00"), 3)
    world.new("VN.91-2025.31012", local("2025-08-15 09:00"), 6)
    world.write()
    return world


@pytest.fixture(scope="module")
def ready(api: Api, world: World) -> Api:
    eventually(lambda: api.get("/v1/coverage", region="VN", scheme="voluntary_si").status_code == 200)
    eventually(lambda: api.coverage("VN")["active_by_record"] == 35)

    def known() -> bool:
        answer = api.get("/v1/coverage", region="VN.91-2025", scheme="voluntary_si", as_="now")
        found = answer.json()
        return answer.status_code == 200 and (found["participants"], found["eligible"]["count"]) == (306, 751)

    eventually(known)
    return api


def totals(found: dict) -> dict:
    names = ("participants", "active_by_record", "coverage_pct", "new", "left")
    counts = {name: found[name]["count"] for name in ("baseline", "eligible")}
    return {name: found[name] for name in names} | counts


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("region", ["VN", "VN.01"])
def test_a_total_never_changes_because_a_boundary_did(ready: Api, world: World, day: date, region: str) -> None:
    was, now = (ready.coverage(region, date=day, as_=units) for units in ("was", "now"))
    assert totals(was) == totals(now)
    assert was["active_by_record"] == world.stock(region, "voluntary_si", up_to=day)
    assert (was["units"]["on"], now["units"]["as"]) == (str(day), "now")
    assert not was["units"]["estimated"]
    assert not now["units"]["estimated"], "all parts lie within the country"


@pytest.mark.parametrize("units", ["was", "now"])
@pytest.mark.parametrize("day", [*DAYS, None])
def test_a_parents_people_are_its_childrens_its_own_and_what_is_unattributed(
    ready: Api, units: str, day: date | None
) -> None:
    for region in ("VN", "VN.91-2025" if units == "now" or day is None or day >= REFORM else "VN.91"):
        page = ready.get(f"/v1/regions/{region}", scheme="voluntary_si", as_=units, **({"date": day} if day else {}))
        assert page.status_code == 200, page.text
        found = page.json()
        shown = [child["region"]["id"] for child in found["children"]]
        below = sum(child["active_by_record"] for child in found["children"])
        assert found["coverage"]["active_by_record"] == below + found["at_region_itself"], (region, shown)
        assert all(child["region"]["id"] in TREE for child in found["children"])
        ended = {id_ for id_ in OLD if id_ != "VN.01"}
        if units == "now":
            assert ended.isdisjoint(shown)


def test_before_the_reform_the_units_of_then_are_served_as_they_were(ready: Api) -> None:
    for day in DAYS[:3]:
        for region in ("VN", "VN.91", "VN.91.913", "VN.91.913.31012", "VN.89"):
            recorded, was = ready.coverage(region, date=day), ready.coverage(region, date=day, as_="was")
            assert totals(recorded) == totals(was), (region, day)


def test_history_is_carried_onto_todays_units_by_weight(ready: Api) -> None:
    found = {
        region: ready.coverage(region, date="2022-01-05", as_="now")
        for region in ("VN.91-2025", "VN.91-2025.26740", "VN.91-2025.31012")
    }
    assert {region: one["active_by_record"] for region, one in found.items()} == {
        "VN.91-2025": 23, "VN.91-2025.26740": 5, "VN.91-2025.31012": 13 + 5,
    }  # fmt: skip
    assert {region: one["units"]["estimated"] for region, one in found.items()} == {
        "VN.91-2025": False, "VN.91-2025.26740": True, "VN.91-2025.31012": True,
    }  # fmt: skip
    [part] = found["VN.91-2025.26740"]["units"]["parts"]
    assert (part["region"]["id"], part["weight"]) == ("VN.91.913.31012", 0.3)
    assert found["VN.91-2025"]["participants"] == 77 + 12
    assert found["VN.91-2025"]["baseline"]["count"] == 77
    assert found["VN.91-2025"]["eligible"]["count"] == 751


def test_a_new_units_own_baseline_holds_from_its_date(ready: Api) -> None:
    found = ready.coverage("VN.91-2025", date="2025-08-20", as_="now")
    assert (found["participants"], found["baseline"]["of"]) == (306, "own")
    assert ready.coverage("VN", date="2025-08-20", as_="was")["participants"] == 308


def test_a_region_that_is_no_unit_of_the_day_is_refused_with_what_followed_it(ready: Api) -> None:
    for path in ("/v1/coverage?region=VN.91.913.31012&", "/v1/regions/VN.91.913.31012?", "/v1/regions/VN.91/series?"):
        answer = ready.get(f"{path}scheme=voluntary_si&as=now")
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == "region"
        assert "VN.91-2025" in answer.json()["detail"]
    early = ready.get("/v1/coverage", region="VN.91-2025", scheme="voluntary_si", date="2020-01-01", as_="was")
    assert early.status_code == 422


def test_a_region_page_names_what_it_was_and_what_it_became(ready: Api) -> None:
    old = ready.get("/v1/regions/VN.91.913.31012").json()
    assert [(kin["region"]["id"], kin["weight"], kin["effective_on"]) for kin in old["successors"]] == [
        ("VN.91-2025.26740", 0.3, "2025-07-01"), ("VN.91-2025.31012", 0.7, "2025-07-01"),
    ]  # fmt: skip
    new = ready.get("/v1/regions/VN.91-2025").json()
    assert [kin["region"]["id"] for kin in new["predecessors"]] == ["VN.89", "VN.91"]
    assert new["units"] is None


def test_units_that_share_a_code_keep_their_own_people(ready: Api) -> None:
    assert ready.coverage("VN.91.913.26740")["active_by_record"] == 4
    assert ready.coverage("VN.91-2025.26740")["active_by_record"] == 3
    now = ready.coverage("VN.91-2025.26740", as_="now")
    assert now["active_by_record"] == 3 + 4 + 5  # its own, all of VN.89.1.30280, 0.3 of the 16 left in VN.91.913.31012


def test_growth_is_measured_in_the_same_units(ready: Api) -> None:
    yoy = ready.coverage("VN.91-2025", date="2025-08-09", as_="now")["yoy"]
    assert yoy["date"] == "2024-08-09"
    assert (yoy["participants"], yoy["basis"]) == (77 + 12, "both")
    plain = ready.coverage("VN.91-2025", date="2025-08-09")["yoy"]
    assert plain["basis"] == "none"


@pytest.mark.parametrize("region", ["VN", "VN.91-2025", "VN.91-2025.26740", "VN.91-2025.31012"])
@pytest.mark.parametrize("grain", ["day", "month"])
def test_a_series_in_todays_units_ends_each_step_as_the_day_does(ready: Api, region: str, grain: str) -> None:
    found = ready.get(
        f"/v1/regions/{region}/series",
        scheme="voluntary_si",
        grain=grain,
        from_="2025-05-01",
        to="2025-08-31",
        as_="now",
    ).json()
    for bucket in found["buckets"]:
        last = date.fromisoformat(bucket["bucket_end"][:10])  # the local day that ends in the middle of this UTC day
        if last not in (date(2025, 6, 30), REFORM, date(2025, 7, 31), date(2025, 8, 31)):
            continue
        assert bucket["participants"] == ready.coverage(region, date=last, as_="now")["participants"], bucket
    assert found["units"]["as"] == "now"


def test_a_series_of_the_country_is_the_same_in_any_units(ready: Api) -> None:
    asked = {"scheme": "voluntary_si", "from_": "2025-06-01", "to": "2025-08-31"}
    plain, was, now = (
        ready.get("/v1/regions/VN/series", **asked, **more).json()["buckets"]
        for more in ({}, {"as_": "was"}, {"as_": "now"})
    )
    assert was == now
    flows = ("new", "returned", "left", "moved_in", "moved_out")
    assert [[b[f] for f in flows] for b in plain] == [[b[f] for f in flows] for b in now]


def test_hours_of_divided_regions_are_served_only_as_recorded(ready: Api) -> None:
    path = "/v1/regions/VN.91-2025.26740/series?grain=hour&from=2025-06-29&to=2025-06-30"
    assert ready.get(path).status_code == 200
    refused = ready.get(f"{path}&as=now")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "grain")


def test_a_leaderboard_in_todays_units_ranks_them_with_their_history(ready: Api) -> None:
    asked = {"level": "province", "scheme": "voluntary_si", "metric": "participants"}
    board = ready.get("/v1/leaderboard", **asked, as_="now").json()
    assert [(row["coverage"]["region"]["id"], row["value"]) for row in board["leaders"]] == [
        ("VN.91-2025", 306), ("VN.01", 2),
    ]  # fmt: skip
    assert board["as"] == "now"
    assert {row["coverage"]["region"]["id"] for row in ready.get("/v1/leaderboard", **asked).json()["leaders"]} >= {
        "VN.91"
    }
    assert ready.get("/v1/leaderboard", **asked, as_="now", within="VN.91").status_code == 422


def growth(api: Api, region: str, **asked: object) -> dict:
    answer = api.get("/v1/growth", region=region, scheme="voluntary_si", **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_growth_on_a_date_compares_constant_boundaries(ready: Api, world: World) -> None:
    found = growth(ready, "VN.91-2025", date="2025-08-09", as_="now")
    assert (found["by"], found["then"]["date"], found["then"]["from"]) == ("date", "2024-08-09", "2024-07-11")
    assert (found["then"]["participants"], found["then"]["basis"]) == (89, "both")
    assert found["now"]["participants"] == 89 + 4 - 2 - 1 + 3
    assert found["participants_pct"] == 4.49
    recorded = growth(ready, "VN.91-2025", date="2025-08-09")
    assert (recorded["then"]["basis"], recorded["then"]["participants"], recorded["participants_pct"]) == (
        "none",
        None,
        None,
    )
    country = growth(ready, "VN", date="2025-08-09", as_="was")
    assert country["now"]["new"] == world.flow(
        "new", "VN", "voluntary_si", local("2025-07-11 00:00"), local("2025-08-10 00:00")
    )


def test_growth_on_a_campaign_day_compares_as_many_days_of_both(ready: Api, world: World) -> None:
    world.reference(
        "campaigns",
        *({"id": id_, "name": id_, "schemes": ["voluntary_si"], "regions": ["VN"], "from": first, "to": last, "grace_days": 0}
          for id_, first, last in (("C-22", "2022-01-02", "2022-01-31"), ("C-25", "2025-06-28", "2025-07-31"))),
    )  # fmt: skip
    third = growth(ready, "VN", date="2025-06-30", campaign="C-25", against="C-22")
    assert (third["by"], third["day"], third["then"]["date"]) == ("campaign_day", 3, "2022-01-04")
    assert (third["now"]["new"], third["then"]["new"], third["new_pct"]) == (4, 12, -66.67)
    over = growth(ready, "VN", date="2025-12-31", campaign="C-25", against="C-22")
    assert (over["day"], over["now"]["date"], over["then"]["date"]) == (30, "2025-07-27", "2022-01-31")
    a_year_before = growth(ready, "VN", date="2025-06-30", campaign="C-25")
    assert (a_year_before["against"], a_year_before["then"]["date"]) == (None, "2024-06-30")


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ({"campaign": "C-none"}, 404, None), ({"against": "C-22"}, 422, "against"),
        ({"campaign": "C-25", "date": "2025-06-27"}, 422, "campaign"),
        ({"campaign": "C-22", "against": "C-25", "date": "2022-02-01"}, 422, "against"),
    ],
)  # fmt: skip
def test_growth_that_cannot_be_said_is_a_problem(ready: Api, asked: dict, status: int, field: str | None) -> None:
    answer = ready.get("/v1/growth", region="VN", scheme="voluntary_si", **asked)
    assert answer.status_code == status, answer.text
    assert [error["field"] for error in answer.json().get("errors") or []] == ([field] if field else [])
