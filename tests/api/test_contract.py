"""What every route answers: bodies as documented, problems in one form, keys where required."""

import json
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.shared.auth import Key, hashed, write_keys
from services.shared.clickhouse_store import ClickHouseStore
from tests.api.conftest import Api, eventually, served, settings
from tests.api.support import Record, World, local, region_rows

TREE = {
    "VN": "country", "VN.91": "province", "VN.91.913": "district", "VN.91.914": "district", "VN.91.915": "district",
    "VN.91.913.31042": "commune", "TH": "country",
}  # fmt: skip


@pytest.fixture(scope="module")
def world(store: ClickHouseStore) -> World:
    world = World(store)
    world.reference("regions", *region_rows(TREE, VN_91_915=("2008-08-01", "2010-01-01")))
    world.reference(
        "outreach",
        {"id": "OUT-1", "region": "VN.91.913", "kind": "talk", "audience": "market traders", "partner": "Women's Union",
         "from": "2020-05-01", "to": "2020-06-30", "sessions": 9, "attendees": 969, "cost": 5_430_000, "currency": "VND"},
        {"id": "OUT-2", "region": "VN.91.914", "kind": "radio", "from": "2020-05-01", "to": "2020-06-30", "sessions": 2},
    )  # fmt: skip
    world.reference(
        "populations",
        {"region": "VN.91.913", "scheme": "voluntary_si", "year": 2020, "eligible": 160, "source": "census"},
        {"region": "VN.91.914", "scheme": "voluntary_si", "year": 2020, "eligible": 100, "source": "census"},
    )
    world.new("VN.91.913", local("2020-06-01 08:00"), 80, outreach="OUT-1")
    world.new("VN.91.913.31042", local("2020-06-01 08:00"), 463, scheme="health", outreach="OUT-1")
    world.new("VN.91.914", local("2020-06-01 08:00"), 50)
    world.write()
    return world


@pytest.fixture(scope="module")
def ready(api: Api, world: World) -> Api:
    eventually(lambda: api.get("/v1/coverage", region="TH", scheme="health").status_code == 200)
    eventually(lambda: api.coverage("VN")["participants"] == 130)
    return api


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/v1/coverage?region=VN.99&scheme=health", 404, None),
        ("/v1/coverage?region=VN", 422, "scheme"),
        ("/v1/coverage?region=VN&scheme=life", 422, "scheme"),
        ("/v1/coverage?scheme=health", 422, "region"),
        ("/v1/coverage?region=VN&scheme=health&date=yesterday", 422, "date"),
        ("/v1/coverage?region=VN&scheme=health&date=1600000000", 422, "date"),
        ("/v1/coverage?region=VN&scheme=health&date=2020-02-30", 422, "date"),
        ("/v1/coverage?region=VN&scheme=health&date=2099-01-01", 422, "date"),
        ("/v1/regions/VN.99", 404, None),
        ("/v1/regions/VN?scheme=life", 422, "scheme"),
        ("/v1/regions", 422, "q"),
        ("/v1/regions/VN/series?grain=week", 422, "grain"),
        ("/v1/regions/VN/series?from=2020-02-01&to=2020-01-01", 422, "from"),
        ("/v1/regions/VN/series?grain=hour&from=2020-01-01&to=2020-03-01", 422, "from"),
        ("/v1/regions/VN/series?to=2099-01-01", 422, "to"),
        ("/v1/leaderboard?level=district", 422, "scheme"),
        ("/v1/leaderboard?level=street&scheme=health", 422, "level"),
        ("/v1/leaderboard?level=district&scheme=health&metric=beauty", 422, "metric"),
        ("/v1/leaderboard?level=district&scheme=health&within=XX", 404, None),
        ("/v1/targets/NOTHING", 404, None),
        ("/v1/outreach?region=XX", 404, None),
        ("/v1/receipts/not-a-uuid", 422, "registration_id"),
        ("/v1/stream?region=XX&scheme=health", 404, None),
        ("/v1/nothing", 404, None),
    ],
)
def test_a_wrong_request_is_a_problem_that_names_the_field(ready: Api, path: str, status: int, field: str) -> None:
    answer = ready.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail"} <= body.keys()
    assert body["status"] == status
    if field:
        assert [error["field"] for error in body["errors"]] == [field]
        assert body["errors"][0]["message"]


def test_a_method_that_is_not_allowed_is_a_problem(ready: Api) -> None:
    answer = ready.client.post("/v1/coverage")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")


