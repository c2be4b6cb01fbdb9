"""The ledgers of all schemes: read in full at first, later only what changed."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import date as Day

import pyarrow as pa
import structlog

from schemas.vocabulary import Scheme
from services.api.domain.windows import ONE_DAY, Calendar, month_cuts, recent_cuts
from services.api.live.cells import starts_of, stretches_of
from services.api.live.ledger import Ledger, Stretch
from services.api.live.reference import Reference
from services.api.queries import counters
from services.api.queries.counters import DayRange
from services.shared.clickhouse_store import ClickHouseStore

log = structlog.get_logger()

MOST_CELLS = 5_000
"""Past so many changed counters whole stretches are read again."""

Read = dict[str, dict[Day, Stretch]]
"""By scheme and last day."""


class Ledgers:
    """What was read so far, and how to read on. Used by one thread."""

    def __init__(self, store: ClickHouseStore, reference: Reference) -> None:
        self._store, self._reference = store, reference
        self._versions: dict[int, int] = {}
        self._first_day: Day | None = None
        self._ends: list[Day] = []
        self._ledgers: dict[str, Ledger] = {}
        self.touched: set[Day] = set()
        """Days of which counters changed; whoever has seen to them clears it."""
        self._stale = True
        self._forgotten: Scheme | None = None
        self._turns = deque(Scheme)

    def of(self, scheme: Scheme) -> Ledger:
        """The present ledger of a scheme."""
        return self._ledgers[scheme]

    def refer_to(self, reference: Reference) -> None:
        """Use this reference data from now on; another tree has other positions, so everything is read anew."""
        self._stale |= reference.tree is not self._reference.tree
        self._reference = reference

    def forget(self) -> None:
        """Read everything anew the next time."""
        self._stale = True

    def forget_next_scheme(self) -> None:
        """Read one scheme anew the next time, whatever seems to have changed; each in its turn."""
        self._forgotten = self._turns[0]
        self._turns.rotate(-1)

    def renew(self, calendars: Iterable[Calendar]) -> None:
        """Read what changed since the last time."""
        calendars = list(calendars)
        if self._stale:
            self._read_all(calendars)
            return
        rows = counters.read_changed(self._store, self._versions)
        last = max(calendar.today for calendar in calendars)
        changed = {(scheme, day) for scheme, day, _, _, _ in rows if day <= last}
        ends = self._cuts(calendars, self._first_day)
        patches: Read = {}
        if sum(count for *_, count in rows) <= MOST_CELLS:
            cuts = {*ends} & {*self._ends}
            single = {(scheme, day) for scheme, day in changed if {day, day - ONE_DAY} <= cuts}
            patches = self._read_patches(single)
            changed -= single
        self._read(ends, changed, patches)
        for _, _, partition, version, _ in rows:
            self._versions[partition] = max(version, self._versions.get(partition, 0))
        self.touched |= {day for _, day, _, _, _ in rows}

    def _read_all(self, calendars: list[Calendar]) -> None:
        versions, first = counters.read_versions(self._store)
        ends = self._cuts(calendars, first)
        ledgers = {}
        for scheme in Scheme:  # one by one, to need less memory
            found = self._stretches([DayRange(scheme, counters.BEGINNING, ends[-1])], ends)
            ledgers[scheme.value] = Ledger(self._reference.tree, ends, found.get(scheme, {}))
            pa.default_memory_pool().release_unused()
        self._ledgers, self._ends = ledgers, ends
        self._versions, self._first_day, self._stale = versions, first, False
        self.touched |= {*ends}

    def _cuts(self, calendars: Iterable[Calendar], first: Day | None) -> list[Day]:
        cuts: set[Day] = set()
        last = Day.min
        for calendar in calendars:
            last = max(last, calendar.today)
            cuts |= recent_cuts(calendar.today)
            for scheme in self._reference.schemes.values():
                cuts |= scheme.cuts(calendar.today)
        return sorted(cuts | month_cuts(first or last, last))

    def _read_patches(self, days: set[tuple[str, Day]]) -> Read:
        """The changed regions of days that are stretches of their own."""
        if not days:
            return {}
        schemes, wanted = sorted({scheme for scheme, _ in days}), sorted({day for _, day in days})
        table = counters.read_changed_cells(self._store, self._versions, schemes, wanted)
        ends = sorted({*wanted, *(day - ONE_DAY for day in wanted)})  # so that each is a stretch of its own
        return self._known(*stretches_of(table, self._reference.tree, ends))

    def _read(self, ends: list[Day], changed: set[tuple[str, Day]], patches: Read) -> None:
        """Read the stretches in which those days lie, and those whose bounds are new; patch the others."""
        starts = starts_of(ends)
        bounds, before = dict(zip(ends, starts, strict=True)), dict(zip(self._ends, starts_of(self._ends), strict=True))
        wanted = {(scheme, ends[bisect_left(ends, day)]) for scheme, day in changed}
        wanted |= {(scheme, end) for scheme in Scheme for end in ends if before.get(end) != bounds[end]}
        if self._forgotten is not None:
            wanted |= {(self._forgotten, end) for end in ends}
        ranges = [DayRange(scheme, bounds[end], end) for scheme, end in wanted]
        found = self._stretches(ranges, ends) if ranges else {}
        gone = {end: None for end in before if end not in bounds}
        for scheme in Scheme:
            mine = {end: found.get(scheme, {}).get(end) for of, end in wanted if of == scheme}
            patched = self._patched(scheme, patches.get(scheme, {}), mine)
            if gone or mine or patched or ends != self._ends:
                self._ledgers[scheme] = self._ledgers[scheme].renewed(ends, {**gone, **patched, **mine})
        self._ends, self._forgotten = ends, None

    def _patched(
        self, scheme: Scheme, patches: Mapping[Day, Stretch], anew: Mapping[Day, object]
    ) -> dict[Day, Stretch]:
        stretches = self._ledgers[scheme].stretches
        return {
            day: stretches[day].patched(patch) if day in stretches else patch
            for day, patch in patches.items()
            if day not in anew
        }

    def _stretches(self, ranges: list[DayRange], ends: list[Day]) -> Read:
        table = counters.read_cells(self._store, ranges, starts_of(ends))
        return self._known(*stretches_of(table, self._reference.tree, ends))

    @staticmethod
    def _known(found: Read, unknown: int) -> Read:
        if unknown:
            log.warning("counters_of_unknown_regions", rows=unknown)
        return found
