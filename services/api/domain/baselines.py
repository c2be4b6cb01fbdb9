"""Official stocks: which one a region's figure starts from, and what it adds to the people by record."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as Day
from typing import Literal

from schemas.coverage import BaselineUsed
from services.api.domain.lineage import WHOLE, Parts, apportion
from services.api.domain.tree import Tree


@dataclass(frozen=True, slots=True)
class Baseline:
    """So many people at the end of that day, the records up to then among them."""

    date: Day
    count: int
    source: str


def latest(ordered: Sequence[Baseline], day: Day) -> Baseline | None:
    """The last of them on or before `day`; `ordered` by date."""
    at = bisect_right(ordered, day, key=lambda baseline: baseline.date)
    return ordered[at - 1] if at else None


@dataclass(frozen=True, slots=True)
class Used:
    """What a region's figure starts from. `adjustment`: what it adds to the net of all records of the subtree."""

    adjustment: int
    served: BaselineUsed


NO_BASELINE = Used(0, BaselineUsed())


@dataclass(slots=True)
class _Below:
    """What the children of a region start from, added up."""

    adjustment: int = 0
    count: int = 0
    regions: int = 0
    dates: set[Day] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)

    def add(self, used: Used) -> None:
        self.regions += 1
        self.extend(used)

    def extend(self, used: Used) -> None:
        """Add what is no child's own figure, such as what was carried over to the region itself."""
        self.adjustment += used.adjustment
        self.count += used.served.count
        self.dates |= {used.served.date} if used.served.date else set()
        self.sources |= {used.served.source} if used.served.source else set()

    def used(self) -> Used:
        """As the parent's own figure, where it has no baseline itself."""
        source, date = self._said(f"sum of {self.regions} regions below" if self.regions else "several units")
        of: Literal["children", "carried"] = "children" if self.regions else "carried"
        return Used(self.adjustment, BaselineUsed(count=self.count, date=date, source=source, of=of))

    def _said(self, several: str) -> tuple[str, Day | None]:
        source = next(iter(self.sources)) if len(self.sources) == 1 else several
        return source, next(iter(self.dates)) if len(self.dates) == 1 else None


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What units of before left to those of now: `itself` at a region, beyond what is below it; `held`: regions that
    stand on their own baseline of before, with what the change of boundaries brought or took."""

    itself: Mapping[int, Used] = field(default_factory=dict)
    held: Mapping[int, Used] = field(default_factory=dict)


NOTHING_CARRIED = CarriedOver()


def used_baselines(
    tree: Tree,
    own: Mapping[int, Baseline],
    net_up_to: Callable[[int, Day], int],
    carried: CarriedOver = NOTHING_CARRIED,
    components: Sequence[Mapping[int, Used]] = (),
) -> dict[int, Used]:
    """What each region starts from, by position; regions that start from nothing are left out.

    `own` holds each region's latest baseline as of the day asked for; `net_up_to(position, day)` the people of the
    subtree by record at the end of that day. A region with its own baseline starts from it, whatever lies below; one
    without starts from its children's, each with its own date, and from what was carried over to it.

    `components`: of a total, what its components start from. Where a region has no baseline of the total but one of a
    component, it starts from what the components start from together.
    """
    found: dict[int, Used] = {}
    below: dict[int, _Below] = defaultdict(_Below)
    of_components = {position for component in components for position in component}
    for position in _with_ancestors(tree, {*own, *carried.itself, *carried.held, *of_components}):
        baseline, children = own.get(position), below.get(position)
        has_children = tree.end[position] > position + 1
        if baseline is not None:
            used = Used(
                baseline.count - net_up_to(position, baseline.date),
                BaselineUsed(
                    count=baseline.count,
                    date=baseline.date,
                    source=baseline.source,
                    of="own",
                    unattributed=baseline.count - (children.count if children else 0) if has_children else 0,
                ),
            )
        elif position in carried.held:
            used = _still_held(carried.held[position], children)
        elif any(_of(component, position).served.of == "own" for component in components):
            used = _together([_of(component, position) for component in components])
            if has_children:
                used.served.unattributed = used.served.count - (children.count if children else 0)
        else:
            if position in carried.itself:
                children = children or _Below()
                children.extend(carried.itself[position])
            used = children.used() if children else NO_BASELINE
        found[position] = used
        if tree.parent[position] >= 0:
            below[tree.parent[position]].add(used)
    return found


def _of(component: Mapping[int, Used], position: int) -> Used:
    return component.get(position, NO_BASELINE)


def _together(components: Sequence[Used]) -> Used:
    """What the components of a total start from in a region, added up."""
    used = [component for component in components if component is not NO_BASELINE]
    dates = {component.served.date for component in used}
    served = BaselineUsed(
        count=sum(component.served.count for component in used),
        date=dates.pop() if len(dates) == 1 else None,
        source=" + ".join(component.served.source or "" for component in used),
        of="components",
    )
    return Used(sum(component.adjustment for component in used), served)


def _still_held(used: Used, children: _Below | None) -> Used:
    beyond = used.served.count - (children.count if children else 0)
    return Used(used.adjustment, used.served.model_copy(update={"unattributed": beyond}))


def apart(tree: Tree, used: Mapping[int, Used]) -> dict[int, Used]:
    """What each region starts from beyond its children: summed over a subtree it is what the region starts from."""
    found: dict[int, Used] = {}
    for position, whole in used.items():
        below = [used[child] for child in tree.children(position) if child in used]
        adjustment = whole.adjustment - sum(child.adjustment for child in below)
        count = whole.served.count - sum(child.served.count for child in below)
        if adjustment or count:
            found[position] = Used(adjustment, whole.served.model_copy(update={"count": count}))
    return found


def carry(itself: Mapping[int, Used], parts: Mapping[int, Parts]) -> dict[int, Used]:
    """The same in other units, in whole people: nothing is lost, whatever the shares."""
    found: dict[int, _Below] = defaultdict(_Below)
    for position, used in sorted(itself.items()):
        successors = parts.get(position, ((position, WHOLE),))
        shares = [share for _, share in successors]
        adjustments, counts = apportion(used.adjustment, shares), apportion(used.served.count, shares)
        for (to, _), adjustment, count in zip(successors, adjustments, counts, strict=True):
            found[to].extend(Used(adjustment, used.served.model_copy(update={"count": count})))
    return {to: together.used() for to, together in found.items()}


def _with_ancestors(tree: Tree, positions: Iterable[int]) -> list[int]:
    """These and all above them, children before parents."""
    wanted: set[int] = set()
    for position in positions:
        at = position
        while at >= 0 and at not in wanted:
            wanted.add(at)
            at = tree.parent[at]
    return sorted(wanted, reverse=True)
