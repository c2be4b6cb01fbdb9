"""The Arrow tables that ClickHouse is given: newcomers from their columns, the others from what the fold made of them."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from services.aggregator.columns.arrivals import MOMENT, fields_as_columns
from services.aggregator.domain.fold import COUNTED, NO_EFFECT, Entry, Person
from services.aggregator.domain.plan import FLOWS, CounterKey, PersonRow, Refusal
from services.aggregator.domain.records import Arrival, Details, PersonKey, Record, pack

FIRST_CLAIM_WINS = 2**63

_offset = attrgetter("offset")


def _table(columns: Mapping[str, tuple[pa.DataType, Sequence[Any]]]) -> pa.Table:
    """A column that holds nothing (no text, 0, false, null) is left out: nothing is what its default in the table is."""
    return pa.table({name: pa.array(values, kind) for name, (kind, values) in columns.items() if any(values)})


def _below(newcomers: Mapping[str, pa.Array], others: pa.Table) -> pa.Table:
    """Both as one table. Where only one of them has a column, the other's rows hold null there: the default."""
    first = pa.table({name: column for name, column in newcomers.items() if column.null_count < len(column)})
    return pa.concat_tables([first, others], promote_options="default").combine_chunks()


def claims_table(newcomers: pa.RecordBatch, claims: Sequence[Arrival]) -> pa.Table:
    """Rows of `registration_claims`."""
    people = fields_as_columns(PersonKey, [person for person, _ in claims])
    records = fields_as_columns(Record, [record for _, record in claims])
    others = _table(
        {
            "registration_id": (pa.string(), records.registration_id),
            "participant": (pa.string(), people.participant),
            "scheme": (pa.string(), people.scheme),
            "kafka_partition": (pa.uint16(), records.partition),
            "kafka_offset": (pa.uint64(), records.offset),
            "version": (pa.uint64(), [FIRST_CLAIM_WINS - us for us in records.recorded_us]),
        }
    )
    names = ("registration_id", "participant", "scheme", "kafka_partition", "kafka_offset")
    recorded_us = newcomers["recorded_at"].cast(pa.int64()).cast(pa.uint64())
    version = pc.subtract(pa.scalar(FIRST_CLAIM_WINS, pa.uint64()), recorded_us)
    return _below({**_same(newcomers, names), "version": version}, others)


def people_table(newcomers: pa.RecordBatch, rows: Sequence[PersonRow]) -> pa.Table:
    """Rows of `participants`."""
    folded = fields_as_columns(PersonRow, rows)
    keys, people = fields_as_columns(PersonKey, folded.key), fields_as_columns(Person, folded.person)
    others = _table(
        {
            "participant": (pa.string(), keys.participant),
            "scheme": (pa.string(), keys.scheme),
            "active": (pa.bool_(), people.active),
            "region": (pa.string(), people.region),
            "since": (MOMENT, people.since_us),
            "records": (pa.string(), [pack(records) for records in folded.records]),
            "kafka_partition": (pa.uint16(), [records[0].partition for records in folded.records]),
            "last_offset": (pa.uint64(), [max(map(_offset, records)) for records in folded.records]),
            "version": (pa.uint32(), [len(records) for records in folded.records]),
        }
    )
    columns = {
        **_same(newcomers, ("participant", "scheme", "kafka_partition")),
        "active": newcomers["entered"],
        "region": _of_entered(newcomers, "region"),
        "since": _of_entered(newcomers, "occurred_at"),
        "records": packed(newcomers),
        "last_offset": newcomers["kafka_offset"],
        "version": _one(newcomers),
    }
    return _below(columns, others)


