"""One batch from Kafka into ClickHouse, in steps that may each be the last before a crash.

Order of the writes, and why a crash after any of them heals:

1. claims: whose registration_id it is. Counts nothing.
2. people: each person's records and state. From here on the batch counts; what follows is derived from it.
3. entries: what each record did. A new owner writes those of unfinished people again (`take_over`).
4. counters: absolute. A new owner counts them anew from the entries.
5. dead letters, on Kafka and in ClickHouse. Repeated when the batch comes again; the same position is the same letter.
6. progress: the batch is done; reading goes on after it.

Two writers at once (one slept through its session and does not know it yet) do no harm: people and entries are the same
whoever writes them, a record that only the other one counted so far is not taken for counted here (`_counted`), and
counters and progress carry the time of the assignment in their version, so the present owner's stand.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from schemas.events import RejectionReason
from services.aggregator.columns.arrivals import as_records, person_name
from services.aggregator.columns.newcomers import apart, counted, nobody
from services.aggregator.columns.reading import LogRecord, read
from services.aggregator.columns.tables import claims_table, counters_table, entries_table, people_table, rejected_table
from services.aggregator.domain.plan import CounterKey, Plan, Refusal, plan
from services.aggregator.domain.records import PersonKey, Record
from services.aggregator.progress import Done, Partition, ProgressBook
from services.aggregator.regions import RegionIndex
from services.aggregator.store import EPOCH_SHIFT, CoverageTables, day_as_date

MAX_CACHED_COUNTERS = 200_000
STEPS = ("claims", "people", "entries", "counters", "dead_letters", "progress")


@dataclass(frozen=True)
class Batch:
    """Consecutive records of one partition."""

    partition: int
    first_offset: int
    next_offset: int
    records: Sequence[LogRecord]


@dataclass(frozen=True, eq=False)
class Prepared:
    """Batches, folded: all that is left is to write it, as often as it takes."""

    events: int
    newcomers: pa.RecordBatch
    plan: Plan
    """Of everybody else; but the counters that change are everybody's."""
    counters: Mapping[CounterKey, list[int]]
    """The new values of those that change."""
    version: int
    done: Mapping[Partition, Done]
    """How far the partitions are once this is written."""
    at_hand: Mapping[tuple[int, int], LogRecord]
    """The original records, by partition and offset, of batches with refusals."""


PublishLetters = Callable[[Sequence[Refusal], Mapping[tuple[int, int], LogRecord]], None]


