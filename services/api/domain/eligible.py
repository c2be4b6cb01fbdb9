"""Denominators: the eligible population of a region in a scheme, its year and its source."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date as Day
from fractions import Fraction

from schemas.coverage import EligibleUsed
from schemas.vocabulary import Scheme
from services.api.domain.lineage import Succession, Units, apportion
from services.api.domain.tree import Tree
from services.api.domain.windows import ONE_DAY


@dataclass(frozen=True, slots=True)
class Population:
    """So many people eligible in a year, and who says so."""

    year: int
    eligible: int
    source: str
    summed: int = 0
    """Of a sum: how many regions' own populations it adds up."""
    sources: tuple[str, ...] = ()
    """Of a sum: the sources of these."""

    @property
    def said(self) -> str:
        """The source as answers show it."""
        return f"{self.source} (sum of {self.summed} regions below)" if self.summed else self.source


class Denominators:
    """The populations of one scheme as of one day."""

    def __init__(
        self,
        tree: Tree,
        scheme: Scheme,
        rows: Mapping[int, Sequence[Population]],
        day: Day,
        units: Units | None = None,
    ) -> None:
        """`rows`: by position, ordered by year; with `units` what regions had that are no more goes over to those."""
        self._tree, self._scheme, self._rows, self._day, self._units = tree, scheme, rows, day, units
        self._known: dict[int, Population | None] = {}
        self._before: dict[Day, Denominators] = {}

    def eligible(self, position: int) -> Population | None:
        """The region's own for the latest year up to the day's; else the sum of its children's where each has one.

        In the units of a later day, before such a sum: what it had in those of its time, or its predecessors of its level.
        """
        if position not in self._known:
            self._known[position] = (
                self._own(position)
                or self._as_it_was(position)
                or self._carried(position)
                or self._sum_of_children(position)
            )
        return self._known[position]

    def served(self, position: int) -> EligibleUsed:
        """The denominator as answers show it."""
        found = self.eligible(position)
        return EligibleUsed(count=found.eligible, year=found.year, source=found.said) if found else EligibleUsed()

    def why_missing(self, position: int) -> str:
        """Why there is no denominator."""
        region = self._tree.places[position].id
        reason = f"no eligible population for {region} in {self._scheme} for {self._day.year} or before"
        children = self._children(position)
        having = sum(self.eligible(child) is not None for child in children)
        if having:
            reason += f"; {having} of the {len(children)} regions right below have one, a sum needs all of them"
        return reason

    def _own(self, position: int) -> Population | None:
        rows = self._rows.get(position, ())
        at = bisect_right(rows, self._day.year, key=lambda row: row.year)
        return rows[at - 1] if at else None

    def _children(self, position: int) -> list[int]:
        places, units = self._tree.places, self._units
        return [
            child
            for child in self._tree.children(position)
            if (units.standing[child] if units else places[child].exists_on(self._day))
        ]

    def _as_it_was(self, position: int) -> Population | None:
        """Of a unit that was one on the day too: so a total does not depend on the boundaries below it."""
        if self._units is None or self._units.day <= self._day or not self._tree.places[position].exists_on(self._day):
            return None
        return self._on(self._day).eligible(position)

    def _on(self, day: Day) -> "Denominators":
        assert self._units is not None
        if day not in self._before:
            units = Units(self._tree, self._units.lineage, day)
            self._before[day] = Denominators(self._tree, self._scheme, self._rows, day, units)
        return self._before[day]

    def _carried(self, position: int) -> Population | None:
        """What its predecessors had in their last days, each in whole people by the weights of the lineage."""
        if self._units is None:
            return None
        index, level = self._tree.index, self._tree.places[position].level
        rows = [
            row
            for row in self._units.lineage.predecessors.get(self._tree.places[position].id, ())
            if row.effective_on <= self._units.day and row.from_ in index
        ]
        parts = [self._part(row) for row in rows if self._tree.places[index[row.from_]].level == level]
        whole = [part for part in parts if part is not None]
        if not whole or len(whole) < len(parts):
            return None
        estimated = any(row.weight < 1 for row in rows if self._tree.places[index[row.from_]].level == level)
        source = _together(whole)
        said = f"{source}; carried over from {len(whole)} earlier units{', parts estimated' if estimated else ''}"
        return Population(min(part.year for part in whole), sum(part.eligible for part in whole), said)

    def _part(self, row: Succession) -> Population | None:
        assert self._units is not None
        whole = self._on(min(self._day, row.effective_on - ONE_DAY)).eligible(self._tree.index[row.from_])
        if whole is None:
            return None
        siblings = self._units.lineage.left_to(row.from_, row.effective_on)
        total = sum((one.weight for one in siblings), Fraction(0))
        counts = apportion(whole.eligible, [one.weight / total for one in siblings])
        return replace(whole, eligible=counts[siblings.index(row)], source=whole.said, summed=0, sources=())

    def _sum_of_children(self, position: int) -> Population | None:
        parts = []
        children = self._children(position)
        for child in children:
            part = self.eligible(child)
            if part is None:
                return None
            parts.append(part)
        if not parts:
            return None
        return Population(
            min(part.year for part in parts),
            sum(part.eligible for part in parts),
            _together(parts),
            sum(part.summed or 1 for part in parts),
            _sources(parts),
        )


def _sources(parts: Sequence[Population]) -> tuple[str, ...]:
    return tuple(sorted({source for part in parts for source in part.sources or (part.source,)}))


def _together(parts: Sequence[Population]) -> str:
    sources = _sources(parts)
    return sources[0] if len(sources) == 1 else f"{len(sources)} sources, among them {sources[0]}"
