"""From a counter's registration to the event on Kafka: what is refused and why, and the event of what is not."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha1
from operator import attrgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

from schemas.events import SCHEMA_VERSION
from schemas.problem import FieldError
from schemas.registration import CODE, Registration
from schemas.vocabulary import Country
from services.registration.domain.identity import (
    InvalidIdentity,
    Pseudonyms,
    checked,
    holds_number,
    looks_like_identity,
)
from services.registration.domain.regions import Regions
from services.shared.errors import InvalidEvent

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
EVENT_NAMESPACE: Final = UUID("6ba84b1d-9a41-5f4e-8d2e-5f0b7f3f6f10")
CANONICAL: Final = json.JSONEncoder(ensure_ascii=False)
ANY_OFFICE: Final = "*"
NO_OFFICE: Final = "unspecified"
FREE_TEXT: Final = ("office", "agent", "channel", "outreach", "campaign", "group", "sponsor", "reason")

_free_texts: Final = attrgetter(*FREE_TEXT)
_NAMESPACE: Final = sha1(EVENT_NAMESPACE.bytes, usedforsecurity=False)
_as_code: Final = lru_cache(maxsize=1024)(CODE.validate_python)
"""A key's office, which nobody checked before, as an event holds it. There are few, and each comes again and again."""


class CheckedEvent(NamedTuple):
    """`fields` are those of `EnrollmentEvent`, without the empty ones; the rest is what is needed of them here."""

    event_id: str
    registration_id: str
    participant: str
    office: str
    recorded_at: datetime
    fields: dict[str, Any]


class Refused(InvalidEvent):
    """A registration that cannot be taken as it is; `errors` names each field."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = errors


class WrongOffice(InvalidEvent):
    """The body names another office than the key is bound to."""


def office_of(registration: Registration, key_office: str) -> str:
    """The office a registration is made by: the key's, or the body's where the key is bound to none."""
    if key_office == ANY_OFFICE:
        return registration.office or NO_OFFICE
    if registration.office not in (None, key_office):
        raise WrongOffice(f"this key registers for office {key_office}, the body says {registration.office}")
    return key_office


def to_event(
    registration: Registration, *, key_office: str, regions: Regions, pseudonyms: Pseudonyms, now: datetime
) -> CheckedEvent:
    """The event of a registration taken at `now`; Refused naming every field that is wrong, or WrongOffice."""
    errors: list[FieldError] = []
    country = registration.country
    if registration.occurred_at > now + CLOCK_TOLERANCE:
        message = "lies more than 5 minutes ahead of our clock; check the counter's clock"
        errors.append(FieldError(field="occurred_at", message=message, code="in_the_future"))
    region = regions.get(registration.region)
    if region is None:
        errors.append(FieldError(field="region", message="no region with this id is known", code="unknown_region"))
    elif not errors and (why_not := region.why_not_on(registration.occurred_at)):
        errors.append(FieldError(field="region", message=why_not, code="not_on_that_day"))
    if country is None and region is not None:
        country = region.country
    number = _number(registration, country, errors)
    if errors:
        raise Refused(errors)
    assert country is not None, "a known region has a country"
    return _event(registration, country, office_of(registration, key_office), pseudonyms.of(country, number), now)


def _number(registration: Registration, country: Country | None, errors: list[FieldError]) -> str:
    """The normalised national ID; what is wrong with it, or written where it must not be, is added to `errors`."""
    number = ""
    if country is not None:
        written = registration.national_id.get_secret_value()
        try:
            number = checked(written, country)
        except InvalidIdentity as error:
            errors.append(FieldError(field="national_id", message=str(error), code=error.code))
    for field in _fields_with_a_number(registration, number):
        message = "holds an identity number; it must not be written here"
        errors.append(FieldError(field=field, message=message, code="holds_identity"))
    return number


def _fields_with_a_number(registration: Registration, number: str) -> list[str]:
    """The free fields in which this number, or in `reason` anybody's, is written."""
    texts = _free_texts(registration)
    if not (number and holds_number("|".join(filter(None, texts)), number)) and not registration.reason:
        return []  # by far the most
    written = {field: text for field, text in zip(FREE_TEXT, texts, strict=True) if text}
    found = [field for field, text in written.items() if number and holds_number(text, number)]
    if "reason" not in found and looks_like_identity(written.get("reason", "")):
        found.append("reason")
    return found


def _event(registration: Registration, country: Country, office: str, person: str, now: datetime) -> CheckedEvent:
    """What `EnrollmentEvent` asks for has been checked as `Registration`, so none is made to check it again."""
    content = _content(registration, country, office, person)
    event_id, office = event_id_of(content), _as_code(office)
    fields = {name: value for name, value in content.items() if value is not None}
    fields |= {
        "schema_version": SCHEMA_VERSION,
        "event_id": event_id,
        "occurred_at": registration.occurred_at.astimezone(UTC),
        "recorded_at": now,
        "office": office,
    }
    return CheckedEvent(event_id, content["registration_id"], person, office, now, fields)


def _content(registration: Registration, country: Country, office: str, person: str) -> dict[str, Any]:
    """What `event_id` is made of, in this order for ever: everything but the time we took it."""
    refers_to = registration.refers_to
    return {
        "registration_id": str(registration.registration_id),
        "kind": registration.kind,
        "scheme": registration.scheme,
        "region": registration.region,
        "country": country,
        "participant": person,
        "occurred_at": registration.occurred_at.astimezone(UTC).isoformat(),
        "office": office,
        "agent": registration.agent,
        "channel": registration.channel,
        "outreach": registration.outreach,
        "campaign": registration.campaign,
        "group": registration.group,
        "sponsor": registration.sponsor,
        "birth_year": registration.birth_year,
        "sex": registration.sex,
        "refers_to": None if refers_to is None else str(refers_to),
        "reason": registration.reason,
    }


def event_id_of(content: Mapping[str, Any]) -> str:
    """The version 5 UUID of the content as a JSON list, so the same registration always has the same.

    As `uuid.uuid5` makes it, in a third of the time.
    """
    hashed = _NAMESPACE.copy()
    hashed.update(CANONICAL.encode(list(content.values())).encode())
    digits = hashed.hexdigest()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"
