"""What offices and agents did by their own records."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Day
from datetime import datetime
from typing import Any, Literal

from schemas.vocabulary import Scheme, recorded_schemes
from services.api.domain.windows import WINDOWS, Calendar
from services.api.queries import SUBTREE
from services.api.queries.events import microseconds
from services.shared.clickhouse_store import ClickHouseStore

Per = Literal["office", "agent"]
"""Both are columns of `enrollment_events`."""

FLOWS = ("new", "returned", "left")
YEAR = {
    "records": "count()",
    **{effect: f"countIf(effect = '{effect}')" for effect in (*FLOWS, "moved")},
    "no_effect": "countIf(status = 'no_effect')",
    "voided": "countIf(status = 'voided')",
    "corrected": "countIf(corrected_by IS NOT NULL)",
}
IN_WINDOWS = [
    f"countIf(effect = '{flow}' AND occurred_at >= fromUnixTimestamp64Micro({{since{n}:Int64}}, 'UTC'))"
    for flow in FLOWS
    for n in range(len(WINDOWS))
]
SINCE_NEW_YEAR = [counted.replace("countIf(", "countIf(day >= {new_year:Date32} AND ") for counted in YEAR.values()]
SINCE_NEW_YEAR[0] = "countIf(day >= {new_year:Date32})"
OWN = f"""
SELECT OWNER, scheme, {", ".join(IN_WINDOWS + SINCE_NEW_YEAR)}, max(recorded_at), groupUniqArray(20)(office)
FROM enrollment_events FINAL
WHERE OWNER IN {{owners:Array(String)}} AND day BETWEEN {{first:Date32}} AND {{last:Date32}}
    AND occurred_at < fromUnixTimestamp64Micro({{as_of:Int64}}, 'UTC')
GROUP BY OWNER, scheme ORDER BY OWNER, scheme
"""
NEW_BY_DAY = """
SELECT OWNER, scheme, day, count() FROM enrollment_events FINAL
WHERE day BETWEEN {first:Date32} AND {last:Date32} AND effect = 'new' AND OWNER IN {owners:Array(String)}
GROUP BY OWNER, scheme, day
"""
OFFICES = f"SELECT id, name, kind, region FROM offices FINAL WHERE region GLOBAL IN {SUBTREE} ORDER BY id"
OFFICE = "SELECT id, name, kind, region FROM offices FINAL WHERE id = {id:String}"
SYNC = """
SELECT office, sum(unsynced_count),
    if(countIf(unsynced_count > 0 AND oldest_unsynced_at IS NULL) > 0, NULL, minIf(oldest_unsynced_at, unsynced_count > 0)),
    max(reported_at)
FROM office_sync FINAL WHERE office IN {ids:Array(String)} GROUP BY office
"""
AGENTS = f"""
SELECT DISTINCT agent FROM enrollment_events
WHERE day BETWEEN {{first:Date32}} AND {{last:Date32}} AND agent != '' AND region GLOBAL IN {SUBTREE}
"""


@dataclass(frozen=True, slots=True)
class Own:
    """What an owner's records in one scheme came to: flows by name in each window, and counts of the year."""

    scheme: Scheme
    windows: Mapping[str, Sequence[int]]
    year: Mapping[str, int]
    last_recorded_at: datetime
    offices: Sequence[str]


@dataclass(frozen=True, slots=True)
class OfficeFound:
    """An office of the reference data."""

    id: str
    name: str | None = None
    kind: str | None = None
    region: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What an office holds: the sum of what its counters last said; the oldest date is null where one holds and gave none."""

    unsynced_count: int
    oldest_unsynced_at: datetime | None
    reported_at: datetime


def new_year(calendar: Calendar) -> Day:
    """1 January of the as-of day's year."""
    return Day(calendar.today.year, 1, 1)


def read_own(store: ClickHouseStore, per: Per, owners: Iterable[str], calendar: Calendar) -> dict[str, list[Own]]:
    """What these owners' records came to, by owner and scheme; those without any are left out."""
    starts = [calendar.as_of - length for length in WINDOWS.values()]
    bound: dict[str, Any] = {
        "owners": list(owners),
        "first": min(new_year(calendar), min(starts).date()),  # a day early at most: the windows are exact
        "last": calendar.today,
        "new_year": new_year(calendar),
        "as_of": microseconds(calendar.as_of),
        **{f"since{n}": microseconds(start) for n, start in enumerate(starts)},
    }
    found: dict[str, list[Own]] = defaultdict(list)
    for owner, scheme, *counts, last, offices in store.query(OWN.replace("OWNER", per), bound):
        width = len(WINDOWS)
        windows = {flow: counts[n * width : (n + 1) * width] for n, flow in enumerate(FLOWS)}
        year = dict(zip(YEAR, counts[len(FLOWS) * width :], strict=True))
        found[owner].append(Own(Scheme(scheme), windows, year, last, sorted(offices)))
    return found


class NewByDay:
    """People new by the records of some owners."""

    def __init__(self, store: ClickHouseStore, per: Per, owners: Iterable[str], first: Day, last: Day) -> None:
        """Read the days from `first` to `last`, both included."""
        self._found: dict[tuple[str, str], dict[Day, int]] = defaultdict(dict)
        bound = {"owners": list(owners), "first": first, "last": last}
        for owner, scheme, day, people in store.query(NEW_BY_DAY.replace("OWNER", per), bound):
            self._found[owner, scheme][day] = people

    def of(self, owner: str, scheme: Scheme) -> Mapping[Day, int]:
        """Of one owner in a scheme, by day; quiet days left out."""
        found: dict[Day, int] = defaultdict(int)
        for part in recorded_schemes(scheme):
            for day, people in self._found.get((owner, part), {}).items():
                found[day] += people
        return found


def read_offices(store: ClickHouseStore, region: str) -> list[OfficeFound]:
    """The offices of a region and all below it."""
    return [OfficeFound(*row) for row in store.query(OFFICES, {"region": region})]


def read_office(store: ClickHouseStore, office: str) -> OfficeFound | None:
    """One office; None where the reference data has none of that id."""
    return next((OfficeFound(*row) for row in store.query(OFFICE, {"id": office})), None)


def read_reports(store: ClickHouseStore, offices: Iterable[str]) -> dict[str, Report]:
    """What these offices last reported; those that never did are left out."""
    return {office: Report(*report) for office, *report in store.query(SYNC, {"ids": list(offices)})}


def read_agents(store: ClickHouseStore, region: str, calendar: Calendar) -> list[str]:
    """The agents named in this year's records of a region and all below it."""
    bound = {"region": region, "first": new_year(calendar), "last": calendar.today}
    return [agent for (agent,) in store.query(AGENTS, bound)]
