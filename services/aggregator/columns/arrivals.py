"""Arrivals as columns, and as the records that they stand for."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from services.aggregator.domain.records import Arrival, Details, PersonKey, Record, swiftly

MOMENT = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        *[(name, pa.string()) for name in ("registration_id", "event_id", "kind")],
        *[(name, MOMENT) for name in ("occurred_at", "recorded_at")],
        *[(name, pa.string()) for name in ("region", "country", "refers_to", "reason", "participant", "scheme")],
        *[(name, pa.uint16() if name == "birth_year" else pa.string()) for name in Details._fields],
        ("kafka_partition", pa.uint16()),
        ("kafka_offset", pa.uint64()),
        ("plain", pa.bool_()),
        ("person", pa.string()),
    ]
)
"""An optional field is null where nothing was given. `plain`: no text needs escaping in JSON. `person`: `person_name`."""


def person_name(key: PersonKey) -> str:
    """A person in a scheme as one text."""
    return f"{key.participant}/{key.scheme}"


def person_names(columns: dict[str, Any]) -> pa.Array:
    """The same for columns `participant` and `scheme`."""
    return pc.binary_join_element_wise(columns["participant"], columns["scheme"], "/")


def fields_as_columns(kind: type[NamedTuple], rows: Collection[tuple[Any, ...]]) -> Any:
    """The fields of these rows, a sequence for each, under the fields' names."""
    return kind._make(zip(*rows, strict=True)) if rows else kind._make([()] * len(kind._fields))


def as_records(arrivals: pa.RecordBatch) -> list[Arrival]:
    """One by one, in the same order."""
    details = zip(
        *(_values(arrivals, name, 0 if name == "birth_year" else "") for name in Details._fields), strict=True
    )
    moments = [arrivals[name].cast(pa.int64()).to_pylist() for name in ("occurred_at", "recorded_at")]
    records = zip(
        *(_values(arrivals, name) for name in ("registration_id", "event_id", "kind")),
        *moments,
        *(_values(arrivals, name) for name in ("region", "country", "refers_to", "reason")),
        map(partial(swiftly, Details), details),
        *(_values(arrivals, name) for name in ("kafka_partition", "kafka_offset")),
        strict=True,
    )
    people = zip(_values(arrivals, "participant"), _values(arrivals, "scheme"), strict=True)
    return [
        swiftly(Arrival, (swiftly(PersonKey, person), swiftly(Record, record)))
        for person, record in zip(people, records, strict=True)
    ]


def _values(arrivals: pa.RecordBatch, name: str, nothing: Any = "") -> list[Any]:
    column = arrivals[name]
    return (pc.fill_null(column, nothing) if column.null_count else column).to_pylist()


def as_columns(arrivals: Sequence[Arrival]) -> pa.RecordBatch:
    """The inverse of `as_records`, for texts of any kind."""
    people = fields_as_columns(PersonKey, [person for person, _ in arrivals])
    records = fields_as_columns(Record, [record for _, record in arrivals])
    columns = {
        **people._asdict(),
        **records._asdict(),
        **fields_as_columns(Details, records.details)._asdict(),
        "occurred_at": records.occurred_us,
        "recorded_at": records.recorded_us,
        "kafka_partition": records.partition,
        "kafka_offset": records.offset,
        "plain": [False] * len(arrivals),
        "person": [person_name(person) for person, _ in arrivals],
    }
    optional = {"refers_to", "reason", *Details._fields}
    return pa.record_batch(
        [
            pa.array(
                [value or None for value in columns[field.name]] if field.name in optional else columns[field.name],
                field.type,
            )
            for field in SCHEMA
        ],
        schema=SCHEMA,
    )
