"""`/v1/growth`: the figures of a region beside those of an earlier time, in the same units."""

from dataclasses import dataclass
from datetime import date as Day

from schemas.growth import Growth, GrowthSide
from schemas.vocabulary import Scheme
from services.api.answers.coverage import AsUnits, region_ref, units_used
from services.api.domain.growth import Then, Window, growth_pct
from services.api.domain.windows import ONE_DAY
from services.api.live.carried import carried_snapshot
from services.api.live.dated import dated_snapshot
from services.api.live.snapshot import Snapshot
from services.shared.clickhouse_store import ClickHouseStore


@dataclass(frozen=True, slots=True)
class Comparison:
    """Which days are compared, and why those. The two windows are of the same length but where a leap day lies in one."""

    now: Window
    then: Window
    campaign: str | None = None
    against: str | None = None


def growth(
    store: ClickHouseStore,
    live: Snapshot,
    position: int,
    scheme: Scheme,
    compared: Comparison,
    asked: AsUnits | None,
    in_units: Day,
) -> Growth:
    """Read both times at once. `in_units`: the day whose units both are counted in, where `asked`."""
    windows = (compared.now, compared.then)
    cuts = {day for window in windows for day in (window.first - ONE_DAY, window.last)}
    snapshot = dated_snapshot(
        store, live, position, scheme, compared.now.last, whole=asked is not None, cuts=cuts - {compared.now.last}
    )
    if asked is not None:
        snapshot = carried_snapshot(snapshot, scheme, in_units)
    figures = snapshot.of(position, scheme)
    now, then = (figures.known_of(position, window.first - ONE_DAY, window.last) for window in windows)
    known = then.basis != "none"
    return Growth(
        region=region_ref(figures.tree.places[position]),
        scheme=scheme,
        by="campaign_day" if compared.campaign else "date",
        campaign=compared.campaign,
        against=compared.against,
        day=compared.now.days,
        now=_side(compared.now, now),
        then=_side(compared.then, then),
        participants_pct=growth_pct(now.participants, then.participants) if known else None,
        new_pct=growth_pct(now.new, then.new) if known else None,
        units=units_used(figures, position, asked, in_units),
    )


def _side(window: Window, known: Then) -> GrowthSide:
    some = known.basis != "none"
    return GrowthSide(
        from_=window.first,
        date=window.last,
        participants=known.participants if some else None,
        new=known.new if some else None,
        basis=known.basis,
    )
