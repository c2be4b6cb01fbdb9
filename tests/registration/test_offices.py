"""A silent office is noticed: when it was last heard of, and what it holds, reach every process and outlive a restart."""

from datetime import UTC, datetime, timedelta

import pytest

from services.registration.reference import ReferenceData
from tests.registration.stage import NOW, OFFICE, Stage, body


def told(reference: ReferenceData) -> dict[tuple[str, str], float]:
    return {
        (sample.name, sample.labels["office"]): sample.value
        for metric in reference.offices.collect()
        for sample in metric.samples
    }


async def test_a_registration_is_a_sign_of_its_office(stage: Stage):
    async with stage.client("office") as client:
        assert (await client.post("/v1/registrations", json=body())).status_code == 201
    assert told(stage.reference) == {("office_last_heard_timestamp_seconds", OFFICE): NOW.timestamp()}


async def test_a_report_reaches_every_process_by_the_topic(stage: Stage):
    body = {"unsynced_count": 3, "oldest_unsynced_at": "2025-07-31T01:00:00Z"}
    async with stage.client("office") as client:
        assert (await client.post(f"/v1/offices/{OFFICE}/sync-status", json=body)).status_code == 200
    another = ReferenceData()
    for offset, (_, key, value) in enumerate(stage.publisher.sent):
        another.read(key, value, offset)
    assert told(another) == {
        ("office_last_heard_timestamp_seconds", OFFICE): NOW.timestamp(),
        ("office_unsynced_records", OFFICE): 3,
        ("office_oldest_unsynced_timestamp_seconds", OFFICE): datetime(2025, 7, 31, 1, tzinfo=UTC).timestamp(),
    }


def test_an_office_that_holds_nothing_any_more_has_no_oldest():
    reference = ReferenceData()
    reference.offices.reported(
        {"office": OFFICE, "unsynced_count": 2, "oldest_unsynced_at": "2025-07-31T01:00:00Z"}, NOW
    )
    reference.offices.reported({"office": OFFICE, "unsynced_count": 0}, NOW + timedelta(minutes=1))
    assert told(reference) == {
        ("office_last_heard_timestamp_seconds", OFFICE): NOW.timestamp() + 60,
        ("office_unsynced_records", OFFICE): 0,
    }


def test_an_unreadable_report_changes_nothing():
    reference = ReferenceData()
    reference.offices.reported({"office": OFFICE, "unsynced_count": -1}, NOW)
    assert told(reference) == {}


async def test_counters_of_one_office_add_up_and_the_oldest_date_stands(stage: Stage):
    reports = [
        {"counter": "A", "unsynced_count": 9, "oldest_unsynced_at": "2025-07-30T01:00:00Z"},
        {"counter": "A", "unsynced_count": 3, "oldest_unsynced_at": "2025-07-31T03:00:00Z"},
        {"counter": "B", "unsynced_count": 4, "oldest_unsynced_at": "2025-07-31T01:00:00Z"},
        {"unsynced_count": 2, "oldest_unsynced_at": "2025-07-31T02:00:00Z"},
    ]
    async with stage.client("office") as client:
        for report in reports:
            assert (await client.post(f"/v1/offices/{OFFICE}/sync-status", json=report)).status_code == 200
    another = ReferenceData()
    for offset, (_, key, value) in enumerate(stage.publisher.sent):
        another.read(key, value, offset)
    assert told(another)["office_unsynced_records", OFFICE] == 9
    oldest = datetime(2025, 7, 31, 1, tzinfo=UTC).timestamp()
    assert told(another)["office_oldest_unsynced_timestamp_seconds", OFFICE] == oldest


@pytest.mark.parametrize("counter", [5, "", "x" * 200, {"id": "A"}])
async def test_a_counter_that_is_no_id_is_the_unnamed_one_for_such_a_field_was_once_passed_over(stage: Stage, counter):
    async with stage.client("office") as client:
        answer = await client.post(f"/v1/offices/{OFFICE}/sync-status", json={"counter": counter, "unsynced_count": 1})
    assert answer.status_code == 200
    assert [key for _, key, _ in stage.publisher.sent] == [f"office_sync/{OFFICE}".encode()]
