"""Newcomers: people of whom one record is all there is. Most of a drive, and what the fold says of them is known before.

Their columns are those of `arrivals.SCHEMA` and `effect`, `entered` (whether the effect counts) and `day` (the local day
in the region, days since 1970).
"""

from collections.abc import Iterable, Sequence
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from services.aggregator.columns.arrivals import SCHEMA
from services.aggregator.domain.days import QUARTER_US, local_day
from services.aggregator.domain.fold import FIRST_EFFECTS, NONE
from services.aggregator.domain.plan import FLOWS, CounterKey

_KINDS, _EFFECTS = pa.array(list(FIRST_EFFECTS)), pa.array(list(FIRST_EFFECTS.values()))
COUNTER_COLUMNS = ("scheme", "day", "region", "kafka_partition")


def apart(
    arrivals: pa.RecordBatch, known: Iterable[str], claimed: Iterable[str]
) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """The newcomers among the arrivals, and the other arrivals, each in the order they came.

    `known` names the people (`person_name`) and `claimed` the registration_ids that were met before. Whoever has
    anything to do with another record of the batch, be it only that it refers to theirs, is no newcomer.
    """
    ids = arrivals["registration_id"]
    alone = reduce(
        pc.and_,
        (
            arrivals["plain"],
            pc.is_in(arrivals["kind"], _KINDS),
            arrivals["refers_to"].is_null(),
            arrivals["reason"].is_null(),
            _once(arrivals["person"]),
            _once(ids),
            pc.invert(pc.is_in(arrivals["person"], pa.array(list(known), pa.string()))),
            pc.invert(pc.is_in(ids, pa.array(list(claimed), pa.string()))),
            pc.invert(pc.is_in(ids, arrivals["refers_to"].drop_null())),
        ),
    )
    return _with_effects(arrivals.filter(alone)), arrivals.filter(pc.invert(alone))


def nobody() -> pa.RecordBatch:
    """No newcomers."""
    return _with_effects(pa.RecordBatch.from_pylist([], schema=SCHEMA))


def counted(newcomers: pa.RecordBatch) -> dict[CounterKey, list[int]]:
    """What they add to the counters of their place and day, in the order of FLOWS."""
    entered = pa.Table.from_batches([newcomers.select([*COUNTER_COLUMNS, "effect"]).filter(newcomers["entered"])])
    added: dict[CounterKey, list[int]] = {}
    for row in (
        entered.group_by([*COUNTER_COLUMNS, "effect"], use_threads=False).aggregate([([], "count_all")]).to_pylist()
    ):
        counts = added.setdefault(CounterKey(*(row[name] for name in COUNTER_COLUMNS)), [0] * len(FLOWS))
        counts[FLOWS.index(row["effect"])] += row["count_all"]
    return added


def _once(values: pa.Array) -> pa.Array:
    """Whether each value is there no second time."""
    codes = values.dictionary_encode().indices
    return pc.equal(pc.value_counts(codes).field("counts").take(codes), 1)  # both number the values as they first come


def _with_effects(arrivals: pa.RecordBatch) -> pa.RecordBatch:
    effects = _EFFECTS.take(pc.index_in(arrivals["kind"], _KINDS))
    columns = {"effect": effects, "entered": pc.not_equal(effects, NONE), "day": _local_days(arrivals)}
    return pa.record_batch([*arrivals.columns, *columns.values()], names=[*arrivals.schema.names, *columns])


def _local_days(arrivals: pa.RecordBatch) -> pa.Array:
    """Days since 1970 of `occurred_at`, each the day of its region's country: asked for once for each quarter of an hour."""
    quarters = pc.divide(arrivals["occurred_at"].cast(pa.int64()), QUARTER_US)
    countries = pc.utf8_slice_codeunits(arrivals["region"], 0, 2).dictionary_encode()
    moments = pc.add(pc.multiply(quarters, len(countries.dictionary)), countries.indices).dictionary_encode()
    names: Sequence[str] = countries.dictionary.to_pylist()
    days = [
        local_day(code // len(names) * QUARTER_US, names[code % len(names)]) for code in moments.dictionary.to_pylist()
    ]
    return pa.array(days, pa.int32()).take(moments.indices)
