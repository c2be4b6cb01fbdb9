"""A Kafka value as a record, whether it is read by columns or by the contract's model."""

import json
from datetime import datetime
from itertools import product
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import EnrollmentEvent
from schemas.vocabulary import Kind
from services.aggregator.columns.arrivals import as_columns, as_records
from services.aggregator.columns.newcomers import apart
from services.aggregator.columns.reading import read
from services.aggregator.columns.tables import people_table
from services.aggregator.domain.plan import Refusal
from services.aggregator.domain.records import Arrival, Record, Rejected, decode, pack, unpack
from tests.support.made_up import event

BODIES: list[dict[str, Any]] = [
    event(1),
    event(2, outreach="OUT-1", campaign="C-1", group="G-1", sponsor="S-1"),
    event(3, kind="voided", refers_to="00000000-0000-4000-8000-000000000001", reason="entered twice"),
    event(4, agent=None, birth_year=None, sex=None),
]
NAMES = [*EnrollmentEvent.model_fields, "unknown"]
WORDS = [
    "", " A ", "A B", "\u00a0A", "A\u0085", 'A"B', "A\\B", "Bưu điện Cà Mau", "ที่ทำการ", "x" * 80, "x" * 81, "y" * 501, "VN", "TH", "VN.91",
    "health", "social_insurance", "2020-05-10T09:00:00+07:00", "2020-05-10T09:00:00.5Z", "2020-05-10T09:00:00.123456Z",
    "2020-05-10 09:00:00Z", "2020-05-10T09:00:00", "2020-05-10T24:00:00Z", "2020-02-29T09:00:00Z", "2021-02-29T09:00:00Z",
    "1980-01-01T00:00:00Z", "1990-01-01T00:00:00+07:00", "2020-05-10T09:00:00-15:00", "1589101200",
]  # fmt: skip
NUMBERS = [0, 1, 1899, 1900, 1985, 2100, 2101, 65536, -1, 1985.0]
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from(NUMBERS),
    st.floats(allow_nan=False), st.text(max_size=5), st.sampled_from(WORDS),
    st.sampled_from([kind.value for kind in Kind]), st.just([]), st.just({}),
)  # fmt: skip
NO_EVENTS = [
    b"", b"  ", b"{", b"[]", b"7", b"null", b'"a"', b"\xff", b'{"a": 1} {"a": 1}', b"\x00\x01junk", None,
]  # fmt: skip


def as_log(values: list[bytes | None], partition: int = 2) -> list[tuple[int, Any]]:
    return [
        (partition, SimpleNamespace(key=None, value=value, offset=n, timestamp=0)) for n, value in enumerate(values)
    ]


def one_by_one(values: list[bytes | None]) -> tuple[list[Arrival], list[Refusal]]:
    """What the contract's model alone says."""
    arrivals: list[Arrival] = []
    refusals: list[Refusal] = []
    for partition, raw in as_log(values):
        try:
            arrivals.append(decode(raw.value, partition, raw.offset))
        except Rejected as bad:
            refusals.append(Refusal(partition, raw.offset, bad.reason, bad.detail, bad.registration_id))
    return arrivals, refusals


@st.composite
def changed_bodies(draw: st.DrawFn) -> bytes:
    body = draw(st.sampled_from(BODIES)) | draw(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=2))
    left_out = draw(st.sets(st.sampled_from(NAMES), max_size=1))
    text = json.dumps(
        {name: value for name, value in body.items() if name not in left_out}, ensure_ascii=draw(st.booleans())
    )
    return text.encode()


@given(
    st.lists(
        st.one_of(changed_bodies(), st.sampled_from(BODIES).map(lambda body: json.dumps(body).encode())), max_size=6
    )
)
def test_columns_take_and_refuse_what_the_contracts_model_does_in_the_same_order(values):
    arrivals, refusals = read(as_log(values))
    expected, refused = one_by_one(values)
    assert as_records(arrivals) == expected
    assert refusals == refused
    assert as_records(as_columns(expected)) == expected


def test_each_field_with_each_word_is_read_and_packed_as_by_the_contracts_model():
    bodies = [
        BODIES[1] | {"registration_id": str(UUID(int=n)), "participant": f"{n:032x}", name: word}
        for n, (name, word) in enumerate(product(NAMES, [*WORDS, *NUMBERS, None]))
    ]
    values: list[bytes | None] = [json.dumps(body, ensure_ascii=False).encode() for body in bodies]
    arrivals, refusals = read(as_log(values))
    assert (as_records(arrivals), refusals) == one_by_one(values)
    newcomers, _ = apart(arrivals, [], [])
    packed = people_table(newcomers, [])["records"].to_pylist()
    assert packed == [pack([arrival.record]) for arrival in as_records(newcomers)]


@pytest.mark.parametrize("value", NO_EVENTS)
def test_what_is_no_event_is_refused_beside_events(value):
    good = json.dumps(BODIES[0]).encode()
    arrivals, refusals = read(as_log([good, value, good]))
    assert as_records(arrivals) == one_by_one([good, value, good])[0]
    assert [refusal.offset for refusal in refusals] == [1]


@given(
    st.integers(0, 400), st.sampled_from([b"\xff", b"\x00", b'"', b"{", b"\\", b"\\ud800", b",", b"1", b"\xed\xa0\x80"])
)
def test_a_body_damaged_anywhere_is_read_or_refused_as_by_the_contracts_model(place, damage):
    good = json.dumps(BODIES[1]).encode()
    values: list[bytes | None] = [good[:place] + damage + good[place + 1 :], good]
    arrivals, refusals = read(as_log(values))
    assert (as_records(arrivals), refusals) == one_by_one(values)


def test_what_registrations_publish_is_read_by_columns_alone():
    values = [EnrollmentEvent(**body).model_dump_json(exclude_none=True).encode() for body in BODIES]
    assert all(read(as_log(values))[0]["plain"].to_pylist())


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
