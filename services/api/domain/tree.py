"""The tree of regions, in an order that makes every subtree one stretch."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date as Day

from schemas.vocabulary import Country, Level


@dataclass(frozen=True, slots=True)
class Place:
    """A region as it stands in the reference data."""

    id: str
    code: str
    country: Country
    level: Level
    parent: str
    name_vi: str
    name_th: str
    name_en: str
    valid_from: Day | None = None
    valid_to: Day | None = None

    def exists_on(self, day: Day) -> bool:
        """Whether the region is one on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


class Tree:
    """Regions depth first: the subtree of position `p` is `places[p:end[p]]`, and a parent comes before its children.

    A region whose parent is not there (yet) stands at the top. Regions that are their own ancestors are left out and
    named in `left_out`.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        by_id = {place.id: place for place in sorted(places, key=lambda place: place.id)}
        below: dict[str, list[Place]] = defaultdict(list)
        for place in by_id.values():
            below[place.parent if place.parent in by_id else ""].append(place)
        self.places: list[Place] = []
        self.parent: list[int] = []
        self.end: list[int] = []
        self._lay_out(below)
        self.index = {place.id: position for position, place in enumerate(self.places)}
        self.left_out = sorted(by_id.keys() - self.index.keys())

    def _lay_out(self, below: dict[str, list[Place]]) -> None:
        waiting = [(place, -1) for place in reversed(below[""])]
        while waiting:
            place, parent = waiting.pop()
            position = len(self.places)
            self.places.append(place)
            self.parent.append(parent)
            waiting += [(child, position) for child in reversed(below.get(place.id, ()))]
        self.end = [position + 1 for position in range(len(self.places))]
        for position in range(len(self.places) - 1, -1, -1):
            parent = self.parent[position]
            if parent >= 0:
                self.end[parent] = max(self.end[parent], self.end[position])

    def __len__(self) -> int:
        return len(self.places)

    def children(self, position: int) -> Iterator[int]:
        """Positions right below."""
        child = position + 1
        while child < self.end[position]:
            yield child
            child = self.end[child]

    def ancestors(self, position: int) -> list[int]:
        """Positions above, from the top down, without the region itself."""
        above = []
        while (position := self.parent[position]) >= 0:
            above.append(position)
        return above[::-1]

    def below_at_level(self, position: int, level: Level) -> Iterator[int]:
        """Positions of that level in the subtree, without the region itself."""
        return (p for p in range(position + 1, self.end[position]) if self.places[p].level == level)
