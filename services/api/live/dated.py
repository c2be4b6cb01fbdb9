"""The figures of one region as of the end of an earlier day, read when asked for."""

from datetime import date as Day

from schemas.vocabulary import TIME_ZONES, Scheme
from services.api.domain.windows import Calendar, recent_cuts
from services.api.live.cells import starts_of, stretches_of
from services.api.live.edges import Outside
from services.api.live.figures import Figures
from services.api.live.ledger import Ledger
from services.api.live.snapshot import Snapshot
from services.api.queries.counters import BEGINNING, DayRange, read_cells
from services.api.queries.events import read_spans
from services.shared.clickhouse_store import ClickHouseStore


def dated_snapshot(store: ClickHouseStore, live: Snapshot, position: int, scheme: Scheme, day: Day) -> Snapshot:
    """A snapshot that knows this region with all below it, in this scheme, as of the end of `day`.

    Reference data is that of `live`: populations, baselines and plans dated later than `day` are not used.
    """
    reference = live.reference
    tree, region = reference.tree, reference.tree.places[position]
    calendar = Calendar.end_of(day, TIME_ZONES[region.country])
    ends = sorted(recent_cuts(day) | reference.schemes[scheme].cuts(day))
    table = read_cells(store, [DayRange(scheme, BEGINNING, day)], starts_of(ends), region.id)
    stretches, _ = stretches_of(table, tree, ends)
    outside = Outside(tree)
    outside.renew(calendar, set(), lambda spans: read_spans(store, spans, scheme=scheme, region=region.id))
    ledger = Ledger(tree, ends, stretches.get(scheme, {}))
    figures = Figures(tree, scheme, calendar, ledger, outside, reference.schemes[scheme])
    return Snapshot(reference, {region.country: calendar}, {(calendar, scheme): figures}, live.positions, live.number)
