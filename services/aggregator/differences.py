"""What to do about partitions whose counters are not what their people say."""

import time
from collections.abc import Callable

AGAIN_AFTER_S = 3600.0
"""A partition is not read again sooner than this: where that did not help, it is for people to look at."""


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
