"""How plans stand, and the windows and steps of time they are read in."""

import itertools
from datetime import UTC, datetime, timedelta
from datetime import date as Day
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.vocabulary import Scheme
from services.api.domain.pace import Reading, is_met, target_progress
from services.api.domain.plans import Plan, plan_cuts
from services.api.domain.series import MOST_DAYS, steps
from services.api.domain.windows import Calendar, day_start, each_day, month_cuts, month_end, window_edges, year_before

ZONE = "Asia/Ho_Chi_Minh"
DAYS = st.dates(Day(1995, 1, 1), Day(2095, 1, 1))


def plan(**more: object) -> Plan:
    fields = {
        "id": "T", "name": "", "region": "VN", "scheme": Scheme.VOLUNTARY_SI, "kind": "new_count",
        "from_": Day(2020, 1, 1), "to": Day(2020, 12, 31), "target": Fraction(244),
    }  # fmt: skip
    return Plan(**{**fields, **more})


@st.composite
def readings(draw: st.DrawFn) -> tuple[Plan, Reading, Day]:
    start = draw(DAYS)
    made = plan(
        kind=draw(st.sampled_from(["new_count", "participants", "coverage_pct"])),
        from_=start,
        to=start + timedelta(days=draw(st.integers(0, 800))),
        target=draw(st.fractions(Fraction(1, 100), 10**6)),
    )
    people = st.integers(0, 10**7)
    eligible = draw(st.none() | st.integers(0, 10**7))
    reading = Reading(draw(people), draw(people), draw(st.integers(-(10**5), 10**5)), eligible)
    return made, reading, start + timedelta(days=draw(st.integers(-100, 1000)))


@given(readings())
def test_what_is_served_about_a_plan_agrees_with_itself(world: tuple[Plan, Reading, Day]) -> None:
    made, reading, today = world
    served = target_progress(made, "VN", reading, today)
    known = made.kind != "coverage_pct" or bool(reading.eligible)
    assert (served.achieved is None) == (served.reason is not None) == (not known)
    assert (served.status == "not_started") == (today < made.from_)
    if today >= made.from_:
        assert (served.status == "unknown") == (not known)
        assert (served.status == "met") == is_met(made, reading, today)
        assert served.status != "missed" or today > made.to
        assert served.status not in ("on_track", "behind") or today <= made.to
    if served.status == "met":
        assert (served.remaining, served.per_day_needed, served.expected_on) == (0, 0, None)
        assert served.achieved_pct is not None
        assert served.achieved_pct >= 100 - 0.005
    if served.expected_on is not None:
        assert served.status in ("on_track", "behind")
        assert served.expected_on > today
        assert reading.last_14_days > 0


@given(readings())
def test_the_days_left_at_the_needed_pace_bring_what_remains(world: tuple[Plan, Reading, Day]) -> None:
    made, reading, today = world
    served = target_progress(made, "VN", reading, today)
    assume(served.per_day_needed and served.remaining is not None)
    days = (made.to - max(today, made.from_)).days + 1
    assert served.per_day_needed is not None
    assert abs(served.per_day_needed * days - served.remaining) <= 0.005 * (days + 1) + 1e-6


def test_a_plan_half_reached_halfway_is_on_track_and_one_short_of_it_is_behind() -> None:
    made, halfway = plan(target=Fraction(366)), Day(2020, 7, 2)  # after 183 of 366 days
    assert target_progress(made, "VN", Reading(0, 183, 14), halfway).status == "on_track"
    behind = target_progress(made, "VN", Reading(0, 182, 14), halfway)
    assert (behind.status, behind.remaining, behind.per_day_needed) == ("behind", 184, 1.01)
    assert behind.expected_on == halfway + timedelta(days=184)


def test_without_a_pace_no_day_is_expected() -> None:
    for pace in (0, -3):
        assert target_progress(plan(), "VN", Reading(0, 5, pace), Day(2020, 7, 1)).expected_on is None


def test_a_coverage_plan_is_on_the_way_from_where_it_started() -> None:
    made = plan(kind="coverage_pct", target=Fraction(95))
    served = target_progress(made, "VN", Reading(800, 900, 50, eligible=1000), Day(2020, 7, 1))
    assert (served.achieved, served.achieved_pct, served.remaining) == (90.0, 94.74, 5.0)
    assert (served.remaining_people, served.status) == (50, "on_track")


