"""Plans read from the figures: of a region itself, of each region of a level, and of an office or agent."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date as Day
from datetime import timedelta

from schemas.coverage import TargetProgress
from services.api.domain.pace import Reading, is_met, target_progress
from services.api.domain.plans import Plan
from services.api.domain.windows import ONE_DAY, PACE_DAYS, each_day
from services.api.live.figures import Figures, Positions
from services.api.queries.owners import NewByDay, Per
from services.shared.clickhouse_store import ClickHouseStore

PERS: tuple[Per, ...] = ("office", "agent")


def region_targets(figures: Figures, position: int) -> list[TargetProgress]:
    """How every plan stands that the region answers; plans of offices and agents have their own pages."""
    plans = figures.reference.plans_of(figures.tree, position, figures.calendar.today)
    return [region_target(figures, plan, position) for plan in plans]


def region_target(figures: Figures, plan: Plan, position: int) -> TargetProgress:
    """How a plan stands in one region; for the region that set it for each of a level, how it stands in them together."""
    figures, region = figures.for_plan(plan), figures.tree.places[position].id
    if plan.each_level is not None and region == plan.region:
        return _together(figures, plan, position)
    daily = figures.day_by_day(plan, position) if plan.milestones else ()
    return target_progress(plan, region, reading(figures, plan, position), figures.calendar.today, daily)


def each_target(figures: Figures, plan: Plan) -> list[TargetProgress]:
    """How a plan for each region of a level stands, region by region."""
    figures = figures.for_plan(plan)
    positions = figures.reference.applies_to(figures.tree, plan, figures.calendar.today)
    return [region_target(figures, plan, position) for position in positions.tolist()]


def _together(figures: Figures, plan: Plan, position: int) -> TargetProgress:
    """The sum over the regions it applies to: people out of so many times the target, or coverage of all of them."""
    today = figures.calendar.today
    regions = figures.reference.applies_to(figures.tree, plan, today)
    readings = _readings(figures, plan, regions)
    met = sum(is_met(plan, reading, today) for reading in readings)
    total = sum(readings[1:], readings[0]) if readings else Reading(0, 0, 0, None, "it applies to no region")
    factor = 1 if plan.kind == "coverage_pct" else max(len(readings), 1)
    whole = replace(plan, target=plan.target * factor, milestones=())
    progress = target_progress(whole, figures.tree.places[position].id, total, today)
    return progress.model_copy(update={"regions": len(readings), "regions_met": met})


def _readings(figures: Figures, plan: Plan, regions: Positions) -> list[Reading]:
    """What a plan counts in each of many regions."""
    today = figures.calendar.today
    if today < plan.from_ or not len(regions):
        return [reading(figures, plan, position) for position in regions.tolist()]
    before, last, pace_from = plan.from_ - ONE_DAY, plan.last_day(today), today - timedelta(days=PACE_DAYS)
    if plan.kind == "new_count":
        now = figures.new_between_each(regions, before, last)
        pace = figures.new_between_each(regions, pace_from, today)
        return [Reading(0, *pair) for pair in zip(now.tolist(), pace.tolist(), strict=True)]
    start, now = figures.participants_each(regions, before), figures.participants_each(regions, last)
    pace = figures.net_between_each(regions, pace_from, today)
    columns = zip(regions.tolist(), start.tolist(), now.tolist(), pace.tolist(), strict=True)
    return [_with_denominator(figures, plan, position, Reading(*people)) for position, *people in columns]


def reading(figures: Figures, plan: Plan, position: int) -> Reading:
    """What a plan counts in a region."""
    today = figures.calendar.today
    if today < plan.from_:
        before, now = 0, 0 if plan.kind == "new_count" else figures.participants(position)
        return _with_denominator(figures, plan, position, Reading(before, now, 0))
    last = plan.last_day(today)
    if plan.kind == "new_count":
        now = figures.new_between(position, plan.from_ - ONE_DAY, last)
        return Reading(0, now, figures.change_of_pace_days(plan, position))
    start = figures.participants_on(position, plan.from_ - ONE_DAY)
    now = figures.participants_on(position, last)
    people = Reading(start, now, figures.change_of_pace_days(plan, position))
    return _with_denominator(figures, plan, position, people)


def _with_denominator(figures: Figures, plan: Plan, position: int, people: Reading) -> Reading:
    if plan.kind != "coverage_pct":
        return people
    denominators = figures.denominators(_year_of(plan, figures.calendar.today))
    eligible = denominators.eligible(position)
    if eligible is None:
        return replace(people, why_missing=denominators.why_missing(position))
    return replace(people, eligible=eligible.eligible)


def _year_of(plan: Plan, today: Day) -> Day:
    return plan.last_day(today)


def owner_targets(store: ClickHouseStore, plans: Sequence[Plan], today: Day) -> list[TargetProgress]:
    """How the plans of offices or agents stand: the new people of their records, wherever they live; by window.

    A stock belongs to regions, so a `participants` plan of an owner is read as new people, too.
    """
    if not plans:
        return []
    pace_from = today - timedelta(days=PACE_DAYS - 1)
    first = min(pace_from, *(plan.from_ for plan in plans))
    found = []
    for per in PERS:
        of_kind = [plan for plan in plans if plan.per == per]
        if of_kind:
            by_day = NewByDay(store, per, {plan.owner for plan in of_kind}, first, today)
            found += [(plan, _owner_target(plan, by_day.of(plan.owner, plan.scheme), today)) for plan in of_kind]
    return [progress for _, progress in sorted(found, key=lambda each: (each[0].from_, each[0].to, each[0].id))]


def _owner_target(plan: Plan, by_day: Mapping[Day, int], today: Day) -> TargetProgress:
    pace_from = today - timedelta(days=PACE_DAYS - 1)
    total, daily = 0, []
    for day in each_day(plan.from_, plan.last_day(today)):
        total += by_day.get(day, 0)
        daily.append((day, total))
    pace = sum(n for day, n in by_day.items() if pace_from <= day <= today)
    return target_progress(plan, plan.region, Reading(0, total, pace), today, daily)
