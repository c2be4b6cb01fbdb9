"""Noticing that nothing is counted though there is something to count, and nothing that is away says why."""

import time
from collections.abc import Callable, Iterable

from services.aggregator.store import ProgressRow


class Stall:
    """How long the counting has stood still. `patience_s`: so long it may."""

    def __init__(self, patience_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience_s, self._clock = patience_s, clock
        self._moved_at = clock()

    def moved(self) -> None:
        """Something was counted, or failed and is tried again, which is logged where it happens."""
        self._moved_at = self._clock()

    def lasts(self, progress: Iterable[ProgressRow]) -> bool:
        """Whether the worker has stood still for too long with these partitions; never while they are all read."""
        if all(row.next_offset >= row.end_offset for row in progress):
            self.moved()
        return self._clock() - self._moved_at > self._patience_s
