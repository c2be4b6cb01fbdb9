"""Plans: what a target asks for, of whom, and on which days its sums must be cut."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date as Day
from fractions import Fraction
from typing import Literal

from schemas.vocabulary import Level, Scheme
from services.api.domain.windows import ONE_DAY, each_day

PlanKind = Literal["new_count", "participants", "coverage_pct"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A target as it stands in the reference data; `from_` and `to` are days, both inside the window."""

    id: str
    name: str
    region: str
    scheme: Scheme
    kind: PlanKind
    from_: Day
    to: Day
    target: Fraction
    per: str = "region"
    owner: str = ""
    milestones: tuple[tuple[Day, Fraction], ...] = ()

    @property
    def each_level(self) -> Level | None:
        """The level of the regions it applies to one by one; None where it applies to its region, office or agent."""
        prefix, _, level = self.per.partition(":")
        return Level(level) if prefix == "each" else None

    @property
    def of_region(self) -> bool:
        """Whether regions' figures answer it, and not those of an office or agent."""
        return self.per == "region" or self.each_level is not None

    def last_day(self, today: Day) -> Day:
        """The last day that counts as of `today`."""
        return min(self.to, today)

    def regions_as_of(self, today: Day) -> Day:
        """The day on which the regions it applies to must exist."""
        return max(self.from_, self.last_day(today))


def plan_cuts(plans: Iterable[Plan], today: Day) -> set[Day]:
    """Ends of the stretches that plans need: the day before each, its last day, and every day where milestones ask when."""
    cuts: set[Day] = set()
    for plan in plans:
        if not plan.of_region or plan.from_ > today:
            continue
        cuts |= {plan.from_ - ONE_DAY, plan.last_day(today)}
        if plan.milestones:
            cuts |= set(each_day(plan.from_, plan.last_day(today)))
    return cuts
