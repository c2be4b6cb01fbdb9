"""What goes to Kafka is what the event's model would write, under an event_id that never changes."""

import json
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.events import EnrollmentEvent
from schemas.registration import Registration
from schemas.vocabulary import RECORDED_SCHEMES, Kind
from services.registration.desk import event_json
from services.registration.domain.event import (
    EVENT_NAMESPACE,
    FREE_TEXT,
    CheckedEvent,
    Refused,
    event_id_of,
    to_event,
)
from tests.registration.stage import NOW, OFFICE, body
from tests.registration.test_event import KNOWN, PSEUDONYMS

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)
CODES = TEXT.filter(lambda text: text.strip() and not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(2009, 1, 1), datetime(2025, 6, 1), timezones=OFFSETS)
FILLED = {
    "registration_id": st.uuids().map(str),
    "kind": st.sampled_from(Kind),
    "scheme": st.sampled_from(RECORDED_SCHEMES),
    "occurred_at": MOMENTS.map(datetime.isoformat),
    "refers_to": st.uuids().map(str),
    "reason": TEXT,
}
OPTIONAL = {
    **{name: st.none() | CODES for name in FREE_TEXT if name != "reason"},
    "birth_year": st.none() | st.integers(1900, 2100),
    "sex": st.none() | st.sampled_from("FMX"),
}
REGISTRATIONS = st.fixed_dictionaries({**FILLED, **OPTIONAL}).map(lambda fields: body(**fields))


def checked(sent: dict[str, object], now: datetime = NOW, key_office: str = "*") -> CheckedEvent:
    registration = Registration.model_validate_json(json.dumps(sent))
    return to_event(registration, key_office=key_office, regions=KNOWN, pseudonyms=PSEUDONYMS, now=now)


@given(REGISTRATIONS, st.datetimes(datetime(2025, 6, 2), datetime(2030, 1, 1), timezones=st.just(UTC)))
def test_what_is_written_is_what_the_model_writes(sent, now):
    try:
        event = checked(sent, now)
    except Refused:  # a text of digits
        return
    model = EnrollmentEvent.model_validate_json(event_json(event), strict=True)
    assert json.loads(event_json(event)) == json.loads(model.model_dump_json(exclude_none=True))
    for name in ("event_id", "registration_id", "participant", "office", "recorded_at"):
        assert getattr(event, name) == getattr(model, name)
    registration = Registration.model_validate_json(json.dumps(sent))
    for name in set(EnrollmentEvent.model_fields) & set(Registration.model_fields) - {"country", "office"}:
        given_, kept = getattr(registration, name), getattr(model, name)
        assert kept == (str(given_) if isinstance(given_, uuid.UUID) else given_)


@given(st.lists(st.none() | st.integers() | TEXT))
def test_the_event_id_is_the_version_5_uuid_of_the_content(values):
    content = dict(enumerate(values))
    assert event_id_of(content) == str(uuid.uuid5(EVENT_NAMESPACE, json.dumps(values, ensure_ascii=False)))


def test_event_ids_stay_what_they_were():
    registration_id = "7f0c2a53-7a0b-4d6e-9d68-1f2a3b4c5d6e"
    little = body(registration_id=registration_id)
    everything = little | {
        **{name: f'Cần "{name}" \\ ไทย' for name in FREE_TEXT},
        "kind": "corrected", "refers_to": registration_id, "occurred_at": "2020-05-10T09:00:00.5+07:00",
        "birth_year": 1985, "sex": "F",
    }  # fmt: skip
    assert checked(little).event_id == "ddea6b3f-7630-50e7-ac7f-07f4cd68821e"
    assert checked(everything).event_id == "e3b645f7-175a-5b15-85c3-af6b718eb4bd"


def test_an_office_of_a_key_is_written_as_a_code_or_not_at_all():
    assert checked(body(), key_office=f" {OFFICE} ").office == OFFICE
    with pytest.raises(ValidationError):
        checked(body(), key_office="")
