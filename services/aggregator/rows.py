"""Plans as columns: the Arrow tables that ClickHouse is given."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from services.aggregator.domain.days import local_day
from services.aggregator.domain.fold import Entry
from services.aggregator.domain.plan import FLOWS, Arrival, CounterKey, PersonRow, Refusal
from services.aggregator.domain.records import Details, PersonKey, pack

MOMENT = pa.timestamp("us", "UTC")
FIRST_CLAIM_WINS = 2**63

DETAIL_COLUMNS = Details._fields


def _table(columns: Mapping[str, tuple[Any, Sequence[Any]]]) -> pa.Table:
    return pa.table({name: pa.array(values, kind) for name, (kind, values) in columns.items()})


def claims_table(claims: Sequence[Arrival]) -> pa.Table:
    """Rows of `registration_claims`."""
    records = [record for _, record in claims]
    return _table(
        {
            "registration_id": (pa.string(), [r.registration_id for r in records]),
            "participant": (pa.string(), [person.participant for person, _ in claims]),
            "scheme": (pa.string(), [person.scheme for person, _ in claims]),
            "kafka_partition": (pa.uint16(), [r.partition for r in records]),
            "kafka_offset": (pa.uint64(), [r.offset for r in records]),
            "version": (pa.uint64(), [FIRST_CLAIM_WINS - r.recorded_us for r in records]),
        }
    )


def people_table(rows: Sequence[PersonRow]) -> pa.Table:
    """Rows of `participants`."""
    return _table(
        {
            "participant": (pa.string(), [row.key.participant for row in rows]),
            "scheme": (pa.string(), [row.key.scheme for row in rows]),
            "active": (pa.bool_(), [row.person.active for row in rows]),
            "region": (pa.string(), [row.person.region for row in rows]),
            "since": (MOMENT, [row.person.since_us for row in rows]),
            "records": (pa.string(), [pack(row.records) for row in rows]),
            "kafka_partition": (pa.uint16(), [row.records[0].partition for row in rows]),
            "last_offset": (pa.uint64(), [max(r.offset for r in row.records) for row in rows]),
            "version": (pa.uint32(), [len(row.records) for row in rows]),
        }
    )


def entries_table(rows: Sequence[PersonRow]) -> pa.Table:
    """Rows of `enrollment_events`: the entries that changed."""
    flat: list[tuple[PersonKey, int, Entry]] = [(row.key, len(row.records), e) for row in rows for e in row.changed]
    entries = [entry for _, _, entry in flat]
    records = [entry.record for entry in entries]
    columns: dict[str, tuple[Any, Sequence[Any]]] = {
        "registration_id": (pa.string(), [r.registration_id for r in records]),
        "event_id": (pa.string(), [r.event_id for r in records]),
        "kind": (pa.string(), [r.kind for r in records]),
        "scheme": (pa.string(), [key.scheme for key, _, _ in flat]),
        "participant": (pa.string(), [key.participant for key, _, _ in flat]),
        "country": (pa.string(), [r.country for r in records]),
        "occurred_at": (MOMENT, [r.occurred_us for r in records]),
        "day": (pa.int32(), [local_day(r.occurred_us, r.region[:2]) for r in records]),
        "recorded_at": (MOMENT, [r.recorded_us for r in records]),
        "region": (pa.string(), [e.region for e in entries]),
    }
    for index, name in enumerate(DETAIL_COLUMNS):
        kind = pa.uint16() if name == "birth_year" else pa.string()
        columns[name] = (kind, [e.details[index] for e in entries])
    columns |= {
        "refers_to": (pa.string(), [r.refers_to or None for r in records]),
        "reason": (pa.string(), [r.reason for r in records]),
        "status": (pa.string(), [e.status for e in entries]),
        "effect": (pa.string(), [e.effect for e in entries]),
        "from_region": (pa.string(), [e.from_region for e in entries]),
        "to_region": (pa.string(), [e.to_region for e in entries]),
        "corrected_by": (pa.string(), [e.corrected_by or None for e in entries]),
        "kafka_partition": (pa.uint16(), [r.partition for r in records]),
        "kafka_offset": (pa.uint64(), [r.offset for r in records]),
        "version": (pa.uint32(), [version for _, version, _ in flat]),
    }
    table = _table(columns)
    return table.set_column(table.schema.get_field_index("day"), "day", table["day"].cast(pa.date32()))


def counters_table(counters: Mapping[CounterKey, Sequence[int]], version: int) -> pa.Table:
    """Rows of `coverage_daily`: absolute values."""
    keys = list(counters)
    columns: dict[str, tuple[Any, Sequence[Any]]] = {
        "scheme": (pa.string(), [k.scheme for k in keys]),
        "region": (pa.string(), [k.region for k in keys]),
        "kafka_partition": (pa.uint16(), [k.partition for k in keys]),
        "version": (pa.uint64(), [version] * len(keys)),
    }
    for index, name in enumerate(FLOWS):
        columns[name] = (pa.int64(), [counts[index] for counts in counters.values()])
    return _table(columns).append_column("day", pa.array([k.day for k in keys], pa.int32()).cast(pa.date32()))


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
