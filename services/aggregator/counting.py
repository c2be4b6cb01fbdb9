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

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from schemas.events import RejectionReason
from services.aggregator.domain.plan import Arrival, CounterKey, Plan, Refusal, plan
from services.aggregator.domain.records import PersonKey, Record, Rejected, decode, moment
from services.aggregator.regions import RegionIndex
from services.aggregator.store import CoverageTables, ProgressRow, day_as_date

MAX_CACHED_COUNTERS = 200_000
STEPS = ("claims", "people", "entries", "counters", "dead_letters", "progress")


class LogRecord(Protocol):
    """A record as Kafka has it."""

    key: bytes | None
    value: bytes | None
    offset: int
    timestamp: int


@dataclass(frozen=True)
class Batch:
    """Consecutive records of one partition."""

    partition: int
    first_offset: int
    next_offset: int
    end_offset: int
    records: Sequence[LogRecord]


@dataclass(frozen=True)
class Counted:
    """What became of some batches."""

    events: int
    people: int
    repeated: int
    refusals: Sequence[Refusal]
    watermarks: Mapping[int, datetime]
    """Per partition: recorded_at of the last event."""
    first_day: date | None
    """The earliest day whose counters changed."""


PublishLetters = Callable[[Sequence[Refusal], Mapping[tuple[int, int], LogRecord]], None]


