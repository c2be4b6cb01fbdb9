"""The ledgers of all schemes: read in full at first, later only what changed."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import date as Day

import pyarrow as pa
import structlog

from schemas.vocabulary import COMPONENTS, RECORDED_SCHEMES, Scheme
from services.api.domain.windows import ONE_DAY, Calendar, month_cuts, recent_cuts
from services.api.live.cells import starts_of, stretches_of
from services.api.live.detail import Detail, Key, days_of, details_of, newest_of
from services.api.live.kept_details import LAST_DAYS, KeptDetails
from services.api.live.ledger import Ledger, Stretch, added_up
from services.api.live.reference import Reference
from services.api.queries import counters
from services.api.queries.counters import DayRange
from services.shared.clickhouse_store import ClickHouseStore

log = structlog.get_logger()

MOST_ROWS = 5_000
"""Past so many changed counters whole stretches are read again."""

PARTS = 8
"""A scheme is read anew in so many parts, one at a time, so that none takes long."""
TURNS = PARTS * len(RECORDED_SCHEMES)

Read = dict[str, dict[Day, Stretch]]
"""By scheme and last day."""


class Ledgers:
    """What was read so far, and how to read on. Used by one thread."""

    def __init__(self, store: ClickHouseStore, reference: Reference) -> None:
        self._store, self._reference = store, reference
        self._versions: dict[int, int] = {}
        self._first_day: Day | None = None
        self._ends: list[Day] = []
        self._cut: tuple[Reference, set[Day], Day | None, list[Day]] | None = None
        self._ledgers: dict[str, Ledger] = {}
        self._details = KeptDetails(store)
        self.touched: set[Day] = set()
        """Days of which counters changed; whoever has seen to them clears it."""
        self._stale = True
        self._forgotten: tuple[Scheme, int] | None = None
        self._turns = deque((scheme, part) for scheme in RECORDED_SCHEMES for part in range(PARTS))

    def of(self, scheme: Scheme) -> Ledger:
        """The present ledger of a scheme."""
        return self._ledgers[scheme]

    def quiet(self, day: Day) -> bool:
        """Whether nobody came or left on a day that is a stretch of its own; their records need not be looked at."""
        at = bisect_left(self._ends, day)
        apart = self._ends[at : at + 1] == [day] and self._ends[at - 1 : at] == [day - ONE_DAY]
        stretches = (self._ledgers[scheme].stretches.get(day) for scheme in RECORDED_SCHEMES)
        return apart and all(stretch is None or not len(stretch.positions) for stretch in stretches)

    def refer_to(self, reference: Reference) -> None:
        """Use this reference data from now on; another tree has other positions, so everything is read anew."""
        self._stale |= reference.tree is not self._reference.tree
        self._reference = reference

    def forget(self) -> None:
        """Read everything anew the next time."""
        self._stale = True

    def forget_next_part(self) -> None:
        """Read a part of one scheme anew the next time, whatever seems to have changed; each in its turn."""
        self._forgotten = self._turns[0]
        self._turns.rotate(-1)

    def renew(self, calendars: Iterable[Calendar]) -> None:
        """Read what changed since the last time."""
        calendars = list(calendars)
        if self._stale:
            self._read_all(calendars)
            return
        table = counters.read_changed_rows(self._store, self._versions, MOST_ROWS + 1)
        ends = self._cuts(calendars, self._first_day)
        patches: dict[Key, Detail] = {}
        if table.num_rows <= MOST_ROWS:
            newest, patches = newest_of(table), details_of(table, self._reference.tree, ends)
            changed = {*patches}
            self.touched |= days_of(table)
        else:
            rows = counters.read_changed_days(self._store, self._versions)
            newest = {p: max(version for _, _, of, version in rows if of == p) for _, _, p, _ in rows}
            changed = {(scheme, ends[bisect_left(ends, day)]) for scheme, day, _, _ in rows if day <= ends[-1]}
            self.touched |= {day for _, day, _, _ in rows}
        self._read(ends, changed, patches)
        self._versions = {**self._versions, **newest}

    def _read_all(self, calendars: list[Calendar]) -> None:
        versions, first = counters.read_versions(self._store)
        ends = self._cuts(calendars, first)
        ledgers: dict[str, Ledger] = {}
        for scheme in RECORDED_SCHEMES:  # one by one, to need less memory
            found = self._stretches([DayRange(scheme, counters.BEGINNING, ends[-1])], ends)
            ledgers[scheme.value] = Ledger(self._reference.tree, ends, found.get(scheme, {}))
            pa.default_memory_pool().release_unused()
        for total, parts in COMPONENTS.items():
            of_total = added_up([ledgers[part].stretches for part in parts], ends)
            ledgers[total] = Ledger(self._reference.tree, ends, {}).renewed(ends, of_total)
        self._ledgers, self._ends = ledgers, ends
        self._details.forget()
        self._versions, self._first_day, self._stale = versions, first, False
        self._read(ends, {(scheme.value, day) for scheme in RECORDED_SCHEMES for day in ends[-LAST_DAYS:]}, {})
        self.touched |= {*ends}

    def _cuts(self, calendars: Iterable[Calendar], first: Day | None) -> list[Day]:
        """The ends of all stretches, worked out anew only on another day or with other reference data."""
        todays = {calendar.today for calendar in calendars}
        if self._cut is None or self._cut[:3] != (self._reference, todays, first):
            cuts = month_cuts(first or max(todays), max(todays))
            for today in todays:
                cuts |= recent_cuts(today)
                for scheme in self._reference.schemes.values():
                    cuts |= scheme.cuts(today)
            self._cut = (self._reference, todays, first, sorted(cuts))
        return self._cut[3]

    def _read(self, ends: list[Day], changed: set[Key], patches: Mapping[Key, Detail]) -> None:
        """Patch what is kept in detail; read the other stretches that changed, and those whose bounds are new."""
        bounds, before = (
            dict(zip(ends, starts_of(ends), strict=True)),
            dict(zip(self._ends, starts_of(self._ends), strict=True)),
        )
        anew = {(scheme.value, end) for scheme in RECORDED_SCHEMES for end in ends if before.get(end) != bounds[end]}
        anew |= self._forgotten_stretches(ends)
        wanted = changed | anew
        details = self._details.renewed(self._reference.tree, bounds, wanted, anew, patches)
        ranges = [DayRange(scheme, bounds[end], end) for scheme, end in wanted - details.keys()]
        found = self._stretches(ranges, ends) if ranges else {}
        gone = {end: None for end in before if end not in bounds}
        renewed: dict[Scheme, set[Day]] = {}
        for scheme in RECORDED_SCHEMES:
            mine: dict[Day, Stretch | None] = {e: found.get(scheme, {}).get(e) for of, e in wanted if of == scheme}
            mine |= {end: detail.stretch() for (of, end), detail in details.items() if of == scheme}
            renewed[scheme] = {*mine}
            if gone or mine or ends != self._ends:
                self._ledgers[scheme] = self._ledgers[scheme].renewed(ends, {**gone, **mine})
        for total, parts in COMPONENTS.items():
            days = set().union(*(renewed[part] for part in parts))
            if gone or days or ends != self._ends:
                of_total = added_up([self._ledgers[part].stretches for part in parts], days)
                self._ledgers[total] = self._ledgers[total].renewed(ends, {**gone, **of_total})
        self._ends, self._forgotten = ends, None

    def _forgotten_stretches(self, ends: list[Day]) -> set[tuple[str, Day]]:
        if self._forgotten is None:
            return set()
        scheme, part = self._forgotten
        size = -(-len(ends) // PARTS)
        return {(scheme.value, end) for end in ends[part * size : (part + 1) * size]}

    def _stretches(self, ranges: list[DayRange], ends: list[Day]) -> Read:
        table = counters.read_cells(self._store, ranges, starts_of(ends))
        return self._known(*stretches_of(table, self._reference.tree, ends))

    @staticmethod
    def _known(found: Read, unknown: int) -> Read:
        if unknown:
            log.warning("counters_of_unknown_regions", rows=unknown)
        return found
