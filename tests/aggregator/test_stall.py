"""A worker that could count and does not: it ends itself, so that whoever keeps it starts it anew."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace

from faust.types import TP

from services.aggregator.agent import Aggregator
from services.aggregator.columns.newcomers import nobody
from services.aggregator.counting import Prepared
from services.aggregator.domain.plan import Plan
from services.aggregator.progress import Done
from services.aggregator.settings import AggregatorSettings
from services.aggregator.stall import Stall
from services.aggregator.store import ProgressRow
from tests.aggregator.place import Place

NOW = datetime.now(UTC)


def row(next_offset: int, end_offset: int) -> ProgressRow:
    return ProgressRow("enrollment-events", 3, next_offset, end_offset, NOW, NOW, None, "worker", 1)


def test_standing_still_counts_only_while_something_is_left_to_read() -> None:
    time_s = 0.0
    stall = Stall(60, clock=lambda: time_s)
    assert not stall.lasts([row(5, 9)])
    time_s = 61
    assert stall.lasts([row(5, 9)])
    assert not stall.lasts([row(9, 9)]), "everything is read"
    time_s = 100
    assert not stall.lasts([row(9, 12)]), "new records have not waited for long"
    time_s = 130
    assert stall.lasts([row(9, 12)])
    stall.moved()
    assert not stall.lasts([row(10, 12)])


async def test_a_heartbeat_ends_a_worker_that_has_stood_still(place: Place) -> None:
    partition = TP("enrollment-events", 3)
    aggregator = Aggregator(AggregatorSettings(), place.store)
    aggregator.book.take_over({partition: 0})
    ended: list[str] = []
    aggregator._end = lambda why, positions: ended.append(why)
    aggregator._stall = Stall(-1)
    highwaters = asyncio.Future()
    highwaters.set_result({partition: 7})
    consumer = SimpleNamespace(assignment=lambda: {partition}, highwaters=lambda *_: highwaters)
    aggregator.app = SimpleNamespace(consumer=consumer, should_stop=False)
    await aggregator._beat()
    assert ended == ["reading_stalled"]


async def test_a_batch_is_written_though_another_taken_with_it_was_given_up(place: Place) -> None:
    aggregator = Aggregator(AggregatorSettings(), place.store)
    written: list[object] = []
    acked: list[object] = []

    def batch(number: int, *, live: bool) -> SimpleNamespace:
        tp = TP("enrollment-events", number)
        made = SimpleNamespace(live=live, tp=tp, first_offset=0, next_offset=1, records=[], forget_records=lambda: None)
        made.ack = lambda: acked.append(made)
        return made

    gone, here = batch(1, live=False), batch(2, live=True)
    prepared = Prepared(0, nobody(), Plan(), {}, 1, {here.tp: Done(1)}, {})
    aggregator.counting = SimpleNamespace(prepare=lambda batches: prepared, write=written.append)
    await aggregator._count([gone, here])
    await aggregator._written()
    assert (written, acked) == ([prepared], [here])
