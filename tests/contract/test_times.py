"""Times come written out: a bare number could be seconds or milliseconds, and would be taken for either by its size."""

import json

import pytest
from pydantic import ValidationError

from schemas.registration import Registration, SyncStatus

BODY = {
    "registration_id": "715a0fcd-85e3-5195-855f-f0b80ffc97f4",
    "kind": "enrolled",
    "scheme": "health",
    "region": "VN.91",
    "national_id": "made up",
}


@pytest.mark.parametrize("strict", [True, False], ids=["strict", "lax"])
@pytest.mark.parametrize(
    "time", ["9", 9, 1589076001, "1589076001000", "1589076001.5", "+1", True, [], "yesterday", "2020-05-10"]
)
def test_a_time_that_is_not_written_out_is_refused(time: object, strict: bool) -> None:
    with pytest.raises(ValidationError) as error:
        Registration.model_validate_json(json.dumps({**BODY, "occurred_at": time}), strict=strict)
    assert [e["loc"] for e in error.value.errors()] == [("occurred_at",)]
    with pytest.raises(ValidationError):
        SyncStatus.model_validate_json(json.dumps({"unsynced_count": 1, "oldest_unsynced_at": time}), strict=strict)


@pytest.mark.parametrize(
    "time",
    ["2020-05-10T09:00:00+07:00", "2020-05-10T02:00:00Z", "2020-05-10t02:00:00.000z", " 2020-05-10 09:00:00+07:00 "],
)
def test_the_same_moment_may_be_written_in_several_ways(time: str) -> None:
    taken = Registration.model_validate_json(json.dumps({**BODY, "occurred_at": time}), strict=True)
    assert taken.occurred_at.isoformat().replace("02:00:00+00:00", "09:00:00+07:00") == "2020-05-10T09:00:00+07:00"