def test_the_service_keeps_to_its_own_document(ready: Api) -> None:
    # That a day lies in the future, or a series ends before it begins, no schema can say: such requests are refused
    # although they fit, so the check that everything that fits is accepted is left out.
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{ready.url}/openapi.json", "--exclude-path", "/v1/stream",
        "--phases", "examples,coverage,fuzzing", "--max-examples", "15", "--seed", "1", "--no-color",
        "--generation-database", "none", "--exclude-checks", "positive_data_acceptance",
    ]  # fmt: skip
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert outcome.returncode == 0, outcome.stdout[-6000:] + outcome.stderr[-2000:]


def test_children_that_are_no_more_are_left_out_unless_they_hold_people(ready: Api) -> None:
    page = ready.get("/v1/regions/VN.91", scheme="voluntary_si").json()
    assert [child["region"]["id"] for child in page["children"]] == ["VN.91.913", "VN.91.914"]
    assert [above["id"] for above in page["ancestors"]] == ["VN"]
    assert page["coverage"]["participants"] == 130


def test_a_region_page_as_of_a_day_shows_its_children_as_of_that_day(ready: Api) -> None:
    page = ready.get("/v1/regions/VN.91", scheme="voluntary_si", date="2009-12-31").json()
    assert [c["region"]["id"] for c in page["children"]] == ["VN.91.913", "VN.91.914", "VN.91.915"]
    assert page["coverage"]["participants"] == 0


def test_a_leaderboard_ranks_the_greatest_first_and_those_without_the_figure_last(ready: Api) -> None:
    board = ready.get("/v1/leaderboard", level="district", scheme="voluntary_si", metric="coverage_pct").json()
    ranks = [(row["rank"], row["value"], row["coverage"]["region"]["id"]) for row in board["leaders"]]
    assert ranks == [(1, 50.0, "VN.91.913"), (1, 50.0, "VN.91.914")]
    people = ready.get(
        "/v1/leaderboard", level="district", scheme="voluntary_si", metric="participants", within="VN.91"
    )
    assert [row["value"] for row in people.json()["leaders"]] == [80, 50]
    nothing = ready.get("/v1/leaderboard", level="country", scheme="voluntary_si", metric="coverage_pct").json()
    assert [(row["rank"], row["coverage"]["region"]["id"]) for row in nothing["leaders"]] == [(1, "VN"), (None, "TH")]


def test_outreach_shows_what_sessions_brought(ready: Api) -> None:
    page = ready.get("/v1/outreach", region="VN.91").json()
    first = next(a for a in page["activities"] if a["id"] == "OUT-1")
    assert (first["sessions"], first["attendees"], first["cost"]) == (9, 969, {"VND": 5_430_000})
    assert first["enrolments"] == {"voluntary_si": 80, "health": 463}
    assert (first["enrolments_total"], first["per_session"], first["per_100_attendees"]) == (543, 60.33, 56.04)
    assert first["cost_per_enrolment"] == {"VND": 10_000}
    assert (page["total"]["sessions"], page["total"]["enrolments_total"], len(page["activities"])) == (11, 543, 2)


def test_milestones_tell_when_each_was_reached_and_what_was_taken_back(ready: Api, world: World) -> None:
    def row(kind: str, status: str, at: str, region: str) -> dict:
        return {"id": uuid.uuid4(), "kind": kind, "status": status, "region": region, "scheme": "voluntary_si", "target": "",
                "threshold_pct": 100, "needed": 80, "reached_on": at[:10], "reached_at": at, "published_at": at}  # fmt: skip

    world.reference("milestones", row("complete", "reached", "2020-06-01 01:00:00", "VN.91.913"),
                    row("target_met", "retracted", "2020-06-02 01:00:00", "VN.91.914"))  # fmt: skip
    history = ready.get("/v1/milestones", region="VN.91").json()["history"]
    assert [(one["kind"], one["status"], one["region"]["id"], one["reached_at"]) for one in history] == [
        ("target_met", "retracted", "VN.91.914", "2020-06-02T01:00:00Z"),
        ("complete", "reached", "VN.91.913", "2020-06-01T01:00:00Z"),
    ]  # fmt: skip
    assert len(ready.get("/v1/milestones", region="VN.91.913").json()["history"]) == 1


def test_regions_are_found_by_name(ready: Api) -> None:
    found = ready.get("/v1/regions", q="vung VN.91.913").json()["regions"]
    assert found[0]["region"]["id"] == "VN.91.913"
    assert [above["id"] for above in found[0]["path"]] == ["VN", "VN.91"]


