"""Everything the aggregator reads from and writes to ClickHouse. Every write is absolute and may be repeated."""

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

import orjson
import pyarrow as pa

from services.aggregator.domain.days import EPOCH
from services.aggregator.domain.fold import fold
from services.aggregator.domain.plan import CounterKey, PersonRow, Refusal, mismatch
from services.aggregator.domain.records import PersonKey, Record, unpack
from services.shared.clickhouse_store import ClickHouseStore

RECOUNT = """
INSERT INTO coverage_daily (scheme, day, region, kafka_partition, new, returned, left, moved_in, moved_out, version)
SELECT scheme, day, place, kafka_partition, sum(n), sum(r), sum(l), sum(i), sum(o), {version}
FROM (
    SELECT scheme, day, kafka_partition, to_region AS place,
        toInt64(effect = 'new') AS n, toInt64(effect = 'returned') AS r, 0 AS l, toInt64(effect = 'moved') AS i, 0 AS o
    FROM enrollment_events FINAL WHERE kafka_partition IN ({partitions}) AND to_region != ''
    UNION ALL
    SELECT scheme, day, kafka_partition, from_region, 0, 0, toInt64(effect = 'left'), 0, toInt64(effect = 'moved')
    FROM enrollment_events FINAL WHERE kafka_partition IN ({partitions}) AND from_region != ''
    UNION ALL
    SELECT scheme, day, kafka_partition, region, 0, 0, 0, 0, 0
    FROM coverage_daily FINAL WHERE kafka_partition IN ({partitions})
)
GROUP BY scheme, day, place, kafka_partition
"""

DIFFERENCE = """
SELECT kafka_partition, sum(abs(counted - people)) FROM (
    SELECT kafka_partition, scheme, place, sum(c) AS counted, sum(p) AS people FROM (
        SELECT kafka_partition, scheme, region AS place, new + returned + moved_in - left - moved_out AS c, 0 AS p
        FROM coverage_daily FINAL WHERE kafka_partition IN ({partitions})
        UNION ALL
        SELECT kafka_partition, scheme, region, 0, toInt64(active)
        FROM participants FINAL WHERE kafka_partition IN ({partitions})
    ) GROUP BY kafka_partition, scheme, place
) GROUP BY kafka_partition
"""

MISMATCHED = """
SELECT e.kafka_partition, e.kafka_offset, e.registration_id, e.refers_to
FROM (SELECT * FROM enrollment_events FINAL WHERE status = 'waiting' AND kafka_partition IN ({partitions})) AS e
INNER JOIN (SELECT registration_id, participant, scheme FROM registration_claims FINAL) AS c
    ON assumeNotNull(e.refers_to) = c.registration_id
WHERE (c.participant, c.scheme) != (e.participant, e.scheme)
    AND (e.kafka_partition, e.kafka_offset) NOT IN (SELECT kafka_partition, kafka_offset FROM rejected)
"""


LATEST_OFFSET = "SELECT max(last_offset) FROM participants WHERE kafka_partition = {partition:UInt16}"

DERIVED = (
    "participants", "registration_claims", "enrollment_events", "coverage_daily", "reconciliations", "rejected", "regions",
    "lineage", "populations", "baselines", "targets", "campaigns", "campaign_closings", "milestones",
    "outreach", "offices", "groups", "office_sync", "duplicate_reviews",
)  # fmt: skip
"""Every table that is filled from the topics, but `progress`."""

EMPTIED = "emptied"
"""Stands for the worker in rows of `progress` that say: the tables were emptied, read everything again."""

NEVER = datetime.fromtimestamp(0, UTC)

AHEAD_MS = 5_000
"""How much newer those rows are than now: newer, too, than what is taken over while they are being written."""

PEOPLE_AT_ONCE = 20_000
"""How many are looked through at a time for what a writer left unfinished."""

EPOCH_SHIFT = 20
"""A version is the time of the assignment in ms, then a number that grows with each write of the owner."""


class Position(NamedTuple):
    """Where ClickHouse stands in a partition, and when the partition's owner took it over (ms)."""

    next_offset: int
    epoch: int
    emptied: bool


@dataclass(frozen=True)
class ProgressRow:
    """A row of `progress`."""

    topic: str
    kafka_partition: int
    next_offset: int
    end_offset: int
    watermark: datetime | None
    complete_up_to: datetime
    first_day: date | None
    worker: str
    version: int


