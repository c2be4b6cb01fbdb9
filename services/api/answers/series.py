"""`/v1/regions/{id}/series`: flows per step, and the stock at the end of each."""

from datetime import date as Day
from datetime import datetime

from schemas.coverage import Bucket, Series
from services.api.answers.coverage import region_ref
from services.api.domain.series import Grain, Step, steps
from services.api.domain.windows import ONE_DAY, each_day
from services.api.live.figures import Figures
from services.api.queries.series import Flows, read_days, read_hours
from services.shared.clickhouse_store import ClickHouseStore

NOTHING = Flows()


def series(
    store: ClickHouseStore, figures: Figures, position: int, grain: Grain, first: Day, last: Day, now: datetime
) -> Series:
    """Read the flows; the stock at the end of a step is what `/v1/coverage?date=` says of that day."""
    region, zone = figures.tree.places[position], figures.calendar.zone
    wanted = [step for step in steps(grain, first, last, zone) if step.start <= now]
    before, days = read_days(store, region.id, figures.scheme, first, last)
    if grain == "hour":
        hours = read_hours(store, region.id, figures.scheme, first, last, zone)
        flows = [hours.get(step.start, NOTHING) for step in wanted]
    else:
        flows = [_sum_of(days, step) for step in wanted]
    return Series(
        region=region_ref(region),
        scheme=figures.scheme,
        grain=grain,
        time_zone=zone,
        buckets=_buckets(figures, position, before, wanted, flows),
    )


def _sum_of(days: dict[Day, Flows], step: Step) -> Flows:
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
