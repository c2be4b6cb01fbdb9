"""The local day of a moment: days are days of the region's country."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from schemas.vocabulary import TIME_ZONES

QUARTER_US = 15 * 60 * 1_000_000
EPOCH = date(1970, 1, 1)
ZONES = {country.value: ZoneInfo(name) for country, name in TIME_ZONES.items()}


def local_day(occurred_us: int, country: str) -> int:
    """Days since 1970-01-01 of a moment (microseconds since 1970 UTC) in the country's time zone."""
    return _day_of_quarter(occurred_us // QUARTER_US, country)


@lru_cache(maxsize=65_536)
def _day_of_quarter(quarter: int, country: str) -> int:
    # Every UTC offset in use is a whole number of quarters of an hour, so a quarter lies within one local day.
    zone = ZONES.get(country, UTC)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=quarter * QUARTER_US)
    return (moment.astimezone(zone).date() - EPOCH).days
