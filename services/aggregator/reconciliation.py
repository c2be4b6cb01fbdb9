"""Comparing the counters with the people, and what follows where they differ."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog

from services.aggregator import metrics
from services.aggregator.columns.tables import rejected_table
from services.aggregator.domain.plan import Refusal
from services.aggregator.store import CoverageTables

log = structlog.get_logger()

AGAIN_AFTER_S = 3600.0
"""A partition is not read again sooner than this: where that did not help, it is for people to look at."""


class Reconciliation:
    """Whether it is time to compare, and the comparison. `reject` puts dead letters on their topic."""

    def __init__(
        self, tables: CoverageTables, interval_s: float, reject: Callable[[list[Refusal]], Awaitable[None]], topic: str
    ) -> None:
        self._tables, self._interval_s, self._reject, self._topic = tables, interval_s, reject, topic
        self._changed_at, self._compared_at = 1.0, 0.0

    def changed(self) -> None:
        """Something was counted, or counted anew."""
        self._changed_at = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether something has changed since the last comparison, which is some time ago."""
        quiet = time.monotonic() - self._compared_at
        return self._changed_at > self._compared_at and quiet > self._interval_s

    async def compare(self, next_offsets: Mapping[int, int]) -> set[int]:
        """Compare the partitions, counted up to these offsets; find, too, what refers to other people's records.

        Returns the partitions that differ.
        """
        started, owned = time.monotonic(), sorted(next_offsets)
        differences = await asyncio.to_thread(self._tables.differences, owned)
        for partition, difference in differences.items():
            metrics.DIFFERENCE.labels(partition).set(difference)
            await asyncio.to_thread(self._tables.write_reconciliation, difference, partition, next_offsets[partition])
        if late := await asyncio.to_thread(self._tables.mismatched, owned):
            await self._reject(late)
            rows = rejected_table(self._topic, late, time.time_ns() // 1000)
            await asyncio.to_thread(self._tables.write_rejected, rows)
        self._compared_at = started
        if any(differences.values()):
            log.error("counters_differ", differences=differences)
        return {partition for partition, difference in differences.items() if difference}


class Differences:
    """A recount mends what a writer left unfinished. What it does not mend, ClickHouse has lost: rows that it had taken."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._recounted: set[int] = set()
        self._read_again_at: dict[int, float] = {}

    def lost(self, differing: set[int]) -> set[int]:
        """Of the partitions that differ at this comparison, those to be read again from their beginning."""
        lost = {partition for partition in differing & self._recounted if self._may_be_read_again(partition)}
        self._recounted = differing - lost
        self._read_again_at |= dict.fromkeys(lost, self._clock())
        return lost

    def _may_be_read_again(self, partition: int) -> bool:
        return self._clock() - self._read_again_at.get(partition, float("-inf")) > AGAIN_AFTER_S
