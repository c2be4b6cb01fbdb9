"""Which regions exist, as ClickHouse has them, and how long to wait for one that is still on its way."""

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from services.aggregator.domain.records import moment
from services.shared.clickhouse_store import ClickHouseStore
from services.shared.errors import Unavailable

MARGIN = timedelta(seconds=0.5)
"""How far the clocks of two workers may differ."""


class RegionIndex:
    """The ids of all regions; read again when a record names one that is not there."""

    def __init__(
        self,
        store: ClickHouseStore,
        reference_topic: str,
        *,
        patience_s: float = 5.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store, self._topic, self._patience_s, self._sleep = store, reference_topic, patience_s, sleep
        self._ids: frozenset[str] = frozenset()
        self._complete_up_to = moment(0)

    def load(self) -> None:
        """Read up to when the regions are complete, then their ids."""
        found = self._store.query(
            "SELECT complete_up_to FROM progress FINAL WHERE topic = {topic:String}", {"topic": self._topic}
        )
        self._complete_up_to = found[0][0] if found else moment(0)
        self._ids = frozenset(region for (region,) in self._store.query("SELECT id FROM regions FINAL"))

    def unknown(self, regions: Iterable[str], now: datetime) -> set[str]:
        """Those of the regions, named by records, that are certain not to exist.

        A region is in Kafka before the first record in it is accepted (or replayed), but it may still be on its way to
        ClickHouse: wait until the reference data there is complete up to now. Unavailable where that takes longer than
        `patience_s`: call again.
        """
        missing = set(regions) - self._ids
        deadline = time.monotonic() + self._patience_s
        while missing and self._complete_up_to < now + MARGIN:
            if time.monotonic() > deadline:
                raise Unavailable(f"reference data is complete up to {self._complete_up_to}, not yet to {now + MARGIN}")
            self.load()
            missing -= self._ids
            if missing and self._complete_up_to < now + MARGIN:
                self._sleep(0.1)
        return missing
