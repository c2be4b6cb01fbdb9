"""When a threshold was first reached: by rule from the history as it stands, so that whoever looks finds the same."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date as Day
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import NamedTuple
from uuid import UUID, uuid5

from schemas.milestones import MilestoneKind

NAMESPACE = UUID("b7b8f6f2-2f0c-5ad1-9c0e-5f2f1d6a7c11")


class Change(NamedTuple):
    """What a day changed in a region and all below it."""

    day: Day
    new: int
    net: int


class Threshold(NamedTuple):
    """So many % of what the subject asks for."""

    kind: MilestoneKind
    pct: Decimal


class Subject(NamedTuple):
    """What is watched: a plan in a region, or a village or group; `first` and `last` are days inside the window."""

    region: str
    scheme: str
    target: str
    counts: str
    """`new_count`, `participants`, or `coverage_pct`."""
    whole: Fraction
    """People, or % of the eligible."""
    first: Day
    last: Day
    thresholds: tuple[Threshold, ...]
    eligible: tuple[tuple[int, int], ...] = ()
    """Year and people, ascending."""
    baselines: tuple[tuple[Day, int], ...] = ()

    def id_of(self, threshold: Threshold) -> UUID:
        """The same for the same subject, scheme and threshold, whenever and whoever asks."""
        parts = (threshold.kind, self.region, self.scheme, self.target, f"{threshold.pct.normalize():f}")
        return uuid5(NAMESPACE, "/".join(parts))

    def needed(self, threshold: Threshold, day: Day) -> int | None:
        """People asked for on a day; None without anyone eligible."""
        amount = self.whole * Fraction(threshold.pct) / 100
        if self.counts != "coverage_pct":
            return ceil(amount)
        at = bisect_right(self.eligible, day.year, key=lambda row: row[0])
        eligible = self.eligible[at - 1][1] if at else 0
        return ceil(amount * eligible / 100) if eligible else None


class Reached(NamedTuple):
    """`before`: the people counted at the end of the day before; `after`: at the end of the day it was reached."""

    day: Day
    needed: int
    before: int
    after: int


def reached(subject: Subject, changes: Sequence[Change]) -> Mapping[Threshold, Reached]:
    """The first day of the window at whose end each threshold was reached; `changes` by day, ascending."""
    found: dict[Threshold, Reached] = {}
    before = 0
    for day, people in _day_by_day(subject, changes):
        if subject.first <= day <= subject.last:
            for threshold in subject.thresholds:
                needed = subject.needed(threshold, day)
                if threshold not in found and needed is not None and people >= needed:
                    found[threshold] = Reached(day, needed, before, people)
        before = people
    return found


def _day_by_day(subject: Subject, changes: Sequence[Change]) -> Iterator[tuple[Day, int]]:
    """The people that the subject counts at the end of each day on which they or what is asked for may have changed."""
    if subject.counts == "new_count":
        total = 0
        for change in changes:
            if subject.first <= change.day <= subject.last:
                total += change.new
                yield change.day, total
        return
    dated = dict(subject.baselines)
    by_day = {change.day: change.net for change in changes}
    years = {Day(year, 1, 1) for year, _ in subject.eligible}
    stock = 0
    for day in sorted(by_day.keys() | dated.keys() | years | {subject.first}):
        stock = dated[day] if day in dated else stock + by_day.get(day, 0)
        yield day, stock
