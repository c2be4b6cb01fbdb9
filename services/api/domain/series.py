"""The steps of a series: hours, days or months of the country's own time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import date as Day
from typing import Final, Literal

from services.api.domain.windows import ONE_DAY, day_start, each_day, month_end

Grain = Literal["hour", "day", "month"]
MOST_DAYS: Final[dict[Grain, int]] = {"hour": 31, "day": 1_100, "month": 18_300}
"""The longest series of each grain, in days."""


@dataclass(frozen=True, slots=True)
class Step:
    """One bucket: `start` inclusive and `end` exclusive, in UTC; the local days it begins and ends in."""

    start: datetime
    end: datetime
    first: Day
    last: Day

    def completes(self, zone: str) -> bool:
        """Whether the step ends with its last day, so that an official stock of that day holds at its end."""
        return self.end == day_start(self.last + ONE_DAY, zone)


def default_first(grain: Grain, last: Day) -> Day:
    """Where a series begins that asks for no beginning: two days of hours, 30 days, or 12 months."""
    if grain == "hour":
        return last - ONE_DAY
    if grain == "day":
        return last - timedelta(days=29)
    return Day(last.year - (last.month < 12), last.month % 12 + 1, 1)


def steps(grain: Grain, first: Day, last: Day, zone: str) -> list[Step]:
    """The buckets from the beginning of `first` to the end of `last`; months are whole or cut at the two ends."""
    if grain == "hour":
        return [
            Step(at, at + timedelta(hours=1), day, day)
            for day in each_day(first, last)
            for at in _hours(day_start(day, zone), day_start(day + ONE_DAY, zone))
        ]
    found = []
    while first <= last:
        end = first if grain == "day" else min(month_end(first), last)
        found.append(Step(day_start(first, zone), day_start(end + ONE_DAY, zone), first, end))
        first = end + ONE_DAY
    return found


def _hours(start: datetime, end: datetime) -> list[datetime]:
    return [start + timedelta(hours=n) for n in range(round((end - start) / timedelta(hours=1)))]


def hour_of(moment: datetime) -> datetime:
    """The start, in UTC, of the hour of a moment."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
