"""What became of one registration."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.shared.clickhouse_store import ClickHouseStore

CLAIM = "SELECT scheme FROM registration_claims FINAL WHERE registration_id = {id:UUID}"
RECORD = """
SELECT status, effect, region, scheme, occurred_at FROM enrollment_events FINAL
WHERE scheme = {scheme:String} AND registration_id = {id:UUID}
"""
REJECTION = """
SELECT reason, detail FROM rejected FINAL WHERE registration_id = {id:UUID} ORDER BY rejected_at DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A record as it is counted."""

    status: str
    effect: str
    region: str
    scheme: str
    occurred_at: datetime


def read_record(store: ClickHouseStore, registration_id: UUID) -> Found | None:
    """The record under that id; None where none is counted (yet)."""
    for (scheme,) in store.query(CLAIM, {"id": str(registration_id)}):
        for row in store.query(RECORD, {"id": str(registration_id), "scheme": scheme}):
            return Found(*row)
    return None


def read_rejection(store: ClickHouseStore, registration_id: UUID) -> tuple[str, str] | None:
    """Reason and detail of the latest dead letter under that id."""
    rows = store.query(REJECTION, {"id": str(registration_id)})
    return (rows[0][0], rows[0][1]) if rows else None
