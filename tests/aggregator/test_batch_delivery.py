"""Batch delivery on a real broker: what is delivered, when an offset is committed, and what a crash leaves.

Run as a module, this file is the worker that the kill test kills.
"""

import asyncio
import json
import os
import signal
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from faust.types import TP

from services.aggregator.batch_consumer import (
    BatchingApp,
    BatchLimits,
    RecordBatch,
    batch_topic,
    batching_app,
    progress,
    take_batches,
)
from tests.support.waiting import until_async

ROOT = Path(__file__).parents[2]
PARTITIONS = 4
Handler = Callable[[list[RecordBatch]], Awaitable[None]]


async def make_topic(kafka: str) -> str:
    name = f"batches-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, 1)])
    finally:
        await admin.close()
    return name


@pytest.fixture
async def topic(kafka: str) -> str:
    return await make_topic(kafka)


async def produce(kafka: str, topic: str, per_partition: int, start: int = 0, size: int = 0) -> None:
    """Write numbered records: record n of a partition has the value n, padded to `size` bytes."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, linger_ms=5)
    await producer.start()
    try:
        for number in range(start, start + per_partition):
            for partition in range(PARTITIONS):
                await producer.send(topic, str(number).encode().rjust(size, b"0"), partition=partition)
        await producer.flush()
    finally:
        await producer.stop()


async def committed_offsets(kafka: str, group: str, topic: str) -> dict[int, int]:
    """Ask the broker what the group has committed, 0 where nothing."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        return {n: await consumer.committed(TopicPartition(topic, n)) or 0 for n in range(PARTITIONS)}
    finally:
        await consumer.stop()


@dataclass
class Log:
    """What an agent was given, per partition, in order: (first offset, next offset)."""

    ranges: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    acked: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))

    def took(self, batch: RecordBatch) -> None:
        self.ranges[batch.tp.partition].append((batch.first_offset, batch.next_offset))

    def ack(self, batch: RecordBatch) -> bool:
        counted = batch.ack()
        if counted:
            self.acked[batch.tp.partition].append((batch.first_offset, batch.next_offset))
        return counted

    def acked_records(self) -> int:
        return sum(end - first for ranges in self.acked.values() for first, end in ranges)


@asynccontextmanager
async def worker(
    kafka: str, group: str, topic: str, handler: Handler, at_once: int = 60_000, **settings: object
) -> AsyncIterator[BatchingApp]:
    """Run an app with one agent that gives every list of batches (of about at_once records) to the handler."""
    app = batching_app(group, kafka, session_timeout_s=6.0, rebalance_timeout_s=6.0, **settings)

    @app.agent(batch_topic(app, topic))
    async def agent(stream: object) -> None:
        async for batches in take_batches(stream, at_once):
            await handler(batches)

    await app.start()
    try:
        yield app
    finally:
        await app.stop()


def unacked_records(app: BatchingApp) -> int:
    return sum(len(batch.records) for partition in app.consumer.partitions.values() for batch in partition.unacked)


def contiguous(ranges: list[tuple[int, int]], end: int) -> bool:
    """Whether the ranges, in this order, are exactly 0..end."""
    return [first for first, _ in ranges] == [0, *[next_offset for _, next_offset in ranges[:-1]]] and ranges[-1][
        1
    ] == end


async def test_every_record_arrives_once_and_in_order_within_its_partition(kafka: str, topic: str) -> None:
    await produce(kafka, topic, 2_000)
    log, numbers = Log(), defaultdict(list)

    async def handler(batches: list[RecordBatch]) -> None:
        for batch in batches:
            assert batch.first_offset == batch.records[0].offset
            assert batch.next_offset == batch.records[-1].offset + 1
            numbers[batch.tp.partition] += [int(record.value) for record in batch.records]
            log.took(batch)
            log.ack(batch)

    async with worker(kafka, topic, topic, handler) as app:
        await until_async(lambda: log.acked_records() == 2_000 * PARTITIONS, "all records acked")
        await until_async(
            lambda: all(p.committed == 2_000 and p.lag == 0 for p in progress(app)), "all committed, no lag"
        )
    assert all(numbers[n] == list(range(2_000)) for n in range(PARTITIONS))
    assert all(contiguous(log.ranges[n], 2_000) for n in range(PARTITIONS))
    assert await committed_offsets(kafka, topic, topic) == dict.fromkeys(range(PARTITIONS), 2_000)


