"""Files of figures: the same rows in every format, safe to open in a spreadsheet, streamed, explained in every row."""

import csv
import io
import random
from datetime import UTC, datetime, timedelta

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from services.shared.clickhouse_store import ClickHouseStore
from tests.api.conftest import Api, eventually
from tests.api.support import Record, World, local, region_rows

TREE = {"VN": "country", "VN.91": "province", "VN.91.913": "district", "VN.91.914": "district", "TH": "country"}
FORMULA = '=HYPERLINK("http://x","y")'
WHATS = ("coverage", "daily", "flows", "targets", "outreach", "events")


@pytest.fixture(scope="module")
def world(store: ClickHouseStore) -> World:
    world, chance = World(store), random.Random(5)
    world.reference("regions", *region_rows(TREE))
    world.reference(
        "populations",
        {"region": "VN.91.913", "scheme": "health", "year": 2020, "eligible": 400, "source": "census, \"final\"\nof 2020"},
    )  # fmt: skip
    world.reference(
        "targets",
        {"id": "T-1", "name": FORMULA, "region": "VN.91.913", "scheme": "health", "kind": "new_count", "from": "2021-01-01",
         "to": "2021-12-31", "target": 50, "per": "region", "owner": ""},
    )  # fmt: skip
    world.reference(
        "outreach",
        {"id": "OUT-1", "region": "VN.91.913", "kind": "talk", "audience": "+84 900", "from": "2021-03-01", "to": "2021-03-31",
         "sessions": 2, "attendees": 30, "cost": 100.5, "currency": "VND"},
    )  # fmt: skip
    for _ in range(300):
        at = datetime(2021, 3, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(700))
        region = chance.choice(("VN.91.913", "VN.91.914"))
        world.add([Record("new", "health", region, at, outreach=chance.choice(("", "OUT-1")), agent="-1+1|cmd")])
    world.moved("VN.91.913", "VN.91.914", local("2021-04-20 10:00"), 3, scheme="health")
    world.write()
    return world


@pytest.fixture(scope="module")
def ready(api: Api, world: World) -> Api:
    eventually(lambda: api.get("/v1/coverage", region="VN", scheme="health").status_code == 200)
    eventually(lambda: api.coverage("VN", "health")["participants"] == 300)
    return api


def exported(api: Api, **parameters: object) -> httpx.Response:
    answer = api.get("/v1/export", **parameters)
    assert answer.status_code == 200, answer.text
    return answer


