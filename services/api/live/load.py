"""Reading ClickHouse into snapshots: in full at first, later only what changed."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date as Day
from datetime import datetime
from itertools import product
from typing import Any

import pyarrow as pa
import structlog

from schemas.vocabulary import COMPONENTS, RECORDED_SCHEMES, TIME_ZONES, Country, Scheme
from services.api.domain.windows import Calendar, Edge, window_edges
from services.api.live.edges import Outside
from services.api.live.figures import Figures
from services.api.live.ledgers import Ledgers
from services.api.live.reference import Reference, ReferenceRows
from services.api.live.snapshot import Snapshot
from services.api.queries import reference
from services.api.queries.events import Span, read_spans
from services.api.queries.progress import Position
from services.shared.clickhouse_store import ClickHouseStore

log = structlog.get_logger()

WINDOWS_SLIDE_S = 1.0
"""Windows are moved on this often; counts that come in between are added to them as they are."""

READERS: Mapping[str, tuple[str, Callable[[ClickHouseStore], Any]]] = {
    "regions": ("places", reference.read_places),
    "lineage": ("lineage", reference.read_lineage),
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
        self.ledgers = Ledgers(store, self._reference)
        self._calendars: dict[Country, Calendar] = {}
        self._outside: dict[str, Outside] = {}
        self._slid_at = float("-inf")
        self._number = 0

    def renew_reference(self) -> bool:
        """Read the reference tables that changed; whether any did."""
        versions = reference.read_reference_versions(self._store)
        changed = {table for table, version in versions.items() if self._reference_versions.get(table) != version}
        if not changed:
            return False
        rows = replace(self._rows, **{READERS[table][0]: READERS[table][1](self._store) for table in changed})
        tree = None if "regions" in changed else self._reference.tree
        time = None if changed & {"regions", "lineage"} else self._reference.time
        self._reference = Reference(rows, tree, time)
        self._rows, self._reference_versions = rows, versions
        self.ledgers.refer_to(self._reference)
        if "regions" in changed:
            self._outside.clear()
            self._slid_at = float("-inf")
        if self._reference.tree.left_out:
            log.warning("regions_left_out", reason="their own ancestors", regions=self._reference.tree.left_out[:20])
        return True

    def snapshot(self, moment: datetime, positions: list[Position]) -> Snapshot:
        """All figures as of `moment`, or as of a moment up to a second before where the windows need not move yet.

        Raises Unavailable or StoreError; what was read before that is not lost.
        """
        slides = self._clock() - self._slid_at >= WINDOWS_SLIDE_S
        if slides:
            self._calendars = calendars_at(moment)
        distinct = set(self._calendars.values())
        self.ledgers.renew(distinct)
        if slides:
            for calendar in distinct:
                outside = self._outside.setdefault(calendar.zone, Outside(self._reference.tree, self._clock))
                outside.renew(calendar, self.ledgers.touched, self._spans, self.ledgers.quiet)
            self.ledgers.touched.clear()
            self._slid_at = self._clock()
        self._number += 1
        figures = {pair: self._figures(*pair) for pair in product(distinct, RECORDED_SCHEMES)}
        for calendar, (total, parts) in product(distinct, COMPONENTS.items()):
            figures[calendar, total] = self._figures(calendar, total, [figures[calendar, part] for part in parts])
        return Snapshot(self._reference, self._calendars, figures, positions, self._number)

    def _spans(self, spans: Sequence[Span]) -> pa.Table:
        return read_spans(self._store, spans)

    def _figures(self, calendar: Calendar, scheme: Scheme, components: Sequence[Figures] = ()) -> Figures:
        return Figures(
            self._reference.tree,
            scheme,
            calendar,
            self.ledgers.of(scheme),
            self._outside[calendar.zone],
            self._reference.schemes[scheme],
            components,
        )
