"""Percentages are exact, rounded half up and never capped."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.domain.coverage import coverage_pct
from services.api.domain.growth import Then, growth_pct, year_on_year
from services.api.domain.numbers import half_up, percent_half_up
from services.api.domain.windows import Day

PEOPLE = st.integers(0, 10_000_000_000)


@pytest.mark.parametrize(
    ("part", "whole", "served"),
    [(366, 244, 150.0), (1, 800, 0.13), (1, 8, 12.5), (12_844, 14_549, 88.28), (1_359, 643, 211.35),
     (12_530, 13_437, 93.25), (16_400_000, 50_508_161, 32.47), (5, 100_000, 0.01), (4_999, 100_000_000, 0.0)],
)  # fmt: skip
def test_a_percentage_is_rounded_half_up_to_two_decimals(part: int, whole: int, served: float) -> None:
    assert percent_half_up(part, whole) == served


@given(PEOPLE, PEOPLE.filter(bool))
def test_a_percentage_is_what_decimal_arithmetic_says(part: int, whole: int) -> None:
    # 60 digits hold the exact quotient far enough that rounding it twice cannot differ.
    exact = Fraction(part * 100, whole)
    floor = exact.numerator * 100 // exact.denominator
    up = exact * 100 - floor >= Fraction(1, 2)
    assert percent_half_up(part, whole) == float(Decimal(floor + up).scaleb(-2))


@given(st.decimals(-(10**9), 10**9, places=6))
def test_half_up_rounds_away_from_zero_at_the_half(value: Decimal) -> None:
    assert half_up(value) == float(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


@given(PEOPLE, PEOPLE.filter(bool))
def test_more_participants_never_show_less_coverage(people: int, eligible: int) -> None:
    fewer, _ = coverage_pct(people, eligible, "")
    more, _ = coverage_pct(people + 1, eligible, "")
    assert fewer is not None
    assert more is not None
    assert more >= fewer


def test_coverage_past_the_eligible_is_shown_as_it_is() -> None:
    assert coverage_pct(366, 244, "") == (150.0, None)


def test_coverage_without_a_denominator_is_null_with_the_reason() -> None:
    assert coverage_pct(3, None, "no census") == (None, "no census")
    assert coverage_pct(3, 0, "") == (None, "the eligible population is 0")


@pytest.mark.parametrize(
    ("now", "then", "growth"), [(16_400_000, 15_957_964, 2.77), (1_300_000, 1_119_821, 16.09), (5, 0, None)]
)
def test_growth_is_in_percent_of_what_was_there(now: int, then: int, growth: float | None) -> None:
    assert growth_pct(now, then) == growth


@given(PEOPLE, PEOPLE, st.booleans(), st.booleans())
def test_growth_says_what_it_rests_on(now: int, then: int, by_record: bool, by_baseline: bool) -> None:
    known = Then(Day(2021, 3, 31), then, 0, by_record, by_baseline)
    served = year_on_year(now, 0, known)
    assert (served.participants is None) == (served.basis == "none") == (not by_record and not by_baseline)
