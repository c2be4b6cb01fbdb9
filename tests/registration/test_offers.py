"""What a counter chooses from: whose key it is, regions, offices, campaigns, sessions and groups."""

from datetime import date

import pytest

from schemas.reference import Campaign, Group, Office, Outreach, ReferenceRow
from tests.registration.stage import OFFICE, Stage

AROUND = "VN.91-2025"
ROWS: dict[str, list[ReferenceRow]] = {
    "offices": [
        Office(id=OFFICE, name="Bưu cục U Minh Thượng", region=AROUND, kind="post_office"),
        Office(id="SSO-75", name="สำนักงานประกันสังคม", region="TH.75", kind="si_office"),
        Office(id="LOST", name="Somewhere", region="VN.00", kind="post_office"),
    ],
    "campaigns": [
        Campaign(id="C-NATION", name="National", schemes=["health"], regions=["VN"], from_="2025-07-01", to="2025-07-30", grace_days=5),
        Campaign(id="C-OVER", name="Over", schemes=["health"], regions=["VN"], from_="2025-01-01", to="2025-02-01"),
        Campaign(id="C-THAI", name="Thai", schemes=["section40"], regions=["TH"], from_="2025-01-01", to="2025-12-31"),
    ],
    "outreach": [
        Outreach(id="O-NOW", region=f"{AROUND}.31012", kind="dialogue", audience="Traders", from_="2025-07-20", to="2025-07-21"),
        Outreach(id="O-OLD", region=AROUND, kind="dialogue", from_="2025-01-20", to="2025-01-21"),
        Outreach(id="O-LATER", region=AROUND, kind="dialogue", from_="2025-09-01", to="2025-09-02"),
        Outreach(id="O-AWAY", region="TH.75", kind="meeting", from_="2025-07-20", to="2025-07-21"),
    ],
    "groups": [
        Group(id="G-1", region=f"{AROUND}.31012", kind="clan", name="Dòng họ Danh", members=30),
        Group(id="G-AWAY", region="TH.75", kind="clan", name="Other", members=3),
    ],
}  # fmt: skip


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    for kind, rows in ROWS.items():
        for offset, row in enumerate(rows):
            stage.reference.apply(kind, row, 1000 + offset)
    return stage


async def ask(stage: Stage, path: str, key: str | None = None, **query: str):
    async with stage.client(key) as client:
        return await client.get(path, params=query)


@pytest.mark.parametrize(
    ("key", "status", "office"),
    [("office", 200, OFFICE), ("any", 200, None), ("reference", 403, None), (None, 401, None)],
)
async def test_a_key_says_for_which_office_it_registers(stage, key, status, office):
    answer = await ask(stage, "/v1/key", key)
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == {"office": office}


async def test_regions_near_the_office_come_first(stage):
    far = [one["id"] for one in (await ask(stage, "/v1/regions", q="thuong", on="2020-01-01")).json()]
    assert far[0] == "VN.91.913"
    near = [one["id"] for one in (await ask(stage, "/v1/regions", q="u minh thuong", near=AROUND)).json()]
    assert near == [f"{AROUND}.31012"]


async def test_everything_a_province_holds_is_listed_from_the_top_as_of_that_day(stage):
    listed = (await ask(stage, "/v1/regions", within=AROUND)).json()
    assert [(one["id"], one["path"]) for one in listed] == [(AROUND, ["VN"]), (f"{AROUND}.31012", [AROUND, "VN"])]
    assert (await ask(stage, "/v1/regions", within="VN.91")).json() == []
    before = (await ask(stage, "/v1/regions", within="VN.91", on="2020-01-01")).json()
    assert [one["id"] for one in before] == ["VN.91", "VN.91.913", "VN.91.913.31012"]
    assert len((await ask(stage, "/v1/regions", within="VN.91", on="2020-01-01", limit="2")).json()) == 2


async def test_something_to_look_for_is_required(stage):
    answer = await ask(stage, "/v1/regions", q=" ")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "q")


@pytest.mark.parametrize(
    ("words", "found"),
    [("buu cuc", [OFFICE]), ("sso", ["SSO-75"]), ("nowhere", []), ("office", ["LOST", "SSO-75", OFFICE])],
)
async def test_offices_are_found_without_marks(stage, words, found):
    answer = (await ask(stage, "/v1/offices", q=words)).json()
    assert [one["id"] for one in answer] == found
    assert all((one["region"] is None) == (one["id"] == "LOST") for one in answer)


async def test_a_registration_may_name_what_lies_above_or_below_its_region_and_goes_on_that_day(stage):
    assert stage.now.date() == date(2025, 8, 1)
    choices = (await ask(stage, "/v1/choices", region=AROUND)).json()
    assert {kind: [one["id"] for one in rows] for kind, rows in choices.items()} == {
        "campaigns": ["C-NATION"],
        "outreach": ["O-NOW"],
        "groups": ["G-1"],
    }
    assert choices["campaigns"][0]["to"] == "2025-08-04"  # its days of grace included
    later = (await ask(stage, "/v1/choices", region=AROUND, on="2025-09-02")).json()
    assert [one["id"] for one in later["outreach"]] == ["O-LATER", "O-NOW"]
