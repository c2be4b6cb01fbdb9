"""How a plan stands: achieved, remaining, what each day must still bring, and when it will be reached at this pace."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date as Day
from datetime import timedelta
from fractions import Fraction
from math import ceil

from schemas.coverage import Amount, MilestoneProgress, TargetProgress, TargetStatus
from services.api.domain.numbers import half_up, percent_half_up
from services.api.domain.plans import Plan
from services.api.domain.windows import PACE_DAYS

FARTHEST_DAYS = 36_500
"""A day farther away than a century is no expectation."""


@dataclass(frozen=True, slots=True)
class Reading:
    """People: new ones since the start of the window for `new_count`, else the stock.

    `start` at the end of the day before the window, `now` at the last day that counts, `last_14_days` the change up to
    the as-of day. `eligible` is the denominator of a coverage plan; None with the reason `why_missing`.
    """

    start: int
    now: int
    last_14_days: int
    eligible: int | None = None
    why_missing: str | None = None

    def __add__(self, other: "Reading") -> "Reading":
        known = self.eligible is not None and other.eligible is not None
        return Reading(
            self.start + other.start,
            self.now + other.now,
            self.last_14_days + other.last_14_days,
            (self.eligible or 0) + (other.eligible or 0) if known else None,
            self.why_missing or other.why_missing,
        )


def target_progress(
    plan: Plan, region: str, reading: Reading, today: Day, daily: Iterable[tuple[Day, int]] = ()
) -> TargetProgress:
    """How `plan` stands in `region` as of `today`; `daily`: the people at the end of each day of the window so far."""
    achieved, start, pace = (_in_unit(plan, n, reading) for n in (reading.now, reading.start, reading.last_14_days))
    status = _status(plan, achieved, start, today)
    remaining = None if achieved is None else max(plan.target - achieved, Fraction(0))
    reason = reading.why_missing or "the eligible population is 0"
    return TargetProgress(
        id=plan.id,
        name=plan.name or None,
        region=region,
        scheme=plan.scheme,
        kind=plan.kind,
        per=plan.per,
        owner=plan.owner or None,
        from_=plan.from_,
        to=plan.to,
        target=amount(plan.target),
        achieved=None if achieved is None else amount(achieved),
        achieved_pct=None if achieved is None else percent_half_up(achieved, plan.target),
        remaining=None if remaining is None else amount(remaining),
        remaining_people=_people(plan, remaining, reading.eligible),
        per_day_needed=_per_day(plan, remaining, today),
        expected_on=_expected(status, remaining, pace, today),
        status=status,
        milestones=_milestones(plan, reading, today, daily) if plan.milestones else [],
        reason=reason if achieved is None else None,
    )


def amount(value: Fraction) -> Amount:
    """As served: a whole number as one, others in hundredths."""
    return value.numerator if value.denominator == 1 else half_up(value)


def is_met(plan: Plan, reading: Reading, today: Day) -> bool:
    """Whether the target is reached."""
    achieved = _in_unit(plan, reading.now, reading)
    return achieved is not None and today >= plan.from_ and achieved >= plan.target


def _in_unit(plan: Plan, people: int, reading: Reading) -> Fraction | None:
    """People as the plan counts: people, or % of the eligible."""
    if plan.kind != "coverage_pct":
        return Fraction(people)
    return Fraction(people * 100, reading.eligible) if reading.eligible else None


def _status(plan: Plan, achieved: Fraction | None, start: Fraction | None, today: Day) -> TargetStatus:
    """Met; over; or, while it runs, whether at least the elapsed share of the way has been gone."""
    if today < plan.from_:
        return "not_started"
    if achieved is None or start is None:
        return "unknown"
    if achieved >= plan.target:
        return "met"
    if today > plan.to:
        return "missed"
    elapsed = Fraction((today - plan.from_).days, (plan.to - plan.from_).days + 1)
    return "on_track" if achieved - start >= (plan.target - start) * elapsed else "behind"


def _per_day(plan: Plan, remaining: Fraction | None, today: Day) -> Amount | None:
    """What each of the days left must bring, today among them; None when there is none left."""
    days_left = (plan.to - max(today, plan.from_)).days + 1
    if remaining == 0:
        return 0
    return None if remaining is None or days_left <= 0 else amount(remaining / days_left)


def _people(plan: Plan, remaining: Fraction | None, eligible: int | None) -> int | None:
    """What remains, in whole people."""
    if remaining is None:
        return None
    return ceil(remaining if plan.kind != "coverage_pct" else remaining * (eligible or 0) / 100)


def _expected(status: TargetStatus, remaining: Fraction | None, pace: Fraction | None, today: Day) -> Day | None:
    """The day it is reached if every day brings the mean of the last 14; None without a pace or once it is over."""
    if status not in ("on_track", "behind") or not remaining or not pace or pace < 0:
        return None
    days = ceil(remaining * PACE_DAYS / pace)
    return today + timedelta(days=days) if days <= FARTHEST_DAYS else None


def _milestones(plan: Plan, reading: Reading, today: Day, daily: Iterable[tuple[Day, int]]) -> list[MilestoneProgress]:
    days = [(day, _in_unit(plan, people, reading)) for day, people in daily]
    return [_milestone(on, pct, plan.target * pct / 100, today, days) for on, pct in plan.milestones]


def _milestone(
    on: Day, pct: Fraction, needed: Fraction, today: Day, days: Sequence[tuple[Day, Fraction | None]]
) -> MilestoneProgress:
    reached_on = next((day for day, amount in days if amount is not None and amount >= needed), None)
    in_time = reached_on is not None and reached_on <= on
    if today > on:
        status = "met" if in_time else "missed"
    elif in_time:
        status = "met" if today == on else "ahead"
    else:
        status = "open"
    return MilestoneProgress(on=on, pct=float(pct), needed=amount(needed), reached_on=reached_on, status=status)
