"""Growth on the same date a year before."""

from dataclasses import dataclass
from datetime import date as Day
from typing import Literal

from schemas.coverage import YearOnYear
from services.api.domain.numbers import percent_half_up


@dataclass(frozen=True, slots=True)
class Then:
    """What is known of the end of that day a year before."""

    date: Day
    participants: int
    new_30d: int
    by_record: bool
    """Whether any record of the subtree lies on or before that day."""
    by_baseline: bool
    """Whether a baseline holds for that day."""

    @property
    def basis(self) -> Literal["records", "baseline", "both", "none"]:
        """What the figure rests on."""
        if self.by_record:
            return "both" if self.by_baseline else "records"
        return "baseline" if self.by_baseline else "none"


def growth_pct(now: int, then: int) -> float | None:
    """Growth in % (2 decimals, half up); None where there was nothing to grow from."""
    return percent_half_up(now - then, then)


def year_on_year(participants: int, new_30d: int, then: Then) -> YearOnYear:
    """Growth of the stock, and of the new participants of 30 days."""
    if then.basis == "none":
        return YearOnYear(date=then.date, participants=None, participants_pct=None, new_pct=None, basis="none")
    return YearOnYear(
        date=then.date,
        participants=then.participants,
        participants_pct=growth_pct(participants, then.participants),
        new_pct=growth_pct(new_30d, then.new_30d),
        basis=then.basis,
    )
