"""`/v1/events`: pages of records, each with the voids and corrections of it."""

import base64
import binascii
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from schemas.trace import Referring, TracedEvent
from services.api.queries.events import EPOCH, microseconds
from services.api.queries.records import Place, Wanted, read_page, read_referring
from services.shared.clickhouse_store import ClickHouseStore

OPTIONAL = ("agent", "channel", "outreach", "campaign", "group", "sponsor", "birth_year", "sex", "refers_to", "reason",
            "from_region", "to_region", "corrected_by")  # fmt: skip
"""Columns whose empty string or 0 means that nothing is known."""


def events(
    store: ClickHouseStore, wanted: Wanted, after: Place | None, limit: int
) -> tuple[list[TracedEvent], Place | None]:
    """A page of records, and where it ends; None where no record follows."""
    rows = read_page(store, wanted, after, limit + 1)
    page = rows[:limit]
    referring: dict[UUID, list[Referring]] = defaultdict(list)
    # Only these have been referred to; most pages have none.
    touched = [row["registration_id"] for row in page if row["status"] == "voided" or row["corrected_by"]]
    for of, found in read_referring(store, touched):
        referring[of].append(Referring(**_texts(found)))
    served = [TracedEvent(**_texts(row), referred_by=referring[row["registration_id"]]) for row in page]
    last = Place(page[-1]["occurred_at"], page[-1]["registration_id"]) if len(rows) > limit else None
    return served, last


def _texts(row: Mapping[str, Any]) -> dict[str, Any]:
    """Ids as text, and None for what is not known."""
    found = {name: str(value) if isinstance(value, UUID) else value for name, value in row.items()}
    return found | {name: found[name] or None for name in OPTIONAL if name in found}


def cursor(place: Place) -> str:
    """A place as one opaque word."""
    raw = microseconds(place.occurred_at).to_bytes(8, "big", signed=True) + place.registration_id.bytes
    return base64.urlsafe_b64encode(raw).decode()


def place_of(text: str) -> Place:
    """What `cursor` made. ValueError where it did not make it."""
    try:
        raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("is no cursor of this service") from error
    moment = int.from_bytes(raw[:8], "big", signed=True)
    if len(raw) != 24 or not 0 <= moment <= 4_102_444_800_000_000:  # the year 2100
        raise ValueError("is no cursor of this service")
    return Place(EPOCH + timedelta(microseconds=moment), UUID(bytes=raw[8:]))


def next_page(path: str, parameters: Mapping[str, Any], last: Place | None) -> str | None:
    """The address of what follows."""
    return None if last is None else f"{path}?{urlencode({**parameters, 'after': cursor(last)})}"
