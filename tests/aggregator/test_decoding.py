"""The quick reading of an event agrees with the contract's model, whatever is on the topic."""

import json
from datetime import datetime
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.events import EnrollmentEvent
from schemas.vocabulary import Kind
from services.aggregator.domain.records import Record, decode, pack, unpack
from services.aggregator.domain.wire import event_fields
from tests.support.made_up import event

BODIES = [
    event(1),
    event(2, outreach="OUT-1", campaign="C-1", group="G-1", sponsor="S-1"),
    event(3, kind="voided", refers_to="00000000-0000-4000-8000-000000000001", reason="entered twice"),
    event(4, agent=None, birth_year=None, sex=None),
]
NAMES = [*EnrollmentEvent.model_fields, "unknown"]
WORDS = ["", " A ", "VN", "TH", "health", "2020-05-10T09:00:00+07:00", "2020-05-10T09:00:00", "1980-01-01T00:00:00Z"]
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5), st.sampled_from(WORDS),
    st.sampled_from([kind.value for kind in Kind]), st.just([]), st.just({}),
)  # fmt: skip


def contract(value: bytes) -> dict[str, Any] | None:
    """The fields as the model has them, in plain values; None where it refuses them."""
    try:
        fields = dict(EnrollmentEvent.model_validate_json(value))
    except ValidationError:
        return None
    return {name: field.value if isinstance(field, Enum) else field for name, field in fields.items()}


def quick(value: bytes) -> dict[str, Any] | None:
    try:
        return event_fields(value)
    except ValidationError:
        return None


@given(
    st.sampled_from(BODIES),
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3),
    st.sets(st.sampled_from(NAMES), max_size=2),
)
def test_the_quick_reading_takes_and_refuses_what_the_model_does(body, changed, left_out):
    given_body = {name: value for name, value in {**body, **changed}.items() if name not in left_out}
    value = json.dumps(given_body).encode()
    expected, found = contract(value), quick(value)
    assert (expected is None) == (found is None)
    if expected is not None and found is not None:
        assert {name: field or None for name, field in found.items()} == {n: f or None for n, f in expected.items()}
        assert not any(isinstance(field, Enum) for field in found.values())


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"7", b"null", b"\xff", b'{"a": 1} {"a": 1}'])
def test_what_is_no_object_is_refused_by_both(value):
    assert contract(value) is quick(value) is None


def test_an_optional_field_that_is_null_or_missing_is_nothing():
    _, record = decode(json.dumps(BODIES[3]).encode(), 2, 7)
    assert (record.details.agent, record.details.birth_year, record.details.sponsor) == ("", 0, "")
    assert (record.partition, record.offset) == (2, 7)


def test_moments_are_microseconds_since_1970():
    _, record = decode(json.dumps({**BODIES[0], "occurred_at": "2020-05-10T09:00:00.123456+07:00"}).encode(), 0, 0)
    assert record.occurred_us == 1_589_076_000_123_456
    assert record.recorded_us == round(datetime.fromisoformat(str(BODIES[0]["recorded_at"])).timestamp() * 1e6)


def test_packed_records_are_plain_json_and_come_back_the_same():
    records: list[Record] = [decode(json.dumps(body).encode(), 1, place)[1] for place, body in enumerate(BODIES)]
    assert unpack(pack(records)) == records
    assert all(type(part) is list for part in json.loads(pack(records)))
