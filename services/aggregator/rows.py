"""Plans as columns: the Arrow tables that ClickHouse is given."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import pyarrow as pa

from services.aggregator.domain.fold import COUNTED, NO_EFFECT, NONE, Entry, Person
from services.aggregator.domain.plan import FLOWS, CounterKey, Newcomer, PersonRow, Refusal
from services.aggregator.domain.records import Arrival, Details, PersonKey, Record, pack

MOMENT = pa.timestamp("us", "UTC")
FIRST_CLAIM_WINS = 2**63

_offset = attrgetter("offset")


def _table(columns: Mapping[str, tuple[Any, Sequence[Any]]]) -> pa.Table:
    """A column that holds nothing (no text, 0, false, null) is left out: nothing is what its default in the table is."""
    return pa.table({name: pa.array(values, kind) for name, (kind, values) in columns.items() if any(values)})


def _columns(kind: type[NamedTuple], rows: Iterable[tuple[Any, ...]]) -> Any:
    """The fields of these rows, a sequence for each, under the fields' names."""
    return kind._make(zip(*rows, strict=True)) if rows else kind._make([()] * len(kind._fields))


def claims_table(claims: Sequence[Arrival]) -> pa.Table:
    """Rows of `registration_claims`."""
    people = _columns(PersonKey, [person for person, _ in claims])
    records = _columns(Record, [record for _, record in claims])
    return _table(
        {
            "registration_id": (pa.string(), records.registration_id),
            "participant": (pa.string(), people.participant),
            "scheme": (pa.string(), people.scheme),
            "kafka_partition": (pa.uint16(), records.partition),
            "kafka_offset": (pa.uint64(), records.offset),
            "version": (pa.uint64(), [FIRST_CLAIM_WINS - us for us in records.recorded_us]),
        }
    )


def people_table(newcomers: Sequence[Newcomer], rows: Sequence[PersonRow]) -> pa.Table:
    """Rows of `participants`."""
    fresh, others = _columns(Newcomer, newcomers), _columns(PersonRow, rows)
    keys, people = _columns(PersonKey, [*fresh.key, *others.key]), _columns(Person, others.person)
    first = _columns(Record, fresh.record)
    entered = [effect != NONE for effect in fresh.effect]
    regions = [record.region if active else "" for record, active in zip(fresh.record, entered, strict=True)]
    since = [record.occurred_us if active else None for record, active in zip(fresh.record, entered, strict=True)]
    return _table(
        {
            "participant": (pa.string(), keys.participant),
            "scheme": (pa.string(), keys.scheme),
            "active": (pa.bool_(), [*entered, *people.active]),
            "region": (pa.string(), [*regions, *people.region]),
            "since": (MOMENT, [*since, *people.since_us]),
            "records": (
                pa.string(),
                [*(pack([record]) for record in fresh.record), *(pack(records) for records in others.records)],
            ),
            "kafka_partition": (pa.uint16(), [*first.partition, *(records[0].partition for records in others.records)]),
            "last_offset": (pa.uint64(), [*first.offset, *(max(map(_offset, records)) for records in others.records)]),
            "version": (pa.uint32(), [*([1] * len(newcomers)), *map(len, others.records)]),
        }
    )


def entries_table(newcomers: Sequence[Newcomer], rows: Sequence[PersonRow]) -> pa.Table:
    """Rows of `enrollment_events`: the entries that changed."""
    fresh = _columns(Newcomer, newcomers)
    keys = _columns(PersonKey, [*fresh.key, *(row.key for row in rows for _ in row.changed)])
    entries = _columns(Entry, [entry for row in rows for entry in row.changed])
    records = _columns(Record, [*fresh.record, *entries.record])
    first = records.details[: len(newcomers)]
    details = _columns(Details, [*first, *entries.details])
    entered = [effect != NONE for effect in fresh.effect]
    blank = [""] * len(newcomers)
    own = records.region[: len(newcomers)]
    columns: dict[str, tuple[Any, Sequence[Any]]] = {
        "registration_id": (pa.string(), records.registration_id),
        "event_id": (pa.string(), records.event_id),
        "kind": (pa.string(), records.kind),
        "scheme": (pa.string(), keys.scheme),
        "participant": (pa.string(), keys.participant),
        "country": (pa.string(), records.country),
        "occurred_at": (MOMENT, records.occurred_us),
        "day": (pa.date32(), [*fresh.day, *entries.day]),
        "recorded_at": (MOMENT, records.recorded_us),
        "region": (pa.string(), [*own, *entries.region]),
        "refers_to": (pa.string(), [refers_to or None for refers_to in records.refers_to]),
        "reason": (pa.string(), records.reason),
        "status": (pa.string(), [*(COUNTED if e else NO_EFFECT for e in entered), *entries.status]),
        "effect": (pa.string(), [*fresh.effect, *entries.effect]),
        "from_region": (pa.string(), [*blank, *entries.from_region]),
        "to_region": (pa.string(), [*(r if e else "" for r, e in zip(own, entered, strict=True)), *entries.to_region]),
        "corrected_by": (pa.string(), [*([None] * len(newcomers)), *(by or None for by in entries.corrected_by)]),
        "kafka_partition": (pa.uint16(), records.partition),
        "kafka_offset": (pa.uint64(), records.offset),
        "version": (pa.uint32(), [*([1] * len(newcomers)), *(len(row.records) for row in rows for _ in row.changed)]),
    }
    for name, values in details._asdict().items():
        columns[name] = (pa.uint16() if name == "birth_year" else pa.string(), values)
    return _table(columns)


def counters_table(counters: Mapping[CounterKey, Sequence[int]], version: int) -> pa.Table:
    """Rows of `coverage_daily`: absolute values."""
    keys = _columns(CounterKey, counters)
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
