"""A place on the measured engines that holds very many made-up people, filled by ClickHouse itself."""

from services.aggregator.domain.records import Details, Record, pack
from services.shared.clickhouse_store import ClickHouseStore

PARTITIONS = 6
BEYOND = 10_000_000
"""Next offset of every partition: what is filled in counts as written long ago."""

KEY = "lower(leftPad(hex(number), 32, '0'))"
REGION = "concat('VN.91.', toString(911 + number % 3), '.', toString(911 + number % 3), leftPad(toString(number % 20), 2, '0'))"


def fill(store: ClickHouseStore, people: int) -> None:
    """One enrolled record for each person, in the tables a worker reads and counts from."""
    record = Record(
        "",
        "",
        "enrolled",
        1_715_000_000_000_000,
        1_715_000_000_000_000,
        "VN.91.913.91301",
        "VN",
        "",
        "",
        Details("O"),
        0,
        0,
    )
    records = pack([record]).replace("'", "''")
    store.command(
        "INSERT INTO participants (participant, scheme, active, region, since, records, kafka_partition, last_offset, version) "
        f"SELECT {KEY}, 'health', true, {REGION}, toDateTime64('2024-05-06 12:53:20', 6, 'UTC'), '{records}', "
        f"number % {PARTITIONS}, intDiv(number, {PARTITIONS}), 1 FROM numbers({people})"
    )
    store.command(
        "INSERT INTO registration_claims (registration_id, participant, scheme, kafka_partition, kafka_offset, version) "
        f"SELECT toUUID(concat('00000000-0000-0000-0000-', leftPad(toString(number), 12, '0'))), {KEY}, 'health', "
        f"number % {PARTITIONS}, intDiv(number, {PARTITIONS}), 1 FROM numbers({people})"
    )
    store.command(
        "INSERT INTO enrollment_events (registration_id, event_id, kind, scheme, participant, country, occurred_at, day, recorded_at, "
        "region, status, effect, to_region, kafka_partition, kafka_offset, version) "
        f"SELECT generateUUIDv4(), generateUUIDv4(), 'enrolled', 'health', {KEY}, 'VN', "
        "toDateTime64('2024-05-06 12:53:20', 6, 'UTC') - number % 2592000, toDate32(occurred_at), occurred_at, "
        f"{REGION}, 'counted', 'new', {REGION}, number % {PARTITIONS}, intDiv(number, {PARTITIONS}), 1 FROM numbers({people})"
    )


def mark_as_written(store: ClickHouseStore, topic: str) -> None:
    """Say that what was filled in is written, so that a worker counts it and reads on."""
    store.command(
        "INSERT INTO progress (topic, kafka_partition, next_offset, end_offset, complete_up_to, worker, version) "
        f"SELECT '{topic}', number, {BEYOND}, {BEYOND}, now64(6), 'bench', 1 FROM numbers({PARTITIONS})"
    )