class Counting:
    """The partitions this worker owns: `prepare` one batch while the one before is in `write`, both in log order."""

    def __init__(
        self,
        tables: CoverageTables,
        regions: RegionIndex,
        *,
        topic: str,
        book: ProgressBook,
        publish: PublishLetters,
        read_verdicts: Callable[[], set[tuple[int, int]]] = set,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        after: Callable[[str], None] = lambda step: None,
    ) -> None:
        self._tables, self._regions, self._publish, self._now, self._after = tables, regions, publish, now, after
        self._topic, self._book, self._read_verdicts = topic, book, read_verdicts
        self._verdicts: set[tuple[int, int]] = set()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="lookup")
        self.epoch = 0
        """The time of the assignment in ms; greater than that of any earlier owner."""
        self._sequence = itertools.count(1)
        self._counters: dict[CounterKey, list[int]] = {}
        self._counted_below: dict[int, int] = {}
        self._counted_beyond: set[tuple[int, int]] = set()
        self._in_flight: list[Prepared] = []

    @property
    def partitions(self) -> list[int]:
        """The partitions taken over."""
        return sorted(self._counted_below)

    def next_version(self) -> int:
        """A version for rows of this assignment, greater than any before."""
        return (self.epoch << EPOCH_SHIFT) + next(self._sequence)

    def take_over(self, partitions: Iterable[int]) -> dict[int, int]:
        """Own exactly these partitions from now on; finish what their last writer left. Returns where to read on.

        Where a partition is read from its beginning, records once refused for a taken registration_id are refused again.
        """
        owned = sorted(partitions)
        self._counters.clear()
        self._counted_beyond.clear()
        self._in_flight.clear()
        positions = self._tables.positions([self._topic])
        latest = max((position.epoch for position in positions.values()), default=0)
        self.epoch, self._sequence = max(int(self._now().timestamp() * 1000), latest + 1), itertools.count(1)
        starts = {p: positions[self._topic, p].next_offset if (self._topic, p) in positions else 0 for p in owned}
        self._counted_below = dict(starts)
        if not self._verdicts and not all(starts.values()):
            self._verdicts = self._read_verdicts()
        for partition, next_offset in starts.items():
            for people in self._tables.unfinished(partition, next_offset):
                self._tables.write_entries(entries_table(nobody(), people))
                self._counted_beyond |= {
                    (partition, r.offset) for row in people for r in row.records if r.offset >= next_offset
                }
        if owned:
            self._tables.recount(owned, self.next_version())
        return starts

    def prepare(self, batches: Sequence[Batch]) -> Prepared:
        """Fold the batches. Unavailable or StoreError where ClickHouse fails: call again with the same batches."""
        arrivals, refusals = self._read(batches)
        known, owners = self._look_up(arrivals, batches)
        newcomers, others = apart(arrivals, map(person_name, known), owners)
        result = plan(as_records(others), known, owners)
        for key, flows in counted(newcomers).items():
            result.add(key, flows)
        result.refusals += refusals
        counters, watermarks = self._absolute(result.changes), _last_recorded(arrivals)
        prepared = Prepared(
            events=sum(len(batch.records) for batch in batches),
            newcomers=newcomers,
            plan=result,
            counters=counters,
            version=self.next_version(),
            done={
                (self._topic, b.partition): Done(b.next_offset, watermarks.get(b.partition), _first_day(result))
                for b in batches
            },
            at_hand={(b.partition, r.offset): r for b in batches for r in b.records} if result.refusals else {},
        )
        self._counters.update(counters)
        self._in_flight.append(prepared)
        return prepared

    def write(self, prepared: Prepared) -> None:
        """Write what was prepared, in the order that heals. Unavailable or StoreError: call again with the same."""
        newcomers, plan = prepared.newcomers, prepared.plan
        self._tables.write_claims(claims_table(newcomers, plan.claims))
        self._after("claims")
        self._tables.write_people(people_table(newcomers, plan.people))
        self._after("people")
        self._tables.write_entries(entries_table(newcomers, plan.people))
        self._after("entries")
        self._tables.write_counters(counters_table(prepared.counters, prepared.version))
        self._after("counters")
        if refusals := plan.refusals:
            self._publish(refusals, prepared.at_hand)
            self._tables.write_rejected(rejected_table(self._topic, refusals, round(self._now().timestamp() * 1e6)))
        self._after("dead_letters")
        # The version is taken now: a heartbeat may have been written since the batch was prepared.
        self._tables.write_progress(self._book.rows(prepared.done, self.next_version()))
        self._after("progress")
        if prepared in self._in_flight:
            self._in_flight.remove(prepared)

    def _read(self, batches: Sequence[Batch]) -> tuple[pa.RecordBatch, list[Refusal]]:
        """The arrivals that are to be counted, and the refusals of the other records."""
        arrivals, refusals = read([(batch.partition, raw) for batch in batches for raw in batch.records])
        if self._verdicts:
            places = zip(arrivals["kafka_partition"].to_pylist(), arrivals["kafka_offset"].to_pylist(), strict=True)
            refused = pa.array([place in self._verdicts for place in places], pa.bool_())
            refusals += [_taken_before(a.record) for a in as_records(arrivals.filter(refused))]
            arrivals = arrivals.filter(pc.invert(refused))
        if unknown := self._regions.unknown(arrivals["region"].unique().to_pylist(), self._now()):
            refused = pc.is_in(arrivals["region"], pa.array(unknown))
            refusals += [_unknown_region(a.record) for a in as_records(arrivals.filter(refused))]
            arrivals = arrivals.filter(pc.invert(refused))
        return arrivals, refusals

    def _look_up(
        self, arrivals: pa.RecordBatch, batches: Sequence[Batch]
    ) -> tuple[dict[PersonKey, list[Record]], dict[str, PersonKey]]:
        """What is known of the people and registrations of a batch: in ClickHouse, and in batches not written yet."""
        ids = pa.concat_arrays([arrivals["registration_id"], arrivals["refers_to"].drop_null()])
        waiting = self._threads.submit(self._tables.owners, ids.to_pylist())
        kept = self._tables.known(arrivals["participant"].to_pylist())
        below = {b.partition: max(b.first_offset, self._counted_below.get(b.partition, 0)) for b in reversed(batches)}
        known = {key: self._counted(records, below) for key, records in kept.items()}
        owners = waiting.result()
        for earlier in list(self._in_flight):
            fresh = earlier.newcomers
            same_person = pc.is_in(fresh["person"], arrivals["person"])
            again = as_records(fresh.filter(pc.or_(same_person, pc.is_in(fresh["registration_id"], ids))))
            known |= {row.key: row.records for row in earlier.plan.people}
            known |= {arrival.person: [arrival.record] for arrival in again}
            owners |= {a.record.registration_id: a.person for a in (*earlier.plan.claims, *again)}
        return known, owners

    def _counted(self, records: list[Record], below: Mapping[int, int]) -> list[Record]:
        """Leave out what another writer has put there since this worker counted the partition anew."""
        return [
            r
            for r in records
            if r.offset < below.get(r.partition, 0)
            or r.partition not in below
            or (r.partition, r.offset) in self._counted_beyond
        ]

    def _absolute(self, changes: Mapping[CounterKey, Sequence[int]]) -> dict[CounterKey, list[int]]:
        changes = {key: change for key, change in changes.items() if any(change)}
        if len(self._counters) > MAX_CACHED_COUNTERS and not self._in_flight:
            self._counters.clear()  # not while a batch is in flight: ClickHouse does not have its values yet
        missing = [key for key in changes if key not in self._counters]
        present = {key: [0] * 5 for key in missing} | self._tables.counters(missing)
        return {
            key: [a + b for a, b in zip(self._counters.get(key) or present[key], change, strict=True)]
            for key, change in changes.items()
        }


def _last_recorded(arrivals: pa.RecordBatch) -> dict[int, datetime]:
    """When the last arrival of each partition was recorded."""
    by_partition = pa.Table.from_batches([arrivals]).group_by("kafka_partition", use_threads=False)
    last = by_partition.aggregate([("recorded_at", "last")]).to_pylist()
    return {row["kafka_partition"]: row["recorded_at_last"] for row in last}


def _first_day(result: Plan) -> date | None:
    day = min((key.day for key, change in result.changes.items() if any(change)), default=None)
    return None if day is None else day_as_date(day)


def _unknown_region(record: Record) -> Refusal:
    detail = f"region {record.region} is not in the reference data; add it (PUT /v1/reference/regions) and replay"
    return Refusal(record.partition, record.offset, RejectionReason.UNKNOWN_REGION, detail, record.registration_id)


def _taken_before(record: Record) -> Refusal:
    detail = "registration_id was taken when this record was first counted; the first stands"
    return Refusal(
        record.partition, record.offset, RejectionReason.CONFLICTING_REGISTRATION, detail, record.registration_id
    )
