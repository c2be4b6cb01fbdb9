"""Time to look up a batch of people and registration ids, half of them known, at 100,000 and 1,000,000 people."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from services.aggregator.store import CoverageTables
from services.shared.clickhouse_store import ClickHouseStore
from tests.bench.large import fill, participant, registration_id
from tests.bench.stack import BenchStack
from tests.support.engines import own_place, settings_of

BATCHES = (50, 20_000)
"""What a tenth of a second brings at 500 registrations a second, and the largest batch of a catch-up."""
REPEATS = 7


def measure(stack: BenchStack) -> dict[str, Any]:
    """Medians in ms. The stack's own services are away meanwhile."""
    found: dict[str, Any] = {}
    with stack.engines_alone():
        for people in (100_000, 1_000_000):
            with own_place(stack.embedded) as environ:
                store = ClickHouseStore(settings_of(environ), timeout_s=300)
                fill(store, people)
                found |= _figures(CoverageTables(store), people)
                store.close()
    return found


def _figures(tables: CoverageTables, people: int) -> dict[str, float]:
    found = {}
    for batch in BATCHES:
        numbers = range(0, 2 * people, 2 * people // batch)
        participants = [participant(number) for number in numbers]
        ids = [registration_id(number) for number in numbers]
        assert len(tables.known(participants)) == len(tables.owners(ids)) == batch // 2
        found[f"look-up of {batch:,} people among {people:,}, ms"] = _median_ms(partial(tables.known, participants))
        found[f"look-up of {batch:,} registrations among {people:,}, ms"] = _median_ms(partial(tables.owners, ids))
    return found


def _median_ms(query: Callable[[], object]) -> int:
    taken = []
    for _ in range(REPEATS):
        started = time.monotonic()
        query()
        taken.append(time.monotonic() - started)
    return round(statistics.median(taken) * 1000)