class Counting:
    """The partitions this worker owns. Not safe for two threads at once: one batch after the other."""

    def __init__(
        self,
        tables: CoverageTables,
        regions: RegionIndex,
        *,
        topic: str,
        worker: str,
        publish: PublishLetters,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        after: Callable[[str], None] = lambda step: None,
    ) -> None:
        self._tables, self._regions, self._publish, self._now, self._after = tables, regions, publish, now, after
        self._topic, self._worker = topic, worker
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="lookup")
        self.version = 0
        self._counters: dict[CounterKey, list[int]] = {}
        self._counted_below: dict[int, int] = {}
        self._counted_beyond: set[tuple[int, int]] = set()

    @property
    def partitions(self) -> list[int]:
        """The partitions taken over."""
        return sorted(self._counted_below)

    def next_version(self) -> int:
        """A version for rows of this assignment, greater than any before."""
        self.version += 1
        return self.version

    def take_over(self, partitions: Iterable[int]) -> dict[int, int]:
        """Own exactly these partitions from now on; finish what their last writer left. Returns where to read on."""
        owned = sorted(partitions)
        self._counters.clear()
        self._counted_beyond.clear()
        positions = self._tables.positions([self._topic])
        # The time of the assignment, and in any case greater than what any earlier owner has written.
        latest = max((position.version >> 20 for position in positions.values()), default=0)
        self.version = max(int(self._now().timestamp() * 1000), latest + 1) << 20
        starts = {p: positions[self._topic, p].next_offset if (self._topic, p) in positions else 0 for p in owned}
        self._counted_below = dict(starts)
        for partition, next_offset in starts.items():
            people = self._tables.unfinished(partition, next_offset)
            self._tables.write_entries(people)
            self._counted_beyond |= {
                (partition, r.offset) for row in people for r in row.records if r.offset >= next_offset
            }
        if owned:
            self._tables.recount(owned, self.next_version())
        return starts

    def count(self, batches: Sequence[Batch]) -> Counted:
        """Count the batches. Unavailable or StoreError where ClickHouse fails: call again with the same batches."""
        arrivals, refusals = self._decode(batches)
        known, owners = self._look_up(arrivals, batches)
        result = plan(arrivals, known, owners)
        result.refusals += refusals
        watermarks = {p: moment(us) for p, us in {a.record.partition: a.record.recorded_us for a in arrivals}.items()}
        self._write(result, batches, watermarks)
        return Counted(
            sum(len(batch.records) for batch in batches),
            len(result.people),
            result.repeated,
            result.refusals,
            watermarks,
            _first_day(result),
        )

    def _decode(self, batches: Sequence[Batch]) -> tuple[list[Arrival], list[Refusal]]:
        arrivals: list[Arrival] = []
        refusals: list[Refusal] = []
        for batch in batches:
            partition = batch.partition
            for raw in batch.records:
                try:
                    arrivals.append(Arrival(*decode(raw.value, partition, raw.offset)))
                except Rejected as bad:
                    refusals.append(Refusal(partition, raw.offset, bad.reason, bad.detail, bad.registration_id))
        unknown = self._regions.unknown([a.record for a in arrivals], self._now())
        if unknown:
            refusals += [_unknown_region(a.record) for a in arrivals if a.record.region in unknown]
            arrivals = [a for a in arrivals if a.record.region not in unknown]
        return arrivals, refusals

    def _look_up(
        self, arrivals: Sequence[Arrival], batches: Sequence[Batch]
    ) -> tuple[dict[PersonKey, list[Record]], dict[str, PersonKey]]:
        ids = {a.record.registration_id for a in arrivals} | {
            a.record.refers_to for a in arrivals if a.record.refers_to
        }
        owners = self._threads.submit(self._tables.owners, ids)
        known = self._tables.known({a.person for a in arrivals})
        below = {b.partition: max(b.first_offset, self._counted_below.get(b.partition, 0)) for b in reversed(batches)}
        return {key: self._counted(records, below) for key, records in known.items()}, owners.result()

    def _counted(self, records: list[Record], below: Mapping[int, int]) -> list[Record]:
        """Leave out what another writer has put there since this worker counted the partition anew."""
        return [
            r
            for r in records
            if r.offset < below.get(r.partition, 0)
            or r.partition not in below
            or (r.partition, r.offset) in self._counted_beyond
        ]

    def _write(self, result: Plan, batches: Sequence[Batch], watermarks: Mapping[int, datetime]) -> None:
        self._tables.write_claims(result.claims)
        self._after("claims")
        self._tables.write_people(result.people)
        self._after("people")
        self._tables.write_entries(result.people)
        self._after("entries")
        counters = self._absolute(result.changes)
        self._tables.write_counters(counters, self.next_version())
        self._after("counters")
        if result.refusals:
            self._publish(result.refusals, {(b.partition, r.offset): r for b in batches for r in b.records})
            self._tables.write_rejected(self._topic, result.refusals, round(self._now().timestamp() * 1_000_000))
        self._after("dead_letters")
        self._tables.write_progress(self._progress(batches, watermarks, result))
        self._after("progress")
        # Only now: a failure above must leave the values before the batch, for it will be counted again.
        self._counters.update(counters)
        if len(self._counters) > MAX_CACHED_COUNTERS:
            self._counters.clear()

    def _absolute(self, changes: Mapping[CounterKey, Sequence[int]]) -> dict[CounterKey, list[int]]:
        changes = {key: change for key, change in changes.items() if any(change)}
        missing = [key for key in changes if key not in self._counters]
        present = {key: [0] * 5 for key in missing} | self._tables.counters(missing)
        self._counters.update(present)
        return {
            key: [a + b for a, b in zip(self._counters[key], change, strict=True)] for key, change in changes.items()
        }

    def _progress(
        self, batches: Sequence[Batch], watermarks: Mapping[int, datetime], result: Plan
    ) -> list[ProgressRow]:
        now, version, first_day = self._now(), self.next_version(), _first_day(result)
        rows: dict[int, ProgressRow] = {}
        for batch in batches:
            watermark = watermarks.get(batch.partition)
            complete = now if batch.next_offset >= batch.end_offset else min(now, watermark or now)
            rows[batch.partition] = ProgressRow(
                topic=self._topic,
                kafka_partition=batch.partition,
                next_offset=batch.next_offset,
                end_offset=max(batch.end_offset, batch.next_offset),
                watermark=watermark,
                complete_up_to=complete,
                first_day=first_day,
                worker=self._worker,
                version=version,
            )
        return list(rows.values())


def _first_day(result: Plan) -> date | None:
    day = min((key.day for key, change in result.changes.items() if any(change)), default=None)
    return None if day is None else day_as_date(day)


def _unknown_region(record: Record) -> Refusal:
    detail = f"region {record.region} is not in the reference data; add it (PUT /v1/reference/regions) and replay"
    return Refusal(record.partition, record.offset, RejectionReason.UNKNOWN_REGION, detail, record.registration_id)
