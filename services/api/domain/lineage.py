"""Regions in time: which units stand on a day, and who has now what was counted in those that are no more."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date as Day
from fractions import Fraction
from functools import cached_property
from math import floor

from services.api.domain.tree import Tree

HALF = Fraction(1, 2)
WHOLE = Fraction(1)
Parts = tuple[tuple[int, Fraction], ...]
"""Positions and the share of each; the shares sum to 1."""


@dataclass(frozen=True, slots=True)
class Succession:
    """`weight` of the region `from_` became `to` on that day."""

    from_: str
    to: str
    weight: Fraction
    effective_on: Day


def apportion(count: int, shares: Sequence[Fraction]) -> list[int]:
    """A count in whole parts by shares that sum to 1: the parts sum to the count exactly.

    Each share is rounded to the nearest whole number, then the parts nearest to the next half give or take one until
    the sum is right (Webster's method). Unlike plain largest remainders no part shrinks when the count grows, so what
    is new in a window is never negative in a part of a divided region.
    """
    if count < 0:
        return [-part for part in apportion(-count, shares)]
    parts = [floor(count * share + HALF) for share in shares]
    places = range(len(shares))
    while (excess := sum(parts) - count) > 0:
        least = min((i for i in places if parts[i]), key=lambda i: (shares[i] / (parts[i] - HALF), -i))
        parts[least] -= 1
    while excess < 0:
        next_one = max(places, key=lambda i: (shares[i] / (parts[i] + HALF), -i))
        parts[next_one] += 1
        excess += 1
    return parts


class Lineage:
    """What became of regions: rows by the region that ended, and by the one that has it now."""

    def __init__(self, rows: Iterable[Succession] = ()) -> None:
        self.successors: dict[str, list[Succession]] = defaultdict(list)
        self.predecessors: dict[str, list[Succession]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: (row.effective_on, row.from_, row.to)):
            self.successors[row.from_].append(row)
            self.predecessors[row.to].append(row)

    def left_to(self, region: str, day: Day) -> list[Succession]:
        """Where a region went, as of a day; nothing while it is not known."""
        return [row for row in self.successors.get(region, ()) if row.effective_on <= day]


class Units:
    """The units of one day. `parts[p]`: where what is counted at `p`, which is no unit of that day, is carried.

    A region that ended goes where its lineage says, through as many changes as there were. One without a lineage goes
    with the nearest region above it: there it lay, so no total above changes.
    """

    def __init__(self, tree: Tree, lineage: Lineage, day: Day) -> None:
        self.tree, self.lineage, self.day = tree, lineage, day
        self.standing: list[bool] = []
        for place, parent in zip(tree.places, tree.parent, strict=True):
            self.standing.append(place.exists_on(day) and (parent < 0 or self.standing[parent]))
        self._known: dict[int, Parts] = {}
        self.parts = {p: self._found(p, frozenset()) for p, stands in enumerate(self.standing) if not stands}

    def _found(self, position: int, on_the_way: frozenset[int]) -> Parts:
        if self.standing[position]:
            return ((position, WHOLE),)
        if position not in self._known:
            self._known[position] = self._carried(position, on_the_way | {position})
        return self._known[position]

    def _carried(self, position: int, on_the_way: frozenset[int]) -> Parts:
        index = self.tree.index
        rows = [
            row
            for row in self.lineage.left_to(self.tree.places[position].id, self.day)
            if row.to in index and index[row.to] not in on_the_way
        ]
        if not rows:
            above = self.tree.parent[position]
            return self._found(above, on_the_way) if above >= 0 else ((position, WHOLE),)
        total = sum((row.weight for row in rows), Fraction(0))
        shares: dict[int, Fraction] = defaultdict(Fraction)
        for row in rows:
            for to, share in self._found(index[row.to], on_the_way):
                shares[to] += share * row.weight / total
        return tuple(sorted(shares.items()))

    @cached_property
    def shared(self) -> dict[int, Parts]:
        """Of each region, the divided ones of which a part, not all, lies in its subtree, and how much."""
        found: dict[int, dict[int, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
        for divided, parts in self.parts.items():
            for to, share in parts if len(parts) > 1 else ():
                for region in (to, *self.tree.ancestors(to)):
                    found[region][divided] += share
        parted = {region: tuple((p, share) for p, share in of.items() if share < 1) for region, of in found.items()}
        return {region: parts for region, parts in parted.items() if parts}

    def whole_within(self, region: int) -> list[int]:
        """Positions outside a region's subtree all of which is counted in it."""
        end = self.tree.end[region]
        return [
            position
            for position, parts in self.parts.items()
            if not region <= position < end and all(region <= to < end for to, _ in parts)
        ]


def boundaries(tree: Tree) -> list[Day]:
    """The days on which the units change, in order: first days of regions, and days on which they no longer are."""
    return sorted({day for place in tree.places for day in (place.valid_from, place.valid_to) if day is not None})
