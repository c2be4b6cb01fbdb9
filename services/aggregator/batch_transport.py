"""A Faust consumer that hands an agent whole partition batches, and commits only what the agent acked.

Stock Faust makes two tasks and a dozen calls for every record, and its own acks (also those of records it skips while
the group rebalances, or whose agent raised) move the committed offset. Here one stream event carries everything one
fetch brought for one partition, and `RecordBatch.ack()` alone moves the offset: Faust's acks have no say.

A `Partition` is one reading of one partition: it begins at the committed offset with every assignment and ends at the
revocation. What belongs to an ended reading is never delivered and its acks count for nothing, so a record is either
acked by its present owner or read again, whole batches at a time and in order.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiokafka
from aiokafka.structs import ConsumerRecord
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, Message

# How long one fetch may wait in the consumer's thread; a stop waits at most this long for it. The short wait is for
# while some partitions rest: a fetch for the others must not keep them waiting once there is room again.
POLL_S = 0.25
POLL_OFTEN_S = 0.02
# How long a revocation or a stop waits for the broker to take the last commit, and a stop for leaving the group.
COMMIT_S = 1.0
LEAVE_S = 1.0


@dataclass(frozen=True)
class BatchLimits:
    """Bounds of a batch and of the memory that batches may hold."""

    max_records: int = 20_000  # in one batch
    max_bytes: int = 16 * 1024**2  # keys and values of one batch; one larger record goes alone
    max_unacked_records: int = 60_000  # handed over and not acked, per topic; reading it pauses there
    fetch_max_wait_ms: int = 100  # one slow fetch also holds up the partitions that are not part of it
    drain_timeout_s: float = 2.0  # how long a revocation or a stop waits for the batches an agent has in hand


@dataclass(eq=False, slots=True)
class Partition:
    """One reading of one partition, from its assignment to its revocation. Offsets are next offsets (last + 1)."""

    tp: TP
    committed: int | None = None  # what the broker has
    acked: int | None = None  # everything below it in this reading is acked
    delivered: int | None = None  # handed to the agent up to here
    reading: bool = True  # False: discard what still arrives
    live: bool = True  # False: acks no longer count
    unacked: deque["RecordBatch"] = field(default_factory=deque)  # oldest first


@dataclass(eq=False, slots=True)
class RecordBatch:
    """Consecutive records of one partition, undecoded (aiokafka ConsumerRecord: key, value, offset, timestamp ms)."""

    tp: TP
    records: list[ConsumerRecord]
    size: int
    first_offset: int
    next_offset: int  # last offset + 1: what an ack commits
    _partition: Partition
    _consumer: "BatchConsumer"
    taken: bool = False
    acked: bool = False

    @property
    def live(self) -> bool:
        """Whether this worker still owns the batch; a batch that is not live will be read again by its owner."""
        return self._partition.live

    def forget_records(self) -> None:
        """Give their memory back once the agent has made something else of them; the batch is still to be acked."""
        self.records = []

    def ack(self) -> bool:
        """Say that the batch is safely stored; from the event loop's thread. False: too late, it will be read again."""
        self.acked = True
        if self.live:
            self._consumer.settle(self._partition)
        return self.live


Readings = Mapping[TP, Partition]