@pytest.mark.parametrize(
    ("status", "effect", "state"),
    [
        ("counted", "new", "counted"), ("no_effect", "none", "counted"), ("voided", "none", "counted"),
        ("applied", "none", "counted"), ("waiting", "none", "pending"), ("cannot_refer", "none", "rejected"),
    ],
)  # fmt: skip
def test_a_receipt_says_what_became_of_a_registration(
    ready: Api, world: World, status: str, effect: str, state: str
) -> None:
    record = Record(effect, "unemployment", "TH", local("2020-01-01 08:00"), status=status)
    world.add([record])
    world.write()
    found = ready.get(f"/v1/receipts/{record.registration_id}").json()
    assert (found["state"], found["effect"], found["region"]) == (state, effect, "TH")
    assert found["why"]


def test_a_registration_that_was_not_seen_is_pending_and_a_dead_letter_rejected(ready: Api, world: World) -> None:
    id_ = str(uuid.uuid4())
    assert ready.get(f"/v1/receipts/{id_}").json()["state"] == "pending"
    row = {
        "topic": "enrollment-events", "kafka_partition": 0, "kafka_offset": 9, "reason": "unknown_region",
        "detail": "no such region", "registration_id": id_, "rejected_at": datetime.now(UTC),
    }  # fmt: skip
    world.store.insert_json("rejected", [json.dumps(row, default=str).encode()])
    found = ready.get(f"/v1/receipts/{id_}").json()
    assert (found["state"], found["why"]) == ("rejected", "unknown_region: no such region")
    assert eventually(lambda: ready.get("/v1/freshness").json()["rejected"].get("unknown_region")) == 1


def test_freshness_tells_how_far_each_partition_is_counted(ready: Api, world: World) -> None:
    world.beat()
    row = {"kafka_partition": 1, "checked_at": datetime.now(UTC), "next_offset": 3, "difference": 4}
    world.store.insert_json("reconciliations", [json.dumps(row, default=str).encode()])
    found = eventually(lambda: (f := ready.get("/v1/freshness").json())["difference"] is not None and f)
    assert isinstance(found, dict)
    assert (found["lag"], found["difference"], len(found["partitions"])) == (0, 4, 6)
    world.beat()
    eventually(lambda: (ready.get("/v1/freshness").json()["freshness_ms"] or 10**9) < 1_000, 5)
    assert ready.coverage("VN")["freshness_ms"] >= 0


def test_the_page_loads_nothing_from_elsewhere(ready: Api) -> None:
    answer = ready.get("/")
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "http://" not in answer.text
    assert "https://" not in answer.text


def test_metrics_are_there_for_prometheus(ready: Api) -> None:
    ready.coverage("VN")
    text = ready.get("/metrics").text
    assert 'api_request_seconds_count{route="/v1/coverage",status="200"}' in text
    assert "api_freshness_seconds" in text


def test_totals_can_be_closed_to_holders_of_a_read_key(clickhouse_url: str, world: World, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    write_keys(keys, [Key(sha256=hashed("reads"), scopes={"read"}), Key(sha256=hashed("counts"), scopes={"register"})])
    closed = settings(clickhouse_url, world.store.database, read_keys_required=True, auth_keys_file=keys)
    with served(closed) as api:
        eventually(lambda: api.get("/readyz").status_code == 200)
        path = "/v1/coverage?region=VN&scheme=health"
        tried = {
            key: api.client.get(path, headers={"Authorization": f"Bearer {key}"}).status_code
            for key in ("reads", "counts", "guessed")
        }
        assert tried == {"reads": 200, "counts": 403, "guessed": 401}
        assert api.get(path).headers["www-authenticate"] == "Bearer"
        assert api.get("/v1/stream?region=VN&scheme=health").status_code == 401
        assert api.get("/healthz").status_code == 200


def test_without_clickhouse_it_says_what_is_missing(unused_port: int) -> None:
    with served(settings(f"http://127.0.0.1:{unused_port}", "nothing")) as api:
        assert api.get("/healthz").status_code == 200
        answer = api.get("/readyz")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert "ClickHouse" in answer.json()["missing"][0]
        live = api.get("/v1/coverage?region=VN&scheme=health")
        assert (live.status_code, live.headers["retry-after"]) == (503, "2")


def test_without_tables_it_waits_for_them(clickhouse_url: str) -> None:
    database = f"api_{uuid.uuid4().hex[:12]}"
    with served(settings(clickhouse_url, database)) as api:
        eventually(lambda: "services.shared.migrate" in api.get("/readyz").text)
        from services.shared.migrate import migrate

        store = ClickHouseStore(settings(clickhouse_url, database))
        migrate(store)
        World(store).reference("regions", *region_rows(TREE))
        eventually(lambda: api.get("/readyz").status_code == 200)
        eventually(lambda: api.get("/v1/coverage?region=VN&scheme=health").status_code == 200)
        assert api.coverage("VN")["freshness_ms"] is None
        yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
        assert api.coverage("VN", date=yesterday)["participants"] == 0
