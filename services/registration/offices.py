"""When each office was last heard of, and what it said that it still holds: so that a silent one is noticed.

Registrations are heard by the process that takes them; reports come to every process, by the topic reference-data. So
Prometheus takes the latest of all processes.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pydantic import ValidationError

from schemas.registration import SyncStatus

log = structlog.get_logger()
OFFICE_SYNC = "office_sync"
"""Reports of offline counters on the topic reference-data."""


class Offices(Collector):
    """Written by the event loop and by the reader's thread; each write is one assignment."""

    def __init__(self) -> None:
        self._heard: dict[str, float] = {}
        self._holds: dict[str, dict[str | None, SyncStatus]] = {}

    def heard(self, office: str, at: datetime) -> None:
        """A registration of the office came in."""
        self._heard[office] = at.timestamp()

    def reported(self, row: Mapping[str, Any], at: datetime) -> None:
        """What a counter of the office said that it holds; one that cannot be read is logged and left out."""
        office = str(row.get("office"))
        try:
            status = SyncStatus.model_validate({name: row.get(name) for name in SyncStatus.model_fields})
            self._holds[office] = {**self._holds.get(office, {}), status.counter: status}
        except ValidationError as error:
            log.warning("sync_status_unreadable", office=office, errors=error.error_count())
            return
        self._heard[office] = max(self._heard.get(office, 0.0), at.timestamp())

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The gauges, as Prometheus asks for them; times are seconds since 1970."""
        heard = GaugeMetricFamily(
            "office_last_heard_timestamp_seconds", "When an office last registered or reported", labels=["office"]
        )
        for office, at in list(self._heard.items()):
            heard.add_metric([office], at)
        yield heard
        held = GaugeMetricFamily(
            "office_unsynced_records", "Registrations an offline counter still holds", labels=["office"]
        )
        oldest = GaugeMetricFamily(
            "office_oldest_unsynced_timestamp_seconds", "When the oldest of them was made", labels=["office"]
        )
        for office, counters in list(self._holds.items()):
            held.add_metric([office], sum(status.unsynced_count for status in counters.values()))
            dates = [s.oldest_unsynced_at for s in counters.values() if s.unsynced_count and s.oldest_unsynced_at]
            if dates:
                oldest.add_metric([office], min(dates).timestamp())
        yield held
        yield oldest
