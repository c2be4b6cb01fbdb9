"""The figures of one region as of the end of an earlier day, read when asked for."""

from collections.abc import Collection, Sequence
from datetime import date as Day

import pyarrow as pa

from schemas.vocabulary import COMPONENTS, TIME_ZONES, Scheme, recorded_schemes
from services.api.domain.windows import Calendar, recent_cuts
from services.api.live.cells import starts_of, stretches_of
from services.api.live.edges import Outside
from services.api.live.figures import Figures
from services.api.live.ledger import Ledger, added_up
from services.api.live.snapshot import Snapshot
from services.api.queries.counters import BEGINNING, DayRange, read_cells
from services.api.queries.events import read_spans
from services.shared.clickhouse_store import ClickHouseStore


def dated_snapshot(
    store: ClickHouseStore,
    live: Snapshot,
    position: int,
    scheme: Scheme,
    day: Day,
    *,
    whole: bool = False,
    cuts: Collection[Day] = (),
) -> Snapshot:
    """A snapshot that knows this region with all below it, in this scheme, as of the end of `day`; `whole`: all regions.

    `cuts`: more days, before that one, at the end of which figures will be asked for.
    Reference data is that of `live`: populations, baselines and plans dated later than `day` are not used.
    """
    region = live.reference.tree.places[position]
    within = None if whole else region.id
    ends = sorted({*dated_cuts(live, scheme, day), *cuts})
    ranges = [DayRange(part, BEGINNING, day) for part in recorded_schemes(scheme)]
    table = read_cells(store, ranges, starts_of(ends), within)
    calendar = Calendar.end_of(day, TIME_ZONES[region.country])
    return snapshot_of(store, live, position, scheme, calendar, ends, table, whole=whole)


def together(snapshots: Sequence[Snapshot]) -> Snapshot:
    """What several know of different countries or schemes, as of the same day."""
    calendars = {country: calendar for each in snapshots for country, calendar in each.calendars.items()}
    figures = {key: found for each in snapshots for key, found in each.figures.items()}
    first = snapshots[0]
    return Snapshot(first.reference, calendars, figures, first.positions, first.number)


def dated_cuts(live: Snapshot, scheme: Scheme, day: Day) -> list[Day]:
    """The last days of the stretches that figures as of a day are made of."""
    schemes = live.reference.schemes
    return sorted(recent_cuts(day).union(*(schemes[of].cuts(day) for of in {scheme, *recorded_schemes(scheme)})))


def snapshot_of(
    store: ClickHouseStore,
    live: Snapshot,
    position: int,
    scheme: Scheme,
    calendar: Calendar,
    ends: Sequence[Day],
    cells: pa.Table,
    *,
    whole: bool = False,
) -> Snapshot:
    """The snapshot that rows of `read_cells` of one region (`whole`: of all) make, cut at `ends`."""
    tree, region = live.reference.tree, live.reference.tree.places[position]
    found, _ = stretches_of(cells, tree, ends)
    outside = Outside(tree)
    schemes, within = recorded_schemes(scheme), None if whole else region.id
    outside.renew(calendar, set(), lambda spans: read_spans(store, spans, schemes=schemes, region=within))

    def figures_of(of: Scheme, components: Sequence[Figures] = ()) -> Figures:
        stretches = added_up([found.get(part, {}) for part in recorded_schemes(of)], ends)
        ledger = Ledger(tree, ends, {}).renewed(ends, stretches)
        return Figures(tree, of, calendar, ledger, outside, live.reference.schemes[of], components)

    figures = figures_of(scheme, [figures_of(part) for part in COMPONENTS.get(scheme, ())])
    return Snapshot(
        live.reference, {region.country: calendar}, {(calendar, scheme): figures}, live.positions, live.number
    )
