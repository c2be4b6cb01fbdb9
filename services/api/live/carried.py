"""Figures in the units of another day: what was counted in units that are no more is carried onto their successors."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date as Day

import numpy as np

from schemas.vocabulary import Scheme
from services.api.domain.baselines import Used
from services.api.domain.baselines_in_time import Stocks, used_in_units
from services.api.domain.eligible import Denominators
from services.api.domain.lineage import Units
from services.api.domain.plans import Plan
from services.api.domain.windows import ONE_DAY
from services.api.live.carrying import Carrying, Own, UnitsInTime
from services.api.live.edges import Outside
from services.api.live.figures import EstimatedPart, Figures
from services.api.live.ledger import LEFT, NET, NEW, Ints, Ledger, Totals
from services.api.live.snapshot import Snapshot


class CarriedLedger(Ledger):
    """A ledger in the units of a day."""

    def __init__(self, recorded: Ledger, carrying: Carrying) -> None:
        super().__init__(carrying.units.tree, recorded.ends, {})
        self._recorded, self._carrying = recorded, carrying

    def _add_up(self, day: Day) -> Totals:
        return Totals(running_sums(self._carrying.carry(own_on(self._recorded, day))))

    def day_by_day(self, flow: int, position: int, days: Iterable[Day]) -> Iterator[tuple[Day, int]]:
        """A flow in the subtree on each of those days."""
        end = self._tree.end[position]
        for day in days:
            before = self.up_to(day - ONE_DAY).of(flow, position, end)
            yield day, self.up_to(day).of(flow, position, end) - before


def own_on(ledger: Ledger, day: Day) -> Own:
    """What was counted at each region itself up to the end of a day."""
    return np.diff(ledger.up_to(day).running.astype(np.int64), axis=1)


def running_sums(own: Own) -> Ints:
    """Running sums over positions, as `Totals` has them."""
    running = np.zeros((len(own), own.shape[1] + 1), np.int32)
    np.cumsum(own, axis=1, out=running[:, 1:])
    return running


class CarriedFigures(Figures):
    """Figures of one scheme as of one moment, in the units of a day; plans of other units are answered in theirs."""

    def __init__(self, recorded: Figures, time: UnitsInTime, in_units: Day) -> None:
        self.recorded, self._time, self._carrying = recorded, time, time.carrying(in_units)
        self.units = self._carrying.units
        self._ledgers: dict[Day, CarriedLedger] = {}
        ledger = self._ledger_in(self.units)
        self._carried_components = [CarriedFigures(component, time, in_units) for component in recorded.components]
        super().__init__(
            recorded.tree,
            recorded.scheme,
            recorded.calendar,
            ledger,
            recorded.outside,
            recorded.reference,
            self._carried_components,
        )

    def _ledger_in(self, units: Units) -> CarriedLedger:
        found = self._ledgers.get(units.day)
        if found is None:
            found = self._ledgers[units.day] = CarriedLedger(self.recorded.ledger, self._time.carrying(units.day))
        return found

    def _window(self, name: str, outside: Outside) -> Ints:
        """Carried as of the start and as of the end of the window, so that no part of it is negative."""
        edge, before, after = outside.edge(name), outside.before(name, self.scheme), outside.after(self.scheme)
        start = own_on(self.recorded.ledger, edge.day - ONE_DAY)[NEW : LEFT + 1]
        end = own_on(self.recorded.ledger, self.calendar.today)[NEW : LEFT + 1]
        start = start if before is None else start + before
        end = end if after is None else end - after
        return running_sums(self._carrying.carry(end)) - running_sums(self._carrying.carry(start))

    def _used_on(self, day: Day) -> Mapping[int, Used]:
        since = self._last_baseline_date(day)
        if since is None:
            return {}

        def derive() -> Mapping[int, Used]:
            own, *components = (Stocks(of.reference.baselines, of._net_in) for of in (self, *self._carried_components))
            return used_in_units(own, since, self._time, self.units, components)

        return self.ledger.derived(since, self.reference, derive)

    def _net_in(self, units: Units, position: int, day: Day) -> int:
        return self._ledger_in(units).up_to(day).of(NET, position, self.tree.end[position])

    def denominators(self, year_of: Day | None = None) -> Denominators:
        """The eligible populations, those of units of before carried over."""
        day = year_of or self.calendar.today
        return self.reference.denominators(self.tree, self.scheme, day, self.units)

    def shows(self, position: int) -> bool:
        """Whether the region is one of the units."""
        return self.units.standing[position]

    def for_plan(self, plan: Plan) -> Figures:
        """The figures that answer a plan: where units changed since its time, those recorded in its own units."""
        return self if self._time.on(plan.regions_as_of(self.calendar.today)) is self.units else self.recorded

    def estimated_parts(self, position: int) -> list[EstimatedPart]:
        """The divided regions of which a part is counted here, where anything was counted in them."""
        totals = self.recorded.ledger.up_to(self.calendar.today)
        return [
            EstimatedPart(divided, share)
            for divided, share in self.units.shared.get(position, ())
            if any(totals.of(flow, divided, divided + 1) for flow in (NET, NEW, LEFT))
            or any(divided in of.reference.baselines for of in (self, *self.components))
        ]


def carried_snapshot(recorded: Snapshot, scheme: Scheme, in_units: Day) -> Snapshot:
    """The figures of one scheme in the units of a day."""
    time = recorded.reference.time
    figures = {
        (calendar, of): CarriedFigures(found, time, in_units)
        for (calendar, of), found in recorded.figures.items()
        if of == scheme
    }
    return Snapshot(recorded.reference, recorded.calendars, figures, recorded.positions, recorded.number)