def csv_rows(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("what", WHATS)
def test_the_three_formats_hold_the_same_rows_and_columns(ready: Api, what: str) -> None:
    rows = csv_rows(exported(ready, what=what))
    parquet = pq.read_table(io.BytesIO(exported(ready, what=what, format="parquet").content))
    arrow = pa.ipc.open_stream(exported(ready, what=what, format="arrow").content).read_all()
    assert list(rows[0]) == parquet.column_names == arrow.column_names
    assert len(rows) == parquet.num_rows == arrow.num_rows > 0
    for name in ("region", "registration_id", "id"):
        if name in parquet.column_names:
            texts = sorted(row[name] for row in rows)
            assert texts == sorted(parquet[name].to_pylist()) == sorted(arrow[name].to_pylist())


@pytest.mark.parametrize("what", WHATS)
def test_every_row_says_up_to_when_it_is_complete_and_the_columns_are_those_of_the_view(
    ready: Api, store: ClickHouseStore, what: str
) -> None:
    view = {"coverage": "coverage_now", "daily": "coverage_daily", "outreach": "outreach_yield"}.get(what, what)
    asked = {"database": store.analytics, "view": view}
    found = store.query(
        "SELECT name FROM system.columns WHERE database = {database:String} AND table = {view:String} ORDER BY position",
        asked,
    )
    for row in csv_rows(exported(ready, what=what)):
        assert [name for name in row if name != "as_of"] == [name for (name,) in found if name != "as_of"]
        assert datetime.fromisoformat(row["as_of"]).year >= 2026


def test_coverage_comes_with_its_denominator_its_year_and_its_source(ready: Api) -> None:
    rows = {
        row["region"]: row for row in csv_rows(exported(ready, what="coverage", scheme="health", date="2021-03-31"))
    }
    served = ready.coverage("VN.91.913", "health", date="2021-03-31")
    row = rows["VN.91.913"]
    assert int(row["participants"]) == served["participants"]
    assert (int(row["eligible"]), int(row["eligible_year"])) == (400, 2020)
    assert row["eligible_source"] == served["eligible"]["source"]
    assert float(row["coverage_pct"]) == served["coverage_pct"]
    assert "no eligible population" in rows["VN.91"]["coverage_reason"]


def test_the_sum_of_exported_flows_is_what_the_api_counts(ready: Api, world: World) -> None:
    rows = csv_rows(exported(ready, what="flows", region="VN.91.914", from_="2021-03-10", to="2021-04-20"))
    start, end = local("2021-03-10 00:00"), local("2021-04-21 00:00")
    assert sum(int(row["new"]) for row in rows) == world.flow("new", "VN.91.914", "health", start, end)
    assert sum(int(row["moved_in"]) for row in rows) == 3


@pytest.mark.parametrize(
    ("parameters", "regions"),
    [
        ({"region": "VN.91.913"}, {"VN.91.913"}),
        ({"level": "district"}, {"VN.91.913", "VN.91.914"}),
        ({"region": "VN.91", "level": "province"}, {"VN.91"}),
        ({"scheme": "section40"}, set()),
    ],
)
@pytest.mark.parametrize("what", ["coverage", "daily", "flows"])
def test_only_what_is_asked_for_is_in_the_file(ready: Api, what: str, parameters: dict, regions: set[str]) -> None:
    assert {row["region"] for row in csv_rows(exported(ready, what=what, **parameters))} == regions


def test_in_a_csv_no_text_begins_like_a_formula(ready: Api) -> None:
    (target,) = csv_rows(exported(ready, what="targets"))
    assert target["name"] == "'" + FORMULA
    assert csv_rows(exported(ready, what="events"))[0]["agent"] == "'-1+1|cmd"
    assert csv_rows(exported(ready, what="outreach"))[0]["audience"] == "'+84 900"
    table = pa.ipc.open_stream(exported(ready, what="targets", format="arrow").content).read_all()
    assert table["name"].to_pylist() == [FORMULA]
    (moved,) = {
        row["net_change"] for row in csv_rows(exported(ready, what="flows", region="VN.91.913", from_="2021-04-01"))
    }
    assert moved == "-3"  # a negative number is no formula


def test_excel_gets_a_byte_order_mark_when_it_asks(ready: Api) -> None:
    assert exported(ready, what="targets", bom=True).content.startswith(b"\xef\xbb\xbf")
    assert not exported(ready, what="targets").content.startswith(b"\xef\xbb\xbf")


def test_a_file_has_a_name_and_a_type(ready: Api) -> None:
    answer = exported(ready, what="coverage", region="VN.91", scheme="health", date="2021-03-31", format="parquet")
    assert answer.headers["content-disposition"] == 'attachment; filename="coverage-VN.91-health-2021-03-31.parquet"'
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert exported(ready, what="daily").headers["content-type"] == "text/csv; charset=utf-8; header=present"


def test_a_reader_who_goes_away_leaves_room_for_the_next(ready: Api) -> None:
    def left_early() -> bool:
        with ready.client.stream("GET", "/v1/export", params={"what": "events"}) as answer:
            return answer.status_code == 200 and bool(next(answer.iter_raw(64)))

    for _ in range(9):
        eventually(left_early)
    eventually(lambda: ready.get("/v1/export", what="targets").status_code == 200)


@pytest.mark.parametrize(
    ("parameters", "status", "field"),
    [
        ({}, 422, "what"),
        ({"what": "people"}, 422, "what"),
        ({"what": "coverage", "format": "xlsx"}, 422, "format"),
        ({"what": "coverage", "region": "VN.99"}, 404, None),
        ({"what": "flows", "date": "2021-01-01"}, 422, "date"),
        ({"what": "coverage", "from_": "2021-01-01"}, 422, "from"),
        ({"what": "coverage", "date": "2999-01-01"}, 422, "date"),
        ({"what": "flows", "from_": "2021-03-02", "to": "2021-03-01"}, 422, "from"),
        ({"what": "outreach", "scheme": "health"}, 422, "scheme"),
        ({"what": "flows", "format": "arrow", "bom": True}, 422, "bom"),
    ],
)
def test_a_wrong_question_is_answered_with_a_problem(
    ready: Api, parameters: dict, status: int, field: str | None
) -> None:
    answer = ready.get("/v1/export", **parameters)
    assert answer.status_code == status, answer.text
    assert field is None or answer.json()["errors"][0]["field"] == field
