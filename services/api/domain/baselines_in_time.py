"""Official stocks over changes of boundaries: what a region starts from in the units of any day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as Day
from functools import partial
from typing import Protocol

from services.api.domain.baselines import Baseline, CarriedOver, Used, apart, carry, latest, used_baselines
from services.api.domain.lineage import Units
from services.api.domain.windows import ONE_DAY

Rows = Mapping[int, Sequence[Baseline]]
"""Every baseline of each region, by position, ordered by date."""


class Time(Protocol):
    """The units of every day; `endings`: the days on which units ended, ascending."""

    endings: list[Day]

    def on(self, day: Day) -> Units:
        """The units of a day."""
        ...


NetIn = Callable[[Units, int, Day], int]
"""The people of a subtree by record at the end of a day, carried into those units."""


@dataclass
class Stocks:
    """The official stocks of one scheme, and what regions start from as of the day that was reached."""

    rows: Rows
    net: NetIn
    used: Mapping[int, Used] = field(default_factory=dict)
    holding: set[int] = field(default_factory=set)
    """Positions that stand on a baseline of their own, or of a component."""

    def advance(self, units: Units, fresh: Mapping[int, Baseline], components: Sequence[Mapping[int, Used]]) -> None:
        """Go on to the end of a time without changes of boundaries; `fresh`: the baselines that hold since it began."""
        of_components = {p for component in components for p, used in component.items() if used.served.of == "own"}
        carried = _carried_over(units, self.used, self.holding)
        self.used = used_baselines(units.tree, fresh, partial(self.net, units), carried, components)
        self.holding |= fresh.keys() | of_components


def used_in_units(
    stocks: Stocks, day: Day, time: Time, in_units: Units, components: Sequence[Stocks] = ()
) -> Mapping[int, Used]:
    """What each region starts from at the end of `day`, by position, in the units of that or a later day.

    Between two endings the units' own baselines hold; at each ending what the units started from goes over to their
    successors, all of it: so no total above changes. `components`: of a total, the stocks of the schemes it is made of.
    """
    before: Units | None = None
    starts = [None, *(ending for ending in time.endings if ending <= day)]
    lasts = [*(ending - ONE_DAY for ending in starts if ending), day]
    for start, last in zip(starts, lasts, strict=True):
        units = time.on(last)
        fresh = [_fresh(one.rows, start, last, units, before) for one in (stocks, *components)]
        for one, own in zip(components, fresh[1:], strict=True):
            one.advance(units, own, ())
        told_anew = {position for own in fresh[1:] for position in own}
        stocks.holding -= {p for p in told_anew & stocks.holding if stocks.used[p].served.of == "components"}
        stocks.advance(units, fresh[0], [one.used for one in components])
        before = units
    if before is in_units:
        return stocks.used
    stocks.advance(in_units, {}, ())
    return stocks.used


def _fresh(rows: Rows, start: Day | None, last: Day, units: Units, before: Units | None) -> dict[int, Baseline]:
    """Each unit's latest baseline since `start`; of a unit that is new, its latest at all."""
    return {
        position: baseline
        for position, found in rows.items()
        if units.standing[position]
        and (baseline := latest(found, last))
        and (start is None or baseline.date >= start or (before is not None and not before.standing[position]))
    }


def _carried_over(units: Units, used: Mapping[int, Used], holding: set[int]) -> CarriedOver:
    itself = carry(apart(units.tree, used), units.parts)
    return CarriedOver(itself, {p: _moved(units, used[p], p, itself) for p in holding if units.standing[p]})


def _moved(units: Units, used: Used, position: int, itself: Mapping[int, Used]) -> Used:
    """A region's own baseline, with what came to the region and without what left it."""
    below = [itself[p] for p in range(position, units.tree.end[position]) if p in itself]
    count = sum(part.served.count for part in below)
    return Used(sum(part.adjustment for part in below), used.served.model_copy(update={"count": count}))
