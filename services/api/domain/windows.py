"""Days of a country, windows that end at the as-of moment, and the days at which sums must be cut."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from datetime import date as Day
from typing import Final
from zoneinfo import ZoneInfo

WINDOWS: Final = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
DAYS_KEPT_APART: Final = 45
"""So many days up to today are summed one by one; older ones by the month."""
ONE_DAY: Final = timedelta(days=1)
PACE_DAYS: Final = 14
GROWTH_DAYS: Final = 30


def day_start(day: Day, zone: str) -> datetime:
    """The instant, in UTC, at which a local day begins."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def local_day(moment: datetime, zone: str) -> Day:
    """The local day of an instant."""
    return moment.astimezone(ZoneInfo(zone)).date()


@dataclass(frozen=True, slots=True)
class Calendar:
    """An as-of moment (UTC, exclusive end of every window) and the local day it is in, or just completed."""

    as_of: datetime
    today: Day
    zone: str

    @classmethod
    def at(cls, moment: datetime, zone: str) -> "Calendar":
        """As of a moment of a day that is under way."""
        return cls(moment, local_day(moment, zone), zone)

    @classmethod
    def end_of(cls, day: Day, zone: str) -> "Calendar":
        """As of the end of a local day."""
        return cls(day_start(day + ONE_DAY, zone), day, zone)


@dataclass(frozen=True, slots=True)
class Edge:
    """The start of a window: whole days after `day` are inside, and what happened on `day` from `at` on."""

    day: Day
    day_start: datetime
    at: datetime

    @property
    def within_day(self) -> bool:
        """Whether some of `day` lies outside, so that its records must be looked at one by one."""
        return self.at > self.day_start


def window_edges(calendar: Calendar) -> dict[str, Edge]:
    """The start of each window; a record at that very moment is inside."""
    edges = {}
    for name, length in WINDOWS.items():
        at = calendar.as_of - length
        day = local_day(at, calendar.zone)
        edges[name] = Edge(day, day_start(day, calendar.zone), at)
    return edges


def month_end(day: Day) -> Day:
    """The last day of the month."""
    first_of_next = Day(day.year + day.month // 12, day.month % 12 + 1, 1)
    return first_of_next - ONE_DAY


def year_before(day: Day) -> Day:
    """The same date a year before; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def each_day(first: Day, last: Day) -> Iterable[Day]:
    """Every day from first to last, both included; none where last lies before first."""
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def recent_cuts(today: Day) -> set[Day]:
    """Ends of stretches near today: each day one by one, and what growth on a year before needs."""
    a_year_ago = year_before(today)
    return {*each_day(today - timedelta(days=DAYS_KEPT_APART), today), a_year_ago, a_year_ago - timedelta(days=30)}


def month_cuts(first: Day, last: Day) -> set[Day]:
    """The ends of the months from `first` up to and not past `last`."""
    cuts = set()
    end = month_end(first)
    while end <= last:
        cuts.add(end)
        end = month_end(end + ONE_DAY)
    return cuts
