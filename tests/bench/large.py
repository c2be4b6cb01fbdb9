"""A place on the measured engines that holds very many made-up people, filled by ClickHouse itself.

Their references and registration ids are spread as evenly as real ones.
"""

import uuid
from collections.abc import Sequence
from hashlib import md5

from services.aggregator.domain.records import Details, Record, pack
from services.shared.clickhouse_store import ClickHouseStore
from tests.support.made_up import REGIONS

PARTITIONS = 6
BEYOND = 10_000_000
"""Next offset of every partition: what is filled in counts as written long ago."""
MAY_2024_US = 1_715_000_000_000_000

COLUMNS = """
    lower(hex(MD5(toString(number)))) AS participant, 'health' AS scheme,
    toUUID(lower(hex(MD5(concat('r', toString(number)))))) AS registration_id,
    [{regions}][number % {places} + 1] AS region,
    toDateTime64('2024-05-06 12:53:20', 6, 'UTC') - number % 2592000 AS occurred_at, toDate32(occurred_at) AS day,
    number % {partitions} AS kafka_partition, intDiv(number, {partitions}) AS kafka_offset, 1 AS version
"""
TABLES = {
    "participants": "participant, scheme, true AS active, region, occurred_at AS since, '{records}' AS records, "
    "kafka_partition, kafka_offset AS last_offset, version",
    "registration_claims": "registration_id, participant, scheme, kafka_partition, kafka_offset, version",
    "enrollment_events": "registration_id, registration_id AS event_id, 'enrolled' AS kind, scheme, participant, "
    "'VN' AS country, occurred_at, day, occurred_at AS recorded_at, region, 'counted' AS status, 'new' AS effect, "
    "region AS to_region, kafka_partition, kafka_offset, version",
}


def participant(number: int) -> str:
    """The reference of person `number`."""
    return md5(str(number).encode(), usedforsecurity=False).hexdigest()


def registration_id(number: int) -> str:
    """The registration of person `number`."""
    return str(uuid.UUID(md5(f"r{number}".encode(), usedforsecurity=False).hexdigest()))


def fill(store: ClickHouseStore, people: int, regions: Sequence[str] = REGIONS) -> None:
    """One enrolled record for each person, in the tables a worker reads and counts from; `regions` in turn."""
    record = Record(
        *(registration_id(0), registration_id(0), "enrolled", MAY_2024_US, MAY_2024_US, "VN.91.913.91301", "VN"),
        *("", "", Details("O"), 0, 0),
    )
    made = COLUMNS.format(
        partitions=PARTITIONS, regions=", ".join(f"'{region}'" for region in regions), places=len(regions)
    )
    for table, wanted in TABLES.items():
        selected = wanted.format(records=pack([record]))
        names = ", ".join(column.rpartition(" AS ")[2] for column in wanted.split(", "))
        store.command(f"INSERT INTO {table} ({names}) SELECT {selected} FROM (SELECT {made} FROM numbers({people}))")


def mark_as_written(store: ClickHouseStore, topic: str) -> None:
    """Say that what was filled in is written, so that a worker counts it and reads on."""
    store.command(
        "INSERT INTO progress (topic, kafka_partition, next_offset, end_offset, complete_up_to, worker, version) "
        f"SELECT '{topic}', number, {BEYOND}, {BEYOND}, now64(6), 'bench', 1 FROM numbers({PARTITIONS})"
    )
