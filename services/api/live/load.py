"""Reading ClickHouse into snapshots: in full at first, later only what changed."""

import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date as Day
from datetime import datetime
from typing import Any

import pyarrow as pa
import structlog

from schemas.vocabulary import TIME_ZONES, Country, Scheme
from services.api.domain.windows import Calendar, Edge, month_cuts, recent_cuts, window_edges
from services.api.live.cells import starts_of, stretches_of
from services.api.live.edges import Outside
from services.api.live.figures import Figures
from services.api.live.ledger import Ledger, Stretch
from services.api.live.reference import Reference, ReferenceRows
from services.api.live.snapshot import Snapshot
from services.api.queries import counters, reference
from services.api.queries.counters import DayRange
from services.api.queries.events import read_spans
from services.api.queries.progress import Position
from services.shared.clickhouse_store import ClickHouseStore

log = structlog.get_logger()

READERS: Mapping[str, tuple[str, Callable[[ClickHouseStore], Any]]] = {
    "regions": ("places", reference.read_places),
    "populations": ("populations", reference.read_populations),
    "baselines": ("baselines", reference.read_baselines),
    "targets": ("plans", reference.read_plans),
}
"""Per table: the field of ReferenceRows it fills, and how it is read."""


def calendars_at(moment: datetime) -> dict[Country, Calendar]:
    """The calendar of each country; countries whose days and moments coincide share one."""
    shared: dict[tuple[Day, tuple[Edge, ...]], Calendar] = {}
    found = {}
    for country, zone in TIME_ZONES.items():
        calendar = Calendar.at(moment, zone)
        found[country] = shared.setdefault((calendar.today, tuple(window_edges(calendar).values())), calendar)
    return found


class Loader:
    """What was read so far, and how to read on. Used by one thread."""

    def __init__(self, store: ClickHouseStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._rows = ReferenceRows()
        self._reference = Reference(self._rows)
        self._reference_versions: dict[str, int] = {}
        self._versions: dict[int, int] = {}
        self._first_day: Day | None = None
        self._ends: list[Day] = []
        self._ledgers: dict[str, Ledger] = {}
        self._outside: dict[str, Outside] = {}
        self._touched: set[Day] = set()
        """Days of which counters changed since the last snapshot."""
        self._number = 0
        self._stale = True
        self._forgotten: Scheme | None = None
        self._turns = deque(Scheme)

    def forget(self) -> None:
        """Read everything anew the next time."""
        self._stale = True

    def forget_next_scheme(self) -> None:
        """Read one scheme anew the next time, whatever seems to have changed; each in its turn."""
        self._forgotten = self._turns[0]
        self._turns.rotate(-1)

    def renew_reference(self) -> bool:
        """Read the reference tables that changed; whether any did."""
        versions = reference.read_reference_versions(self._store)
        changed = {table for table, version in versions.items() if self._reference_versions.get(table) != version}
        if not changed:
            return False
        rows = replace(self._rows, **{READERS[table][0]: READERS[table][1](self._store) for table in changed})
        self._reference = Reference(rows, None if "regions" in changed else self._reference.tree)
        self._rows, self._reference_versions = rows, versions
        self._stale |= "regions" in changed
        if self._reference.tree.left_out:
            log.warning("regions_left_out", reason="their own ancestors", regions=self._reference.tree.left_out[:20])
        return True

    def snapshot(self, moment: datetime, positions: list[Position]) -> Snapshot:
        """All figures as of `moment`. Raises Unavailable or StoreError; then nothing has changed."""
        calendars = calendars_at(moment)
        self._renew_ledgers(set(calendars.values()))
        figures: dict[tuple[Calendar, Scheme], Figures] = {}
        for calendar in set(calendars.values()):
            outside = self._outside.setdefault(calendar.zone, Outside(self._reference.tree, self._clock))
            outside.renew(calendar, self._touched, lambda spans: read_spans(self._store, spans))
            for scheme in Scheme:
                figures[calendar, scheme] = Figures(
                    self._reference.tree,
                    scheme,
                    calendar,
                    self._ledgers.get(scheme) or Ledger(self._reference.tree, self._ends, {}),
                    outside,
                    self._reference.schemes[scheme],
                )
        self._number += 1
        self._touched = set()
        return Snapshot(self._reference, calendars, figures, positions, self._number)

    def _renew_ledgers(self, calendars: set[Calendar]) -> None:
        """Read the stretches that changed."""
        if self._stale:
            versions, first = counters.read_versions(self._store)
            ends = self._cuts(calendars, first)
            self._read(ends, [DayRange(scheme, day, day) for scheme in Scheme for day in ends], anew=True)
            self._versions, self._first_day, self._stale = versions, first, False
            self._outside.clear()
            pa.default_memory_pool().release_unused()  # what reading it all took
            return
        rows = counters.read_changed(self._store, self._versions)
        last = max(calendar.today for calendar in calendars)
        changed = {(scheme, day) for scheme, day, _, _ in rows if day <= last}
        ends = self._cuts(calendars, self._first_day)
        ranges = [DayRange(scheme, day, day) for scheme, day in changed]
        if self._forgotten is not None:
            ranges += [DayRange(self._forgotten, end, end) for end in ends]
        if ends != self._ends or ranges:
            self._read(ends, ranges, anew=False)
        self._forgotten = None
        for _, _, partition, version in rows:
            self._versions[partition] = max(version, self._versions.get(partition, 0))
        self._touched |= {day for _, day in changed}

    def _cuts(self, calendars: Iterable[Calendar], first: Day | None) -> list[Day]:
        cuts: set[Day] = set()
        for calendar in calendars:
            cuts |= recent_cuts(calendar.today)
            for scheme in self._reference.schemes.values():
                cuts |= scheme.cuts(calendar.today)
        last = max(calendar.today for calendar in calendars)
        return sorted(cuts | month_cuts(first or last, last))

    def _read(self, ends: list[Day], changed: list[DayRange], *, anew: bool) -> None:
        """Read the stretches in which these days lie, and those whose bounds are new."""
        starts = starts_of(ends)
        bounds = dict(zip(ends, starts, strict=True))
        before = {} if anew else dict(zip(self._ends, starts_of(self._ends), strict=True))
        wanted = {(r.scheme, _stretch_end(ends, r.first)) for r in changed}
        wanted |= {(scheme, end) for scheme in Scheme for end, start in bounds.items() if before.get(end) != start}
        found: dict[str, dict[Day, Stretch]] = {}
        ranges = [DayRange(scheme, bounds[end], end) for scheme, end in wanted]
        for part in [[r for r in ranges if r.scheme == scheme] for scheme in Scheme] if anew else [ranges]:
            table = counters.read_cells(self._store, part, starts)  # all of it scheme by scheme, to need less memory
            read, unknown = stretches_of(table, self._reference.tree, ends)
            found |= read
            if unknown:
                log.warning("counters_of_unknown_regions", rows=unknown)
        ledgers: dict[str, Ledger] = {}
        for scheme in Scheme:
            old = None if anew else self._ledgers.get(scheme)
            mine = {end: found.get(scheme, {}).get(end) for of, end in wanted if of == scheme}
            gone = {end: None for end in before if end not in bounds}
            ledgers[scheme] = (old or Ledger(self._reference.tree, ends, {})).renewed(ends, {**gone, **mine})
        self._ledgers, self._ends = ledgers, ends


def _stretch_end(ends: list[Day], day: Day) -> Day:
    """The end of the stretch in which a day lies."""
    return ends[bisect_left(ends, day)]
