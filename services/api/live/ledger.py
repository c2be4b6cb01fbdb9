"""Sums of a scheme's counters over stretches of days, for every region with all that lies below it.

A stretch holds, for the regions in which anything happened, sums ordered by the region's position in the tree; since a
subtree is one range of positions, what happened in it is the difference of two running sums.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Day
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from services.api.domain.tree import Tree

NET, NEW, LEFT = range(3)
MOST_TOTALS_KEPT = 20

Ints = npt.NDArray[np.int32]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stretch:
    """`positions` of the regions themselves, ascending; `running[k, i]`: sum of flow k over the first i of them."""

    positions: Ints
    running: Ints

    def of(self, flow: int, first: int, end: int) -> int:
        """The sum of a flow over positions from `first` up to `end`."""
        low, high = np.searchsorted(self.positions, (first, end))
        return int(self.running[flow, high] - self.running[flow, low])

    def __add__(self, other: "Stretch") -> "Stretch":
        """The sums of both."""
        positions = np.union1d(self.positions, other.positions)
        flows = np.zeros((3, len(positions)), np.int64)
        for part in (self, other):
            flows[:, np.searchsorted(positions, part.positions)] += np.diff(part.running, axis=1)
        return Stretch.from_cells(positions, flows)

    @classmethod
    def from_cells(cls, positions: Ints, flows: npt.NDArray[np.int64]) -> "Stretch":
        """`flows`: one row per flow, columns as `positions`, which ascend."""
        running = np.zeros((3, len(positions) + 1), np.int32)
        np.cumsum(flows, axis=1, out=running[:, 1:])
        return cls(positions, running)


class Totals:
    """Sums from the beginning up to the end of a day: `running[k, p]` over all positions before p."""

    __slots__ = ("running",)

    def __init__(self, running: Ints) -> None:
        self.running = running

    def of(self, flow: int, first: int, end: int) -> int:
        """The sum of a flow over positions from `first` up to `end`."""
        return int(self.running[flow, end] - self.running[flow, first])


class Ledger:
    """The stretches of one scheme as read at one moment. `ends`: the last day of each, ascending."""

    def __init__(self, tree: Tree, ends: Sequence[Day], stretches: Mapping[Day, Stretch]) -> None:
        """`stretches` by last day, those without anything left out."""
        self._tree, self.ends, self.stretches = tree, ends, stretches
        self._days = sorted(stretches)
        self._totals: dict[Day, Totals] = {}
        self._derived: dict[tuple[Day, int], tuple[object, Any]] = {}

    def renewed(self, ends: Sequence[Day], changed: Mapping[Day, Stretch | None]) -> "Ledger":
        """The ledger after some stretches were read anew; None where one became empty."""
        stretches = {end: stretch for end, stretch in self.stretches.items() if end not in changed}
        stretches |= {end: stretch for end, stretch in changed.items() if stretch is not None}
        first = min(changed, default=Day.max)
        known = set(ends)
        ledger = Ledger(self._tree, ends, stretches)
        ledger._totals = {day: totals for day, totals in list(self._totals.items()) if day < first and day in known}
        ledger._derived = {key: found for key, found in list(self._derived.items()) if key[0] < first}
        return ledger

    def derived(self, up_to: Day, source: object, derive: Callable[[], T]) -> T:
        """What was worked out from the totals up to a day and from `source`; kept as long as neither changes."""
        key = (up_to, id(source))
        found = self._derived.get(key)
        if found is None:  # `source` is kept with it, so that its id is not another's meanwhile
            found = self._derived[key] = (source, derive())
        return cast(T, found[1])

    def up_to(self, day: Day) -> Totals:
        """Totals at the end of a day, which must be the end of a stretch."""
        found = self._totals.get(day)
        if found is None:
            if not self.ends or self.ends[bisect_left(self.ends, day) % len(self.ends)] != day:
                raise KeyError(f"{day} is not the end of a stretch")
            found = self._add_up(day)
            while len(self._totals) >= MOST_TOTALS_KEPT:
                self._totals.pop(next(iter(self._totals)), None)
            self._totals[day] = found
        return found

    def _add_up(self, day: Day) -> Totals:
        base = max((known for known in list(self._totals) if known < day), default=None)
        size = len(self._tree)
        own = np.zeros((3, size), np.int64)
        if base is not None and (totals := self._totals.get(base)) is not None:
            own += np.diff(totals.running, axis=1)
        else:
            base = None
        for stretch in self._between(base, day):
            own[:, stretch.positions] += np.diff(stretch.running, axis=1)
        running = np.zeros((3, size + 1), np.int32)
        np.cumsum(own, axis=1, out=running[:, 1:])
        return Totals(running)

    def _between(self, after: Day | None, up_to: Day) -> Iterator[Stretch]:
        low = 0 if after is None else bisect_right(self._days, after)
        return (self.stretches[day] for day in self._days[low : bisect_right(self._days, up_to)])

    def day_by_day(self, flow: int, position: int, days: Iterable[Day]) -> Iterator[tuple[Day, int]]:
        """A flow in the subtree on each of those days, each of which must be a stretch of its own."""
        end = self._tree.end[position]
        for day in days:
            stretch = self.stretches.get(day)
            yield day, stretch.of(flow, position, end) if stretch is not None else 0


def added_up(ledgers: Sequence[Mapping[Day, Stretch]], ends: Iterable[Day]) -> dict[Day, Stretch | None]:
    """The stretches that end on those days, of several schemes together; None where none of them has anything."""
    found: dict[Day, Stretch | None] = {}
    for end in ends:
        parts = [stretches[end] for stretches in ledgers if end in stretches]
        found[end] = sum(parts[1:], parts[0]) if parts else None
    return found