def entries_table(newcomers: pa.RecordBatch, rows: Sequence[PersonRow]) -> pa.Table:
    """Rows of `enrollment_events`: the entries that changed."""
    keys = fields_as_columns(PersonKey, [row.key for row in rows for _ in row.changed])
    entries = fields_as_columns(Entry, [entry for row in rows for entry in row.changed])
    records = fields_as_columns(Record, entries.record)
    others: dict[str, tuple[pa.DataType, Sequence[Any]]] = {
        "registration_id": (pa.string(), records.registration_id),
        "event_id": (pa.string(), records.event_id),
        "kind": (pa.string(), records.kind),
        "scheme": (pa.string(), keys.scheme),
        "participant": (pa.string(), keys.participant),
        "country": (pa.string(), records.country),
        "occurred_at": (MOMENT, records.occurred_us),
        "day": (pa.date32(), entries.day),
        "recorded_at": (MOMENT, records.recorded_us),
        "region": (pa.string(), entries.region),
        "refers_to": (pa.string(), [refers_to or None for refers_to in records.refers_to]),
        "reason": (pa.string(), records.reason),
        "status": (pa.string(), entries.status),
        "effect": (pa.string(), entries.effect),
        "from_region": (pa.string(), entries.from_region),
        "to_region": (pa.string(), entries.to_region),
        "corrected_by": (pa.string(), [by or None for by in entries.corrected_by]),
        "kafka_partition": (pa.uint16(), records.partition),
        "kafka_offset": (pa.uint64(), records.offset),
        "version": (pa.uint32(), [len(row.records) for row in rows for _ in row.changed]),
    }
    for name, values in fields_as_columns(Details, entries.details)._asdict().items():
        others[name] = (pa.uint16() if name == "birth_year" else pa.string(), values)
    columns = {
        **_same(newcomers, [name for name in others if name in newcomers.schema.names]),
        "day": newcomers["day"].cast(pa.date32()),
        "status": pc.if_else(newcomers["entered"], COUNTED, NO_EFFECT),
        "to_region": _of_entered(newcomers, "region"),
        "version": _one(newcomers),
    }
    return _below(columns, _table(others))


def packed(newcomers: pa.RecordBatch) -> pa.Array:
    """Each one's record as `pack` makes it: JSON, joined of its pieces, since its texts need no escaping."""
    joined = [
        _text(newcomers, ("registration_id", "event_id", "kind")),
        *(_number(newcomers[name].cast(pa.int64())) for name in ("occurred_at", "recorded_at")),
        _text(newcomers, ("region", "country")),
        '"",""',  # refers_to and reason
        _details(newcomers),
        *(_number(newcomers[name]) for name in ("kafka_partition", "kafka_offset")),
    ]
    return pc.binary_join_element_wise("[[", pc.binary_join_element_wise(*joined, ","), "]]", "")


def _details(newcomers: pa.RecordBatch) -> pa.Array:
    *before, year, after = Details._fields
    parts = _text(newcomers, before), _number(newcomers[year]), _text(newcomers, [after])
    return pc.binary_join_element_wise("[", pc.binary_join_element_wise(*parts, ","), "]", "")


def _text(newcomers: pa.RecordBatch, names: Sequence[str]) -> pa.Array:
    """JSON strings with commas between them."""
    texts = pc.binary_join_element_wise(*(pc.fill_null(newcomers[name], "") for name in names), '","')
    return pc.binary_join_element_wise('"', texts, '"', "")


def _number(column: pa.Array) -> pa.Array:
    return pc.fill_null(column, 0).cast(pa.string())


def _same(newcomers: pa.RecordBatch, names: Sequence[str]) -> dict[str, pa.Array]:
    return {name: newcomers[name] for name in names}


def _of_entered(newcomers: pa.RecordBatch, name: str) -> pa.Array:
    """The column, null where somebody's record does not count."""
    return pc.if_else(newcomers["entered"], newcomers[name], None)


def _one(newcomers: pa.RecordBatch) -> pa.Array:
    """The version of whoever has one record."""
    return pa.repeat(pa.scalar(1, pa.uint32()), len(newcomers))


def counters_table(counters: Mapping[CounterKey, Sequence[int]], version: int) -> pa.Table:
    """Rows of `coverage_daily`: absolute values."""
    keys = fields_as_columns(CounterKey, counters)
    columns: dict[str, tuple[Any, Sequence[Any]]] = {
        "scheme": (pa.string(), keys.scheme),
        "day": (pa.date32(), keys.day),
        "region": (pa.string(), keys.region),
        "kafka_partition": (pa.uint16(), keys.partition),
        "version": (pa.uint64(), [version] * len(counters)),
    }
    for index, name in enumerate(FLOWS):
        columns[name] = (pa.int64(), [counts[index] for counts in counters.values()])
    return _table(columns)


def rejected_table(topic: str, refusals: Sequence[Refusal], rejected_us: int) -> pa.Table:
    """Rows of `rejected`."""
    return _table(
        {
            "topic": (pa.string(), [topic] * len(refusals)),
            "kafka_partition": (pa.uint16(), [r.partition for r in refusals]),
            "kafka_offset": (pa.uint64(), [r.offset for r in refusals]),
            "reason": (pa.string(), [r.reason.value for r in refusals]),
            "detail": (pa.string(), [r.detail for r in refusals]),
            "registration_id": (pa.string(), [r.registration_id for r in refusals]),
            "rejected_at": (MOMENT, [rejected_us] * len(refusals)),
        }
    )
