"""Days as requests name them."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator

ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _iso_day(value: Any) -> Any:
    if isinstance(value, str) and not ISO_DAY.fullmatch(value):
        raise ValueError("must be a day, written YYYY-MM-DD")
    return value


DayText = Annotated[date, BeforeValidator(_iso_day)]
"""YYYY-MM-DD and nothing else: a bare number would be taken for seconds or milliseconds since 1970."""
