"""The row of `enrollment_events` that an event is, as the systems we are compared with write it: without a fold."""

from datetime import datetime
from typing import Any

COLUMNS = [
    *(
        "registration_id",
        "event_id",
        "kind",
        "scheme",
        "participant",
        "country",
        "region",
        "office",
        "agent",
        "channel",
    ),
    *("birth_year", "sex", "occurred_at", "day", "recorded_at"),
]
_AS_IT_IS = COLUMNS[:12]


def row(event: dict[str, Any]) -> list[Any]:
    """The values of COLUMNS."""
    occurred_at = datetime.fromisoformat(event["occurred_at"])
    recorded_at = datetime.fromisoformat(event["recorded_at"])
    return [*(event[name] for name in _AS_IT_IS), occurred_at, occurred_at.date(), recorded_at]
