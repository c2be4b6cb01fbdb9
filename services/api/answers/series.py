"""`/v1/regions/{id}/series`: flows per step, and the stock at the end of each."""

from collections.abc import Mapping
from datetime import date as Day
from datetime import datetime
from fractions import Fraction
from itertools import pairwise

from schemas.coverage import Bucket, Series, Units
from services.api.answers.coverage import region_ref
from services.api.domain.lineage import apportion
from services.api.domain.series import Grain, Step, steps
from services.api.domain.windows import ONE_DAY, each_day
from services.api.live.carried import CarriedFigures
from services.api.live.figures import Figures
from services.api.queries.series import Flows, Members, read_days, read_hours, read_own_days
from services.shared.clickhouse_store import ClickHouseStore

NOTHING = Flows()


def series(
    store: ClickHouseStore,
    figures: Figures,
    position: int,
    grain: Grain,
    first: Day,
    last: Day,
    now: datetime,
    units: Units | None = None,
) -> Series:
    """Read the flows; the stock at the end of a step is what `/v1/coverage?date=` says of that day.

    In the units of another day the flows are those of all regions that are counted in the region now, and of divided
    ones their share (not by the hour).
    """
    region, zone = figures.tree.places[position], figures.calendar.zone
    wanted = [step for step in steps(grain, first, last, zone) if step.start <= now]
    members = _members(figures, position)
    before, days = read_days(store, members, figures.scheme, first, last)
    if grain == "hour":
        hours = read_hours(store, members, figures.scheme, first, last, zone)
        flows = [hours.get(step.start, NOTHING) for step in wanted]
    else:
        flows = [_sum_of(days, step) for step in wanted]
        for part_before, part in _shares(store, figures, position, wanted, last):
            before += part_before
            flows = [one + more for one, more in zip(flows, part, strict=True)]
    return Series(
        region=region_ref(region),
        scheme=figures.scheme,
        grain=grain,
        time_zone=zone,
        buckets=_buckets(figures, position, before, wanted, flows),
        units=units,
    )


def _members(figures: Figures, position: int) -> Members:
    places = figures.tree.places
    region = places[position].id
    if not isinstance(figures, CarriedFigures):
        return Members(region)
    units = figures.units
    end = figures.tree.end[position]
    gone = [p for p in range(position, end) if not all(position <= to < end for to, _ in units.parts.get(p, ()))]
    more = units.whole_within(position)
    return Members(region, tuple(places[p].id for p in more), tuple(places[p].id for p in gone))


def _shares(
    store: ClickHouseStore, figures: Figures, position: int, wanted: list[Step], last: Day
) -> list[tuple[int, list[Flows]]]:
    """Of each divided region: the share, counted here, of its people before the first step, and of each step's flows."""
    if not isinstance(figures, CarriedFigures) or not wanted:
        return []
    places, end = figures.tree.places, figures.tree.end[position]
    shared = [p for p, _ in figures.units.shared.get(position, ())]
    by_region = read_own_days(store, [places[p].id for p in shared], figures.scheme, last) if shared else {}
    found = []
    for divided in shared:
        parts = figures.units.parts[divided]
        inside = [position <= to < end for to, _ in parts]
        shares = [share for _, share in parts]
        days = by_region[places[divided].id]
        running = sum((flows for day, flows in days.items() if day < wanted[0].first), NOTHING)
        ends = [running]
        for step in wanted:
            running += _sum_of(days, step)
            ends.append(running)
        counted = [_share_of(total, shares, inside) for total in ends]
        steps_ = [later + earlier.negative for earlier, later in pairwise(counted)]
        found.append((counted[0].net, steps_))
    return found


def _share_of(total: Flows, shares: list[Fraction], inside: list[bool]) -> Flows:
    return Flows(*(sum(n for n, of in zip(apportion(c, shares), inside, strict=True) if of) for c in total.counts))


def _sum_of(days: Mapping[Day, Flows], step: Step) -> Flows:
    return sum((days[day] for day in each_day(step.first, step.last) if day in days), NOTHING)


def _buckets(figures: Figures, position: int, before: int, wanted: list[Step], flows: list[Flows]) -> list[Bucket]:
    stock, found = before, []
    for step, flow in zip(wanted, flows, strict=True):
        stock += flow.net
        holds = step.last if step.completes(figures.calendar.zone) else step.last - ONE_DAY
        found.append(
            Bucket(
                bucket_start=step.start,
                bucket_end=step.end,
                new=flow.new,
                returned=flow.returned,
                left=flow.left,
                moved_in=flow.moved_in,
                moved_out=flow.moved_out,
                participants=stock + figures.adjustment_on(position, holds),
            )
        )
    return found
