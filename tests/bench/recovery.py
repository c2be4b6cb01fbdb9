"""After kill -9 of the aggregator at a million participants: how long until it counts again."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from services.shared.clickhouse_store import ClickHouseStore
from tests.bench.large import fill, mark_as_written
from tests.bench.stack import BenchStack
from tests.support.aggregator_process import AggregatorProcess
from tests.support.engines import own_place, settings_of
from tests.support.log_of_events import put_events, put_regions
from tests.support.made_up import event
from tests.support.waiting import until

PEOPLE = 1_000_000


def measure(stack: BenchStack) -> dict[str, Any]:
    """Seconds from the start after the kill until a new registration is counted."""
    with stack.engines_alone(), own_place(stack.embedded) as environ, tempfile.TemporaryDirectory() as folder:
        store = ClickHouseStore(settings_of(environ), timeout_s=300)
        kafka, prefix = environ["KAFKA_BOOTSTRAP_SERVERS"], environ["TOPIC_PREFIX"]
        fill(store, PEOPLE)
        mark_as_written(store, f"{prefix}enrollment-events")
        asyncio.run(put_regions(kafka, prefix))
        worker = AggregatorProcess(environ, Path(folder) / "worker.log")
        worker.start()
        try:
            _counted(store, kafka, prefix, 1)
            worker.kill()
            started = time.monotonic()
            worker.start()
            _counted(store, kafka, prefix, 2)
            return {f"recovery after kill -9 at {PEOPLE:,} people, s": round(time.monotonic() - started, 1)}
        finally:
            worker.stop()
            store.close()


def _counted(store: ClickHouseStore, kafka: str, prefix: str, number: int) -> None:
    asyncio.run(put_events(kafka, prefix, [event(number)]))
    asked = "SELECT sum(new) FROM coverage_daily FINAL WHERE scheme = 'voluntary_si'"
    until(lambda: store.query(asked)[0][0] == number, f"event {number} counted", 120)
