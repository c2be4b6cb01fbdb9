"""The records behind one figure, in one reading of `enrollment_events`, grouped in several ways at once."""

from collections.abc import Mapping, Sequence
from datetime import date as Day
from typing import Any

import pyarrow as pa

from schemas.vocabulary import Scheme, recorded_schemes
from services.api.queries import SUBTREE
from services.api.queries.counters import BEGINNING, days_since_1970
from services.shared.clickhouse_store import ClickHouseStore

CUTOFF = (
    "transform(concat(scheme, ' ', {column}), {{covered:Array(String)}}, {{cutoffs:Array(Int32)}}, {{no_cutoff:Int32}})"
)
"""The last day whose flows in a scheme and region are inside a baseline."""

GROUPED = f"""
SELECT multiIf(grouping(place) = 0, 'cell', grouping(outcome) = 0, 'outcome', grouping(office) = 0, 'office',
        grouping(channel) = 0, 'channel', 'delay') AS grouped,
    scheme, start, place AS region, kind, outcome, office, channel, delay,
    sum(is_record) AS records, sum(is_record AND corrected_by IS NOT NULL) AS corrected,
    sum(is_record AND outcome = 'new') AS new, sum(is_record AND outcome = 'returned') AS returned,
    sum(is_record AND outcome = 'moved_in') AS moved_in, sum(is_record AND outcome = 'left') AS left,
    sum(is_record AND outcome = 'moved_out') AS moved_out,
    sum(sign) AS net_change, sum(effect = 'new') AS people_new, sum(effect = 'left') AS people_left,
    min(day) AS first_day, max(day) AS last_day, max(recorded_at) AS last_recorded_at
FROM (
    SELECT scheme, day, kind, office, channel, effect, corrected_by, recorded_at, enters_now, leaves_now,
        side.1 AS place, toInt64(side.2) AS sign, place_number = 1 AS is_record,
        roundDown(toInt32(day), {{starts:Array(Int32)}}) AS start,
        multiIf(delay_days < 1, '0', delay_days < 8, '1-7', delay_days < 31, '8-30', '31+') AS delay,
        multiIf(
            status = 'applied', if(kind = 'voided', 'void', 'correction'), status != 'counted', toString(status),
            NOT enters_now AND NOT leaves_now, 'inside_baseline', effect != 'moved', toString(effect),
            enters_now AND leaves_now, 'moved_within', enters_now, 'moved_in', 'moved_out'
        ) AS outcome
    FROM (
        SELECT *, dateDiff('day', day, toDate32(recorded_at, {{zone:String}})) AS delay_days,
            to_region GLOBAL IN {SUBTREE} AS enters, from_region GLOBAL IN {SUBTREE} AS leaves,
            enters AND toInt32(day) > {CUTOFF.format(column="to_region")} AS enters_now,
            leaves AND toInt32(day) > {CUTOFF.format(column="from_region")} AS leaves_now,
            arrayConcat(
                if(enters, [(toString(to_region), 1)], []), if(leaves, [(toString(from_region), -1)], []),
                if(effect = 'none' AND region GLOBAL IN {SUBTREE}, [(toString(region), 0)], [])
            ) AS places
        FROM enrollment_events FINAL
        WHERE scheme IN {{schemes:Array(String)}} AND day <= {{last:Date32}}
    )
    ARRAY JOIN places AS side, arrayEnumerate(places) AS place_number
)
GROUP BY GROUPING SETS ((scheme, start, place), (kind, outcome), (office), (channel), (delay))
"""
COUNTED = f"""
SELECT sum(new + returned + moved_in - left - moved_out) FROM coverage_daily FINAL
WHERE scheme IN {{schemes:Array(String)}} AND day <= {{last:Date32}} AND region GLOBAL IN {SUBTREE}
"""
OFFICES = "SELECT id, name FROM offices FINAL WHERE id IN {ids:Array(String)}"


def read_records_behind(
    store: ClickHouseStore,
    region: str,
    scheme: Scheme,
    last: Day,
    *,
    starts: Sequence[Day],
    cutoffs: Mapping[tuple[Scheme, str], Day],
    zone: str,
) -> pa.Table:
    """The records of a subtree up to the day `last`: rows of cells (as `counters.read_cells`), outcomes, offices ...

    Column `grouped` says what a row is about; only the columns of that group mean anything in it. `cutoffs`: per scheme
    and region the last day whose flows are inside a baseline; those that none covers are left out. `zone`: for days of recording.
    """
    never = days_since_1970(BEGINNING) - 1
    bound: dict[str, Any] = {
        "region": region,
        "schemes": list(recorded_schemes(scheme)),
        "last": last,
        "zone": zone,
        "starts": [days_since_1970(day) for day in starts],
        "covered": [
            *map(" ".join, cutoffs),
            "",
        ],  # never empty, which ClickHouse would refuse; no record is of region ''
        "cutoffs": [*map(days_since_1970, cutoffs.values()), never],
        "no_cutoff": never,
    }
    return store.arrow(GROUPED, bound)


def read_office_names(store: ClickHouseStore, ids: Sequence[str]) -> dict[str, str]:
    """Names of those offices that are in the reference data."""
    return dict(store.query(OFFICES, {"ids": list(ids)})) if ids else {}


def read_counted(store: ClickHouseStore, region: str, scheme: Scheme, last: Day) -> int:
    """People active by record in a subtree at the end of a day, by the counters."""
    ((counted,),) = store.query(COUNTED, {"region": region, "schemes": list(recorded_schemes(scheme)), "last": last})
    return int(counted)
