"""Records of single days from `enrollment_events`: the partial days at the edges of windows, and single series."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import date as Day
from typing import Any

import pyarrow as pa

from services.api.queries import SUBTREE
from services.shared.clickhouse_store import ClickHouseStore

SPANS = """
SELECT key, scheme, place AS region, countIf(effect = 'new') AS people_new, countIf(effect = 'left') AS people_left
FROM (
    SELECT scheme, effect, if(effect = 'new', to_region, from_region) AS place,
        arrayJoin(arrayConcat({keys})) AS key
    FROM enrollment_events FINAL
    WHERE ({conditions}){scheme} AND effect IN ('new', 'left')
    SETTINGS do_not_merge_across_partitions_select_final = 1
){within}
GROUP BY key, scheme, place
"""
CONDITION = """(day = {{d{n}:Date32}} AND occurred_at >= fromUnixTimestamp64Micro({{a{n}:Int64}}, 'UTC')
    AND occurred_at < fromUnixTimestamp64Micro({{b{n}:Int64}}, 'UTC'))"""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a local day, from `first` up to and not including `end`."""

    key: str
    day: Day
    first: datetime
    end: datetime


def microseconds(moment: datetime) -> int:
    """Since 1970 UTC, exactly."""
    delta = moment - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def read_spans(
    store: ClickHouseStore, spans: Sequence[Span], *, schemes: Sequence[str] = (), region: str | None = None
) -> pa.Table:
    """Of the records of each span: key, scheme, region itself, people_new, people_left; of those schemes and a subtree only."""
    parameters: dict[str, Any] = {}
    if schemes:
        parameters["schemes"] = list(schemes)
    if region is not None:
        parameters["region"] = region
    conditions = []
    for n, span in enumerate(spans):
        conditions.append(CONDITION.format(n=n))
        parameters |= {
            f"k{n}": span.key, f"d{n}": span.day, f"a{n}": microseconds(span.first), f"b{n}": microseconds(span.end),
        }  # fmt: skip
    sql = SPANS.format(
        keys=", ".join(f"if({condition}, [{{k{n}:String}}], [])" for n, condition in enumerate(conditions)),
        conditions=" OR ".join(conditions),
        scheme=" AND scheme IN {schemes:Array(String)}" if schemes else "",
        within=f" WHERE place GLOBAL IN {SUBTREE}" if region is not None else "",
    )
    return store.arrow(sql, parameters)
