"""`/v1/receipts/{registration_id}`: counted, pending or rejected, and why."""

from uuid import UUID

from schemas.coverage import ReceiptState
from schemas.vocabulary import Scheme
from services.api.queries.receipts import Found, read_record, read_rejection
from services.shared.clickhouse_store import ClickHouseStore

EFFECTS = {
    "new": "counted as a new participant",
    "returned": "counted as a participant who returned",
    "left": "counted as a participant who left",
    "moved": "counted as a move to another region",
}
STATUSES = {
    "no_effect": ("counted", "the person's state was already so; a person counts once per scheme"),
    "voided": ("counted", "taken in, and left out of the numbers by a later void"),
    "applied": ("counted", "applied to the registration it refers to"),
    "waiting": ("pending", "the registration it refers to has not arrived yet"),
    "cannot_refer": ("rejected", "it refers to a record that cannot be voided or corrected"),
}
NOT_SEEN = "not seen yet: it is on its way, or was never accepted (an accepted one has a receipt, 201)"


def receipt(store: ClickHouseStore, registration_id: UUID) -> ReceiptState:
    """Look the registration up; of two bodies under one id the first stands, so what is counted is said first."""
    found = read_record(store, registration_id)
    if found is not None:
        return _of_record(registration_id, found)
    rejection = read_rejection(store, registration_id)
    if rejection is not None:
        return ReceiptState(registration_id=str(registration_id), state="rejected", why=": ".join(rejection))
    return ReceiptState(registration_id=str(registration_id), state="pending", why=NOT_SEEN)


def _of_record(registration_id: UUID, found: Found) -> ReceiptState:
    state, why = STATUSES.get(found.status, ("counted", EFFECTS.get(found.effect, found.status)))
    return ReceiptState.model_validate(
        {
            "registration_id": str(registration_id),
            "state": state,
            "why": why,
            "effect": found.effect,
            "region": found.region,
            "scheme": Scheme(found.scheme),
            "occurred_at": found.occurred_at,
        }
    )
