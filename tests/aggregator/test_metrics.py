"""What alerts are made of: series that are there from the start, and tell nothing that is no longer so."""

import pytest
from prometheus_client import REGISTRY

from schemas.events import RejectionReason
from services.aggregator import metrics
from services.aggregator.agent import Aggregator
from services.shared.errors import Unavailable


@pytest.mark.parametrize("reason", RejectionReason)
def test_every_reason_is_counted_from_zero_so_that_the_first_dead_letter_is_an_increase(reason):
    assert REGISTRY.get_sample_value("aggregator_rejected_total", {"reason": reason.value}) is not None


def test_a_worker_forgets_partitions_that_went_to_another():
    metrics.LAG.labels("enrollment-events", 3).set(7)
    metrics.DIFFERENCE.labels(3).set(2)
    metrics.WATERMARK.labels(3).set(1)
    metrics.forget_partitions()
    for gauge in (metrics.LAG, metrics.DIFFERENCE, metrics.WATERMARK):
        assert [sample for metric in gauge.collect() for sample in metric.samples] == []


async def test_a_heartbeat_says_whether_clickhouse_is_there():
    async def away() -> None:
        raise Unavailable("ClickHouse: away")

    async def well() -> None:
        """It answers."""

    worker = object.__new__(Aggregator)
    for beat, up in ((well, 1), (away, 0), (well, 1)):
        await worker._guarded(beat)
        assert REGISTRY.get_sample_value("aggregator_clickhouse_up") == up
