"""All figures of one scheme as of one moment, for every region: what answers are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Day
from datetime import timedelta
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from schemas.coverage import Windows
from schemas.vocabulary import Scheme
from services.api.domain.baselines import NO_BASELINE, Used, used_baselines
from services.api.domain.eligible import Denominators
from services.api.domain.growth import Then
from services.api.domain.plans import Plan
from services.api.domain.tree import Tree
from services.api.domain.windows import GROWTH_DAYS, ONE_DAY, PACE_DAYS, WINDOWS, Calendar, each_day, year_before
from services.api.live.edges import Outside
from services.api.live.ledger import LEFT, NET, NEW, Ints, Ledger
from services.api.live.reference import SchemeReference

Numbers = tuple[int, ...]
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EstimatedPart:
    """A divided region, by position, and the share of it that is counted in another."""

    position: int
    share: Fraction


class Figures:
    """One scheme, one calendar. Everything is asked by position in the tree and holds for the whole subtree."""

    def __init__(
        self,
        tree: Tree,
        scheme: Scheme,
        calendar: Calendar,
        ledger: Ledger,
        outside: Outside,
        reference: SchemeReference,
        components: Sequence["Figures"] = (),
    ) -> None:
        """`components`: of a total, the figures of the schemes it is made of."""
        self.tree, self.scheme, self.calendar, self.reference = tree, scheme, calendar, reference
        self.ledger, self.outside, self.components = ledger, outside, components
        self._now = ledger.up_to(calendar.today)
        self._windows = {name: self._window(name, outside) for name in WINDOWS}
        self._ends = reference.ends_of(tree)

    def _window(self, name: str, outside: Outside) -> Ints:
        """Running sums over positions of new and left inside a window."""
        edge = outside.edge(name)
        before = self.ledger.up_to(edge.day - ONE_DAY)
        running = self._now.running[NEW : LEFT + 1] - before.running[NEW : LEFT + 1]
        for part in (outside.before(name, self.scheme), outside.after(self.scheme)):
            if part is not None:
                running[:, 1:] -= np.cumsum(part, axis=1, dtype=np.int32)
        return running

    def active(self, position: int) -> int:
        """People active by record."""
        return self._now.of(NET, position, self.tree.end[position])

    def active_at_region_itself(self, position: int) -> int:
        """People active by record at the region itself, not below it."""
        return self._now.of(NET, position, position + 1)

    def participants(self, position: int) -> int:
        """The stock: baseline and net change after it, or people active by record."""
        return self.active(position) + self.baseline(position).adjustment

    def participants_on(self, position: int, day: Day) -> int:
        """The stock at the end of an earlier day (the end of a stretch)."""
        return self._net(position, day) + self.adjustment_on(position, day)

    def adjustment_on(self, position: int, day: Day) -> int:
        """What baselines added to the people by record at the end of any earlier day."""
        return self._used_on(day).get(position, NO_BASELINE).adjustment

    def baseline(self, position: int) -> Used:
        """What the stock starts from."""
        return self._used_on(self.calendar.today).get(position, NO_BASELINE)

    def new(self, position: int) -> Windows:
        """New people in each window."""
        return self._served(0, position)

    def left(self, position: int) -> Windows:
        """People who left in each window."""
        return self._served(1, position)

    def new_in(self, window: str, position: int) -> int:
        """New people in one window."""
        running = self._windows[window]
        return int(running[0, self.tree.end[position]] - running[0, position])

    def _served(self, flow: int, position: int) -> Windows:
        end = self.tree.end[position]
        counts = {name: int(running[flow, end] - running[flow, position]) for name, running in self._windows.items()}
        return Windows(h1=counts["1h"], h24=counts["24h"], d7=counts["7d"], d30=counts["30d"])

    def new_between(self, position: int, after: Day, up_to: Day) -> int:
        """New people on the days after `after`, up to and with `up_to` (both ends of stretches)."""
        end = self.tree.end[position]
        return self.ledger.up_to(up_to).of(NEW, position, end) - self.ledger.up_to(after).of(NEW, position, end)

    def change_of_pace_days(self, plan: Plan, position: int) -> int:
        """New people, or for a plan about the stock its change, over the last 14 days up to today."""
        before = self.calendar.today - timedelta(days=PACE_DAYS)
        if plan.kind == "new_count":
            return self.new_between(position, before, self.calendar.today)
        return self.active(position) - self._net(position, before)

    def day_by_day(self, plan: Plan, position: int) -> list[tuple[Day, int]]:
        """What the plan counts, in people, at the end of each day of its window so far."""
        stock = plan.kind != "new_count"
        days = list(each_day(plan.from_, plan.last_day(self.calendar.today)))
        total, found = self._net(position, plan.from_ - ONE_DAY) if stock and days else 0, []
        for day, change in self.ledger.day_by_day(NET if stock else NEW, position, days):
            total += change
            found.append((day, total + (self.adjustment_on(position, day) if stock else 0)))
        return found

    def a_year_before(self, position: int) -> Then:
        """What is known of the same date a year before."""
        day = year_before(self.calendar.today)
        return self.known_of(position, day - timedelta(days=GROWTH_DAYS), day)

    def known_of(self, position: int, after: Day, day: Day) -> Then:
        """What is known of the end of a day, and of who was new on the days after `after` (both ends of stretches)."""
        end = self.tree.end[position]
        totals = self.ledger.up_to(day)
        used = self._used_on(day).get(position, NO_BASELINE)
        return Then(
            date=day,
            participants=totals.of(NET, position, end) + used.adjustment,
            new=self.new_between(position, after, day),
            by_record=any(totals.of(flow, position, end) for flow in (NET, NEW, LEFT)),
            by_baseline=used.served.of != "none",
        )

    def denominators(self, year_of: Day | None = None) -> Denominators:
        """The eligible populations as of today, or of the year of another day."""
        return self.reference.denominators(self.tree, self.scheme, year_of or self.calendar.today)

    def new_between_each(self, positions: Positions, after: Day, up_to: Day) -> Positions:
        """New people on the days after `after` up to and with `up_to`, of each of many regions."""
        return self._each(NEW, positions, up_to) - self._each(NEW, positions, after)

    def net_between_each(self, positions: Positions, after: Day, up_to: Day) -> Positions:
        """Change of the people by record on those days, of each of many regions."""
        return self._each(NET, positions, up_to) - self._each(NET, positions, after)

    def participants_each(self, positions: Positions, day: Day) -> Positions:
        """The stock at the end of a day, of each of many regions."""
        used = self._used_on(day)
        adjustments = [used.get(p, NO_BASELINE).adjustment for p in positions.tolist()] if used else 0
        return self._each(NET, positions, day) + np.asarray(adjustments, np.int64)

    def _each(self, flow: int, positions: Positions, day: Day) -> Positions:
        running = self.ledger.up_to(day).running[flow]
        found: Positions = (running[self._ends[positions]] - running[positions]).astype(np.int64)
        return found

    def has_people(self, position: int) -> bool:
        """Whether there is any figure to show for the region."""
        end = self.tree.end[position]
        by_record = any(self._now.of(flow, position, end) for flow in (NET, NEW, LEFT))
        return by_record or self.baseline(position).served.of != "none"

    def shows(self, position: int) -> bool:
        """Whether lists show the region: it exists, or it is no more and still holds someone."""
        return self.tree.places[position].exists_on(self.calendar.today) or self.has_people(position)

    def for_plan(self, _: Plan) -> "Figures":
        """The figures that answer a plan."""
        return self

    def estimated_parts(self, _: int) -> list[EstimatedPart]:
        """What of a region's figures is an estimate: nothing of what is served where it was recorded."""
        return []

    def numbers(self, position: int) -> Numbers:
        """Everything that may change from one snapshot to the next, to see whether it has."""
        end = self.tree.end[position]
        windows = [int(r[flow, end] - r[flow, position]) for r in self._windows.values() for flow in (0, 1)]
        stock = [self._now.of(flow, position, end) for flow in (NET, NEW, LEFT)]
        return (*stock, *windows, self.baseline(position).adjustment, self.calendar.today.toordinal())

    def _net(self, position: int, day: Day) -> int:
        return self.ledger.up_to(day).of(NET, position, self.tree.end[position])

    def _used_on(self, day: Day) -> Mapping[int, Used]:
        """What each region starts from as of a day; the same for all days between two baselines."""
        since = self._last_baseline_date(day)
        if since is None:
            return {}

        def derive() -> dict[int, Used]:
            of_components = [component._used_on(since) for component in self.components]
            return used_baselines(self.tree, self.reference.baselines_on(since), self._net, components=of_components)

        return self.ledger.derived(since, self.reference, derive)

    def _last_baseline_date(self, day: Day) -> Day | None:
        references = (self.reference, *(component.reference for component in self.components))
        return max((date for r in references if (date := r.last_baseline_date(day)) is not None), default=None)
