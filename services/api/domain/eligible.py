"""Denominators: the eligible population of a region in a scheme, its year and its source."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Day

from schemas.coverage import EligibleUsed
from schemas.vocabulary import Scheme
from services.api.domain.tree import Tree


@dataclass(frozen=True, slots=True)
class Population:
    """So many people eligible in a year, and who says so."""

    year: int
    eligible: int
    source: str
    summed: int = 0
    """Of a sum: how many regions' own populations it adds up."""

    @property
    def said(self) -> str:
        """The source as answers show it."""
        return f"{self.source} (sum of {self.summed} regions below)" if self.summed else self.source


class Denominators:
    """The populations of one scheme as of one day."""

    def __init__(self, tree: Tree, scheme: Scheme, rows: Mapping[int, Sequence[Population]], day: Day) -> None:
        """`rows`: by position, ordered by year."""
        self._tree, self._scheme, self._rows, self._day = tree, scheme, rows, day
        self._known: dict[int, Population | None] = {}

    def eligible(self, position: int) -> Population | None:
        """The region's own for the latest year up to the day's; else the sum of its children's where each has one."""
        if position not in self._known:
            self._known[position] = self._own(position) or self._sum_of_children(position)
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
        places = self._tree.places
        return [child for child in self._tree.children(position) if places[child].exists_on(self._day)]

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
        sources = sorted({part.source for part in parts})
        source = sources[0] if len(sources) == 1 else f"{len(sources)} sources, among them {sources[0]}"
        return Population(
            min(part.year for part in parts),
            sum(part.eligible for part in parts),
            source,
            sum(part.summed or 1 for part in parts),
        )