def split_by_bytes(records: list[ConsumerRecord], max_bytes: int) -> Iterator[list[ConsumerRecord]]:
    """Cut records into runs of at most max_bytes of keys and values."""
    start = size = 0
    for index, record in enumerate(records):
        weight = len(record.key or b"") + len(record.value or b"")
        if size + weight > max_bytes and index > start:
            yield records[start:index]
            start, size = index, 0
        size += weight
    yield records[start:]


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread in which aiokafka runs."""

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        # Faust fixes this wait at 1.5 s. It is read when the consumer starts, so it can still be set here.
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = self.consumer.limits.fetch_max_wait_ms
        return consumer

    async def fetch(self, reading: Readings, max_records: int, wait_s: float) -> dict[TP, list[ConsumerRecord]]:
        """Take what has been fetched for these readings, in the thread's own loop.

        A fetch can outlive the readings it was asked for (it waits through a whole rebalance) and then takes records
        of the new assignment. Nobody would deliver those, so the position is set back before anything else runs.
        """
        consumer = self._ensure_consumer()
        records = await self._fetch_records(consumer, reading, timeout=wait_s, max_records=max_records)
        for tp in [tp for tp in records if not reading[tp].reading]:
            consumer.seek(tp, records.pop(tp)[0].offset)
        return records

    async def on_thread_stop(self) -> None:
        """Leave the group, but do not wait for a broker that is away; the thread then cancels what is left."""
        leaving = asyncio.ensure_future(super().on_thread_stop())
        await asyncio.wait([leaving], timeout=LEAVE_S)


class BatchConsumer(driver.Consumer):
    """Reads, hands over and commits by batches. Needs `stream_wait_empty`, see wait_empty()."""

    def __init__(self, transport: driver.Transport, *args: Any, **kwargs: Any) -> None:
        self.limits: BatchLimits = transport.app.limits  # of batch_consumer.BatchingApp
        self.partitions: dict[TP, Partition] = {}
        self.start_at: Mapping[TP, int] = {}  # where to read on after a rebalance, instead of the committed offsets
        self._room = asyncio.Event()
        self._committing = asyncio.Lock()
        self.idle = asyncio.Event()
        self.idle.set()
        self._holders = 0
        super().__init__(transport, *args, **kwargs)

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: Any) -> None:
        """Run for as long as the fetcher does: fetch, wrap, hand over."""
        try:
            while not (self.should_stop or fetcher.should_stop):
                if not self.flow_active:
                    await self.wait(self.can_resume_flow)
                elif reading := self._readable():
                    await self._deliver_next(reading)
                elif self.partitions and self._get_active_partitions():
                    self._room.clear()
                    await self.wait_first(self._room.wait(), self.suspend_flow.wait())
                else:
                    await self.sleep(0.05)  # assigned but paused: while Faust ends a rebalance
        except (*self.consumer_stopped_errors, asyncio.CancelledError):
            if not self.app.should_stop:
                raise

    async def _deliver_next(self, reading: Readings) -> None:
        wait_s = POLL_S if len(reading) == len(self._get_active_partitions()) else POLL_OFTEN_S
        fetched = await self._thread.call_thread(self._thread.fetch, reading, self.limits.max_records, wait_s)
        for tp, records in fetched.items():
            for part in split_by_bytes(records, self.limits.max_bytes):
                if reading[tp].reading:
                    await self._deliver(reading[tp], part)

    async def _deliver(self, partition: Partition, records: list[ConsumerRecord]) -> None:
        first, last = records[0], records[-1]
        batch = RecordBatch(partition.tp, records, len(records), first.offset, last.offset + 1, partition, self)
        partition.unacked.append(batch)
        partition.delivered = batch.next_offset
        message = ConsumerMessage(
            *(first.topic, first.partition, first.offset, first.timestamp / 1000.0, first.timestamp_type, ()),
            *(None, batch, None, 0, 0, partition.tp),
            generation_id=self.app.consumer_generation_id,
        )
        # A suspended flow means a rebalance or a stop, which both drop what is not delivered.
        await self.wait_first(self.callback(message), self.suspend_flow.wait())

    def _readable(self) -> dict[TP, Partition]:
        """The partitions to read on: those of a topic whose agent has enough in hand rest, and hold up no other topic."""
        unacked: Counter[str] = Counter()
        for tp, partition in self.partitions.items():
            unacked[tp.topic] += sum(batch.size for batch in partition.unacked)
        most = self.limits.max_unacked_records
        return {tp: self._partition(tp) for tp in self._get_active_partitions() if unacked[tp.topic] < most}

    def _partition(self, tp: TP) -> Partition:
        return self.partitions.setdefault(tp, Partition(tp))

    async def perform_seek(self) -> None:
        """Begin a reading of every assigned partition, where before_reading said or else at its committed offset.

        Faust calls this before it resumes.
        """
        await super().perform_seek()
        for tp in self.assignment():
            self._end_reading(tp)
            self.partitions[tp] = Partition(tp, committed=self._committed_offset[tp])
        if chosen := {tp: offset for tp, offset in self.start_at.items() if tp in self.partitions}:
            await self.seek_wait(chosen)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let the agent finish what it has in hand (wait_empty), commit that, and forget the rest."""
        for tp in revoked:
            self._partition(tp).reading = False
        await super().on_partitions_revoked(revoked)
        for tp in revoked:
            self._end_reading(tp)

    async def seek(self, partition: TP, offset: int) -> None:
        """Read a partition from this offset; batches that are not acked yet are dropped."""
        await self.read_from({ensure_TP(partition): offset})

    async def read_again(self, topics: Iterable[str]) -> None:
        """Deliver again what an agent of these topics took and never acked, because it raised."""
        await self.read_from(
            {
                tp: partition.unacked[0].first_offset
                for tp, partition in self.partitions.items()
                if tp.topic in topics and any(batch.taken for batch in partition.unacked)
            }
        )

    async def read_from(self, positions: Mapping[TP, int]) -> None:
        """The same for several: no batch of any of them counts any more before the first is read anew."""
        for tp in positions:
            ended = self._end_reading(tp)
            self.partitions[tp] = Partition(tp, committed=ended.committed, acked=ended.acked)
        if positions:
            await self.seek_wait(positions)

    def _end_reading(self, tp: TP) -> Partition:
        partition = self.partitions.pop(tp, None) or Partition(tp)
        partition.reading = partition.live = False
        self._room.set()
        return partition

    def ack(self, message: Message) -> bool:
        """Ignore Faust's own acks: it also acks what it skipped and what its agent failed at."""
        message.acked = True
        return True

    def settle(self, partition: Partition) -> None:
        """Move the acked offset over the acked batches at the head, never past one that is not acked."""
        while partition.unacked and partition.unacked[0].acked:
            partition.acked = partition.unacked.popleft().next_offset
        self._room.set()

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Commit what is acked by now, after a commit under way (Faust's own would leave it to the one under way).

        Unlike in stock Faust, an offset counts as committed only once the broker took it.
        """
        async with self._committing:
            ready = [p for p in self.partitions.values() if p.acked is not None and p.acked != p.committed]
            offsets = {partition.tp: partition.acked for partition in ready}
            if not offsets:
                return False
            await self.app.producer.flush()  # what the agent sent about these records must not be lost
            if not await self._commit(offsets):
                return False
            for partition in ready:
                partition.committed = offsets[partition.tp]
            return True

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Mark that batches are in an agent's hands: a revocation or stop waits for the end of it."""
        self._holders += 1
        self.idle.clear()
        try:
            yield
        finally:
            self._holders -= 1
            if not self._holders:
                self.idle.set()

    async def wait_empty(self) -> None:
        """Give the agent drain_timeout_s to finish what it has in hand, then commit what it acked.

        Faust calls this on a revocation and on a stop, after it emptied the queues, if `stream_wait_empty` is set.
        Its own version waits without end for every event that is not acked.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(self.limits.drain_timeout_s):
                if not self.should_stop:
                    await self.idle.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(COMMIT_S):
                await self.commit()

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Leave out Faust's livelock guesses (they compare a wall clock with a monotonic one): the lag tells."""

    def end_offset(self, tp: TP) -> int | None:
        """The offset of the partition's next record as of the last fetch; None before that or while not assigned."""
        with suppress(AssertionError, AttributeError, KeyError):
            return self.highwater(tp)
        return None
