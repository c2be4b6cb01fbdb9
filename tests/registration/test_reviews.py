"""`POST /v1/reference/duplicate-reviews`: a decision goes into the log once, with the voids that follow from it."""

import json
from typing import Any

import httpx
import pytest

from schemas.events import EnrollmentEvent, ReferenceEvent
from tests.registration.stage import VN_ID, Stage

FIRST, SECOND = "5f2f3f0e-7a53-4a35-9a1e-2a1d5b1c9a01", "5f2f3f0e-7a53-4a35-9a1e-2a1d5b1c9a02"
RECORD = {
    "registration_id": SECOND, "scheme": "health", "participant": "b" * 32, "country": "VN", "region": "VN.91.913.31012",
    "occurred_at": "2020-05-10T09:03:00+07:00", "office": "VNPOST-91-0012",
}  # fmt: skip
SAME = {"id": f"{FIRST}_{SECOND}", "decision": "same", "reviewer": "R-1", "note": "one book", "void": [RECORD]}


async def post(stage: Stage, body: Any, key: str = "reference") -> httpx.Response:
    async with stage.client(key) as client:
        return await client.post("/v1/reference/duplicate-reviews", content=json.dumps(body))


async def test_same_voids_the_records_and_then_says_so(stage: Stage) -> None:
    answer = await post(stage, SAME)
    assert answer.status_code == 200, answer.text
    void, decision = (sent.value for sent in stage.publisher.sent)
    event, row = EnrollmentEvent.model_validate_json(void), ReferenceEvent.model_validate_json(decision)
    assert (event.kind, event.refers_to, event.participant) == ("voided", SECOND, RECORD["participant"])
    assert SAME["id"] in (event.reason or "")
    assert answer.json()["voids"] == [event.registration_id] == row.row["voids"]
    assert (row.kind, row.key, row.row["decision"], row.row["reviewer"]) == (
        "duplicate_reviews",
        SAME["id"],
        "same",
        "R-1",
    )


async def test_a_decision_sent_again_makes_the_same_voids(stage: Stage) -> None:
    await post(stage, SAME)
    await post(stage, {**SAME, "note": "said otherwise", "reviewer": "R-2"})
    first, _, second, _ = (json.loads(sent.value) for sent in stage.publisher.sent)
    assert (first["registration_id"], first["event_id"]) == (second["registration_id"], second["event_id"])


async def test_distinct_voids_nothing(stage: Stage) -> None:
    assert (await post(stage, {**SAME, "decision": "distinct", "void": []})).status_code == 200
    (sent,) = stage.publisher.sent
    assert json.loads(sent.value)["row"]["decision"] == "distinct"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"decision": "distinct"}, "void"),
        ({"id": "one_two"}, "id"),
        ({"decision": "perhaps"}, "decision"),
        ({"note": f"the card says {VN_ID}"}, "note"),
        ({"void": [{**RECORD, "region": "VN.99"}]}, "void.0.region"),
        ({"void": [{**RECORD, "participant": "nobody"}]}, "void.0.participant"),
        ({"void": [RECORD, {**RECORD, "participant": "c" * 32}]}, "void"),
    ],
)
async def test_a_wrong_decision_is_refused_and_nothing_is_sent(stage: Stage, changes: dict, field: str) -> None:
    answer = await post(stage, {**SAME, **changes})
    assert answer.status_code == 422
    said = answer.json()
    assert field in {error["field"] for error in said["errors"]} or field in said["detail"]
    assert stage.publisher.sent == []
    assert VN_ID not in answer.text


async def test_only_who_may_change_reference_data_may_decide(stage: Stage) -> None:
    assert (await post(stage, SAME, "any")).status_code == 403
    assert stage.publisher.sent == []


async def test_without_a_broker_nothing_is_decided(stage: Stage) -> None:
    stage.publisher.go_away()
    assert (await post(stage, SAME)).status_code == 503
