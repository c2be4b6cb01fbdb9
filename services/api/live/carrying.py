"""The units of any day, ready to carry the counts of all regions at once."""

from bisect import bisect_right
from datetime import date as Day

import numpy as np
import numpy.typing as npt

from services.api.domain.lineage import Lineage, Units, apportion, boundaries
from services.api.domain.tree import Tree

Own = npt.NDArray[np.int64]
"""A row per flow, a column per position: what was counted at each region itself."""
MOST_KEPT = 16


class Carrying:
    """Carries the counts of regions that are no units of a day onto those that are."""

    def __init__(self, units: Units) -> None:
        self.units = units
        whole = {p: parts[0][0] for p, parts in units.parts.items() if len(parts) == 1}
        self._from, self._to = np.array(list(whole), np.int64), np.array(list(whole.values()), np.int64)
        self._divided = {p: parts for p, parts in units.parts.items() if len(parts) > 1}
        self.divided = np.array(list(self._divided), np.int64)
        """Positions whose people go to several units."""

    def carry(self, own: Own) -> Own:
        """The same people in the units of the day, in whole numbers with the same sums."""
        carried = own.copy()
        carried[:, self._from] = 0
        for flow in range(len(own)):
            np.add.at(carried[flow], self._to, own[flow, self._from])
            for position in self.divided[own[flow, self.divided] != 0].tolist():
                carried[flow, position] -= own[flow, position]
                parts = self._divided[position]
                counts = apportion(int(own[flow, position]), [share for _, share in parts])
                for (to, _), count in zip(parts, counts, strict=True):
                    carried[flow, to] += count
        return carried


class UnitsInTime:
    """The units of every day of a tree; those of the days between two changes are the same object."""

    def __init__(self, tree: Tree, lineage: Lineage) -> None:
        self.tree, self.lineage = tree, lineage
        self._boundaries = boundaries(tree)
        self.endings = sorted({place.valid_to for place in tree.places if place.valid_to is not None})
        self._kept: dict[Day, Carrying] = {}

    def carrying(self, day: Day) -> Carrying:
        """How counts are carried into the units of a day."""
        at = bisect_right(self._boundaries, day)
        since = self._boundaries[at - 1] if at else Day.min
        found = self._kept.get(since)
        if found is None:
            found = Carrying(Units(self.tree, self.lineage, since))
            while len(self._kept) >= MOST_KEPT:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[since] = found
        return found

    def on(self, day: Day) -> Units:
        """The units of a day."""
        return self.carrying(day).units
