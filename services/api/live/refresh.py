"""The loop that keeps the live snapshot new: a thread that looks for new counts and takes only its share of the time."""

import threading
import time
from collections.abc import Callable
from datetime import datetime

import structlog

from services.api import metrics
from services.api.live.ledgers import TURNS
from services.api.live.load import WINDOWS_SLIDE_S, Loader
from services.api.live.snapshot import Snapshot, utc_now
from services.api.queries.progress import Position, read_positions
from services.api.settings import ApiSettings
from services.shared.clickhouse_store import UNKNOWN_DATABASE, UNKNOWN_TABLE, ClickHouseStore
from services.shared.errors import CoverageError, StoreError

log = structlog.get_logger()

REFERENCE_S = 1.0
LONGEST_REST_S = 0.4
"""A single slow renewal, such as the first, must not hold up the next for long."""
LONGEST_PAUSE_S = 1.0
"""... between tries while ClickHouse is away."""


class LiveFigures(threading.Thread):
    """Holds the latest snapshot; `subscribe` to be told of each new one (called in this thread)."""

    def __init__(
        self,
        settings: ApiSettings,
        connect: Callable[[], ClickHouseStore],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(name="live-figures", daemon=True)
        self._settings, self._connect, self._now = settings, connect, now
        self._stopping = threading.Event()
        self._tell: list[Callable[[Snapshot], None]] = []
        self._loader: Loader | None = None
        self._store: ClickHouseStore | None = None
        self._positions: list[Position] = []
        self._referenced_at = self._built_at = float("-inf")
        self._reloaded_at = time.monotonic()
        self.latest: Snapshot | None = None
        self.trouble: str | None = "the figures are being read for the first time"

    def subscribe(self, tell: Callable[[Snapshot], None]) -> None:
        """Call `tell` with each new snapshot."""
        self._tell.append(tell)

    def stop(self) -> None:
        """End the loop; returns at once."""
        self._stopping.set()

    def run(self) -> None:
        """Renew until stopped; trouble with ClickHouse is kept in `trouble` and tried again."""
        least = pause = self._settings.refresh_interval_ms / 1000
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                self._look()
                self.trouble = None
                spent = time.monotonic() - started
                pause = min(max(least, spent / self._settings.refresh_share - spent), max(least, LONGEST_REST_S))
            except CoverageError as error:
                self._note(error)
                pause = min(pause * 2, LONGEST_PAUSE_S)
            except Exception as error:  # whatever it is, what is served must not stand still for ever
                log.exception("figures_not_renewed")
                self.trouble = f"{type(error).__name__} while reading the figures"
                self._loader, pause = None, LONGEST_PAUSE_S
            self._stopping.wait(pause)
        if self._store is not None:
            self._store.close()

    def _note(self, error: CoverageError) -> None:
        lost = isinstance(error, StoreError) and error.code in (UNKNOWN_TABLE, UNKNOWN_DATABASE)
        if lost and self._loader is not None:
            self._loader.ledgers.forget()
        trouble = f"{error}; apply the tables with python -m services.shared.migrate" if lost else str(error)
        if trouble != self.trouble:
            log.warning("figures_not_renewed", error=trouble)
        self.trouble = trouble
        metrics.REFRESH_FAILURES.inc()

    def _look(self) -> None:
        """See whether anything changed; if so, or if the windows must move on, build a snapshot."""
        if self._store is None or self._loader is None:
            self._store = self._connect()
            self._loader = Loader(self._store)
        now = time.monotonic()
        positions = read_positions(self._store)
        changed = [p.version for p in positions] != [p.version for p in self._positions]
        if _went_back(self._positions, positions):
            self._loader.ledgers.forget()
        if now - self._reloaded_at > self._settings.reload_interval_s / TURNS:
            self._loader.ledgers.forget_next_part()
            self._reloaded_at = now
        if now - self._referenced_at >= REFERENCE_S:
            changed |= self._loader.renew_reference()
            self._referenced_at = now
        if changed or self.latest is None or now - self._built_at >= WINDOWS_SLIDE_S:
            self._build(positions)
            self._built_at = now

    def _build(self, positions: list[Position]) -> None:
        assert self._loader is not None
        with metrics.REFRESH_SECONDS.time():
            snapshot = self._loader.snapshot(self._now(), positions)
        self._positions, self.latest = positions, snapshot
        for tell in self._tell:
            tell(snapshot)


def _went_back(before: list[Position], now: list[Position]) -> bool:
    """Whether ClickHouse was emptied or restored: a partition is gone, or counted less far than it was."""
    next_offsets = {(p.topic, p.partition): p.next_offset for p in now}
    return any(next_offsets.get((p.topic, p.partition), -1) < p.next_offset for p in before)
