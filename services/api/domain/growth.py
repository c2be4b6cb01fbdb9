"""Growth: on the same date a year before, or on the same day of an earlier window."""

from dataclasses import dataclass
from datetime import date as Day
from datetime import timedelta

from schemas.coverage import BasisOf, YearOnYear
from services.api.domain.numbers import percent_half_up


@dataclass(frozen=True, slots=True)
class Then:
    """What is known of the end of that earlier day."""

    date: Day
    participants: int
    new: int
    """In the window up to it."""
    by_record: bool
    """Whether any record of the subtree lies on or before that day."""
    by_baseline: bool
    """Whether a baseline holds for that day."""

    @property
    def basis(self) -> BasisOf:
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
        new_pct=growth_pct(new_30d, then.new),
        basis=then.basis,
    )


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `first` to `last`, both included."""

    first: Day
    last: Day

    def up_to(self, day: int) -> "Window":
        """Its first days, so many."""
        return Window(self.first, min(self.last, self.first + timedelta(days=day - 1)))

    @property
    def days(self) -> int:
        """Its length."""
        return (self.last - self.first).days + 1


def same_days(now: Window, then: Window, today: Day) -> tuple[Window, Window]:
    """As many days of both as both have had: of the present one those up to today."""
    day = min((min(now.last, today) - now.first).days + 1, then.days)
    return now.up_to(day), then.up_to(day)
