"""The counters of `coverage_daily`, summed over stretches of days, and which of them changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Day
from typing import Any

import pyarrow as pa

from services.api.queries import SUBTREE
from services.shared.clickhouse_store import ClickHouseStore

BEGINNING = Day(1900, 1, 1)
"""The first day of Date32."""
EPOCH = Day(1970, 1, 1)
MOST_RANGES = 40

CELLS = """
SELECT scheme, roundDown(toInt32(day), {{starts:Array(Int32)}}) AS start, region,
    sum(new + returned + moved_in - left - moved_out) AS net_change, sum(new) AS people_new, sum(left) AS people_left
FROM coverage_daily FINAL
WHERE ({ranges}){within}
GROUP BY scheme, start, region
HAVING net_change != 0 OR people_new != 0 OR people_left != 0
"""

SINCE = "version > {versions:Array(UInt64)}[kafka_partition + 1]"

CHANGED_DAYS = f"""
SELECT scheme, day, kafka_partition, max(version) FROM coverage_daily WHERE {SINCE}
GROUP BY scheme, day, kafka_partition
"""

CHANGED_ROWS = f"""
SELECT scheme, toInt32(day) AS start, region, kafka_partition, max(version) AS newest,
    argMax(new + returned + moved_in - left - moved_out, version) AS net_change,
    argMax(new, version) AS people_new, argMax(left, version) AS people_left
FROM coverage_daily WHERE {SINCE}
GROUP BY scheme, start, region, kafka_partition
LIMIT {{most:UInt64}}
"""

ROWS = """
SELECT scheme, toInt32(day) AS start, region, kafka_partition,
    new + returned + moved_in - left - moved_out AS net_change, new AS people_new, left AS people_left
FROM coverage_daily FINAL WHERE {ranges}
"""

VERSIONS = "SELECT kafka_partition, max(version), min(day) FROM coverage_daily GROUP BY kafka_partition"


@dataclass(frozen=True, slots=True)
class DayRange:
    """Days of a scheme, both included."""

    scheme: str
    first: Day
    last: Day


def merged(ranges: Sequence[DayRange]) -> list[DayRange]:
    """The same days in fewer ranges; past a limit, one range per scheme that covers them all."""
    joined: list[DayRange] = []
    for found in sorted(ranges, key=lambda r: (r.scheme, r.first)):
        last = joined[-1] if joined else None
        if last and last.scheme == found.scheme and (found.first - last.last).days <= 1:
            joined[-1] = DayRange(last.scheme, last.first, max(last.last, found.last))
        else:
            joined.append(found)
    if len(joined) <= MOST_RANGES:
        return joined
    return [
        DayRange(
            scheme,
            min(r.first for r in joined if r.scheme == scheme),
            max(r.last for r in joined if r.scheme == scheme),
        )
        for scheme in sorted({r.scheme for r in joined})
    ]


def read_cells(
    store: ClickHouseStore, ranges: Sequence[DayRange], starts: Sequence[Day], region: str | None = None
) -> pa.Table:
    """Scheme, start (days since 1970), region, net change, new, left: one row per stretch with anything in it.

    `starts`: the first days of the stretches, ascending. `region`: only its subtree.
    """
    conditions, parameters = _conditions(ranges)
    parameters["starts"] = [days_since_1970(day) for day in starts]
    if region is not None:
        parameters["region"] = region
    within = f" AND region GLOBAL IN {SUBTREE}" if region is not None else ""
    return store.arrow(CELLS.format(ranges=conditions, within=within), parameters)


def read_rows(store: ClickHouseStore, ranges: Sequence[DayRange], most: int | None = None) -> pa.Table:
    """The counters of those days as they are: scheme, start (the day), region, partition, net change, new, left.

    `most`: so many of them at most, any.
    """
    conditions, parameters = _conditions(ranges)
    limit = "" if most is None else f" LIMIT {most}"
    return store.arrow(ROWS.format(ranges=conditions) + limit, parameters)


def _conditions(ranges: Sequence[DayRange]) -> tuple[str, dict[str, Any]]:
    parameters: dict[str, Any] = {}
    conditions = []
    for n, wanted in enumerate(merged(ranges)):
        conditions.append(f"(scheme = {{s{n}:String}} AND day BETWEEN {{a{n}:Date32}} AND {{b{n}:Date32}})")
        parameters |= {f"s{n}": wanted.scheme, f"a{n}": wanted.first, f"b{n}": wanted.last}
    return " OR ".join(conditions), parameters


def read_changed_rows(store: ClickHouseStore, versions: Mapping[int, int], most: int) -> pa.Table:
    """The counters written since those versions of each partition, as `read_rows`, and the version: `newest`."""
    return store.arrow(CHANGED_ROWS, {"versions": _by_partition(versions), "most": most})


def read_changed_days(store: ClickHouseStore, versions: Mapping[int, int]) -> list[tuple[str, Day, int, int]]:
    """Scheme, day, partition and greatest version of the counters written since those versions."""
    return store.query(CHANGED_DAYS, {"versions": _by_partition(versions)})


def _by_partition(versions: Mapping[int, int]) -> list[int]:
    return [versions.get(partition, 0) for partition in range(max(versions, default=-1) + 1)]


def read_versions(store: ClickHouseStore) -> tuple[dict[int, int], Day | None]:
    """The greatest version of each partition's counters, and the first day any of them has."""
    rows = store.query(VERSIONS)
    return {partition: version for partition, version, _ in rows}, min((day for _, _, day in rows), default=None)


def days_since_1970(day: Day) -> int:
    """As ClickHouse keeps dates."""
    return (day - EPOCH).days
