"""Reference data in memory: the tree, and per scheme the denominators, baselines and plans by position in the tree."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as Day
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from schemas.vocabulary import Scheme
from services.api.domain.baselines import Baseline, latest
from services.api.domain.eligible import Denominators, Population
from services.api.domain.lineage import Lineage, Succession, Units
from services.api.domain.plans import Plan, plan_cuts
from services.api.domain.tree import Place, Tree
from services.api.live.carrying import UnitsInTime

T = TypeVar("T")
MOST_KEPT = 64
DENOMINATORS_KEPT = 4
"""Each remembers the eligible of every region asked for."""


class SchemeReference:
    """What is known of one scheme; lists by position are in order of time."""

    def __init__(
        self,
        populations: Mapping[int, Sequence[Population]],
        baselines: Mapping[int, Sequence[Baseline]],
        plans: Mapping[int, Sequence[Plan]],
    ) -> None:
        """`plans` by the position of the region they name."""
        self.populations, self.baselines, self.plans = populations, baselines, plans
        self.baseline_dates = sorted({b.date for rows in baselines.values() for b in rows})
        self._ends: npt.NDArray[np.int64] | None = None
        self._denominators: dict[tuple[Day, Day | None], Denominators] = {}
        self._applies_to: dict[tuple[str, Day], npt.NDArray[np.int64]] = {}

    def last_baseline_date(self, day: Day) -> Day | None:
        """The last date, up to and with `day`, on which any baseline holds."""
        at = bisect_right(self.baseline_dates, day)
        return self.baseline_dates[at - 1] if at else None

    def baselines_on(self, day: Day) -> dict[int, Baseline]:
        """Each region's latest baseline on or before `day`, by position."""
        found = {position: latest(rows, day) for position, rows in self.baselines.items()}
        return {position: baseline for position, baseline in found.items() if baseline is not None}

    def plans_of(self, tree: Tree, position: int, today: Day) -> list[Plan]:
        """Plans that a region answers: its own, and those for each region of its level from above; by window."""
        own = [plan for plan in self.plans.get(position, ()) if plan.of_region]
        place = tree.places[position]
        for above in tree.ancestors(position):
            own += [
                plan
                for plan in self.plans.get(above, ())
                if plan.each_level == place.level and place.exists_on(plan.regions_as_of(today))
            ]
        return sorted(own, key=lambda plan: (plan.from_, plan.to, plan.id))

    def ends_of(self, tree: Tree) -> npt.NDArray[np.int64]:
        """`tree.end` as an array."""
        if self._ends is None or len(self._ends) != len(tree):
            self._ends = np.array(tree.end, np.int64)
        return self._ends

    def denominators(self, tree: Tree, scheme: Scheme, day: Day, units: Units | None = None) -> Denominators:
        """The eligible populations as of a day; carried over to the units given."""
        key = (day, units.day if units else None)
        found = self._denominators.get(key)
        if found is None:
            found = Denominators(tree, scheme, self.populations, day, units)
            while len(self._denominators) >= DENOMINATORS_KEPT:
                self._denominators.pop(next(iter(self._denominators)), None)
            self._denominators[key] = found
        return found

    def applies_to(self, tree: Tree, plan: Plan, today: Day) -> npt.NDArray[np.int64]:
        """The regions of the plan's level below its region that exist at its time; its region for any other plan."""
        day = plan.regions_as_of(today)
        found = self._applies_to.get((plan.id, day))
        if found is None:
            level, position = plan.each_level, tree.index[plan.region]
            below = tree.below_at_level(position, level) if level else [position]
            found = np.array([p for p in below if not level or tree.places[p].exists_on(day)], np.int64)
            while len(self._applies_to) >= MOST_KEPT:
                self._applies_to.pop(next(iter(self._applies_to)), None)
            self._applies_to[plan.id, day] = found
        return found

    def cuts(self, today: Day) -> set[Day]:
        """Days at which sums must be cut for baselines and plans."""
        plans = [plan for rows in self.plans.values() for plan in rows]
        return {date for date in self.baseline_dates if date <= today} | plan_cuts(plans, today)


@dataclass(frozen=True)
class ReferenceRows:
    """Reference data as read."""

    places: Sequence[Place] = ()
    populations: Mapping[str, Mapping[str, Sequence[Population]]] = field(default_factory=dict)
    baselines: Mapping[str, Mapping[str, Sequence[Baseline]]] = field(default_factory=dict)
    plans: Sequence[Plan] = ()
    lineage: Sequence[Succession] = ()


class Reference:
    """The tree and all schemes. Rows that name an unknown region are left out until it is known."""

    def __init__(self, rows: ReferenceRows, tree: Tree | None = None, time: UnitsInTime | None = None) -> None:
        """`tree` and `time`: of these rows, where they are built already."""
        self.tree = tree or Tree(rows.places)
        self.time = time or UnitsInTime(self.tree, Lineage(rows.lineage))
        self.plans = {plan.id: plan for plan in rows.plans if plan.region in self.tree.index}
        by_scheme: dict[str, dict[int, list[Plan]]] = defaultdict(lambda: defaultdict(list))
        for plan in self.plans.values():
            by_scheme[plan.scheme][self.tree.index[plan.region]].append(plan)
        self.schemes = {
            scheme: SchemeReference(
                self._by_position(rows.populations.get(scheme, {})),
                self._by_position(rows.baselines.get(scheme, {})),
                by_scheme.get(scheme, {}),
            )
            for scheme in Scheme
        }

    def _by_position(self, rows: Mapping[str, Sequence[T]]) -> dict[int, Sequence[T]]:
        return {self.tree.index[region]: found for region, found in rows.items() if region in self.tree.index}