async def test_batches_keep_to_their_bounds_and_a_larger_record_goes_alone(kafka: str, topic: str) -> None:
    await produce(kafka, topic, 300, size=10)
    await produce(kafka, topic, 1, start=300, size=5_000)
    sizes: list[tuple[int, int]] = []

    async def handler(batches: list[RecordBatch]) -> None:
        for batch in batches:
            sizes.append((len(batch.records), sum(len(record.value) for record in batch.records)))
            batch.ack()

    async with worker(kafka, topic, topic, handler, limits=BatchLimits(max_records=100, max_bytes=550)):
        await until_async(lambda: sum(count for count, _ in sizes) == 301 * PARTITIONS, "all records")
    assert all(weight <= 550 or count == 1 for count, weight in sizes)
    assert sum(count == 1 and weight == 5_000 for count, weight in sizes) == PARTITIONS


async def test_no_offset_is_committed_past_a_batch_that_is_not_acked(kafka: str, topic: str) -> None:
    await produce(kafka, topic, 300)
    held: dict[int, list[RecordBatch]] = defaultdict(list)

    async def handler(batches: list[RecordBatch]) -> None:
        for batch in batches:
            held[batch.tp.partition].append(batch)

    async with worker(kafka, topic, topic, handler, limits=BatchLimits(max_records=100)) as app:
        await until_async(lambda: sum(map(len, held.values())) == 3 * PARTITIONS, "three batches of each partition")
        for batches in held.values():
            batches[2].ack()
            batches[0].ack()
        await until_async(lambda: {p.committed for p in progress(app)} == {100}, "the first batch committed")
        assert {p.acked for p in progress(app)} == {100}
        assert {p.delivered for p in progress(app)} == {300}
        assert {p.lag for p in progress(app)} == {200}
        assert await committed_offsets(kafka, topic, topic) == dict.fromkeys(range(PARTITIONS), 100)
        for batches in held.values():
            batches[1].ack()
        await until_async(lambda: {p.committed for p in progress(app)} == {300}, "the held batches committed")


async def test_reading_pauses_while_too_much_is_not_acked(kafka: str, topic: str) -> None:
    await produce(kafka, topic, 2_000)
    held: list[RecordBatch] = []

    async def handler(batches: list[RecordBatch]) -> None:
        held.extend(batches)

    async with worker(
        kafka, topic, topic, handler, limits=BatchLimits(max_records=100, max_unacked_records=500)
    ) as app:
        await until_async(lambda: unacked_records(app) >= 500, "the bound reached")
        idle_since = time.monotonic()
        await until_async(lambda: time.monotonic() - idle_since > 0.5, "half a second more")
        assert 500 <= unacked_records(app) < 600
        while sum(len(batch.records) for batch in held) < 2_000 * PARTITIONS:
            for batch in list(held):
                batch.ack()
            seen = len(held)
            await until_async(lambda seen=seen: len(held) > seen, "more batches after an ack")


async def test_a_topic_that_pauses_holds_up_no_other(kafka: str, topic: str) -> None:
    other, read = await make_topic(kafka), []
    await produce(kafka, topic, 500)
    app = batching_app(topic, kafka, limits=BatchLimits(max_records=100, max_unacked_records=200))

    @app.agent(batch_topic(app, topic), name="stuck")
    async def stuck(stream: object) -> None:
        async for _ in take_batches(stream):
            await asyncio.Event().wait()

    @app.agent(batch_topic(app, other), name="quick")
    async def quick(stream: object) -> None:
        async for batches in take_batches(stream):
            for batch in batches:
                read.extend(batch.records)
                batch.ack()

    await app.start()
    try:
        await until_async(lambda: unacked_records(app) >= 200, "the first topic pauses")
        await produce(kafka, other, 500)
        await until_async(lambda: len(read) == 500 * PARTITIONS, "the other topic is read")
        assert unacked_records(app) < 300
    finally:
        await app.stop()


async def test_a_failed_agent_gets_the_same_batches_again(kafka: str, topic: str) -> None:
    await produce(kafka, topic, 300)
    log, failures, stale = Log(), [], []

    async def handler(batches: list[RecordBatch]) -> None:
        stale.extend(batch for batch in batches if not batch.live)
        if len(failures) < 2:
            failures.append([(batch.tp.partition, batch.first_offset, batch.next_offset) for batch in batches])
            raise ValueError("a bug")
        for batch in batches:
            log.ack(batch)

    async with worker(kafka, topic, topic, handler, limits=BatchLimits(max_records=100)) as app:
        await until_async(lambda: {p.committed for p in progress(app)} == {300}, "all committed after the failures")
    assert len(failures) == 2
    assert not stale
    assert all(contiguous(log.acked[n], 300) for n in range(PARTITIONS))


