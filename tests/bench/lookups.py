"""Time to look up a batch of 10,000 people and registration ids, half of them known, at 100,000 and 1,000,000 people."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from services.aggregator.domain.records import PersonKey
from services.aggregator.store import CoverageTables
from services.shared.clickhouse_store import ClickHouseStore
from tests.bench.large import fill
from tests.bench.stack import BenchStack
from tests.support.engines import own_place, settings_of

BATCH = 10_000
REPEATS = 7


def measure(stack: BenchStack) -> dict[str, Any]:
    """Medians in ms."""
    found: dict[str, Any] = {}
    for people in (100_000, 1_000_000):
        with own_place(stack.embedded) as environ:
            store = ClickHouseStore(settings_of(environ), timeout_s=300)
            fill(store, people)
            tables = CoverageTables(store)
            numbers = [n * (2 * people // BATCH) + 7 for n in range(BATCH)]  # the upper half is unknown
            keys = [PersonKey(f"{n:032x}", "health") for n in numbers]
            ids = [f"00000000-0000-0000-0000-{n:012d}" for n in numbers]
            found[f"look-up of {BATCH:,} people at {people:,}, ms"] = _median_ms(lambda: tables.known(keys))  # noqa: B023
            found[f"look-up of {BATCH:,} registration ids at {people:,}, ms"] = _median_ms(lambda: tables.owners(ids))  # noqa: B023
            store.close()
    return found


def _median_ms(query: Callable[[], object]) -> int:
    taken = []
    for _ in range(REPEATS):
        started = time.monotonic()
        query()
        taken.append(time.monotonic() - started)
    return round(statistics.median(taken) * 1000)
