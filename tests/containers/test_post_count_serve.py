"""Post, count, serve: what a clerk sends is what a leader sees, whichever engines lie between."""

import json
import uuid
from typing import Any

from tests.support.waiting import until
from tests.support.whole_stack import WholeStack

PLACE = {"region": "VN.01.004.00115", "scheme": "voluntary_si"}
"""In no programme: tests of those share the stack."""
COUNTED_S = 60.0


def registration(number: int, **changes: Any) -> dict[str, Any]:
    """One about a made-up person; the number is right in form, and of nobody."""
    return {
        "registration_id": str(uuid.uuid4()),
        "kind": "enrolled",
        "national_id": f"0911859{number:05d}",
        "country": "VN",
        "occurred_at": "2020-05-10T09:00:00+07:00",
        **PLACE,
        **changes,
    }


def post(stack: WholeStack, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    with stack.registration() as client:
        answer = client.post("/v1/registrations", json=body)
    return answer.status_code, answer.json()


def participants(stack: WholeStack) -> int:
    with stack.api() as client:
        return client.get("/v1/coverage", params=PLACE).raise_for_status().json()["participants"]


def state(stack: WholeStack, registration_id: str) -> str:
    with stack.api() as client:
        return client.get(f"/v1/receipts/{registration_id}").raise_for_status().json()["state"]


def counted(stack: WholeStack, number_of_people: int) -> None:
    until(lambda: participants(stack) == number_of_people, f"{number_of_people} people served", COUNTED_S)


def test_a_registration_is_acknowledged_counted_once_and_served(whole: WholeStack):
    before, body = participants(whole), registration(70_001)
    assert post(whole, body)[0] == 201
    assert post(whole, body)[0] == 200
    assert post(whole, registration(70_001))[0] == 201  # the same person, registered again elsewhere
    counted(whole, before + 1)


def test_a_void_takes_a_registration_back(whole: WholeStack):
    before, body = participants(whole), registration(70_002)
    post(whole, body)
    counted(whole, before + 1)
    void = {"kind": "voided", "refers_to": body["registration_id"], "reason": "entered twice"}
    assert post(whole, registration(70_002, **void))[0] == 201
    counted(whole, before)


def test_an_upload_has_an_outcome_for_each_row_and_counts_the_good_ones(whole: WholeStack):
    before = participants(whole)
    rows = [registration(70_003), registration(70_004), {**registration(70_005), "kind": "unheard of"}]
    lines = "\n".join(json.dumps(row) for row in [*rows, rows[0]])
    with whole.registration() as client:
        headers = {"Content-Type": "application/x-ndjson"}
        answer = client.post("/v1/registrations/bulk", content=lines, headers=headers).raise_for_status()
    statuses = [json.loads(line).get("status") for line in answer.text.splitlines()]
    assert statuses == ["accepted", "accepted", "refused", "repeated", None]
    counted(whole, before + 2)


def test_a_conflict_is_refused_and_stops_nothing(whole: WholeStack):
    before, body = participants(whole), registration(70_006)
    assert post(whole, body)[0] == 201
    assert post(whole, {**body, "national_id": "091185970007"})[0] == 409
    counted(whole, before + 1)
    assert state(whole, body["registration_id"]) == "counted"


def test_counters_and_people_agree_and_all_is_counted(whole: WholeStack):
    assert post(whole, registration(70_008))[0] == 201

    def quiet() -> bool:
        with whole.api() as client:
            said = client.get("/v1/freshness").raise_for_status().json()
        return said["lag"] == 0 and said["difference"] == 0

    until(quiet, "no lag and no difference", COUNTED_S)