async def test_an_ack_after_the_revocation_does_not_commit(kafka: str, topic: str) -> None:
    await produce(kafka, topic, 100)
    held: list[RecordBatch] = []
    release = asyncio.Event()

    async def hold(batches: list[RecordBatch]) -> None:
        held.extend(batches)
        await release.wait()

    async with worker(kafka, topic, topic, hold, limits=BatchLimits(drain_timeout_s=0.2)) as app:
        await until_async(lambda: bool(held), "a batch in hand")
        taken, ready = Log(), []

        async def take_over(batches: list[RecordBatch]) -> None:
            for batch in batches:
                taken.took(batch)

        async def note(assigned: set[TP]) -> None:
            ready.append(assigned)

        async with worker(kafka, topic, topic, take_over, before_reading=note):
            await until_async(lambda: bool(ready), "the second worker has partitions")
            assert not held[0].live
            assert not held[0].ack()
            release.set()
            await until_async(lambda: bool(taken.ranges), "the second worker reads")
            assert all(ranges[0][0] == 0 for ranges in taken.ranges.values())
            assert {p.committed for p in progress(app)} <= {None}
    assert await committed_offsets(kafka, topic, topic) == dict.fromkeys(range(PARTITIONS), 0)


async def test_nothing_is_delivered_before_before_reading_has_finished(kafka: str, topic: str) -> None:
    await produce(kafka, topic, 100)
    events: list[str] = []

    async def before_reading(assigned: set[TP]) -> None:
        events.append(f"begin {len(assigned)}")
        await asyncio.sleep(0.5)
        events.append("end")

    async def handler(batches: list[RecordBatch]) -> None:
        events.append("batch")
        for batch in batches:
            batch.ack()

    async with worker(kafka, topic, topic, handler, before_reading=before_reading) as app:
        await until_async(lambda: sum(p.acked == 100 for p in progress(app)) == PARTITIONS, "all acked")
        first = list(events)
        async with worker(kafka, topic, topic, handler, before_reading=before_reading) as other:
            await until_async(
                lambda: len(other.consumer.partitions) == len(app.consumer.partitions) == 2, "partitions shared"
            )
            await produce(kafka, topic, 10, start=100)
            await until_async(lambda: all(p.acked == 110 for p in [*progress(app), *progress(other)]), "all acked")
    assert first[:3] == [f"begin {PARTITIONS}", "end", "batch"]
    assert set(first[2:]) == {"batch"}
    assert events.count("begin 2") == 2


async def test_reading_goes_on_where_before_reading_says(kafka: str, topic: str) -> None:
    await produce(kafka, topic, 100)
    log = Log()

    async def begin_at(assigned: set[TP]) -> dict[TP, int]:
        return {tp: 40 + tp.partition for tp in assigned}

    async def handler(batches: list[RecordBatch]) -> None:
        for batch in batches:
            log.took(batch)
            batch.ack()

    async with worker(kafka, topic, topic, handler, before_reading=begin_at) as app:
        await until_async(lambda: {p.committed for p in progress(app)} == {100}, "all committed")
    assert all(log.ranges[n][0][0] == 40 + n for n in range(PARTITIONS))


async def test_a_stop_commits_what_is_in_hand_within_three_seconds(kafka: str, topic: str) -> None:
    await produce(kafka, topic, 100)
    log, started = Log(), []

    async def slow(batches: list[RecordBatch]) -> None:
        started.append(time.monotonic())
        await asyncio.sleep(0.5)
        for batch in batches:
            log.ack(batch)

    async with worker(kafka, topic, topic, slow):
        await until_async(lambda: bool(started), "a batch in hand")
        stopping = time.monotonic()
    assert time.monotonic() - stopping < 3.0
    assert log.acked_records() > 0
    committed = await committed_offsets(kafka, topic, topic)
    assert sum(committed.values()) == log.acked_records()


async def test_a_lone_record_arrives_at_once(kafka: str, topic: str) -> None:
    waits: list[float] = []

    async def handler(batches: list[RecordBatch]) -> None:
        for batch in batches:
            waits.extend(time.time() - float(record.value) for record in batch.records)
            batch.ack()

    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        async with worker(kafka, topic, topic, handler) as app:
            await until_async(
                lambda: len([p for p in progress(app) if p.end_offset is not None]) == PARTITIONS, "reading"
            )
            for number in range(20):
                await producer.send(topic, str(time.time()).encode(), partition=number % PARTITIONS)
                await until_async(lambda number=number: len(waits) > number, "the record")
    finally:
        await producer.stop()
    median_ms = sorted(waits)[10] * 1000
    print(f"lone record: median {median_ms:.1f} ms, worst {max(waits) * 1000:.1f} ms")
    assert median_ms < 100  # about 3 with Kafka on a quiet machine; Tansu itself takes 40


