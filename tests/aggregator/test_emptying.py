"""Emptying the tables under a running worker: what it still writes must not pass for counted."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace

from faust.types import TP

from services.aggregator.agent import Aggregator
from services.aggregator.progress import Done
from services.aggregator.settings import AggregatorSettings
from services.aggregator.store import EPOCH_SHIFT, CoverageTables, ProgressRow, empty_tables
from tests.aggregator.place import Place, assert_as_the_oracle_counts
from tests.aggregator.test_stream import command
from tests.support import counted
from tests.support.log_of_events import mixed_log

TOPIC, PARTITION = "enrollment-events", 3


def row(next_offset: int, epoch: int) -> ProgressRow:
    now = datetime.now(UTC)
    return ProgressRow(
        TOPIC, PARTITION, next_offset, 90, now, now, None, "worker", (epoch << EPOCH_SHIFT) + next_offset
    )


def test_progress_that_a_worker_writes_after_the_tables_were_emptied_does_not_stand(place: Place) -> None:
    tables = CoverageTables(place.store)
    epoch = int(datetime.now(UTC).timestamp() * 1000)
    tables.write_progress([row(40, epoch)])
    empty_tables(place.store)
    tables.write_progress([row(60, epoch)])
    position = tables.positions([TOPIC])[TOPIC, PARTITION]
    assert (position.next_offset, position.emptied) == (0, True)
    tables.write_progress([row(20, position.epoch + 1)])
    position = tables.positions([TOPIC])[TOPIC, PARTITION]
    assert (position.next_offset, position.emptied) == (20, False)


async def test_a_batch_that_waits_while_positions_are_set_back_is_not_written(place: Place) -> None:
    partition = TP(TOPIC, PARTITION)
    aggregator = Aggregator(AggregatorSettings(), place.store)
    batch = SimpleNamespace(live=True)
    written: list[object] = []

    async def take_over(assigned: set[TP]) -> None:
        aggregator.book.done = {partition: Done(0)}

    async def read_from(positions: dict[TP, int]) -> None:
        await asyncio.sleep(0)  # the batch that waits would have its turn here
        batch.live = False

    consumer = SimpleNamespace(assignment=lambda: {partition}, read_from=read_from)
    aggregator.app = SimpleNamespace(consumer=consumer, should_stop=False)
    aggregator._take_over_locked = take_over
    aggregator.counting = SimpleNamespace(write=written.append)
    async with aggregator._turn:
        taking_over = asyncio.create_task(aggregator._take_over_again())
        await asyncio.sleep(0)
        waiting = asyncio.create_task(aggregator._write(SimpleNamespace(done={}), [batch]))
        await asyncio.sleep(0)
    await asyncio.gather(taking_over, waiting)
    assert written == []


async def test_a_rebuild_while_events_are_being_counted_loses_nothing(place: Place) -> None:
    log = mixed_log(4_000, seed=78)
    await place.put_regions()
    await place.put_events(log[:1_000])
    place.worker.start(reconcile_interval_s=1, batch_max_records=20)
    await place.until_counted(1_000)
    await place.put_events(log[1_000:])
    rebuilt = command(place, "rebuild", "--yes")
    assert rebuilt.returncode == 0, rebuilt.stderr
    await place.until_counted(len(log))
    assert_as_the_oracle_counts(place, log)
    await place.until_reconciled()
    assert counted.difference(place.store) == 0
