"""The Faust loop: batches from Kafka to the counting and the reference tables, acked once ClickHouse has them.

The worker reads on from where ClickHouse stands (`progress`), not from what Kafka was told last: so a ClickHouse that
was restored or emptied is filled again by itself, and nothing that it has is read twice.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import faust
import structlog
from aiokafka.errors import KafkaError
from faust.types import TP

from services.aggregator import metrics
from services.aggregator.batch_consumer import BatchLimits, RecordBatch, batch_topic, batching_app, take_batches
from services.aggregator.broken_parts import BrokenParts
from services.aggregator.closings import Closings
from services.aggregator.counting import Batch, Counting, LogRecord, Prepared
from services.aggregator.credentials import credentials
from services.aggregator.domain.plan import Refusal
from services.aggregator.letter_box import conflict_verdicts, read_letters
from services.aggregator.milestones import Milestones
from services.aggregator.outbox import Outbox
from services.aggregator.patience import Emptied, Patience
from services.aggregator.progress import Done, ProgressBook
from services.aggregator.reconciliation import Differences, Reconciliation
from services.aggregator.reference import ReferenceTables
from services.aggregator.regions import RegionIndex
from services.aggregator.settings import AggregatorSettings
from services.aggregator.stall import Stall
from services.aggregator.store import CoverageTables, ProgressRow
from services.shared.clickhouse_store import UNKNOWN_DATABASE, UNKNOWN_TABLE, ClickHouseStore
from services.shared.errors import StoreError, Unavailable
from services.shared.migrate import migrate
from services.shared.topics import partitions_of

log = structlog.get_logger()

HEARTBEAT_S = 0.5
LARGEST_LETTER_BYTES = 4 * 1024**2
"""The topic card of enrollment-rejected allows as much: a whole record of another topic, in base64."""
STALLED = 70
"""Exit code of a worker that ended itself because it counted nothing though it could."""


class Aggregator:
    """One worker: the Faust app and the state of the partitions it owns."""

    def __init__(
        self, settings: AggregatorSettings, store: ClickHouseStore, after: Callable[[str], None] = lambda step: None
    ) -> None:
        self.settings, self._store = settings, store
        self.events, self.references = settings.topic("enrollment-events"), settings.topic("reference-data")
        self.tables, self.reference_tables = CoverageTables(store), ReferenceTables(store)
        self.closings = Closings(store, self.events, self.references)
        self.milestones = Milestones(store, self.events, self.references, partitions_of("enrollment-events"))
        self._outbox = Outbox(settings, lambda: self.app.producer)
        self._broken_parts = BrokenParts(store, settings.clickhouse_cluster)
        self.book = ProgressBook(settings.worker)
        self.counting = Counting(
            self.tables,
            RegionIndex(store, self.references),
            topic=self.events,
            book=self.book,
            publish=self._publish_from_thread,
            read_verdicts=lambda: conflict_verdicts(read_letters(settings), self.events),
            after=after,
        )
        self._preparing, self._turn = asyncio.Lock(), asyncio.Lock()
        """Held while a batch is folded, and while ClickHouse is written to; both while partitions are taken over."""
        self._writing: asyncio.Task[None] | None = None
        self._stall = Stall(settings.stall_timeout_s)
        self._reconciliation = Reconciliation(
            self.tables,
            settings.reconcile_interval_s,
            lambda late: self._outbox.reject(self.events, late, {}),
            self.events,
        )
        self._differences = Differences()
        self._patience = Patience(self._broken_parts, self._stall, lambda: self.app)
        self.ready = False
        self.app = self._build()

    def _build(self) -> faust.App:
        app = batching_app(
            self.settings.aggregator_group,
            self.settings.kafka_bootstrap_servers,
            limits=BatchLimits(max_records=5_000, max_unacked_records=5 * self.settings.batch_max_records // 2),
            before_reading=self._take_over,
            session_timeout_s=self.settings.session_timeout_s,
            consumer_group_instance_id=self.settings.worker,
            producer_max_request_size=LARGEST_LETTER_BYTES,
            broker_credentials=credentials(self.settings),
        )

        @app.agent(batch_topic(app, self.events), name="count")
        async def count(stream: faust.Stream) -> None:
            async for batches in take_batches(stream, self.settings.batch_max_records):
                rest = self.settings.batch_interval_ms / 1000 + time.monotonic()
                await self._count(batches)
                await asyncio.sleep(max(0.0, rest - time.monotonic()))

        @app.agent(batch_topic(app, self.references), name="keep_reference_data")
        async def keep_reference_data(stream: faust.Stream) -> None:
            async for batches in take_batches(stream):
                await self._persist(partial(self._keep_reference_rows, batches))

        @app.timer(HEARTBEAT_S)
        async def heartbeat() -> None:
            await self._guarded(self._beat)

        return app

    # Taking over

    async def _take_over(self, assigned: set[TP]) -> Mapping[TP, int]:
        """Before the first batch of an assignment: finish what was left, count anew, read on from there."""
        self._loop = asyncio.get_running_loop()
        await self._written()
        await self._patience.until_available(lambda: self._take_over_now(assigned), taking_over=True)
        return {TP(*partition): done.next_offset for partition, done in self.book.done.items()}

    async def _take_over_again(self, from_the_beginning: Collection[int] = ()) -> None:
        """The same in the middle of reading: batches not written yet are dropped, and read again.

        Partitions to be read `from_the_beginning` are noted as such first, so that a crash does not forget it.

        What is being read ends before anything else may be written: a batch that waits for its turn has no place after
        positions that were set back, else its progress would pass over what is still to be read.
        """

        async def attempt() -> None:
            async with self._preparing, self._turn:
                if from_the_beginning:
                    begun = {(self.events, partition): Done(0) for partition in from_the_beginning}
                    rows = self.book.rows(begun, self.counting.next_version())
                    await asyncio.to_thread(self.tables.write_progress, rows)
                await self._take_over_locked(self.app.consumer.assignment())
                await self.app.consumer.read_from({TP(*p): done.next_offset for p, done in self.book.done.items()})

        await self._patience.until_available(attempt, taking_over=True)

    async def _take_over_now(self, assigned: set[TP]) -> None:
        async with self._preparing, self._turn:
            await self._take_over_locked(assigned)

    async def _take_over_locked(self, assigned: set[TP]) -> None:
        await asyncio.to_thread(migrate, self._store, self.settings.clickhouse_cluster)
        owned = [tp.partition for tp in assigned if tp.topic == self.events]
        starts = await asyncio.to_thread(self.counting.take_over, owned)
        positions = {TP(self.events, partition): offset for partition, offset in starts.items()}
        if reference := [tp for tp in assigned if tp.topic == self.references]:
            await asyncio.to_thread(self.reference_tables.load)
            kept = await asyncio.to_thread(self.tables.positions, [self.references])
            positions |= {tp: kept[tp].next_offset if tp in kept else 0 for tp in reference}
        self.book.take_over({tp: await self._within_log(tp, offset) for tp, offset in positions.items()})
        self._reconciliation.changed()
        self._stall.moved()
        metrics.forget_partitions()
        metrics.RECOUNTS.labels("assigned").inc()
        log.info("partitions_taken_over", positions={f"{tp.topic}/{tp.partition}": o for tp, o in positions.items()})
        self.ready = True

    async def _within_log(self, tp: TP, offset: int) -> int:
        """The offset, or the log's first where the log is shorter: then it is another log than the one counted."""
        earliest = (await self.app.consumer.earliest_offsets(tp)).get(tp) or 0
        end = (await self.app.consumer.highwaters(tp)).get(tp) or 0
        if earliest <= offset <= end:
            return offset
        log.warning("log_begins_anew", topic=tp.topic, partition=tp.partition, counted=offset, first=earliest, end=end)
        return earliest

    # Batches

    async def _count(self, batches: list[RecordBatch]) -> None:
        """Fold these batches while the ones before are being written; then let them be written."""
        prepared: Prepared | None = None
        live: list[RecordBatch] = []

        async def prepare() -> None:
            nonlocal prepared, live
            async with self._preparing:
                live = [batch for batch in batches if batch.live]
                folding = [self._as_batch(batch) for batch in live]
                prepared = await asyncio.to_thread(self.counting.prepare, folding) if live else None
            for batch in batches:
                batch.forget_records()

        await self._persist(prepare)
        await self._written()
        if prepared is not None:
            self._writing = asyncio.create_task(self._hold_and_write(prepared, live))

    async def _written(self) -> None:
        """Wait until the batch that is being written, if any, is in ClickHouse."""
        writing, self._writing = self._writing, None
        if writing is not None:
            await writing

    async def _hold_and_write(self, prepared: Prepared, batches: list[RecordBatch]) -> None:
        with self.app.consumer.holding():
            await self._persist(lambda: self._write(prepared, batches))

    async def _write(self, prepared: Prepared, batches: list[RecordBatch]) -> None:
        async with self._turn:
            if not all(batch.live for batch in batches):
                return  # they are read again, by their present owner, from where ClickHouse stands
            started = time.monotonic()
            await asyncio.to_thread(self.counting.write, prepared)
            for batch in batches:
                batch.ack()
            self.book.done |= prepared.done
            self._reconciliation.changed()
            self._stall.moved()
            self._measure(prepared, time.monotonic() - started)

    async def _persist(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Try until it works; where ClickHouse turns out to have been emptied, begin again from where it stands."""
        try:
            await self._patience.until_available(attempt)
        except Emptied:
            await self._refill()

    @staticmethod
    def _as_batch(batch: RecordBatch) -> Batch:
        return Batch(batch.tp.partition, batch.first_offset, batch.next_offset, batch.records)

    @staticmethod
    def _measure(prepared: Prepared, seconds: float) -> None:
        metrics.EVENTS.inc(prepared.events)
        metrics.PEOPLE.inc(len(prepared.newcomers) + len(prepared.plan.people))
        metrics.REPEATED.inc(prepared.plan.repeated)
        metrics.BATCH_EVENTS.observe(prepared.events)
        metrics.BATCH_SECONDS.observe(seconds)
        for (_, partition), done in prepared.done.items():
            if done.watermark:
                metrics.WATERMARK.labels(partition).set(done.watermark.timestamp())

    async def _keep_reference_rows(self, batches: list[RecordBatch]) -> None:
        async with self._turn:
            await self._keep_reference_rows_now([batch for batch in batches if batch.live])

    async def _keep_reference_rows_now(self, batches: list[RecordBatch]) -> None:
        for batch in batches:
            refusals = await asyncio.to_thread(self.reference_tables.write, batch.records)
            await self._outbox.reject(self.references, refusals, {(0, r.offset): r for r in batch.records})
            metrics.REFERENCE_ROWS.inc(len(batch.records))
        done = {batch.tp: Done(batch.next_offset) for batch in batches}
        await asyncio.to_thread(self.tables.write_progress, self.book.rows(done, self.counting.next_version()))
        self.book.done |= done
        self._stall.moved()
        for batch in batches:
            batch.ack()

    def _publish_from_thread(self, refusals: Sequence[Refusal], raw: Mapping[tuple[int, int], LogRecord]) -> None:
        asyncio.run_coroutine_threadsafe(self._outbox.reject(self.events, refusals, raw), self._loop).result()

    # The clock

    async def _beat(self) -> None:
        """Say how far the partitions are; notice a ClickHouse that lost them; compare counters with people."""
        asked_at = datetime.now(UTC)
        ends = await self._log_ends()
        async with self._turn:
            self.book.note_ends(asked_at, ends)
            owned = [tp for tp in self.book.done if tp in self.app.consumer.assignment()]
            if not owned:
                metrics.forget_partitions()
                return
            if await asyncio.to_thread(self._broken_parts.emptied):
                raise Emptied
            written = await asyncio.to_thread(self.tables.positions, [self.events, self.references])
            if any(tp in written and written[tp].emptied and written[tp].epoch > self.counting.epoch for tp in owned):
                raise Emptied
            if any(tp in written and written[tp].epoch > self.counting.epoch for tp in owned):
                log.warning("fenced", detail="another worker has taken over; waiting for the group to say so")
                return
            if any((written[tp].next_offset if tp in written else 0) < self.book.done[tp].next_offset for tp in owned):
                raise Emptied
            progress = self.book.owned_rows(owned, self.counting.next_version())
            await asyncio.to_thread(self.tables.write_progress, progress)
            self._watch_lag(progress)
            if self._stall.lasts(progress):
                self._end("reading_stalled", {f"{r.topic}/{r.kafka_partition}": r.next_offset for r in progress})
            await asyncio.to_thread(self.closings.write_due, progress, self.counting.next_version())
            if (self.events, 0) in [tuple(tp) for tp in owned]:
                await self._outbox.tell(self.milestones, self.counting.next_version())
            differing: set[int] = set()
            if self._reconciliation.due:
                counted = {p: self.book.done[self.events, p].next_offset for p in self.counting.partitions}
                differing = await self._reconciliation.compare(counted)
        if differing:
            lost = self._differences.lost(differing)
            metrics.RECOUNTS.labels("lost rows" if lost else "difference").inc()
            if lost:
                log.error(
                    "clickhouse_lost_rows", partitions=sorted(lost), detail="reading them again from the beginning"
                )
            await self._take_over_again(lost)

    async def _log_ends(self) -> dict[TP, int]:
        """Where the partitions' logs end. Unavailable where the broker does not say so within aiokafka's patience."""
        try:
            ends = await self.app.consumer.highwaters(*self.app.consumer.assignment())
        except KafkaError as error:
            raise Unavailable(f"Kafka: {error!r}") from error
        return {tp: end for tp, end in ends.items() if end is not None}

    @staticmethod
    def _watch_lag(progress: Sequence[ProgressRow]) -> None:
        for row in progress:
            metrics.LAG.labels(row.topic, row.kafka_partition).set(row.end_offset - row.next_offset)

    # Trouble

    async def _guarded(self, beat: Callable[[], Awaitable[None]]) -> None:
        """A heartbeat that fails waits for the next one; an emptied ClickHouse is filled again."""
        try:
            await beat()
            metrics.CLICKHOUSE_UP.set(1)
        except Unavailable as error:
            metrics.CLICKHOUSE_UP.set(0)
            log.warning("heartbeat_waits", error=str(error))
        except StoreError as error:
            if error.code in (UNKNOWN_TABLE, UNKNOWN_DATABASE) or await self._patience.emptied_after(error):
                await self._refill()
            else:
                log.error("heartbeat_failed", error=str(error))
        except Emptied:
            await self._refill()

    @staticmethod
    def _end(why: str, positions: Mapping[str, int]) -> None:
        """End the process, to be started anew: whatever a library got itself into, the next one reads on from here."""
        log.critical(why, positions=positions, detail="ending, to be started anew")
        os._exit(STALLED)

    async def _refill(self) -> None:
        log.warning("clickhouse_emptied", detail="reading the topics again from where ClickHouse stands")
        metrics.RECOUNTS.labels("emptied").inc()
        await self._take_over_again()