async def test_workers_that_come_and_go_lose_no_record_and_commit_none_ahead(kafka: str, topic: str) -> None:
    logs: list[Log] = []
    enough = asyncio.Event()

    async def produce_until_enough() -> int:
        total = 0
        while not enough.is_set():
            await produce(kafka, topic, 200, start=total)
            total += 200
            await asyncio.sleep(0.2)
        return total

    def slow_worker() -> object:
        log = Log()
        logs.append(log)

        async def handler(batches: list[RecordBatch]) -> None:
            for batch in batches:
                await asyncio.sleep(0.02)
                log.ack(batch)

        return worker(kafka, topic, topic, handler, at_once=100, limits=BatchLimits(max_records=50))

    def acked() -> dict[int, set[int]]:
        union: dict[int, set[int]] = defaultdict(set)
        for log in logs:
            for partition, ranges in log.acked.items():
                union[partition].update(*(range(*bounds) for bounds in ranges))
        return union

    async def nothing_ahead() -> None:
        committed, done = await committed_offsets(kafka, topic, topic), acked()
        assert all(set(range(offset)) <= done[partition] for partition, offset in committed.items())

    producing = asyncio.create_task(produce_until_enough())
    async with slow_worker():
        await until_async(lambda: len(logs[0].acked) > 0, "the first worker works")
        async with slow_worker():
            await until_async(lambda: len(logs[1].acked) > 0, "the second worker works")
            await nothing_ahead()
            async with slow_worker():
                await until_async(lambda: len(logs[2].acked) > 0, "the third worker works")
                await nothing_ahead()
            await nothing_ahead()
        enough.set()
        total = await producing
        await until_async(lambda: all(len(acked()[n]) == total for n in range(PARTITIONS)), "every record acked", 40)
    assert await committed_offsets(kafka, topic, topic) == dict.fromkeys(range(PARTITIONS), total)


async def test_a_killed_worker_leaves_its_unacked_batches_to_the_next(kafka: str, topic: str, tmp_path: Path) -> None:
    await produce(kafka, topic, 1_000)
    stored = tmp_path / "stored"

    def lines() -> list[dict]:
        return [json.loads(line) for line in stored.read_text().splitlines()] if stored.exists() else []

    command = [sys.executable, "-m", "tests.aggregator.test_batch_delivery", kafka, topic, str(stored)]
    killed = await asyncio.create_subprocess_exec(*command, "kill-after-12", cwd=ROOT)
    assert await asyncio.wait_for(killed.wait(), 20) == -signal.SIGKILL
    before, committed = lines(), await committed_offsets(kafka, topic, topic)
    acked_to = {
        n: max([line["next"] for line in before if line["n"] == n and line["acked"]], default=0) for n in range(4)
    }
    assert all(committed[n] <= acked_to[n] for n in range(PARTITIONS))

    second = await asyncio.create_subprocess_exec(*command, "run", cwd=ROOT)
    try:
        await until_async(
            lambda: sum(line["next"] == 1_000 and line["acked"] for line in lines()) == PARTITIONS, "all", 30
        )
    finally:
        second.terminate()
        await second.wait()
    after = lines()[len(before) :]
    for n in range(PARTITIONS):
        ranges = [(line["first"], line["next"]) for line in after if line["n"] == n and not line["acked"]]
        assert ranges[0][0] == committed[n]
        assert contiguous([(0, committed[n]), *ranges] if committed[n] else ranges, 1_000)
    assert await committed_offsets(kafka, topic, topic) == dict.fromkeys(range(PARTITIONS), 1_000)


async def run_worker(kafka: str, topic: str, stored: Path, mode: str) -> None:
    """Note every batch before and after its ack; in mode kill-after-N die instead of acking the Nth."""
    left = int(mode.removeprefix("kill-after-")) if mode != "run" else None
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    def note(batch: RecordBatch, *, acked: bool) -> None:
        line = {"n": batch.tp.partition, "first": batch.first_offset, "next": batch.next_offset, "acked": acked}
        with stored.open("a") as out:
            out.write(json.dumps(line) + "\n")

    async def handler(batches: list[RecordBatch]) -> None:
        nonlocal left
        for batch in batches:
            note(batch, acked=False)
            if left is not None:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                await asyncio.sleep(0.1)  # let some commits happen
            note(batch, acked=True)
            batch.ack()

    async with worker(kafka, topic, topic, handler, limits=BatchLimits(max_records=50)):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(run_worker(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
