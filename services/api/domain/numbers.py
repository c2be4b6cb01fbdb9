"""Exact percentages: from whole numbers, rounded half up, never capped."""

from decimal import Decimal
from fractions import Fraction

Exact = int | Decimal | Fraction


def half_up(value: Exact, places: int = 2) -> float:
    """Round half away from zero to so many decimals; the input is exact, so 0.005 becomes 0.01 and not 0.0."""
    scaled = abs(Fraction(value)) * 10**places
    whole = int(scaled + Fraction(1, 2))
    return float(whole if value >= 0 else -whole) / float(10**places)


def percent(part: Exact, whole: Exact) -> Fraction | None:
    """100 x part / whole, exactly; None where there is nothing to divide by."""
    return None if whole == 0 else Fraction(part) * 100 / Fraction(whole)


def percent_half_up(part: Exact, whole: Exact) -> float | None:
    """A percentage as served: 2 decimals, half up."""
    exact = percent(part, whole)
    return None if exact is None else half_up(exact)