def test_a_coverage_plan_without_a_denominator_says_so() -> None:
    served = target_progress(
        plan(kind="coverage_pct"), "VN", Reading(0, 5, 1, None, "no eligible population"), Day(2020, 7, 1)
    )
    assert (served.status, served.achieved, served.reason) == ("unknown", None, "no eligible population")


@pytest.mark.parametrize(
    ("today", "amounts", "status", "reached"),
    [
        (Day(2020, 6, 1), {}, "open", None),
        (Day(2020, 6, 1), {Day(2020, 5, 9): 122}, "ahead", Day(2020, 5, 9)),
        (Day(2020, 6, 30), {Day(2020, 6, 30): 122}, "met", Day(2020, 6, 30)),
        (Day(2020, 7, 1), {Day(2020, 6, 30): 122}, "met", Day(2020, 6, 30)),
        (Day(2020, 7, 1), {Day(2020, 7, 1): 122}, "missed", Day(2020, 7, 1)),
        (Day(2020, 7, 1), {Day(2020, 6, 30): 121}, "missed", None),
    ],
)
def test_a_milestone_is_met_when_its_part_is_reached_by_its_day(
    today: Day, amounts: dict[Day, int], status: str, reached: Day | None
) -> None:
    made = plan(milestones=((Day(2020, 6, 30), Fraction(50)),))
    days = [(day, amounts.get(day, 0)) for day in each_day(made.from_, today)]
    (served,) = target_progress(made, "VN", Reading(0, 0, 0), today, days).milestones
    assert (served.needed, served.status, served.reached_on) == (122, status, reached)


def test_sums_are_cut_before_a_plan_at_its_end_and_on_every_day_where_milestones_ask() -> None:
    today = Day(2020, 2, 1)
    assert plan_cuts([plan()], today) == {Day(2019, 12, 31), today}
    assert plan_cuts([plan(per="agent", owner="A")], today) == set()
    assert plan_cuts([plan(from_=Day(2020, 2, 2))], today) == set()
    daily = plan_cuts([plan(milestones=((Day(2020, 6, 30), Fraction(50)),))], today)
    assert daily == set(each_day(Day(2019, 12, 31), today))


MOMENTS = st.datetimes(datetime(1995, 1, 1), datetime(2090, 1, 1)).map(lambda m: m.replace(tzinfo=UTC))


@given(MOMENTS)
def test_a_window_begins_exactly_its_length_before_the_moment(moment: datetime) -> None:
    calendar = Calendar.at(moment, ZONE)
    lengths = {"1h": 1, "24h": 24, "7d": 168, "30d": 720}
    for name, edge in window_edges(calendar).items():
        assert moment - edge.at == timedelta(hours=lengths[name])
        assert edge.day_start <= edge.at < edge.day_start + timedelta(days=1)
        assert edge.day_start == day_start(edge.day, ZONE)
        assert edge.within_day == (edge.at != edge.day_start)


@given(DAYS)
def test_as_of_the_end_of_a_day_whole_days_are_windows(day: Day) -> None:
    edges = window_edges(Calendar.end_of(day, ZONE))
    assert [edges[n].day for n in ("24h", "7d", "30d")] == [day - timedelta(days=n) for n in (0, 6, 29)]
    assert not any(edges[n].within_day for n in ("24h", "7d", "30d"))


@given(DAYS, st.integers(0, 2000))
def test_months_are_cut_at_their_last_days(first: Day, length: int) -> None:
    last = first + timedelta(days=length)
    assert month_cuts(first, last) == {day for day in each_day(first, last) if (day + timedelta(days=1)).day == 1}
    assert month_end(first) >= first


def test_a_year_before_a_leap_day_is_the_last_of_february() -> None:
    assert year_before(Day(2024, 2, 29)) == Day(2023, 2, 28)
    assert year_before(Day(2025, 2, 28)) == Day(2024, 2, 28)


@given(st.sampled_from(["hour", "day", "month"]), DAYS, st.integers(0, 30))
def test_the_steps_of_a_series_follow_each_other_from_the_first_day_to_the_last(
    grain: str, first: Day, length: int
) -> None:
    last = first + timedelta(days=length * {"hour": 1, "day": 30, "month": 500}[grain])
    assume((last - first).days < MOST_DAYS[grain])
    found = steps(grain, first, last, ZONE)
    assert found[0].start == day_start(first, ZONE)
    assert found[-1].end == day_start(last + timedelta(days=1), ZONE)
    assert all(a.end == b.start for a, b in itertools.pairwise(found))
    assert found[-1].completes(ZONE)
