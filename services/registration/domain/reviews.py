"""From a review of a possible duplicate to the voids that follow from it."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid5

from schemas.duplicates import DuplicateDecision, RecordOfPair
from schemas.events import EnrollmentEvent
from schemas.problem import FieldError
from schemas.vocabulary import Kind
from services.registration.domain.event import CANONICAL, EVENT_NAMESPACE, Refused
from services.registration.domain.identity import looks_like_identity
from services.registration.domain.regions import Regions

REVIEW_NAMESPACE: Final = UUID("0a4c6f63-6f0e-5d0f-9a51-3b1f5f2f7c61")


def voids_of(decision: DuplicateDecision, regions: Regions, now: datetime) -> list[EnrollmentEvent]:
    """The voids of a decision, the same whenever it is sent; Refused naming what is wrong with it.

    Whether a record is that person's is found downstream, as for every void: `correction_mismatch` in the dead letters.
    """
    errors = []
    if looks_like_identity(decision.note or ""):
        errors.append(FieldError(field="note", message="holds an identity number; it must not be written here"))
    for number, record in enumerate(decision.void):
        if regions.get(record.region) is None:
            errors.append(FieldError(field=f"void.{number}.region", message="no region with this id is known"))
    if errors:
        raise Refused(errors)
    return [_void(decision.id, record, now) for record in decision.void]


def _void(review: str, record: RecordOfPair, now: datetime) -> EnrollmentEvent:
    content = {
        "registration_id": str(uuid5(REVIEW_NAMESPACE, f"{review}/{record.registration_id}")),
        "kind": Kind.VOIDED,
        "scheme": record.scheme,
        "region": record.region,
        "country": record.country,
        "participant": record.participant,
        "occurred_at": record.occurred_at.astimezone(UTC).isoformat(),
        "office": record.office,
        "refers_to": record.registration_id,
        "reason": f"duplicate, by review {review}",
    }
    event_id = uuid5(EVENT_NAMESPACE, CANONICAL.encode(list(content.values())))
    return EnrollmentEvent.model_validate({**content, "event_id": str(event_id), "recorded_at": now})
