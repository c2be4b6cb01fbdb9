"""Dead letters: how a refused record becomes a message that can be read, shown and replayed."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from schemas.events import DeadLetter
from services.aggregator.counting import LogRecord
from services.aggregator.domain.plan import Refusal

MAX_DETAIL = 2000


def letter(topic: str, refusal: Refusal, raw: LogRecord | None, rejected_at: datetime) -> DeadLetter:
    """The dead letter of one refusal; `raw` is the original record where it is at hand."""
    return DeadLetter(
        topic=topic,
        partition=refusal.partition,
        offset=refusal.offset,
        reason=refusal.reason,
        detail=refusal.detail[:MAX_DETAIL],
        registration_id=UUID(refusal.registration_id) if refusal.registration_id else None,
        key_base64=_text(raw.key if raw else None),
        value_base64=_text(raw.value if raw else None),
        timestamp_ms=raw.timestamp if raw else 0,
        rejected_at=rejected_at,
    )


def letters(
    topic: str, refusals: list[Refusal], at_hand: Mapping[tuple[int, int], LogRecord], rejected_at: datetime
) -> list[DeadLetter]:
    """The dead letters of a batch."""
    return [letter(topic, r, at_hand.get((r.partition, r.offset)), rejected_at) for r in refusals]


def _text(data: bytes | None) -> str | None:
    return None if data is None else b64encode(data).decode()
