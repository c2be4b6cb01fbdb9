"""Which regions exist, as ClickHouse has them, and how long to wait for one that is still on its way."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from services.aggregator.domain.records import Record, moment
from services.shared.clickhouse_store import ClickHouseStore
from services.shared.errors import Unavailable

MARGIN = timedelta(seconds=1)
"""The reference topic must be complete this long past a record before its region counts as unknown."""


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

    def unknown(self, records: Sequence[Record], now: datetime) -> set[str]:
        """The regions of the records that are certain not to exist.

        A region was in Kafka before the first record in it was accepted, but it may still be on its way to ClickHouse:
        wait until the reference data there is complete past the record. Unavailable where that takes longer than
        `patience_s`: call again.
        """
        missing = {record.region for record in records} - self._ids
        if not missing:
            return missing
        latest = max(record.recorded_us for record in records if record.region in missing)
        needed = min(moment(latest), now) + MARGIN
        deadline = time.monotonic() + self._patience_s
        while missing and self._complete_up_to < needed:
            if time.monotonic() > deadline:
                raise Unavailable(f"reference data is complete up to {self._complete_up_to}, not yet to {needed}")
            self.load()
            missing -= self._ids
            if missing and self._complete_up_to < needed:
                self._sleep(0.25)
        return missing
