"""What becomes of a registration, without HTTP or Kafka."""

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import EnrollmentEvent
from schemas.registration import Registration
from schemas.vocabulary import Country
from services.registration.domain.event import Refused, WrongOffice, office_of, to_event
from services.registration.domain.identity import Pseudonyms
from services.registration.domain.regions import KnownRegion
from tests.registration.stage import NOW, OFFICE, REGIONS, TH_ID, VN_ID, body

PSEUDONYMS = Pseudonyms(b"a secret only of tests")


class Known(dict[str, KnownRegion]):
    loaded = True


KNOWN = Known({region.id: KnownRegion.of(region) for region in REGIONS})


def event_of(*, now=NOW, key_office="*", **changes) -> EnrollmentEvent:
    registration = Registration.model_validate_json(json.dumps(body(**changes)))
    event = to_event(registration, key_office=key_office, regions=KNOWN, pseudonyms=PSEUDONYMS, now=now)
    return EnrollmentEvent.model_validate(event.fields)


def refusal(**changes) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        event_of(**changes)
    return {error.field: error.message for error in refused.value.errors}


def test_the_event_carries_everything_but_the_national_id():
    event = event_of(registration_id="7F0C2A53-7A0B-4D6E-9D68-1F2A3B4C5D6E", birth_year=1985, sex="F", sponsor="S-1")
    assert VN_ID not in event.model_dump_json()
    assert event.participant == PSEUDONYMS.of(Country.VN, VN_ID)
    assert event.registration_id == "7f0c2a53-7a0b-4d6e-9d68-1f2a3b4c5d6e"
    assert (event.recorded_at, event.office, event.sponsor) == (NOW, "unspecified", "S-1")
    assert event.occurred_at == datetime(2020, 5, 10, 2, tzinfo=UTC)


@given(st.datetimes(datetime(2025, 7, 2), datetime(2030, 1, 1), timezones=st.just(UTC)))
def test_the_same_registration_has_the_same_event_id_whenever_it_is_taken(now):
    fixed = {"registration_id": "7f0c2a53-7a0b-4d6e-9d68-1f2a3b4c5d6e"}
    assert event_of(now=now, **fixed).event_id == event_of(**fixed).event_id


def test_the_same_registration_written_differently_has_the_same_event_id():
    fixed = {"registration_id": "7f0c2a53-7a0b-4d6e-9d68-1f2a3b4c5d6e"}
    once = event_of(**fixed)
    assert event_of(**fixed, national_id="0911 8590-0123").event_id == once.event_id
    assert event_of(**fixed, occurred_at="2020-05-10T02:00:00Z").event_id == once.event_id
    assert event_of(**fixed, country=None).event_id == once.event_id


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "renewed"},
        {"scheme": "health"},
        {"region": "VN.91.913"},
        {"national_id": "091185900124"},
        {"national_id": TH_ID, "country": "TH"},
        {"occurred_at": "2020-05-10T09:00:01+07:00"},
        {"office": OFFICE},
        {"agent": "A-0043"},
        {"birth_year": 1985},
        {"reason": "typing error"},
    ],
)
def test_another_registration_has_another_event_id(change):
    fixed = {"registration_id": "7f0c2a53-7a0b-4d6e-9d68-1f2a3b4c5d6e"}
    assert event_of(**fixed, **change).event_id != event_of(**fixed).event_id


def test_a_region_takes_registrations_from_its_first_day_until_the_day_it_ended():
    old, new = "VN.91.913.31012", "VN.91-2025.31012"
    before_midnight, midnight = "2025-06-30T23:59:59+07:00", "2025-07-01T00:00:00+07:00"
    assert event_of(region=old, occurred_at=before_midnight)
    assert "no longer exists since 2025-07-01" in refusal(region=old, occurred_at=midnight)["region"]
    assert event_of(region=new, occurred_at=midnight)
    assert "only since 2025-07-01" in refusal(region=new, occurred_at=before_midnight)["region"]


@given(st.datetimes(datetime(2025, 6, 29), datetime(2025, 7, 3)), st.integers(-12 * 60, 14 * 60))
def test_exactly_one_of_a_region_and_its_successor_exists_at_any_moment(moment, offset_minutes):
    at = moment.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    old, new = KNOWN["VN.91.913.31012"], KNOWN["VN.91-2025.31012"]
    assert (old.why_not_on(at) is None) != (new.why_not_on(at) is None)
    day = at.astimezone(timezone(timedelta(hours=7))).date()
    assert (old.why_not_on(at) is None) == (day < date(2025, 7, 1))


def test_a_clock_up_to_five_minutes_ahead_is_tolerated():
    region = {"region": "VN.91-2025.31012"}
    assert event_of(**region, occurred_at=(NOW + timedelta(minutes=5)).isoformat())
    ahead = refusal(**region, occurred_at=(NOW + timedelta(minutes=5, seconds=1)).isoformat())
    assert "check the counter's clock" in ahead["occurred_at"]


def test_every_field_that_is_wrong_is_named_at_once():
    wrong = refusal(region="VN.99", national_id="123456789", occurred_at="2999-01-01T00:00:00Z")
    assert set(wrong) == {"region", "national_id", "occurred_at"}


def test_the_country_of_the_number_decides_how_it_is_checked():
    assert event_of(national_id=TH_ID, country="TH").country == "TH"
    assert "13 digits" in refusal(national_id=VN_ID, country="TH")["national_id"]
    assert event_of(region="TH.75", national_id=TH_ID, country=None).country == "TH"


def test_an_identity_number_written_into_another_field_is_refused_there():
    for field in ("office", "agent", "channel", "outreach", "campaign", "group", "sponsor"):
        assert set(refusal(**{field: f"x {VN_ID[:4]}-{VN_ID[4:]}"})) == {field}
    assert set(refusal(reason=f"was {TH_ID} before")) == {"reason"}
    assert event_of(reason="was typed wrongly", agent="0911859")


def test_the_office_of_a_bound_key_stands_and_another_in_the_body_is_refused():
    registration = Registration.model_validate(body())
    assert office_of(registration, OFFICE) == OFFICE
    assert office_of(registration, "*") == "unspecified"
    named = Registration.model_validate(body(office="OTHER"))
    assert office_of(named, "*") == "OTHER"
    with pytest.raises(WrongOffice, match=f"{OFFICE}.*OTHER"):
        office_of(named, OFFICE)