class CoverageTables:
    """The tables of the aggregator's own."""

    def __init__(self, store: ClickHouseStore) -> None:
        self._store = store

    def known(self, participants: Collection[str]) -> dict[PersonKey, list[Record]]:
        """The records of those people that are kept, in whichever schemes, one query for all of them."""
        if not participants:
            return {}
        found = self._store.look_up(
            "SELECT participant, scheme, records FROM participants FINAL PREWHERE participant IN wanted",
            participants,
        )
        return {PersonKey(participant, scheme): unpack(records) for participant, scheme, records in found}

    def owners(self, registration_ids: Collection[str]) -> dict[str, PersonKey]:
        """Which person each registration_id belongs to, of those that are claimed."""
        if not registration_ids:
            return {}
        found = self._store.look_up(
            "SELECT toString(registration_id), participant, scheme FROM registration_claims FINAL "
            "PREWHERE registration_id IN wanted",
            registration_ids,
            "UUID",
        )
        return {registration_id: PersonKey(participant, scheme) for registration_id, participant, scheme in found}

    def counters(self, keys: Collection[CounterKey]) -> dict[CounterKey, list[int]]:
        """The present values of those counters; those never written are left out."""
        if not keys:
            return {}
        days = [k.day for k in keys]
        found = self._store.look_up(
            "SELECT scheme, toInt32(day) AS d, region, kafka_partition, new, returned, left, moved_in, moved_out "
            f"FROM coverage_daily FINAL PREWHERE day BETWEEN toDate32({min(days)}) AND toDate32({max(days)}) "
            "AND (scheme, d, region, kafka_partition) IN wanted",
            ["\t".join(map(str, key)) for key in keys],
            "String, day Int32, region String, kafka_partition UInt16",
        )
        return {CounterKey(*row[:4]): list(row[4:]) for row in found}

    def write_claims(self, claims: pa.Table) -> None:
        self._store.insert_arrow("registration_claims", claims)

    def write_people(self, people: pa.Table) -> None:
        self._store.insert_arrow("participants", people)

    def write_entries(self, entries: pa.Table) -> None:
        self._store.insert_arrow("enrollment_events", entries)

    def write_counters(self, counters: pa.Table) -> None:
        self._store.insert_arrow("coverage_daily", counters)

    def write_rejected(self, rejected: pa.Table) -> None:
        self._store.insert_arrow("rejected", rejected)

    def write_progress(self, progress: Sequence[ProgressRow]) -> None:
        self._store.insert_json("progress", [orjson.dumps(row) for row in progress])

    def positions(self, topics: Collection[str]) -> dict[tuple[str, int], Position]:
        """How far each partition of the topics is written; those never written are left out."""
        found = self._store.query(
            "SELECT topic, kafka_partition, next_offset, version, worker FROM progress FINAL "
            "WHERE topic IN {topics:Array(String)}",
            {"topics": list(topics)},
        )
        return {
            (topic, part): Position(next_offset, version >> EPOCH_SHIFT, worker == EMPTIED)
            for topic, part, next_offset, version, worker in found
        }

    def unfinished(self, partition: int, next_offset: int) -> Iterator[list[PersonRow]]:
        """People with records at or past `next_offset`: a batch that was being written when its writer stopped.

        They come in lists of some thousands: of a partition that is read from its beginning, they are all of its people.
        """
        of_partition = {"partition": partition}
        latest = self._store.query(LATEST_OFFSET, of_partition)[0][0]
        for first in range(next_offset, latest + 1, PEOPLE_AT_ONCE):
            found = self._store.query(
                "SELECT participant, scheme, records FROM participants FINAL WHERE kafka_partition = {partition:UInt16} "
                "AND last_offset BETWEEN {first:UInt64} AND {last:UInt64}",
                {**of_partition, "first": first, "last": first + PEOPLE_AT_ONCE - 1},
            )
            yield [_person_row(*row) for row in found]

    def recount(self, partitions: Collection[int], version: int) -> None:
        """Write the counters of these partitions anew from the entries."""
        self._store.command(RECOUNT.format(partitions=_list(partitions), version=version))

    def differences(self, partitions: Collection[int]) -> dict[int, int]:
        """Per partition: the sum over schemes and regions of |counters - active participants|."""
        found = dict(self._store.query(DIFFERENCE.format(partitions=_list(partitions))))
        return {partition: int(found.get(partition, 0)) for partition in partitions}

    def write_reconciliation(self, difference: int, partition: int, next_offset: int) -> None:
        row = {
            "kafka_partition": partition,
            "checked_at": datetime.now(UTC),
            "next_offset": next_offset,
            "difference": difference,
        }
        self._store.insert_json("reconciliations", [orjson.dumps(row)])

    def mismatched(self, partitions: Collection[int]) -> list[Refusal]:
        """Waiting records of these partitions whose refers_to turned out to be another person's."""
        found = self._store.query(MISMATCHED.format(partitions=_list(partitions)))
        return [mismatch(partition, offset, str(own), str(target)) for partition, offset, own, target in found]


def empty_tables(store: ClickHouseStore, cluster: str = "") -> None:
    """Empty every table; running workers then fill them again from the topics. To be run again where it was interrupted.

    `progress` comes last, and its rows are set to 0 in versions newer than any worker's: what a worker had begun to
    write before loses against them, so nothing that was emptied is taken for counted.
    """
    suffix = f"_local ON CLUSTER '{cluster}'" if cluster else ""
    for table in DERIVED:
        store.command(f"TRUNCATE TABLE {table}{suffix}")
    present = store.query("SELECT topic, kafka_partition, end_offset, version FROM progress FINAL")
    epoch = max([int(time.time() * 1000), *(row[3] >> EPOCH_SHIFT for row in present)]) + AHEAD_MS
    CoverageTables(store).write_progress(
        [
            ProgressRow(topic, partition, 0, end_offset, None, NEVER, None, EMPTIED, epoch << EPOCH_SHIFT)
            for topic, partition, end_offset, _ in present
        ]
    )


def _person_row(participant: str, scheme: str, text: str) -> PersonRow:
    records = unpack(text)
    person = fold(records)
    return PersonRow(PersonKey(participant, scheme), person, records, person.entries)


def _list(partitions: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(partitions)))


def day_as_date(day: int) -> date:
    """Days since 1970 as a date."""
    return date.fromordinal(EPOCH.toordinal() + day)
